"""The waiting list: entries with their history, times that came free, offers of them; and links to an offer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "waitlist"
down_revision = "replacement"
branch_labels = None
depends_on = None

OLD_PURPOSES = "'visit', 'course', 'messages', 'check_in', 'medication', 'billing'"


def upgrade() -> None:
    op.create_table(
        "opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_opening_ends_after_start")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_opening_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
        sa.UniqueConstraint("physician_id", "starts_at", "ends_at", name=op.f("uq_opening_physician_id")),
    )
    op.create_index(
        "ix_opening_due", "opening", ["due_at"], unique=False, postgresql_where=sa.text("due_at is not null")
    )
    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_code", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("earliest_on", sa.Date(), nullable=False),
        sa.Column("latest_on", sa.Date(), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("from_minute", sa.SmallInteger(), nullable=False),
        sa.Column("until_minute", sa.SmallInteger(), nullable=False),
        sa.Column("notice_hours", sa.SmallInteger(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name=op.f("ck_waitlist_entry_ended")),
        sa.CheckConstraint("state in ('waiting', 'booked', 'left', 'over')", name=op.f("ck_waitlist_entry_state")),
        sa.CheckConstraint(
            "from_minute >= 0 and until_minute > from_minute and until_minute <= 1440",
            name=op.f("ck_waitlist_entry_hours"),
        ),
        sa.CheckConstraint("latest_on >= earliest_on", name=op.f("ck_waitlist_entry_days_in_order")),
        sa.CheckConstraint("notice_hours between 0 and 336", name=op.f("ck_waitlist_entry_notice_hours")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_waitlist_entry_appointment_id")),
        sa.ForeignKeyConstraint(["booked_id"], ["appointment.id"], name=op.f("fk_waitlist_entry_booked_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_waitlist_entry_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_waitlist_entry_physician_id")),
        sa.ForeignKeyConstraint(
            ["visit_type_code"], ["visit_type.code"], name=op.f("fk_waitlist_entry_visit_type_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
    )
    op.create_index("ix_waitlist_entry_patient", "waitlist_entry", ["patient_id"], unique=False)
    op.create_index(
        "ix_waitlist_entry_waiting",
        "waitlist_entry",
        ["latest_on"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_waitlist_entry_first",
        "waitlist_entry",
        ["patient_id", "visit_type_code"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting' and appointment_id is null"),
    )
    op.create_index(
        "uq_waitlist_entry_visit",
        "waitlist_entry",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "slot_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("channel in ('text', 'call')", name=op.f("ck_slot_offer_channel")),
        sa.CheckConstraint(
            "state in ('open', 'accepted', 'declined', 'expired', 'unheard', 'withdrawn')",
            name=op.f("ck_slot_offer_state"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slot_offer_ends_after_start")),
        sa.ForeignKeyConstraint(["entry_id"], ["waitlist_entry.id"], name=op.f("fk_slot_offer_entry_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["appointment.id"], name=op.f("fk_slot_offer_hold_id")),
        sa.ForeignKeyConstraint(["opening_id"], ["opening.id"], name=op.f("fk_slot_offer_opening_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_slot_offer_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_offer")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_slot_offer_hold_id")),
    )
    op.create_index("ix_slot_offer_entry", "slot_offer", ["entry_id"], unique=False)
    op.create_index(
        "ix_slot_offer_expiring", "slot_offer", ["expires_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_slot_offer_opening", "slot_offer", ["opening_id"], unique=False)
    op.create_index(
        "uq_slot_offer_open", "slot_offer", ["entry_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "waitlist_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("happening", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("physician_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_change_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_change")),
    )
    op.create_index("ix_waitlist_change_entry", "waitlist_change", ["entry_id", "id"], unique=False)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES}, 'waitlist')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'waitlist')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'waitlist')")
    op.execute("delete from link where purpose = 'waitlist'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES})")
    op.drop_index("ix_waitlist_change_entry", table_name="waitlist_change")
    op.drop_table("waitlist_change")
    op.drop_index("uq_slot_offer_open", table_name="slot_offer", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_slot_offer_opening", table_name="slot_offer")
    op.drop_index("ix_slot_offer_expiring", table_name="slot_offer", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_slot_offer_entry", table_name="slot_offer")
    op.drop_table("slot_offer")
    op.drop_index("uq_waitlist_entry_visit", table_name="waitlist_entry", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index(
        "uq_waitlist_entry_first",
        table_name="waitlist_entry",
        postgresql_where=sa.text("state = 'waiting' and appointment_id is null"),
    )
    op.drop_index(
        "ix_waitlist_entry_waiting", table_name="waitlist_entry", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index("ix_waitlist_entry_patient", table_name="waitlist_entry")
    op.drop_table("waitlist_entry")
    op.drop_index("ix_opening_due", table_name="opening", postgresql_where=sa.text("due_at is not null"))
    op.drop_table("opening")
