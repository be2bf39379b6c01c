"""Medication: pharmacies, registrations, program checks, orders, fills, lots, parcels and the unit ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "medication"
down_revision = "monitoring"
branch_labels = None
depends_on = None


TABLES = (
    "unit_entry",
    "unit_count",
    "tracking_event",
    "supply_claim",
    "receipt",
    "shipment",
    "fill_lot",
    "fill_event",
    "fill",
    "refill_decision",
    "prescription_event",
    "recall_notice",
    "prescription",
    "unit_balance",
    "refill_request",
    "prescriber_registration",
    "pdmp_check",
    "lot_recall",
    "disposal",
    "address_word",
    "address_mark",
    "pharmacy_licence",
    "lot",
    "pharmacy",
)
"""In the order in which they can be dropped."""

# What was signed stays as it was signed, whoever asks: only where an order stands and what the outside says may change.
FREEZE = """
create function prescription_freeze() returns trigger
language plpgsql as $$
declare
    free constant text[] := array[
        'state', 'held_from', 'external_reference', 'external_status', 'external_status_at',
        'version', 'updated_at', 'updated_by'
    ];
begin
    if tg_op = 'DELETE' or to_jsonb(old) - free is distinct from to_jsonb(new) - free then
        raise exception 'a signed prescription never changes; an amendment is a new one'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
FREEZE_TRIGGER = (
    "create trigger prescription_freeze before update or delete on prescription "
    "for each row when (old.signed_at is not null) execute function prescription_freeze()"
)

# A parcel leaves on a decision about leaving, made at that moment for the order that its fill is of; no other will do.
OWN_DECISION = """
create function shipment_own_decision() returns trigger
language plpgsql as $$
begin
    if not exists (
        select from refill_decision join fill on fill.prescription_id = refill_decision.prescription_id
        where refill_decision.id = new.decision_id and fill.id = new.fill_id
            and refill_decision.moment = 'ship' and refill_decision.at = new.handed_over_at
    ) then
        raise exception 'a parcel needs a decision of its own, made when it was handed over'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
OWN_DECISION_TRIGGER = (
    "create trigger shipment_own_decision before insert or update of decision_id, fill_id, handed_over_at on shipment "
    "for each row execute function shipment_own_decision()"
)


def upgrade() -> None:
    op.create_table(
        "pharmacy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("dea_number", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("channel in ('manual', 'sandbox')", name=op.f("ck_pharmacy_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy")),
        sa.UniqueConstraint("name", name=op.f("uq_pharmacy_name")),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("compounded_on", sa.Date(), nullable=False),
        sa.Column("beyond_use_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("beyond_use_on > compounded_on", name=op.f("ck_lot_dates_in_order")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_lot_pharmacy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("pharmacy_id", "number", name=op.f("uq_lot_pharmacy_id")),
    )
    op.create_table(
        "pharmacy_licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("state in ('FL', 'NJ')", name=op.f("ck_pharmacy_licence_state")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_pharmacy_licence_dates_in_order")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_pharmacy_licence_pharmacy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy_licence")),
        sa.UniqueConstraint("pharmacy_id", "state", "number", name=op.f("uq_pharmacy_licence_pharmacy_id")),
    )
    op.create_table(
        "address_mark",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("is_forwarder", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("patient_version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_address_mark_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_address_mark")),
    )
    op.create_index("ix_address_mark_mark", "address_mark", ["mark"], unique=False)
    op.create_table(
        "address_word",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("said_by in ('patient', 'staff')", name=op.f("ck_address_word_said_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_address_word_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_word")),
    )
    op.create_index("ix_address_word_patient", "address_word", ["patient_id", "at"], unique=False)
    op.create_table(
        "disposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("witness_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "method <> 'destroyed_at_home' or witness_sealed is not null", name=op.f("ck_disposal_witness")
        ),
        sa.CheckConstraint(
            "method in ('take_back_site', 'mail_back_envelope', 'destroyed_at_home')", name=op.f("ck_disposal_method")
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_disposal_units")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_disposal_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_disposal_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
    )
    op.create_index("ix_disposal_patient", "disposal", ["patient_id", "on"], unique=False)
    op.create_table(
        "lot_recall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_recall_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_recall")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_lot_recall_lot_id")),
    )
    op.create_table(
        "pdmp_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("prescribers", sa.SmallInteger(), nullable=False),
        sa.Column("pharmacies", sa.SmallInteger(), nullable=False),
        sa.Column("has_other_ketamine", sa.Boolean(), nullable=False),
        sa.Column("outage_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("(result = 'unavailable') = (outage_sealed is not null)", name=op.f("ck_pdmp_check_outage")),
        sa.CheckConstraint("(result = 'unavailable') = (reference is null)", name=op.f("ck_pdmp_check_reference")),
        sa.CheckConstraint(
            "result in ('nothing_else', 'explained', 'unexplained', 'unavailable')", name=op.f("ck_pdmp_check_result")
        ),
        sa.CheckConstraint("state in ('FL', 'NJ')", name=op.f("ck_pdmp_check_state")),
        sa.CheckConstraint("prescribers >= 0 and pharmacies >= 0", name=op.f("ck_pdmp_check_counts")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_pdmp_check_patient_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_pdmp_check_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pdmp_check")),
    )
    op.create_index("ix_pdmp_check_patient", "pdmp_check", ["patient_id", "checked_at"], unique=False)
    op.create_table(
        "prescriber_registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('dea', 'cds')", name=op.f("ck_prescriber_registration_kind")),
        sa.CheckConstraint("state in ('FL', 'NJ')", name=op.f("ck_prescriber_registration_state")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_prescriber_registration_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name=op.f("fk_prescriber_registration_physician_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescriber_registration")),
        sa.UniqueConstraint(
            "physician_id", "kind", "state", "number", name=op.f("uq_prescriber_registration_physician_id")
        ),
    )
    op.create_table(
        "refill_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("allowed_on", sa.Date(), nullable=False),
        sa.Column("address_confirmed_on", sa.Date(), nullable=True),
        sa.Column("is_adult_available", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (answered_at is null)", name=op.f("ck_refill_request_answered_at")),
        sa.CheckConstraint("asked_by in ('patient', 'staff')", name=op.f("ck_refill_request_asked_by")),
        sa.CheckConstraint(
            "state in ('open', 'granted', 'declined', 'withdrawn')", name=op.f("ck_refill_request_state")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_refill_request_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_request")),
    )
    op.create_index("ix_refill_request_patient", "refill_request", ["patient_id", "asked_on"], unique=False)
    op.create_index(
        "uq_refill_request_open",
        "refill_request",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "unit_balance",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("units >= 0", name=op.f("ck_unit_balance_units")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_unit_balance_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_unit_balance_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", "lot_id", name=op.f("pk_unit_balance")),
    )
    op.create_table(
        "prescription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("physician_id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=False),
        sa.Column("amends_id", sa.Uuid(), nullable=True),
        sa.Column("pdmp_check_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_from", sa.String(), nullable=True),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("drug_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("strength_value", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("strength_unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("units_per_session", sa.SmallInteger(), nullable=False),
        sa.Column("days_supply", sa.SmallInteger(), nullable=False),
        sa.Column("refills", sa.SmallInteger(), nullable=False),
        sa.Column("directions_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("indication_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("patient_state", sa.String(), nullable=False),
        sa.Column("signed_content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("external_reference", sa.String(), nullable=True),
        sa.Column("external_status", sa.String(), nullable=True),
        sa.Column("external_status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(issued_on is null) = (state in ('draft', 'canceled'))", name=op.f("ck_prescription_issued_on")
        ),
        sa.CheckConstraint("(state = 'on_hold') = (held_from is not null)", name=op.f("ck_prescription_held_from")),
        sa.CheckConstraint(
            "expires_on is not distinct from (issued_on + interval '6 months')::date",
            name=op.f("ck_prescription_six_calendar_months"),
        ),
        sa.CheckConstraint(
            "form in ('troche', 'lozenge', 'tablet', 'rapidly_dissolving_tablet', 'capsule')",
            name=op.f("ck_prescription_form"),
        ),
        sa.CheckConstraint("patient_state in ('FL', 'NJ')", name=op.f("ck_prescription_patient_state")),
        sa.CheckConstraint("route in ('sublingual', 'oral')", name=op.f("ck_prescription_route")),
        sa.CheckConstraint("schedule = 'III'", name=op.f("ck_prescription_schedule")),
        sa.CheckConstraint(
            "state in ('draft', 'signed', 'transmitted', 'transmission_error', 'clarification', 'rejected', 'active', 'on_hold', 'depleted', 'expired', 'stopped', 'canceled', 'replaced')",
            name=op.f("ck_prescription_state"),
        ),
        sa.CheckConstraint("(content_hash is null) = (issued_on is null)", name=op.f("ck_prescription_content_hash")),
        sa.CheckConstraint("(signed_at is null) = (issued_on is null)", name=op.f("ck_prescription_signed")),
        sa.CheckConstraint(
            "issued_on is null or (signed_content_sealed is not null and drug_sealed is not null and directions_sealed is not null and indication_sealed is not null)",
            name=op.f("ck_prescription_signed_whole"),
        ),
        sa.CheckConstraint("issued_on is null or pdmp_check_id is not null", name=op.f("ck_prescription_pdmp_check")),
        sa.CheckConstraint(
            "quantity > 0 and units_per_session > 0 and days_supply > 0", name=op.f("ck_prescription_amounts")
        ),
        sa.CheckConstraint("quantity >= units_per_session", name=op.f("ck_prescription_one_session_at_least")),
        sa.CheckConstraint("refills between 0 and 5", name=op.f("ck_prescription_refills")),
        sa.CheckConstraint("strength_value > 0", name=op.f("ck_prescription_strength")),
        sa.ForeignKeyConstraint(["amends_id"], ["prescription.id"], name=op.f("fk_prescription_amends_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_prescription_patient_id")),
        sa.ForeignKeyConstraint(["pdmp_check_id"], ["pdmp_check.id"], name=op.f("fk_prescription_pdmp_check_id")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_prescription_pharmacy_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_prescription_physician_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plan.id"], name=op.f("fk_prescription_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
        sa.UniqueConstraint("id", "refills", "expires_on", name="uq_prescription_limits"),
    )
    op.create_index(
        "ix_prescription_expiring",
        "prescription",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text(
            "state in ('signed', 'transmitted', 'transmission_error', 'clarification', 'active', 'on_hold')"
        ),
    )
    op.create_index("ix_prescription_patient", "prescription", ["patient_id", "created_at"], unique=False)
    op.create_index("ix_prescription_physician", "prescription", ["physician_id"], unique=False)
    op.create_index(
        "uq_prescription_draft",
        "prescription",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "uq_prescription_live",
        "prescription",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('signed', 'transmitted', 'transmission_error', 'clarification', 'active', 'on_hold')"
        ),
    )
    op.create_table(
        "recall_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("units_on_hand", sa.SmallInteger(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_from", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("heard_from in ('patient', 'staff')", name=op.f("ck_recall_notice_heard_from")),
        sa.CheckConstraint("(heard_at is null) = (heard_from is null)", name=op.f("ck_recall_notice_heard")),
        sa.CheckConstraint("units_on_hand >= 0", name=op.f("ck_recall_notice_units_on_hand")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_recall_notice_patient_id")),
        sa.ForeignKeyConstraint(["recall_id"], ["lot_recall.id"], name=op.f("fk_recall_notice_recall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_notice")),
        sa.UniqueConstraint("recall_id", "patient_id", name=op.f("uq_recall_notice_recall_id")),
    )
    op.create_index(
        "ix_recall_notice_waiting",
        "recall_notice",
        ["patient_id"],
        unique=False,
        postgresql_where=sa.text("heard_at is null"),
    )
    op.create_table(
        "prescription_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "to_state in ('draft', 'signed', 'transmitted', 'transmission_error', 'clarification', 'rejected', 'active', 'on_hold', 'depleted', 'expired', 'stopped', 'canceled', 'replaced')",
            name=op.f("ck_prescription_event_to_state"),
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_prescription_event_prescription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription_event")),
    )
    op.create_index("ix_prescription_event_prescription", "prescription_event", ["prescription_id", "at"], unique=False)
    op.create_table(
        "refill_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=True),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overridden", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overridden_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("override_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("inputs_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(overridden = '[]'::jsonb) = (override_reason_sealed is null)",
            name=op.f("ck_refill_decision_override_reason"),
        ),
        sa.CheckConstraint("moment in ('release', 'ship', 'sweep')", name=op.f("ck_refill_decision_moment")),
        sa.CheckConstraint("is_allowed = (reasons = overridden_reasons)", name=op.f("ck_refill_decision_is_allowed")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_refill_decision_patient_id")),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("fk_refill_decision_prescription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_decision")),
        sa.UniqueConstraint("id", "is_allowed", name="uq_refill_decision_verdict"),
    )
    op.create_index("ix_refill_decision_patient", "refill_decision", ["patient_id", "at"], unique=False)
    op.create_table(
        "fill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("pharmacy_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("refills", sa.SmallInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("is_allowed", sa.Boolean(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("pharmacy_reference", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state in ('requested', 'blocked', 'canceled') or (decision_id is not null and released_on is not null)",
            name=op.f("ck_fill_decision"),
        ),
        sa.CheckConstraint(
            "state in ('requested', 'blocked', 'released', 'sent', 'accepted', 'clarification', 'compounding', 'verified', 'packed', 'handed_to_carrier', 'closed', 'rejected', 'canceled', 'voided')",
            name=op.f("ck_fill_state"),
        ),
        sa.CheckConstraint("decision_id is null or is_allowed", name=op.f("ck_fill_is_allowed")),
        sa.CheckConstraint("number between 0 and refills", name=op.f("ck_fill_number")),
        sa.CheckConstraint("released_on <= expires_on", name=op.f("ck_fill_released_in_time")),
        sa.CheckConstraint("units > 0", name=op.f("ck_fill_units")),
        sa.ForeignKeyConstraint(
            ["decision_id", "is_allowed"],
            ["refill_decision.id", "refill_decision.is_allowed"],
            name="fk_fill_decision_verdict",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_fill_patient_id")),
        sa.ForeignKeyConstraint(["pharmacy_id"], ["pharmacy.id"], name=op.f("fk_fill_pharmacy_id")),
        sa.ForeignKeyConstraint(
            ["prescription_id", "refills", "expires_on"],
            ["prescription.id", "prescription.refills", "prescription.expires_on"],
            name="fk_fill_prescription_limits",
        ),
        sa.ForeignKeyConstraint(["prescription_id"], ["prescription.id"], name=op.f("fk_fill_prescription_id")),
        sa.ForeignKeyConstraint(["request_id"], ["refill_request.id"], name=op.f("fk_fill_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fill")),
    )
    op.create_index("ix_fill_patient", "fill", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "uq_fill_number",
        "fill",
        ["prescription_id", "number"],
        unique=True,
        postgresql_where=sa.text("state not in ('canceled', 'rejected')"),
    )
    op.create_index(
        "uq_fill_under_way",
        "fill",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("state not in ('closed', 'rejected', 'canceled', 'voided')"),
    )
    op.create_table(
        "fill_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fill_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "to_state in ('requested', 'blocked', 'released', 'sent', 'accepted', 'clarification', 'compounding', 'verified', 'packed', 'handed_to_carrier', 'closed', 'rejected', 'canceled', 'voided')",
            name=op.f("ck_fill_event_to_state"),
        ),
        sa.ForeignKeyConstraint(["fill_id"], ["fill.id"], name=op.f("fk_fill_event_fill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fill_event")),
    )
    op.create_index("ix_fill_event_fill", "fill_event", ["fill_id", "at"], unique=False)
    op.create_table(
        "fill_lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fill_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_fill_lot_units")),
        sa.ForeignKeyConstraint(["fill_id"], ["fill.id"], name=op.f("fk_fill_lot_fill_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_fill_lot_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fill_lot")),
        sa.UniqueConstraint("fill_id", "lot_id", name=op.f("uq_fill_lot_fill_id")),
    )
    op.create_index("ix_fill_lot_lot", "fill_lot", ["lot_id"], unique=False)
    op.create_table(
        "shipment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fill_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column("tracker_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_adult_signature", sa.Boolean(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("county_fips", sa.String(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_signature", sa.Boolean(), nullable=False),
        sa.Column("signed_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pharmacy_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("channel in ('manual', 'sandbox', 'easypost')", name=op.f("ck_shipment_channel")),
        sa.CheckConstraint(
            "state <> 'confirmed' or (has_signature and confirmed_at is not null)", name=op.f("ck_shipment_confirmed")
        ),
        sa.CheckConstraint(
            "state in ('label_created', 'in_transit', 'out_for_delivery', 'pickup_ready', 'delivery_attempted', 'exception', 'delivered', 'delivered_unsigned', 'confirmed', 'disputed', 'returning', 'returned_to_pharmacy', 'lost', 'canceled')",
            name=op.f("ck_shipment_state"),
        ),
        sa.CheckConstraint("to_state in ('FL', 'NJ')", name=op.f("ck_shipment_to_state")),
        sa.CheckConstraint("is_allowed", name=op.f("ck_shipment_is_allowed")),
        sa.CheckConstraint("needs_adult_signature", name=op.f("ck_shipment_adult_signature")),
        sa.ForeignKeyConstraint(
            ["decision_id", "is_allowed"],
            ["refill_decision.id", "refill_decision.is_allowed"],
            name="fk_shipment_decision_verdict",
        ),
        sa.ForeignKeyConstraint(["fill_id"], ["fill.id"], name=op.f("fk_shipment_fill_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_shipment_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("carrier", "tracking_number", name=op.f("uq_shipment_carrier")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_shipment_decision_id")),
    )
    op.create_index("ix_shipment_fill", "shipment", ["fill_id"], unique=False)
    op.create_index("ix_shipment_patient", "shipment", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "ix_shipment_under_way",
        "shipment",
        ["state", "state_since"],
        unique=False,
        postgresql_where=sa.text("state not in ('confirmed', 'returned_to_pharmacy', 'lost', 'canceled')"),
    )
    op.create_index(
        "uq_shipment_tracker",
        "shipment",
        ["tracker_id"],
        unique=True,
        postgresql_where=sa.text("tracker_id is not null"),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("lot_number", sa.String(), nullable=False),
        sa.Column("counted", sa.SmallInteger(), nullable=False),
        sa.Column("is_seal_intact", sa.Boolean(), nullable=False),
        sa.Column("is_locked_away", sa.Boolean(), nullable=False),
        sa.Column("is_match", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_receipt_counted")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_receipt_patient_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_receipt_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_shipment", "receipt", ["shipment_id"], unique=False)
    op.create_table(
        "supply_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pharmacy_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind <> 'not_delivered' or shipment_id is not null", name=op.f("ck_supply_claim_parcel")),
        sa.CheckConstraint(
            "kind in ('lost', 'stolen', 'damaged', 'not_delivered', 'wrong_content', 'found')",
            name=op.f("ck_supply_claim_kind"),
        ),
        sa.CheckConstraint("reported_by in ('patient', 'staff')", name=op.f("ck_supply_claim_reported_by")),
        sa.CheckConstraint("(settled_at is null) = (settlement_sealed is null)", name=op.f("ck_supply_claim_settled")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_supply_claim_units")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_supply_claim_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_supply_claim_patient_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_supply_claim_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_claim")),
    )
    op.create_index(
        "ix_supply_claim_open",
        "supply_claim",
        ["reported_at"],
        unique=False,
        postgresql_where=sa.text("settled_at is null"),
    )
    op.create_index("ix_supply_claim_patient", "supply_claim", ["patient_id", "reported_on"], unique=False)
    op.create_table(
        "tracking_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("external_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("has_signature", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "source = 'staff' or status not in ('disputed', 'lost', 'returned_to_pharmacy')",
            name=op.f("ck_tracking_event_staff_words"),
        ),
        sa.CheckConstraint("source in ('carrier', 'staff')", name=op.f("ck_tracking_event_source")),
        sa.CheckConstraint(
            "status in ('unknown', 'label_created', 'in_transit', 'out_for_delivery', 'pickup_ready', 'delivery_attempted', 'exception', 'delivered', 'returning', 'canceled', 'disputed', 'lost', 'returned_to_pharmacy')",
            name=op.f("ck_tracking_event_status"),
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tracking_event_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_event")),
        sa.UniqueConstraint("shipment_id", "external_key", name=op.f("uq_tracking_event_shipment_id")),
    )
    op.create_table(
        "unit_count",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("counted", sa.SmallInteger(), nullable=False),
        sa.Column("expected", sa.SmallInteger(), nullable=False),
        sa.Column("before", sa.SmallInteger(), nullable=False),
        sa.Column("dispensed", sa.SmallInteger(), nullable=False),
        sa.Column("taken", sa.SmallInteger(), nullable=False),
        sa.Column("wasted", sa.SmallInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("assessment_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("(moment = 'closing') = (plan_id is not null)", name=op.f("ck_unit_count_closing")),
        sa.CheckConstraint(
            "moment in ('delivery', 'session', 'refill', 'check_in', 'closing', 'asked')",
            name=op.f("ck_unit_count_moment"),
        ),
        sa.CheckConstraint("counted >= 0 and expected >= 0", name=op.f("ck_unit_count_counts")),
        sa.CheckConstraint("plan_id is null or counted = 0", name=op.f("ck_unit_count_zero_count")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_unit_count_appointment_id")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_unit_count_assessment_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_unit_count_patient_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plan.id"], name=op.f("fk_unit_count_plan_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_unit_count_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_count")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_unit_count_assessment_id")),
    )
    op.create_index("ix_unit_count_patient", "unit_count", ["patient_id", "at"], unique=False)
    op.create_table(
        "unit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("fill_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("count_id", sa.Uuid(), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("(kind = 'taken') = (appointment_id is not null)", name=op.f("ck_unit_entry_session")),
        sa.CheckConstraint("count_id is null or kind in ('lost', 'found')", name=op.f("ck_unit_entry_correction")),
        sa.CheckConstraint(
            "kind in ('dispensed', 'received_less', 'received_more', 'taken', 'wasted', 'destroyed', 'lost', 'returned_undelivered', 'recall_returned', 'found')",
            name=op.f("ck_unit_entry_kind"),
        ),
        sa.CheckConstraint(
            "kind not in ('dispensed', 'returned_undelivered') or shipment_id is not null",
            name=op.f("ck_unit_entry_parcel"),
        ),
        sa.CheckConstraint(
            "units <> 0 and (units > 0) = (kind in ('dispensed', 'received_more', 'found'))",
            name=op.f("ck_unit_entry_sign"),
        ),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_unit_entry_appointment_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["supply_claim.id"], name=op.f("fk_unit_entry_claim_id")),
        sa.ForeignKeyConstraint(["count_id"], ["unit_count.id"], name=op.f("fk_unit_entry_count_id")),
        sa.ForeignKeyConstraint(["fill_id"], ["fill.id"], name=op.f("fk_unit_entry_fill_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_unit_entry_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_unit_entry_patient_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_unit_entry_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_entry")),
    )
    op.create_index("ix_unit_entry_lot", "unit_entry", ["lot_id"], unique=False)
    op.create_index("ix_unit_entry_patient", "unit_entry", ["patient_id", "id"], unique=False)
    op.create_index(
        "ix_unit_entry_session",
        "unit_entry",
        ["appointment_id"],
        unique=False,
        postgresql_where=sa.text("appointment_id is not null"),
    )
    op.create_index(
        "uq_unit_entry_dispensed",
        "unit_entry",
        ["shipment_id", "lot_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'dispensed'"),
    )
    op.create_index(
        "ix_audit_event_contact",
        "audit_event",
        ["subject_id", "occurred_at"],
        unique=False,
        postgresql_where=sa.text("action in ('patient.edited', 'patient.number_changed')"),
    )
    op.execute(FREEZE)
    op.execute(FREEZE_TRIGGER)
    op.execute(OWN_DECISION)
    op.execute(OWN_DECISION_TRIGGER)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(
        op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course', 'messages', 'check_in', 'medication')"
    )


def downgrade() -> None:
    op.drop_index("ix_audit_event_contact", table_name="audit_event")
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'medication')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'medication')")
    op.execute("delete from link where purpose = 'medication'")
    op.create_check_constraint(
        op.f("ck_link_purpose"), "link", "purpose in ('visit', 'course', 'messages', 'check_in')"
    )
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function prescription_freeze()")
    op.execute("drop function shipment_own_decision()")
