"""Readiness: checks of sessions, physicians' overrides, and no session that begins without a fresh go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "readiness"
down_revision = "patient_area"
branch_labels = None
depends_on = None

# A session begins on a go about its own start that is not older than 30 minutes, or is written down after its end by a
# physician. `updated_at` is when the step was taken: every change of a visit sets it.
START_CHECKED = """
create function session_start_checked() returns trigger
language plpgsql as $$
begin
    if exists (select from visit_type where code = new.visit_type_code and purpose = 'session')
        and not exists (
            select from readiness_check
            where appointment_id = new.id and time_version = new.time_version and moment = 'start' and verdict = 'go'
                and decided_at between new.updated_at - interval '30 minutes' and new.updated_at
        )
        and not exists (
            select from readiness_override
            where appointment_id = new.id and kind = 'held' and at = new.updated_at and at >= new.ends_at
        )
    then
        raise exception 'a session begins only on a go that is not older than 30 minutes'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
UPDATE_TRIGGER = (
    "create trigger session_start_checked before update of state on appointment for each row "
    "when (new.state = 'in_progress' and old.state is distinct from new.state) execute function session_start_checked()"
)
INSERT_TRIGGER = (
    "create trigger session_start_checked_at_once before insert on appointment for each row "
    "when (new.state = 'in_progress') execute function session_start_checked()"
)


def upgrade() -> None:
    op.create_table(
        "readiness_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overridden", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("moment in ('t72', 't24', 'start')", name=op.f("ck_readiness_check_moment")),
        sa.CheckConstraint("verdict in ('go', 'no_go')", name=op.f("ck_readiness_check_verdict")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_readiness_check_appointment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_readiness_check_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_check")),
    )
    op.create_index("ix_readiness_check_appointment", "readiness_check", ["appointment_id", "decided_at"])
    op.create_table(
        "readiness_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('start', 'held')", name=op.f("ck_readiness_override_kind")),
        sa.CheckConstraint("(kind = 'held') = (codes = '[]'::jsonb)", name=op.f("ck_readiness_override_codes")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_readiness_override_appointment_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_readiness_override_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_override")),
    )
    op.create_index("ix_readiness_override_appointment", "readiness_override", ["appointment_id", "at"])
    for statement in (START_CHECKED, UPDATE_TRIGGER, INSERT_TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger session_start_checked_at_once on appointment")
    op.execute("drop trigger session_start_checked on appointment")
    op.execute("drop function session_start_checked()")
    op.drop_table("readiness_override")
    op.drop_table("readiness_check")
