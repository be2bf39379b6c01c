"""Both ways: e-mail, on-call, conversations, secure messages, and the nightly comparison with the provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "talking"
down_revision = "sending_stopped"
branch_labels = None
depends_on = None

CHANNELS = (
    "(channel = 'sms' and address_id is not null and email_to is null)"
    " or (channel = 'email' and address_id is null and email_to is not null)"
)

# What phones wrote before there was an inbox is there and read; tasks about it lead there.
TEXTS_OF_BEFORE = (
    "insert into conversation"
    " (id, phone_id, last_inbound_at, last_at, read_up_to, version, created_at, updated_at, updated_by)"
    " select gen_random_uuid(), phone_id, max(received_at), max(received_at), max(received_at), 1, now(), now(), 'Release'"
    " from inbound_text group by phone_id",
    "update work_item set subject_kind = 'phone', subject_id = inbound_text.phone_id from inbound_text"
    " where work_item.kind = 'reply_unclear' and work_item.dedupe_key = 'reply_unclear:' || inbound_text.id",
    "update work_item set subject_kind = 'phone', subject_id = phone.id from phone"
    " where work_item.kind = 'reply_unclear' and work_item.dedupe_key = 'reply_unclear:' || phone.id",
)


def upgrade() -> None:
    op.create_table(
        "provider_audit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_count", sa.Integer(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("unknown_sids", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("missing_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_provider_audit")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_up_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff_account.id"], name=op.f("fk_conversation_assignee_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_conversation_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("phone_id", name=op.f("uq_conversation_phone_id")),
    )
    op.create_index("ix_conversation_last", "conversation", ["last_at"], unique=False)
    op.create_index(
        "ix_conversation_unread",
        "conversation",
        ["last_inbound_at"],
        unique=False,
        postgresql_where=sa.text("read_up_to is null or read_up_to < last_inbound_at"),
    )
    op.create_table(
        "on_call_contact",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_on_call_contact_phone_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_on_call_contact_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_on_call_contact")),
    )
    op.create_table(
        "on_call_shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("place in ('first', 'backup')", name=op.f("ck_on_call_shift_place")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_on_call_shift_ends_after_start")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_on_call_shift_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_shift")),
    )
    op.create_index(
        "ix_on_call_shift_time",
        "on_call_shift",
        ["starts_at", "ends_at"],
        unique=False,
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_table(
        "on_call_page",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_at is null) = (acknowledged_by is null)", name=op.f("ck_on_call_page_acknowledged")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["staff_account.id"], name=op.f("fk_on_call_page_acknowledged_by")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_on_call_page_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_page")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_on_call_page_dedupe_key")),
    )
    op.create_index(
        "ix_on_call_page_open",
        "on_call_page",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at is null"),
    )
    op.create_table(
        "secure_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("author_kind in ('staff', 'patient')", name=op.f("ck_secure_message_author_kind")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_secure_message_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secure_message")),
    )
    op.create_index("ix_secure_message_patient", "secure_message", ["patient_id", "sent_at"], unique=False)
    op.create_table(
        "on_call_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_on_call_notice_message_id")),
        sa.ForeignKeyConstraint(["page_id"], ["on_call_page.id"], name=op.f("fk_on_call_notice_page_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_on_call_notice_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_notice")),
        sa.UniqueConstraint("page_id", "step", "staff_id", "channel", name=op.f("uq_on_call_notice_page_id")),
    )
    op.add_column("inbound_text", sa.Column("answers_id", sa.Uuid(), nullable=True))
    op.add_column("inbound_text", sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("inbound_text", "is_urgent", server_default=None)
    op.create_foreign_key(op.f("fk_inbound_text_answers_id"), "inbound_text", "message", ["answers_id"], ["id"])
    op.add_column("message", sa.Column("email_to", sa.String(), nullable=True))
    op.add_column("message", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("message", "address_id", existing_type=sa.UUID(), nullable=True)
    op.add_column("patient", sa.Column("is_fluid_restricted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("patient", "is_fluid_restricted", server_default=None)
    op.drop_constraint(op.f("ck_message_channel"), "message", type_="check")
    op.create_check_constraint(op.f("ck_message_channel"), "message", CHANNELS)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course', 'messages')")
    op.execute("insert into message_lane (number, name) values (4, 'e-mail')")
    for statement in TEXTS_OF_BEFORE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("delete from message_lane where number = 4")
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course')")
    op.drop_constraint(op.f("ck_message_channel"), "message", type_="check")
    op.create_check_constraint(op.f("ck_message_channel"), "message", "channel in ('sms')")
    op.drop_column("patient", "is_fluid_restricted")
    op.alter_column("message", "address_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("message", "answered_at")
    op.drop_column("message", "email_to")
    op.drop_constraint(op.f("fk_inbound_text_answers_id"), "inbound_text", type_="foreignkey")
    op.drop_column("inbound_text", "is_urgent")
    op.drop_column("inbound_text", "answers_id")
    op.drop_table("on_call_notice")
    op.drop_index("ix_secure_message_patient", table_name="secure_message")
    op.drop_table("secure_message")
    op.drop_index(
        "ix_on_call_page_open", table_name="on_call_page", postgresql_where=sa.text("acknowledged_at is null")
    )
    op.drop_table("on_call_page")
    op.drop_index("ix_on_call_shift_time", table_name="on_call_shift", postgresql_where=sa.text("removed_at is null"))
    op.drop_table("on_call_shift")
    op.drop_table("on_call_contact")
    op.drop_index(
        "ix_conversation_unread",
        table_name="conversation",
        postgresql_where=sa.text("read_up_to is null or read_up_to < last_inbound_at"),
    )
    op.drop_index("ix_conversation_last", table_name="conversation")
    op.drop_table("conversation")
    op.drop_table("provider_audit")
