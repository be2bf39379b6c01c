"""Protocols, treatment plans with their phases and changes, sessions, offers of dates, legal bases; what a visit is for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = 'treatment'
down_revision = 'scheduling_in_full'
branch_labels = None
depends_on = None

_SETUP = (
    "'physician', 'availability_rule', 'availability_override', 'visit_cap', "
    "'clinic_closure', 'visit_type', 'staff_account'"
)


def _index_setup(kinds: str) -> None:
    op.drop_index("ix_audit_event_setup", table_name="audit_event")
    op.create_index(
        "ix_audit_event_setup",
        "audit_event",
        ["subject_kind", "subject_id", "seq"],
        unique=False,
        postgresql_where=sa.text(f"subject_kind in ({kinds})"),
    )


def upgrade() -> None:
    op.create_table('legal_basis',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=True),
    sa.Column('schedule', sa.String(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('needs_in_person_exam', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("level in ('federal', 'state')", name=op.f('ck_legal_basis_level')),
    sa.CheckConstraint("schedule in ('II', 'III', 'IV', 'V')", name=op.f('ck_legal_basis_schedule')),
    sa.CheckConstraint("state is null or state in ('FL', 'NJ')", name=op.f('ck_legal_basis_state')),
    sa.CheckConstraint('valid_until is null or valid_until >= valid_from', name=op.f('ck_legal_basis_dates_in_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_basis'))
    )
    op.create_table('protocol',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protocol')),
    sa.UniqueConstraint('name', name=op.f('uq_protocol_name'))
    )
    op.create_table('protocol_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('protocol_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['protocol_id'], ['protocol.id'], name=op.f('fk_protocol_version_protocol_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protocol_version')),
    sa.UniqueConstraint('protocol_id', 'number', name=op.f('uq_protocol_version_protocol_id'))
    )
    op.create_table('treatment_plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('patient_id', sa.Uuid(), nullable=False),
    sa.Column('physician_id', sa.Uuid(), nullable=False),
    sa.Column('protocol_version_id', sa.Uuid(), nullable=False),
    sa.Column('phase', sa.String(), nullable=False),
    sa.Column('phase_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('indication_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('adjustments', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('prior_sessions', sa.SmallInteger(), nullable=False),
    sa.Column('prior_session_on', sa.Date(), nullable=True),
    sa.Column('in_person_exam_on', sa.Date(), nullable=True),
    sa.Column('patient_hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('are_patient_hours_strict', sa.Boolean(), nullable=False),
    sa.Column('support_hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('support_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('support_phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('place_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("phase in ('evaluation', 'induction', 'maintenance', 'taper', 'aftercare', 'ended')", name=op.f('ck_treatment_plan_phase')),
    sa.CheckConstraint('prior_sessions >= 0', name=op.f('ck_treatment_plan_prior_sessions')),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_treatment_plan_patient_id')),
    sa.ForeignKeyConstraint(['physician_id'], ['physician.id'], name=op.f('fk_treatment_plan_physician_id')),
    sa.ForeignKeyConstraint(['protocol_version_id'], ['protocol_version.id'], name=op.f('fk_treatment_plan_protocol_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_treatment_plan'))
    )
    op.create_index('ix_treatment_plan_patient', 'treatment_plan', ['patient_id'], unique=False)
    op.create_index('ix_treatment_plan_physician', 'treatment_plan', ['physician_id'], unique=False)
    op.create_index('uq_treatment_plan_live', 'treatment_plan', ['patient_id'], unique=True, postgresql_where=sa.text("phase <> 'ended'"))
    op.create_table('course_offer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('options', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('chosen', sa.Integer(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'taken') = (chosen is not null)", name=op.f('ck_course_offer_chosen')),
    sa.CheckConstraint("state in ('open', 'taken', 'withdrawn', 'expired')", name=op.f('ck_course_offer_state')),
    sa.ForeignKeyConstraint(['plan_id'], ['treatment_plan.id'], name=op.f('fk_course_offer_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_offer'))
    )
    op.create_index('ix_course_offer_plan', 'course_offer', ['plan_id'], unique=False)
    op.create_index('uq_course_offer_open', 'course_offer', ['plan_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('plan_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('fields', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('details_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['treatment_plan.id'], name=op.f('fk_plan_change_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_change'))
    )
    op.create_index('ix_plan_change_plan', 'plan_change', ['plan_id', 'at'], unique=False)
    op.create_table('plan_phase',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('from_phase', sa.String(), nullable=True),
    sa.Column('to_phase', sa.String(), nullable=False),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(), nullable=False),
    sa.CheckConstraint("to_phase in ('evaluation', 'induction', 'maintenance', 'taper', 'aftercare', 'ended')", name=op.f('ck_plan_phase_to_phase')),
    sa.ForeignKeyConstraint(['plan_id'], ['treatment_plan.id'], name=op.f('fk_plan_phase_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_phase'))
    )
    op.create_index('ix_plan_phase_plan', 'plan_phase', ['plan_id', 'at'], unique=False)
    op.create_table('treatment_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('appointment_id', sa.Uuid(), nullable=False),
    sa.Column('phase', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('outcome_reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('outcome_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(), nullable=False),
    sa.CheckConstraint("outcome in ('taken', 'skipped')", name=op.f('ck_treatment_session_outcome')),
    sa.CheckConstraint("phase in ('induction', 'maintenance', 'taper')", name=op.f('ck_treatment_session_phase')),
    sa.CheckConstraint('(outcome is null) = (outcome_at is null)', name=op.f('ck_treatment_session_outcome_at')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_treatment_session_appointment_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['treatment_plan.id'], name=op.f('fk_treatment_session_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_treatment_session')),
    sa.UniqueConstraint('appointment_id', name=op.f('uq_treatment_session_appointment_id'))
    )
    op.create_index('ix_treatment_session_plan', 'treatment_session', ['plan_id'], unique=False)
    op.add_column("visit_type", sa.Column("purpose", sa.String(), nullable=True))
    op.execute(
        """
        update visit_type set purpose = case
            when code like '%session%' then 'session'
            when code like '%follow_up%' or code like '%review%' then 'follow_up'
            else 'consultation' end
        """
    )
    op.alter_column("visit_type", "purpose", nullable=False)
    op.create_check_constraint(
        op.f("ck_visit_type_purpose"), "visit_type", "purpose in ('consultation', 'session', 'follow_up')"
    )
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course')")
    _index_setup(f"{_SETUP}, 'legal_basis'")


def downgrade() -> None:
    _index_setup(_SETUP)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where purpose = 'course'")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'course')")
    op.execute("delete from link where purpose = 'course'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose in ('visit')")
    op.drop_constraint(op.f("ck_visit_type_purpose"), "visit_type", type_="check")
    op.drop_column("visit_type", "purpose")
    op.drop_index('ix_treatment_session_plan', table_name='treatment_session')
    op.drop_table('treatment_session')
    op.drop_index('ix_plan_phase_plan', table_name='plan_phase')
    op.drop_table('plan_phase')
    op.drop_index('ix_plan_change_plan', table_name='plan_change')
    op.drop_table('plan_change')
    op.drop_index('uq_course_offer_open', table_name='course_offer', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_course_offer_plan', table_name='course_offer')
    op.drop_table('course_offer')
    op.drop_index('uq_treatment_plan_live', table_name='treatment_plan', postgresql_where=sa.text("phase <> 'ended'"))
    op.drop_index('ix_treatment_plan_physician', table_name='treatment_plan')
    op.drop_index('ix_treatment_plan_patient', table_name='treatment_plan')
    op.drop_table('treatment_plan')
    op.drop_table('protocol_version')
    op.drop_table('protocol')
    op.drop_table('legal_basis')
