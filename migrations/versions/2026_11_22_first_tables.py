"""First tables: accounts, people, messages, appointments, tasks and the chained audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "first_tables"
down_revision = None
branch_labels = None
depends_on = None


AUDIT_CANONICAL = """
create function audit_canonical(e audit_event) returns text
language sql stable set search_path = pg_catalog, public as $$
  select jsonb_build_object(
    'seq', e.seq,
    'recorded_at', to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    'occurred_at', to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    'actor_kind', e.actor_kind, 'actor_id', e.actor_id, 'actor_name', e.actor_name,
    'action', e.action, 'subject_kind', e.subject_kind, 'subject_id', e.subject_id,
    'patient_ids', to_jsonb(e.patient_ids), 'details', e.details, 'request_id', e.request_id, 'ip', e.ip
  )::text
$$
"""

# The advisory lock makes the chain one line; it is held to the commit, so audit rows are a transaction's last ones.
AUDIT_CHAIN = """
create function audit_event_chain() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  last_row record;
begin
  perform pg_advisory_xact_lock(7205759403792794);
  select seq, hash into last_row from audit_event order by seq desc limit 1;
  new.seq := coalesce(last_row.seq, 0) + 1;
  new.recorded_at := clock_timestamp();
  new.prev_hash := coalesce(last_row.hash, sha256('first'::bytea));
  new.hash := sha256(new.prev_hash || convert_to(audit_canonical(new), 'UTF8'));
  return new;
end
$$
"""

AUDIT_FREEZE = """
create function audit_event_freeze() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'audit_event only grows' using errcode = 'insufficient_privilege';
end
$$
"""

AUDIT_TRIGGERS = (
    "create trigger audit_event_chain before insert on audit_event for each row execute function audit_event_chain()",
    "create trigger audit_event_freeze_rows before update or delete on audit_event "
    "for each row execute function audit_event_freeze()",
    "create trigger audit_event_freeze_table before truncate on audit_event "
    "for each statement execute function audit_event_freeze()",
)

LANES = ((1, "replies"), (2, "visits"), (3, "notices"))


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("patient_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_patients", "audit_event", ["patient_ids"], unique=False, postgresql_using="gin")
    op.create_table(
        "guess",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("guessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgiven_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guess")),
    )
    op.create_index("ix_guess_account", "guess", ["kind", "account_key", "guessed_at"], unique=False)
    op.create_index("ix_guess_ip", "guess", ["kind", "ip", "guessed_at"], unique=False)
    op.create_index(
        "ix_guess_unforgiven",
        "guess",
        ["kind", "account_key"],
        unique=False,
        postgresql_where=sa.text("forgiven_at is null"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbox_source")),
    )
    op.create_table(
        "known_answer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_answer")),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("resource_kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_count", sa.SmallInteger(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('visit')", name=op.f("ck_link_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    op.create_index("ix_link_resource", "link", ["resource_kind", "resource_id"], unique=False)
    op.create_table(
        "message_event",
        sa.Column("provider_sid", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider_sid", "status", name=op.f("pk_message_event")),
    )
    op.create_index(op.f("ix_message_event_attempt_id"), "message_event", ["attempt_id"], unique=False)
    op.create_table(
        "message_lane",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_message_lane")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("last_error_code", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('pending', 'done', 'parked')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_pending_due", "outbox", ["due_at"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        sa.UniqueConstraint("e164", name=op.f("uq_phone_e164")),
    )
    op.create_table(
        "request_key",
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_key", "key", name=op.f("pk_request_key")),
    )
    op.create_table(
        "staff_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("totp_seed_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "roles <@ array['coordinator', 'physician', 'admin']::varchar[]", name=op.f("ck_staff_account_roles")
        ),
        sa.CheckConstraint("state in ('invited', 'active', 'disabled')", name=op.f("ck_staff_account_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_account_email_key")),
    )
    op.create_table(
        "sweep_run",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sweep_run")),
    )
    op.create_table(
        "sender_pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sender_pace")),
    )
    op.create_table(
        "visit_type",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_es", sa.String(), nullable=False),
        sa.Column("patient_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("physician_segments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buffer_before_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("buffer_after_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("min_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=False),
        sa.Column("is_patient_bookable", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("patient_minutes between 5 and 480", name=op.f("ck_visit_type_patient_minutes")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_visit_type")),
    )
    op.create_table(
        "work_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name=op.f("ck_work_item_closed_once")),
        sa.CheckConstraint("state in ('open', 'done', 'dismissed')", name=op.f("ck_work_item_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
    )
    op.create_index(
        "ix_work_item_open_due",
        "work_item",
        ["owner_role", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_work_item_patient", "work_item", ["patient_id"], unique=False)
    op.create_index(
        "uq_work_item_open_dedupe_key",
        "work_item",
        ["dedupe_key"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "account_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('invite', 'reset')", name=op.f("ck_account_token_purpose")),
        sa.ForeignKeyConstraint(["account_id"], ["staff_account.id"], name=op.f("fk_account_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_token_token_hash")),
    )
    op.create_index(op.f("ix_account_token_account_id"), "account_token", ["account_id"], unique=False)
    op.create_table(
        "inbound_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_sid", sa.String(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("to_e164", sa.String(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_inbound_text_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_text")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_inbound_text_provider_sid")),
    )
    op.create_index("ix_inbound_text_phone", "inbound_text", ["phone_id", "received_at"], unique=False)
    op.create_table(
        "link_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_session_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_session_token_hash")),
    )
    op.create_index(op.f("ix_link_session_link_id"), "link_session", ["link_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("subject_version", sa.Integer(), nullable=True),
        sa.Column("template_key", sa.String(), nullable=False),
        sa.Column("template_version", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("variables_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("ambiguous_count", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("provider_sid", sa.String(), nullable=True),
        sa.Column("provider_rank", sa.SmallInteger(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("duplicate_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('sms')", name=op.f("ck_message_channel")),
        sa.CheckConstraint("policy in ('ALO', 'AMO')", name=op.f("ck_message_policy")),
        sa.CheckConstraint(
            "recipient_kind in ('patient', 'stranger', 'staff')", name=op.f("ck_message_recipient_kind")
        ),
        sa.CheckConstraint(
            "state in ('pending', 'claimed', 'sending', 'ambiguous', 'accepted', 'sent', 'delivered', 'undelivered', 'failed', 'suppressed', 'expired', 'canceled', 'unknown', 'unconfirmed')",
            name=op.f("ck_message_state"),
        ),
        sa.CheckConstraint("expires_at > due_at", name=op.f("ck_message_expires_after_due")),
        sa.ForeignKeyConstraint(["address_id"], ["phone.id"], name=op.f("fk_message_address_id")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_message_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_message_provider_sid")),
    )
    op.create_index("ix_message_address", "message", ["address_id", "state"], unique=False)
    op.create_index(
        "ix_message_ambiguous", "message", ["check_at"], unique=False, postgresql_where=sa.text("state = 'ambiguous'")
    )
    op.create_index(
        "ix_message_leased",
        "message",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state in ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_message_pending", "message", ["lane", "due_at"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index("ix_message_recipient", "message", ["recipient_id", "due_at"], unique=False)
    op.create_index("ix_message_subject", "message", ["subject_kind", "subject_id"], unique=False)
    op.create_index(
        "ix_message_unconfirmed",
        "message",
        ["check_at"],
        unique=False,
        postgresql_where=sa.text("state in ('accepted', 'sent')"),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=False),
        sa.Column("legal_first_name", sa.String(), nullable=False),
        sa.Column("legal_last_name", sa.String(), nullable=False),
        sa.Column("preferred_name", sa.String(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address_line_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("county_fips", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("is_zone_confirmed", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("language in ('en', 'es')", name=op.f("ck_patient_language")),
        sa.CheckConstraint("state in ('FL', 'NJ')", name=op.f("ck_patient_state")),
        sa.CheckConstraint("status in ('active', 'discharged', 'deceased')", name=op.f("ck_patient_status")),
        sa.CheckConstraint("zone in ('America/New_York', 'America/Chicago')", name=op.f("ck_patient_zone")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_patient_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("record_number", name=op.f("uq_patient_record_number")),
    )
    op.create_index("ix_patient_name", "patient", ["legal_last_name", "legal_first_name"], unique=False)
    op.create_index("ix_patient_phone_birth_date", "patient", ["phone_id", "birth_date"], unique=False)
    op.create_table(
        "physician",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("join_url", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name=op.f("fk_physician_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_physician_staff_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["staff_account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False)
    op.create_table(
        "sms_consent",
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("wording_version", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_sms_consent_phone_id")),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_sms_consent")),
    )
    op.create_table(
        "sms_consent_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("wording_version", sa.String(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "change in ('consented', 'opted_out', 'opted_in')", name=op.f("ck_sms_consent_event_change")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_sms_consent_event_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_consent_event")),
    )
    op.create_index("ix_sms_consent_event_phone", "sms_consent_event", ["phone_id", "at"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mfa_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["staff_account.id"], name=op.f("fk_staff_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_account_id"), "staff_session", ["account_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patient_period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("physician_busy", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("time_version", sa.Integer(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_via", sa.String(), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("overbook_reason", sa.String(), nullable=True),
        sa.Column("overbook_by", sa.Uuid(), nullable=True),
        sa.Column("location_state", sa.String(), nullable=False),
        sa.Column("location_county_fips", sa.String(), nullable=False),
        sa.Column("location_zone", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("patient_id"), "="),
            (sa.column("patient_period"), "&&"),
            where=sa.text("state in ('held', 'booked', 'confirmed', 'in_progress')"),
            using="gist",
            name="ex_appointment_patient_period",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("physician_id"), "="),
            (sa.column("physician_busy"), "&&"),
            where=sa.text("state in ('held', 'booked', 'confirmed', 'in_progress') and overbook_reason is null"),
            using="gist",
            name="ex_appointment_physician_busy",
        ),
        sa.CheckConstraint(
            "(state = 'held') = (hold_expires_at is not null)", name=op.f("ck_appointment_hold_expires")
        ),
        sa.CheckConstraint(
            "state in ('held', 'booked', 'confirmed', 'in_progress', 'completed', 'canceled', 'late_canceled', 'no_show', 'expired')",
            name=op.f("ck_appointment_state"),
        ),
        sa.CheckConstraint(
            "(overbook_reason is null) = (overbook_by is null)", name=op.f("ck_appointment_overbook_has_author")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_ends_after_start")),
        sa.CheckConstraint(
            "not isempty(physician_busy) and not isempty(patient_period)", name=op.f("ck_appointment_periods_not_empty")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_appointment_physician_id")),
        sa.ForeignKeyConstraint(["visit_type_code"], ["visit_type.code"], name=op.f("fk_appointment_visit_type_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("uid", name=op.f("uq_appointment_uid")),
    )
    op.create_index(
        "ix_appointment_held",
        "appointment",
        ["hold_expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_appointment_patient_start", "appointment", ["patient_id", "starts_at"], unique=False)
    op.create_index("ix_appointment_physician_start", "appointment", ["physician_id", "starts_at"], unique=False)
    op.create_index("ix_appointment_start", "appointment", ["starts_at"], unique=False)
    op.create_table(
        "availability_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('extra', 'closed')", name=op.f("ck_availability_override_kind")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_availability_override_ends_after_start")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_availability_override_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_override")),
    )
    op.create_index(
        "ix_availability_override_physician", "availability_override", ["physician_id", "starts_at"], unique=False
    )
    op.create_table(
        "availability_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at_local", sa.Time(), nullable=False),
        sa.Column("ends_at_local", sa.Time(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "effective_until is null or effective_until >= effective_from",
            name=op.f("ck_availability_rule_dates_in_order"),
        ),
        sa.CheckConstraint("ends_at_local > starts_at_local", name=op.f("ck_availability_rule_ends_after_start")),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_availability_rule_weekday")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_availability_rule_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_rule")),
    )
    op.create_index("ix_availability_rule_physician", "availability_rule", ["physician_id", "weekday"], unique=False)
    op.create_table(
        "care_team_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason in ('assigned', 'cover', 'visit')", name=op.f("ck_care_team_member_reason")),
        sa.CheckConstraint("ends_at is null or ends_at > starts_at", name=op.f("ck_care_team_member_ends_after_start")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_team_member_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_care_team_member_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_team_member")),
    )
    op.create_index(op.f("ix_care_team_member_patient_id"), "care_team_member", ["patient_id"], unique=False)
    op.create_index("ix_care_team_member_physician", "care_team_member", ["physician_id", "patient_id"], unique=False)
    op.create_index(
        "uq_care_team_member_visit",
        "care_team_member",
        ["subject_id"],
        unique=True,
        postgresql_where=sa.text("subject_id is not null"),
    )
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("state in ('FL', 'NJ')", name=op.f("ck_licence_state")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_licence_dates_in_order")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_licence_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("physician_id", "state", "number", name=op.f("uq_licence_physician_id")),
    )
    op.create_index(op.f("ix_licence_physician_id"), "licence", ["physician_id"], unique=False)
    op.create_table(
        "message_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("provider_sid", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_attempt_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_attempt")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_message_attempt_message_id")),
    )
    op.create_index(op.f("ix_message_attempt_provider_sid"), "message_attempt", ["provider_sid"], unique=False)
    op.create_table(
        "appointment_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_physician_id", sa.Uuid(), nullable=True),
        sa.Column("to_physician_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_history_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_history")),
    )
    op.create_index("ix_appointment_history_appointment", "appointment_history", ["appointment_id", "id"], unique=False)

    for statement in (AUDIT_CANONICAL, AUDIT_CHAIN, AUDIT_FREEZE, *AUDIT_TRIGGERS):
        op.execute(statement)
    for number, name in LANES:
        op.execute(f"insert into message_lane (number, name) values ({number}, '{name}')")


def downgrade() -> None:
    op.drop_index("ix_appointment_history_appointment", table_name="appointment_history")
    op.drop_table("appointment_history")
    op.drop_index(op.f("ix_message_attempt_provider_sid"), table_name="message_attempt")
    op.drop_table("message_attempt")
    op.drop_index(op.f("ix_licence_physician_id"), table_name="licence")
    op.drop_table("licence")
    op.drop_index(
        "uq_care_team_member_visit", table_name="care_team_member", postgresql_where=sa.text("subject_id is not null")
    )
    op.drop_index("ix_care_team_member_physician", table_name="care_team_member")
    op.drop_index(op.f("ix_care_team_member_patient_id"), table_name="care_team_member")
    op.drop_table("care_team_member")
    op.drop_index("ix_availability_rule_physician", table_name="availability_rule")
    op.drop_table("availability_rule")
    op.drop_index("ix_availability_override_physician", table_name="availability_override")
    op.drop_table("availability_override")
    op.drop_index("ix_appointment_start", table_name="appointment")
    op.drop_index("ix_appointment_physician_start", table_name="appointment")
    op.drop_index("ix_appointment_patient_start", table_name="appointment")
    op.drop_index("ix_appointment_held", table_name="appointment", postgresql_where=sa.text("state = 'held'"))
    op.drop_table("appointment")
    op.drop_index(op.f("ix_staff_session_account_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index("ix_sms_consent_event_phone", table_name="sms_consent_event")
    op.drop_table("sms_consent_event")
    op.drop_table("sms_consent")
    op.drop_index(op.f("ix_recovery_code_account_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("physician")
    op.drop_index("ix_patient_phone_birth_date", table_name="patient")
    op.drop_index("ix_patient_name", table_name="patient")
    op.drop_table("patient")
    op.drop_index(
        "ix_message_unconfirmed", table_name="message", postgresql_where=sa.text("state in ('accepted', 'sent')")
    )
    op.drop_index("ix_message_subject", table_name="message")
    op.drop_index("ix_message_recipient", table_name="message")
    op.drop_index("ix_message_pending", table_name="message", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index(
        "ix_message_leased", table_name="message", postgresql_where=sa.text("state in ('claimed', 'sending')")
    )
    op.drop_index("ix_message_ambiguous", table_name="message", postgresql_where=sa.text("state = 'ambiguous'"))
    op.drop_index("ix_message_address", table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_link_session_link_id"), table_name="link_session")
    op.drop_table("link_session")
    op.drop_index("ix_inbound_text_phone", table_name="inbound_text")
    op.drop_table("inbound_text")
    op.drop_index(op.f("ix_account_token_account_id"), table_name="account_token")
    op.drop_table("account_token")
    op.drop_index("uq_work_item_open_dedupe_key", table_name="work_item", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_work_item_patient", table_name="work_item")
    op.drop_index("ix_work_item_open_due", table_name="work_item", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("work_item")
    op.drop_table("visit_type")
    op.drop_table("sender_pace")
    op.drop_table("sweep_run")
    op.drop_table("staff_account")
    op.drop_table("request_key")
    op.drop_table("phone")
    op.drop_index("ix_outbox_pending_due", table_name="outbox", postgresql_where=sa.text("state = 'pending'"))
    op.drop_table("outbox")
    op.drop_table("message_lane")
    op.drop_index(op.f("ix_message_event_attempt_id"), table_name="message_event")
    op.drop_table("message_event")
    op.drop_index("ix_link_resource", table_name="link")
    op.drop_table("link")
    op.drop_table("known_answer")
    op.drop_table("inbox")
    op.drop_table("heartbeat")
    op.drop_index("ix_guess_unforgiven", table_name="guess", postgresql_where=sa.text("forgiven_at is null"))
    op.drop_index("ix_guess_ip", table_name="guess")
    op.drop_index("ix_guess_account", table_name="guess")
    op.drop_table("guess")
    op.execute("drop function audit_canonical(audit_event)")
    op.drop_index("ix_audit_event_patients", table_name="audit_event", postgresql_using="gin")
    op.drop_table("audit_event")
    for name in ("audit_event_chain()", "audit_event_freeze()"):
        op.execute(f"drop function {name}")
