"""The intake: its row for each patient, sections as they were saved, decisions, and its purpose of links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "intake"
down_revision = "consents"
branch_labels = None
depends_on = None

OLD_PURPOSES = "'visit', 'course', 'messages', 'check_in', 'medication', 'billing', 'waitlist', 'consent'"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("last_saved_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'waiting', 'needs_more', 'accepted', 'declined', 'closed')",
            name=op.f("ck_intake_state"),
        ),
        sa.CheckConstraint("source in ('web', 'desk')", name=op.f("ck_intake_source")),
        sa.CheckConstraint("state in ('open', 'closed') or sent_at is not null", name=op.f("ck_intake_sent")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_intake_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_index(
        "uq_intake_patient", "intake", ["patient_id"], unique=True, postgresql_where=sa.text("state <> 'closed'")
    )
    op.create_index("ix_intake_state", "intake", ["state", "state_since"], unique=False)
    op.create_table(
        "intake_section",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("questions_version", sa.SmallInteger(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_intake_section_intake_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_section")),
        sa.UniqueConstraint("intake_id", "section", "number", name=op.f("uq_intake_section_intake_id")),
    )
    op.create_table(
        "intake_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=True),
        sa.Column("sections", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("evidence_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_hash", sa.String(), nullable=False),
        sa.Column("engine_version", sa.SmallInteger(), nullable=False),
        sa.Column("questions_version", sa.SmallInteger(), nullable=False),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("decision in ('accept', 'decline', 'needs_more')", name=op.f("ck_intake_decision_decision")),
        sa.CheckConstraint("asked_of in ('patient', 'coordinator')", name=op.f("ck_intake_decision_asked_of")),
        sa.CheckConstraint("(decision = 'needs_more') = (asked_of is not null)", name=op.f("ck_intake_decision_asked")),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_intake_decision_intake_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_decision")),
        sa.UniqueConstraint("intake_id", "number", name=op.f("uq_intake_decision_intake_id")),
    )
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES}, 'intake')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'intake')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'intake')")
    op.execute("delete from link where purpose = 'intake'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES})")
    for table in ("intake_decision", "intake_section", "intake"):
        op.drop_table(table)
