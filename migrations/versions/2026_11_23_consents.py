"""Forms that patients sign: versions with their words, signatures, withdrawals and requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "consents"
down_revision = "waitlist"
branch_labels = None
depends_on = None


TABLES = ("signature_request", "consent_withdrawal", "consent_signature", "consent_text", "consent_version")
"""In the order in which they can be dropped."""

OLD_PURPOSES = "'visit', 'course', 'messages', 'check_in', 'medication', 'billing', 'waitlist'"

# What somebody may have signed stays what it was, words and all.
FREEZE_VERSION = """
create function consent_version_freeze() returns trigger
language plpgsql as $$
begin
    raise exception 'a published form never changes; another version of it does'
        using errcode = 'integrity_constraint_violation';
end
$$
"""
FREEZE_VERSION_TRIGGER = (
    "create trigger consent_version_freeze before update or delete on consent_version "
    "for each row when (old.published_at is not null) execute function consent_version_freeze()"
)
FREEZE_TEXT = """
create function consent_text_freeze() returns trigger
language plpgsql as $$
begin
    if exists (
        select from consent_version where id in (old.version_id, new.version_id) and published_at is not null
    ) then
        raise exception 'the words of a published form never change; another version of it does'
            using errcode = 'integrity_constraint_violation';
    end if;
    return coalesce(new, old);
end
$$
"""
FREEZE_TEXT_TRIGGER = (
    "create trigger consent_text_freeze before insert or update or delete on consent_text "
    "for each row execute function consent_text_freeze()"
)

# A signature stays as it was given; only whose record it is may change, when two records become one.
FREEZE_SIGNATURE = """
create function consent_signature_freeze() returns trigger
language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(old) - 'patient_id' is distinct from to_jsonb(new) - 'patient_id' then
        raise exception 'a signature never changes; it can be withdrawn'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
FREEZE_SIGNATURE_TRIGGER = (
    "create trigger consent_signature_freeze before update or delete on consent_signature "
    "for each row execute function consent_signature_freeze()"
)
IN_FORCE = """
create function consent_signature_in_force() returns trigger
language plpgsql as $$
begin
    if not exists (select from consent_version where id = new.version_id and effective_at <= new.at) then
        raise exception 'only a form that is in force can be signed'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
IN_FORCE_TRIGGER = (
    "create trigger consent_signature_in_force before insert on consent_signature "
    "for each row execute function consent_signature_in_force()"
)
FUNCTIONS = {
    "consent_version_freeze": (FREEZE_VERSION, FREEZE_VERSION_TRIGGER),
    "consent_text_freeze": (FREEZE_TEXT, FREEZE_TEXT_TRIGGER),
    "consent_signature_freeze": (FREEZE_SIGNATURE, FREEZE_SIGNATURE_TRIGGER),
    "consent_signature_in_force": (IN_FORCE, IN_FORCE_TRIGGER),
}


def upgrade() -> None:
    op.create_table(
        "consent_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("signs_again", sa.Boolean(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('telehealth', 'off_label', 'treatment_agreement', 'pain_fl', 'pain_nj', 'privacy', 'release')",
            name=op.f("ck_consent_version_kind"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_consent_version_number")),
        sa.CheckConstraint(
            "(published_at is null) = (effective_at is null)", name=op.f("ck_consent_version_published")
        ),
        sa.CheckConstraint("number > 1 or signs_again", name=op.f("ck_consent_version_first_is_signed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_version")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_consent_version_kind")),
    )
    op.create_index(
        "uq_consent_version_draft",
        "consent_version",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("published_at is null"),
    )
    op.create_table(
        "consent_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("language in ('en', 'es')", name=op.f("ck_consent_text_language")),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(words, 'UTF8')), 'hex')", name=op.f("ck_consent_text_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["consent_version.id"], name=op.f("fk_consent_text_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("version_id", "language", name=op.f("uq_consent_text_version_id")),
        sa.UniqueConstraint("version_id", "language", "sha256", name="uq_consent_text_signed"),
    )
    op.create_table(
        "consent_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("typed_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_other_name", sa.Boolean(), nullable=False),
        sa.Column("boxes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("released_to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agent_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(statement) > 0", name=op.f("ck_consent_signature_statement")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_consent_signature_link_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_signature_patient_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["consent_version.id"], name=op.f("fk_consent_signature_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "language", "sha256"],
            ["consent_text.version_id", "consent_text.language", "consent_text.sha256"],
            name="fk_consent_signature_text",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_signature")),
    )
    op.create_index("ix_consent_signature_patient", "consent_signature", ["patient_id"], unique=False)
    op.create_index("ix_consent_signature_version", "consent_signature", ["version_id"], unique=False)
    op.create_table(
        "consent_withdrawal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("told_by in ('patient', 'telephone')", name=op.f("ck_consent_withdrawal_told_by")),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["consent_signature.id"], name=op.f("fk_consent_withdrawal_signature_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_withdrawal")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_consent_withdrawal_signature_id")),
    )
    op.create_table(
        "signature_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_signature_request_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_request")),
    )
    op.create_index(
        "uq_signature_request_open",
        "signature_request",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("settled_at is null"),
    )
    for function, trigger in FUNCTIONS.values():
        op.execute(function)
        op.execute(trigger)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES}, 'consent')")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for name in FUNCTIONS:
        op.execute(f"drop function {name}()")
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'consent')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'consent')")
    op.execute("delete from link where purpose = 'consent'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES})")
