"""Monitoring: instruments, check-ins, answers, flags; reviews, notes, tapers; emergency access."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "monitoring"
down_revision = "talking"
branch_labels = None
depends_on = None


TABLES = (
    "visit_note_addendum",
    "taper_step",
    "score",
    "answer",
    "visit_note",
    "taper_plan",
    "plan_review",
    "flag_disposition",
    "assessment",
    "flag",
    "emergency_access",
    "clinical_finding",
    "check_in",
    "panel_view",
    "monitoring_policy_version",
    "instrument_supplement",
    "answer_words",
)
"""In the order in which they can be dropped."""


def upgrade() -> None:
    op.create_table(
        "answer_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_words")),
    )
    op.create_table(
        "instrument_supplement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("licence_note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('definition', 'translation')", name=op.f("ck_instrument_supplement_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_supplement")),
        sa.UniqueConstraint(
            "instrument_key", "kind", "language", "number", name=op.f("uq_instrument_supplement_instrument_key")
        ),
    )
    op.create_table(
        "monitoring_policy_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('signals', 'calendar')", name=op.f("ck_monitoring_policy_version_kind")),
        sa.CheckConstraint("number > 1", name=op.f("ck_monitoring_policy_version_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_policy_version")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_monitoring_policy_version_kind")),
    )
    op.create_table(
        "panel_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_panel_view_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_view")),
    )
    op.create_index(
        "uq_panel_view_name",
        "panel_view",
        ["staff_id", "name"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_table(
        "check_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_check_in_done_at")),
        sa.CheckConstraint("layout in ('one', 'all')", name=op.f("ck_check_in_layout")),
        sa.CheckConstraint("part in ('before', 'day')", name=op.f("ck_check_in_part")),
        sa.CheckConstraint(
            "state in ('planned', 'open', 'done', 'missed', 'canceled')", name=op.f("ck_check_in_state")
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_check_in_closes_after_opening")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_check_in_link_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_in_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
    )
    op.create_index(
        "ix_check_in_open", "check_in", ["closes_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_check_in_patient", "check_in", ["patient_id", "due_on"], unique=False)
    op.create_index(
        "ix_check_in_planned", "check_in", ["opens_at"], unique=False, postgresql_where=sa.text("state = 'planned'")
    )
    op.create_index(
        "uq_check_in_waiting",
        "check_in",
        ["patient_id", "due_on", "part"],
        unique=True,
        postgresql_where=sa.text("state in ('planned', 'open')"),
    )
    op.create_table(
        "clinical_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["corrects_id"], ["clinical_finding.id"], name=op.f("fk_clinical_finding_corrects_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_clinical_finding_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinical_finding")),
    )
    op.create_index("ix_clinical_finding_patient", "clinical_finding", ["patient_id", "found_on"], unique=False)
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("is_justified", sa.Boolean(), nullable=True),
        sa.Column("review_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(reviewed_at is null) = (reviewed_by is null)", name=op.f("ck_emergency_access_reviewed")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_emergency_access_ends_after_start")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_emergency_access_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_emergency_access_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index(
        "ix_emergency_access_physician", "emergency_access", ["physician_id", "patient_id", "ends_at"], unique=False
    )
    op.create_index(
        "ix_emergency_access_unreviewed",
        "emergency_access",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("reviewed_at is null"),
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("policy_number", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("evidence_class", sa.String(), nullable=False),
        sa.Column("facts_key", sa.String(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("threshold", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("escalates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("domain in ('A', 'B', 'C', 'D', 'E', 'F', '-')", name=op.f("ck_flag_domain")),
        sa.CheckConstraint("state in ('open', 'settled', 'lapsed')", name=op.f("ck_flag_state")),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_flag_level")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_flag_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint("patient_id", "rule_id", "facts_key", name=op.f("uq_flag_patient_id")),
    )
    op.create_index(
        "ix_flag_look_again", "flag", ["look_again_on"], unique=False, postgresql_where=sa.text("state = 'settled'")
    )
    op.create_index("ix_flag_open", "flag", ["patient_id"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_flag_patient", "flag", ["patient_id", "raised_at"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_in_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_key", sa.String(), nullable=False),
        sa.Column("instrument_version", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("cause_key", sa.String(), nullable=False),
        sa.Column("calendar_version", sa.SmallInteger(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_assessment_done_at")),
        sa.CheckConstraint("state in ('waiting', 'done', 'missed', 'canceled')", name=op.f("ck_assessment_state")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_assessment_appointment_id")),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_in.id"], name=op.f("fk_assessment_check_in_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_assessment_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("cause_key", name=op.f("uq_assessment_cause_key")),
    )
    op.create_index("ix_assessment_check_in", "assessment", ["check_in_id", "position"], unique=False)
    op.create_index("ix_assessment_patient", "assessment", ["patient_id", "instrument_key", "done_at"], unique=False)
    op.create_table(
        "flag_disposition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "decision in ('explained', 'watch', 'change_plan', 'refer', 'taper')",
            name=op.f("ck_flag_disposition_decision"),
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_flag_disposition_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_disposition")),
    )
    op.create_index("ix_flag_disposition_flag", "flag_disposition", ["flag_id", "at"], unique=False)
    op.create_table(
        "plan_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about_key", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "decision in ('go_on', 'change_plan', 'visit', 'refer', 'taper')", name=op.f("ck_plan_review_decision")
        ),
        sa.CheckConstraint(
            "kind in ('first_session', 'end_of_induction', 'periodic')", name=op.f("ck_plan_review_kind")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plan.id"], name=op.f("fk_plan_review_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review")),
        sa.UniqueConstraint("plan_id", "about_key", name=op.f("uq_plan_review_plan_id")),
    )
    op.create_table(
        "taper_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("relapse_plan_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("units_left", sa.SmallInteger(), nullable=True),
        sa.Column("returned", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "returned in ('none_left', 'take_back', 'mail_back', 'destroyed')", name=op.f("ck_taper_plan_returned")
        ),
        sa.CheckConstraint("state in ('running', 'completed', 'stopped')", name=op.f("ck_taper_plan_state")),
        sa.CheckConstraint("units_left >= 0", name=op.f("ck_taper_plan_units_left")),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plan.id"], name=op.f("fk_taper_plan_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taper_plan")),
    )
    op.create_index(
        "uq_taper_plan_running", "taper_plan", ["plan_id"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.create_table(
        "visit_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("data_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(signed_at is null) = (content_hash is null)", name=op.f("ck_visit_note_signed")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_visit_note_appointment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_visit_note_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_visit_note_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_note")),
    )
    op.create_index("ix_visit_note_patient", "visit_note", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "ix_visit_note_unsigned",
        "visit_note",
        ["physician_id"],
        unique=False,
        postgresql_where=sa.text("signed_at is null"),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("words_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(value, value_on, words_id) <= 1", name=op.f("ck_answer_one_value")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_answer_assessment_id")),
        sa.ForeignKeyConstraint(["words_id"], ["answer_words.id"], name=op.f("fk_answer_words_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index("ix_answer_assessment", "answer", ["assessment_id", "item", "id"], unique=False)
    op.create_table(
        "score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("band", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_score_assessment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_score_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("assessment_id", "name", name=op.f("uq_score_assessment_id")),
    )
    op.create_index("ix_score_patient", "score", ["patient_id", "instrument_key", "name", "at"], unique=False)
    op.create_table(
        "taper_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("taper_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("gap_days", sa.SmallInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("direction_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("gate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'done', 'held', 'skipped')", name=op.f("ck_taper_step_state")),
        sa.CheckConstraint("gap_days > 0", name=op.f("ck_taper_step_gap_days")),
        sa.ForeignKeyConstraint(["taper_id"], ["taper_plan.id"], name=op.f("fk_taper_step_taper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taper_step")),
        sa.UniqueConstraint("taper_id", "number", name=op.f("uq_taper_step_taper_id")),
    )
    op.create_table(
        "visit_note_addendum",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["visit_note.id"], name=op.f("fk_visit_note_addendum_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_note_addendum")),
    )
    op.create_index("ix_visit_note_addendum_note", "visit_note_addendum", ["note_id", "at"], unique=False)
    op.create_index(
        "ix_audit_event_panel",
        "audit_event",
        ["actor_id", "seq"],
        unique=False,
        postgresql_where=sa.text("action = 'panel.viewed'"),
    )
    op.add_column("treatment_plan", sa.Column("paused_until", sa.Date(), nullable=True))
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(
        op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course', 'messages', 'check_in')"
    )


def downgrade() -> None:
    op.drop_column("treatment_plan", "paused_until")
    op.drop_index("ix_audit_event_panel", table_name="audit_event")
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'check_in')")
    op.execute("update check_in set link_id = null")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'check_in')")
    op.execute("delete from link where purpose = 'check_in'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course', 'messages')")
    for table in TABLES:
        op.drop_table(table)
