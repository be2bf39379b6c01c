"""The day of a session: checklist, readings, support persons and what they saw; their purpose of links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "session_day"
down_revision = "intake"
branch_labels = None
depends_on = None

OLD_PURPOSES = "'visit', 'course', 'messages', 'check_in', 'medication', 'billing', 'waitlist', 'consent', 'intake'"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "session_checklist",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("seated_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("outcome in ('passed', 'hold', 'stopped')", name=op.f("ck_session_checklist_outcome")),
        sa.CheckConstraint("(outcome is null) = (finished_at is null)", name=op.f("ck_session_checklist_finished")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_session_checklist_assessment_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_session_checklist_appointment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_session_checklist_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_checklist")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_session_checklist_assessment_id")),
    )
    op.create_index("ix_session_checklist_appointment", "session_checklist", ["appointment_id"], unique=False)
    op.create_index("ix_session_checklist_patient", "session_checklist", ["patient_id"], unique=False)
    op.create_table(
        "pressure_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checklist_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("systolic", sa.SmallInteger(), nullable=False),
        sa.Column("diastolic", sa.SmallInteger(), nullable=False),
        sa.Column("pulse", sa.SmallInteger(), nullable=False),
        sa.Column("spo2", sa.SmallInteger(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("systolic > diastolic", name=op.f("ck_pressure_reading_upper_above_lower")),
        sa.ForeignKeyConstraint(["checklist_id"], ["session_checklist.id"], name=op.f("fk_pressure_reading_checklist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pressure_reading")),
        sa.UniqueConstraint("checklist_id", "number", name=op.f("uq_pressure_reading_checklist_id")),
    )
    op.create_table(
        "support_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("attested_at", INSTANT, nullable=True),
        sa.Column("declined_at", INSTANT, nullable=True),
        sa.Column("replaced_at", INSTANT, nullable=True),
        sa.Column("watch_ended_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state in ('named', 'confirmed', 'attested', 'declined')",
            name=op.f("ck_support_person_state"),
        ),
        sa.CheckConstraint(
            "relation in ('partner', 'family', 'friend', 'other')",
            name=op.f("ck_support_person_relation"),
        ),
        sa.CheckConstraint("(attested_at is not null) or state <> 'attested'", name=op.f("ck_support_person_attested")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_support_person_appointment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_support_person_patient_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_support_person_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_person")),
    )
    op.create_index(
        "uq_support_person_present",
        "support_person",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_index("ix_support_person_patient", "support_person", ["patient_id"], unique=False)
    op.create_table(
        "support_observation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("support_person_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_well", sa.Boolean(), nullable=True),
        sa.Column("has_vomited", sa.Boolean(), nullable=True),
        sa.Column("systolic", sa.SmallInteger(), nullable=True),
        sa.Column("diastolic", sa.SmallInteger(), nullable=True),
        sa.Column("pulse", sa.SmallInteger(), nullable=True),
        sa.Column("is_awake", sa.Boolean(), nullable=True),
        sa.Column("walks_steadily", sa.Boolean(), nullable=True),
        sa.Column("is_nausea_gone", sa.Boolean(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('check', 'pressure', 'steady', 'emergency')",
            name=op.f("ck_support_observation_kind"),
        ),
        sa.CheckConstraint("(kind = 'check') = (is_well is not null)", name=op.f("ck_support_observation_check")),
        sa.CheckConstraint(
            "(kind = 'pressure') = (systolic is not null and diastolic is not null)",
            name=op.f("ck_support_observation_pressure"),
        ),
        sa.CheckConstraint(
            "(kind = 'steady') = (is_awake is not null and walks_steadily is not null and is_nausea_gone is not null)",
            name=op.f("ck_support_observation_steady"),
        ),
        sa.CheckConstraint("systolic > diastolic", name=op.f("ck_support_observation_upper_above_lower")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_support_observation_appointment_id")),
        sa.ForeignKeyConstraint(["support_person_id"], ["support_person.id"], name=op.f("fk_support_observation_support_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_observation")),
    )
    op.create_index(
        "ix_support_observation_appointment", "support_observation", ["appointment_id", "at"], unique=False
    )
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES}, 'support')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'support')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'support')")
    op.execute("delete from link where purpose = 'support'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES})")
    for table in ("support_observation", "support_person", "pressure_reading", "session_checklist"):
        op.drop_table(table)
