"""Physicians who are out: absences, the visits that must go elsewhere, and what was done about each."""

import sqlalchemy as sa
from alembic import op

revision = 'replacement'
down_revision = 'billing'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('replacement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('physician_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('override_id', sa.Uuid(), nullable=True),
    sa.Column('started_by_id', sa.Uuid(), nullable=True),
    sa.Column('started_by_name', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("state in ('open', 'closed')", name=op.f('ck_replacement_state')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_replacement_ends_after_start')),
    sa.ForeignKeyConstraint(['override_id'], ['availability_override.id'], name=op.f('fk_replacement_override_id')),
    sa.ForeignKeyConstraint(['physician_id'], ['physician.id'], name=op.f('fk_replacement_physician_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replacement'))
    )
    op.create_index('ix_replacement_created', 'replacement', ['created_at'], unique=False)
    op.create_index('ix_replacement_open', 'replacement', ['physician_id'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_table('replacement_step',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('replacement_id', sa.Uuid(), nullable=False),
    sa.Column('appointment_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('physician_id', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('said', sa.String(), nullable=False),
    sa.CheckConstraint("step in ('found', 'approved', 'moved', 'refused', 'held', 'taken_up', 'undone', 'gone')", name=op.f('ck_replacement_step_step')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_replacement_step_appointment_id')),
    sa.ForeignKeyConstraint(['physician_id'], ['physician.id'], name=op.f('fk_replacement_step_physician_id')),
    sa.ForeignKeyConstraint(['replacement_id'], ['replacement.id'], name=op.f('fk_replacement_step_replacement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replacement_step'))
    )
    op.create_index('ix_replacement_step_replacement', 'replacement_step', ['replacement_id', 'id'], unique=False)
    op.create_table('replacement_visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('replacement_id', sa.Uuid(), nullable=False),
    sa.Column('appointment_id', sa.Uuid(), nullable=False),
    sa.Column('from_starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('to_physician_id', sa.Uuid(), nullable=True),
    sa.Column('to_starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tier', sa.SmallInteger(), nullable=True),
    sa.Column('lacking', sa.String(), nullable=True),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_by_name', sa.String(), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("state <> 'approved' or approved_by_name is not null", name=op.f('ck_replacement_visit_has_approver')),
    sa.CheckConstraint("state <> 'without' or lacking is not null", name=op.f('ck_replacement_visit_says_why')),
    sa.CheckConstraint("state in ('proposed', 'without', 'held', 'approved', 'moved', 'gone')", name=op.f('ck_replacement_visit_state')),
    sa.CheckConstraint("state not in ('proposed', 'approved', 'moved') or to_starts_at is not null", name=op.f('ck_replacement_visit_has_place')),
    sa.CheckConstraint('(to_physician_id is null) = (to_starts_at is null)', name=op.f('ck_replacement_visit_whole_place')),
    sa.CheckConstraint('tier between 0 and 2', name=op.f('ck_replacement_visit_tier')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_replacement_visit_appointment_id')),
    sa.ForeignKeyConstraint(['replacement_id'], ['replacement.id'], name=op.f('fk_replacement_visit_replacement_id')),
    sa.ForeignKeyConstraint(['to_physician_id'], ['physician.id'], name=op.f('fk_replacement_visit_to_physician_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replacement_visit')),
    sa.UniqueConstraint('replacement_id', 'appointment_id', name=op.f('uq_replacement_visit_replacement_id'))
    )
    op.create_index('ix_replacement_visit_appointment', 'replacement_visit', ['appointment_id'], unique=False)
    op.create_index('ix_replacement_visit_approved', 'replacement_visit', ['replacement_id'], unique=False, postgresql_where=sa.text("state = 'approved'"))


def downgrade() -> None:
    op.drop_index('ix_replacement_visit_approved', table_name='replacement_visit', postgresql_where=sa.text("state = 'approved'"))
    op.drop_index('ix_replacement_visit_appointment', table_name='replacement_visit')
    op.drop_table('replacement_visit')
    op.drop_index('ix_replacement_step_replacement', table_name='replacement_step')
    op.drop_table('replacement_step')
    op.drop_index('ix_replacement_open', table_name='replacement', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_replacement_created', table_name='replacement')
    op.drop_table('replacement')
