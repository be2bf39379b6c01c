"""Closures, caps, calendar feeds, policies, covers, the contact log, patient imports and merged records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "scheduling_in_full"
down_revision = "first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinic_closure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at_local", sa.Time(), nullable=True),
        sa.Column("ends_at_local", sa.Time(), nullable=True),
        sa.Column("holiday", sa.String(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("state is null or state in ('FL', 'NJ')", name=op.f("ck_clinic_closure_state")),
        sa.CheckConstraint(
            "(starts_at_local is null) = (ends_at_local is null)", name=op.f("ck_clinic_closure_both_times_or_none")
        ),
        sa.CheckConstraint("ends_at_local > starts_at_local", name=op.f("ck_clinic_closure_ends_after_start")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_clinic_closure_days_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_closure")),
    )
    op.create_index("ix_clinic_closure_days", "clinic_closure", ["first_day", "last_day"], unique=False)
    op.create_table(
        "patient_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("started_by_name", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("next_line", sa.Integer(), nullable=False),
        sa.Column("is_stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state in ('receiving', 'checking', 'checked', 'importing', 'done', 'stopped', 'refused')",
            name=op.f("ck_patient_import_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_import")),
    )
    op.create_index(
        "ix_patient_import_busy",
        "patient_import",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state in ('checking', 'importing')"),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
    )
    op.create_index("ix_policy_version_key", "policy_version", ["key", "id"], unique=False)
    op.create_table(
        "patient_import_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["patient_import.id"], name=op.f("fk_patient_import_part_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_import_part")),
        sa.UniqueConstraint("import_id", "position", name=op.f("uq_patient_import_part_import_id")),
    )
    op.create_table(
        "patient_import_rejection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("row_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["patient_import.id"], name=op.f("fk_patient_import_rejection_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_import_rejection")),
        sa.UniqueConstraint("import_id", "line", name=op.f("uq_patient_import_rejection_import_id")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_calendar_feed_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(
        "uq_calendar_feed_live",
        "calendar_feed",
        ["physician_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'call') = (direction is not null and outcome is not null)",
            name=op.f("ck_contact_entry_call_has_outcome"),
        ),
        sa.CheckConstraint("direction in ('incoming', 'outgoing')", name=op.f("ck_contact_entry_direction")),
        sa.CheckConstraint("kind in ('call', 'note')", name=op.f("ck_contact_entry_kind")),
        sa.CheckConstraint(
            "outcome in ('reached', 'left_message', 'no_answer', 'wrong_number')", name=op.f("ck_contact_entry_outcome")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["contact_entry.id"], name=op.f("fk_contact_entry_corrects_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_contact_entry_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_entry")),
    )
    op.create_index("ix_contact_entry_patient", "contact_entry", ["patient_id", "happened_at"], unique=False)
    op.create_table(
        "physician_cover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("cover_id <> physician_id", name=op.f("ck_physician_cover_somebody_else")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_physician_cover_days_in_order")),
        sa.ForeignKeyConstraint(["cover_id"], ["physician.id"], name=op.f("fk_physician_cover_cover_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_physician_cover_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_cover")),
    )
    op.create_index("ix_physician_cover_cover", "physician_cover", ["cover_id"], unique=False)
    op.create_index("ix_physician_cover_physician", "physician_cover", ["physician_id"], unique=False)
    op.create_table(
        "visit_cap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_code", sa.String(), nullable=True),
        sa.Column("per", sa.String(), nullable=False),
        sa.Column("most", sa.SmallInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("per in ('day', 'week')", name=op.f("ck_visit_cap_per")),
        sa.CheckConstraint(
            "effective_until is null or effective_until >= effective_from", name=op.f("ck_visit_cap_dates_in_order")
        ),
        sa.CheckConstraint("most between 0 and 200", name=op.f("ck_visit_cap_most")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_visit_cap_physician_id")),
        sa.ForeignKeyConstraint(["visit_type_code"], ["visit_type.code"], name=op.f("fk_visit_cap_visit_type_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_cap")),
    )
    op.create_index("ix_visit_cap_physician", "visit_cap", ["physician_id"], unique=False)
    op.add_column("appointment", sa.Column("overbook_by_name", sa.String(), nullable=True))
    op.add_column("appointment", sa.Column("join_url", sa.String(), nullable=True))
    op.add_column("patient", sa.Column("status_reason", sa.String(), nullable=True))
    op.add_column("patient", sa.Column("status_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("patient", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.add_column("patient", sa.Column("external_key", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_patient_external_key"), "patient", ["external_key"])
    op.create_index("ix_patient_birth_date", "patient", ["birth_date"], unique=False)
    op.create_foreign_key(op.f("fk_patient_merged_into_id"), "patient", "patient", ["merged_into_id"], ["id"])
    op.create_index(
        "ix_patient_merged_into",
        "patient",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.drop_constraint(op.f("ck_patient_status"), "patient")
    op.create_check_constraint(
        op.f("ck_patient_status"), "patient", "status in ('active', 'discharged', 'deceased', 'merged')"
    )
    op.create_check_constraint(
        op.f("ck_patient_merged_into"), "patient", "(status = 'merged') = (merged_into_id is not null)"
    )
    op.create_index(
        "ix_audit_event_setup",
        "audit_event",
        ["subject_kind", "subject_id", "seq"],
        unique=False,
        postgresql_where=sa.text(
            "subject_kind in ('physician', 'availability_rule', 'availability_override', 'visit_cap', "
            "'clinic_closure', 'visit_type', 'staff_account')"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_event_setup", table_name="audit_event")
    op.drop_constraint(op.f("ck_patient_merged_into"), "patient")
    op.drop_constraint(op.f("ck_patient_status"), "patient")
    # A merged record has no place in the older schema but among those who left.
    op.execute("update patient set status = 'discharged' where status = 'merged'")
    op.create_check_constraint(op.f("ck_patient_status"), "patient", "status in ('active', 'discharged', 'deceased')")
    op.drop_index("ix_patient_merged_into", table_name="patient")
    op.drop_constraint(op.f("fk_patient_merged_into_id"), "patient", type_="foreignkey")
    op.drop_index("ix_patient_birth_date", table_name="patient")
    op.drop_constraint(op.f("uq_patient_external_key"), "patient", type_="unique")
    op.drop_column("patient", "external_key")
    op.drop_column("patient", "merged_into_id")
    op.drop_column("patient", "status_since")
    op.drop_column("patient", "status_reason")
    op.drop_column("appointment", "join_url")
    op.drop_column("appointment", "overbook_by_name")
    op.drop_index("ix_visit_cap_physician", table_name="visit_cap")
    op.drop_table("visit_cap")
    op.drop_index("ix_physician_cover_physician", table_name="physician_cover")
    op.drop_index("ix_physician_cover_cover", table_name="physician_cover")
    op.drop_table("physician_cover")
    op.drop_index("ix_contact_entry_patient", table_name="contact_entry")
    op.drop_table("contact_entry")
    op.drop_index("uq_calendar_feed_live", table_name="calendar_feed", postgresql_where=sa.text("revoked_at is null"))
    op.drop_table("calendar_feed")
    op.drop_table("patient_import_rejection")
    op.drop_table("patient_import_part")
    op.drop_index("ix_policy_version_key", table_name="policy_version")
    op.drop_table("policy_version")
    op.drop_index(
        "ix_patient_import_busy",
        table_name="patient_import",
        postgresql_where=sa.text("state in ('checking', 'importing')"),
    )
    op.drop_table("patient_import")
    op.drop_index("ix_clinic_closure_days", table_name="clinic_closure")
    op.drop_table("clinic_closure")
