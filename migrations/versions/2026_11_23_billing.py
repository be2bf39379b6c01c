"""Billing: plans and prices, subscriptions, invoices and credit notes, payments, discounts, and the journal."""

import sqlalchemy as sa
from alembic import op

revision = "billing"
down_revision = "medication"
branch_labels = None
depends_on = None


TABLES = (
    "refund",
    "payment_event",
    "credit_note_line",
    "payment",
    "invoice_line",
    "credit_note",
    "subscription_event",
    "subscription_anchor",
    "renewal_consent",
    "price_notice",
    "invoice",
    "hardship_request",
    "discount_redemption",
    "subscription",
    "posting",
    "payment_method",
    "price_change",
    "plan_entitlement",
    "journal_entry",
    "gateway_customer",
    "care_allowance",
    "card_setup",
    "plan_price",
    "document_counter",
    "discount",
    "billing_plan",
)
"""In the order in which they can be dropped."""

# Once it has a number, a document says for ever what it said: only what became of it may change.
FREEZE_INVOICE = """
create function invoice_freeze() returns trigger
language plpgsql as $$
declare
    free constant text[] := array[
        'state', 'paid_at', 'voided_at', 'next_attempt_on', 'version', 'updated_at', 'updated_by'
    ];
begin
    if tg_op = 'DELETE' or to_jsonb(old) - free is distinct from to_jsonb(new) - free then
        raise exception 'an invoice with a number never changes; a credit note corrects it'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
FREEZE_INVOICE_TRIGGER = (
    "create trigger invoice_freeze before update or delete on invoice "
    "for each row when (old.number is not null) execute function invoice_freeze()"
)
FREEZE_LINES = """
create function invoice_line_freeze() returns trigger
language plpgsql as $$
begin
    if exists (
        select from invoice where id in (old.invoice_id, new.invoice_id) and state <> 'draft'
    ) then
        raise exception 'the lines of an invoice with a number never change; a credit note corrects them'
            using errcode = 'integrity_constraint_violation';
    end if;
    return coalesce(new, old);
end
$$
"""
FREEZE_LINES_TRIGGER = (
    "create trigger invoice_line_freeze before insert or update or delete on invoice_line "
    "for each row execute function invoice_line_freeze()"
)
LINES_ADD_UP = """
create function invoice_lines_add_up() returns trigger
language plpgsql as $$
declare
    found bigint := (select coalesce(sum(amount_cents), 0) from invoice_line where invoice_id = new.id);
begin
    if found + new.tax_cents <> new.total_cents then
        raise exception 'the lines of invoice % come to %, not to %', new.number, found + new.tax_cents, new.total_cents
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
LINES_ADD_UP_TRIGGER = (
    "create trigger invoice_lines_add_up before insert or update of number on invoice "
    "for each row when (new.number is not null) execute function invoice_lines_add_up()"
)

# A price that somebody may have been sold at stays what it was; only its last day of sale is written later.
FREEZE_PRICE = """
create function plan_price_freeze() returns trigger
language plpgsql as $$
begin
    if tg_op = 'DELETE' or to_jsonb(old) - 'valid_until_on' is distinct from to_jsonb(new) - 'valid_until_on' then
        raise exception 'a price never changes; another version of it does'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
FREEZE_PRICE_TRIGGER = (
    "create trigger plan_price_freeze before update or delete on plan_price "
    "for each row execute function plan_price_freeze()"
)

# Looked at when the transaction commits, since the postings of an entry come one by one.
ENTRY_COMES_TO_NOTHING = """
create function journal_entry_comes_to_nothing() returns trigger
language plpgsql as $$
begin
    if (select sum(amount_cents) from posting where entry_id = new.entry_id) <> 0 then
        raise exception 'the postings of journal entry % do not come to nothing', new.entry_id
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$
"""
ENTRY_COMES_TO_NOTHING_TRIGGER = (
    "create constraint trigger journal_entry_comes_to_nothing after insert or update on posting "
    "deferrable initially deferred for each row execute function journal_entry_comes_to_nothing()"
)

# No more goes back than came in: of a line by credit notes, of a payment by refunds. The rows are locked by the insert.
CREDIT_WITHIN_LINE = """
create function credit_within_line() returns trigger
language plpgsql as $$
declare
    most bigint := (select amount_cents from invoice_line where id = new.source_line_id for update);
begin
    if (select coalesce(sum(amount_cents), 0) from credit_note_line where source_line_id = new.source_line_id)
        + new.amount_cents > most then
        raise exception 'a line of an invoice would be credited beyond its amount'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
CREDIT_WITHIN_LINE_TRIGGER = (
    "create trigger credit_within_line before insert on credit_note_line "
    "for each row execute function credit_within_line()"
)
REFUND_WITHIN_PAYMENT = """
create function refund_within_payment() returns trigger
language plpgsql as $$
declare
    most bigint := (select amount_cents from payment where id = new.payment_id and state = 'succeeded' for update);
begin
    if most is null or new.amount_cents + (
        select coalesce(sum(amount_cents), 0) from refund where payment_id = new.payment_id and state <> 'failed'
    ) > most then
        raise exception 'more would be refunded than the payment brought in'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$
"""
REFUND_WITHIN_PAYMENT_TRIGGER = (
    "create trigger refund_within_payment before insert on refund for each row execute function refund_within_payment()"
)
FUNCTIONS = {
    "invoice_freeze": (FREEZE_INVOICE, FREEZE_INVOICE_TRIGGER),
    "invoice_line_freeze": (FREEZE_LINES, FREEZE_LINES_TRIGGER),
    "invoice_lines_add_up": (LINES_ADD_UP, LINES_ADD_UP_TRIGGER),
    "plan_price_freeze": (FREEZE_PRICE, FREEZE_PRICE_TRIGGER),
    "journal_entry_comes_to_nothing": (ENTRY_COMES_TO_NOTHING, ENTRY_COMES_TO_NOTHING_TRIGGER),
    "credit_within_line": (CREDIT_WITHIN_LINE, CREDIT_WITHIN_LINE_TRIGGER),
    "refund_within_payment": (REFUND_WITHIN_PAYMENT, REFUND_WITHIN_PAYMENT_TRIGGER),
}
OLD_PURPOSES = "'visit', 'course', 'messages', 'check_in', 'medication'"


def upgrade() -> None:
    op.create_table(
        "billing_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_es", sa.String(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column("meaning_es", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("followed_by_id", sa.Uuid(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("followed_by_id <> id", name=op.f("ck_billing_plan_followed_by")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_billing_plan_position")),
        sa.ForeignKeyConstraint(["followed_by_id"], ["billing_plan.id"], name=op.f("fk_billing_plan_followed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_billing_plan_code")),
    )
    op.create_table(
        "discount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("basis_points", sa.SmallInteger(), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=True),
        sa.Column("periods", sa.SmallInteger(), nullable=True),
        sa.Column("most_redemptions", sa.Integer(), nullable=True),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("hardship_reason", sa.String(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "hardship_reason in ('income', 'job_lost', 'illness', 'caring', 'other')",
            name=op.f("ck_discount_hardship_reason"),
        ),
        sa.CheckConstraint("(basis_points is null) <> (amount_cents is null)", name=op.f("ck_discount_one_kind")),
        sa.CheckConstraint("(code is null) = (hardship_reason is not null)", name=op.f("ck_discount_code")),
        sa.CheckConstraint("(hardship_reason is null) = (review_on is null)", name=op.f("ck_discount_review_on")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_discount_amount_cents")),
        sa.CheckConstraint("basis_points between 1 and 10000", name=op.f("ck_discount_basis_points")),
        sa.CheckConstraint(
            "hardship_reason is null or basis_points in (2500, 5000, 7500, 10000)",
            name=op.f("ck_discount_hardship_rate"),
        ),
        sa.CheckConstraint("most_redemptions > 0", name=op.f("ck_discount_most_redemptions")),
        sa.CheckConstraint("periods > 0", name=op.f("ck_discount_periods")),
        sa.CheckConstraint("valid_until_on is null or valid_until_on >= valid_from_on", name=op.f("ck_discount_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount")),
        sa.UniqueConstraint("code", name=op.f("uq_discount_code")),
    )
    op.create_table(
        "document_counter",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_document_counter_next_number")),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_document_counter")),
    )
    op.create_table(
        "plan_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("currency = 'USD'", name=op.f("ck_plan_price_currency")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_plan_price_amount_cents")),
        sa.CheckConstraint("number > 0", name=op.f("ck_plan_price_number")),
        sa.CheckConstraint(
            "valid_until_on is null or valid_until_on >= valid_from_on", name=op.f("ck_plan_price_valid")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["billing_plan.id"], name=op.f("fk_plan_price_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_price")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_price_plan_id")),
    )
    op.create_index(
        "uq_plan_price_open", "plan_price", ["plan_id"], unique=True, postgresql_where=sa.text("valid_until_on is null")
    )
    op.create_table(
        "card_setup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_setup_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decline_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('asked', 'requires_action', 'succeeded', 'failed')", name=op.f("ck_card_setup_state")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_card_setup_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setup")),
        sa.UniqueConstraint("gateway", "gateway_setup_id", name=op.f("uq_card_setup_gateway")),
    )
    op.create_index(
        "ix_card_setup_due",
        "card_setup",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("next_look_at is not null"),
    )
    op.create_index("ix_card_setup_patient", "card_setup", ["patient_id", "created_at"], unique=False)
    op.create_table(
        "care_allowance",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("stops_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("period_start_on", sa.Date(), nullable=True),
        sa.Column("period_end_on", sa.Date(), nullable=True),
        sa.Column("most_sessions", sa.SmallInteger(), nullable=True),
        sa.Column("most_shipments", sa.SmallInteger(), nullable=True),
        sa.Column("is_tapering", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(period_start_on is null) = (period_end_on is null)", name=op.f("ck_care_allowance_whole_period")
        ),
        sa.CheckConstraint("most_sessions >= 0 and most_shipments >= 0", name=op.f("ck_care_allowance_most")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_allowance_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_care_allowance")),
    )
    op.create_table(
        "gateway_customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_customer_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("gateway in ('sandbox', 'stripe')", name=op.f("ck_gateway_customer_gateway")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_gateway_customer_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_customer")),
        sa.UniqueConstraint("gateway", "gateway_customer_id", name=op.f("uq_gateway_customer_gateway")),
        sa.UniqueConstraint("patient_id", "gateway", name=op.f("uq_gateway_customer_patient_id")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_journal_entry_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("source_kind", "source_id", "memo", name=op.f("uq_journal_entry_source_kind")),
    )
    op.create_index("ix_journal_entry_entered_on", "journal_entry", ["entered_on"], unique=False)
    op.create_table(
        "plan_entitlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("most", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "key in ('sessions', 'shipments', 'units_on_hand', 'physician_visit_days', 'reply_business_days', 'group_sessions', 'integration_sessions')",
            name=op.f("ck_plan_entitlement_key"),
        ),
        sa.CheckConstraint("most >= 0", name=op.f("ck_plan_entitlement_most")),
        sa.ForeignKeyConstraint(["price_id"], ["plan_price.id"], name=op.f("fk_plan_entitlement_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_entitlement")),
        sa.UniqueConstraint("price_id", "key", name=op.f("uq_plan_entitlement_price_id")),
    )
    op.create_table(
        "price_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_price_id", sa.Uuid(), nullable=False),
        sa.Column("to_price_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("from_price_id <> to_price_id", name=op.f("ck_price_change_another_price")),
        sa.ForeignKeyConstraint(["from_price_id"], ["plan_price.id"], name=op.f("fk_price_change_from_price_id")),
        sa.ForeignKeyConstraint(["to_price_id"], ["plan_price.id"], name=op.f("fk_price_change_to_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_change")),
    )
    op.create_index(
        "uq_price_change_open",
        "price_change",
        ["from_price_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "payment_method",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_method_id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("expires_month", sa.SmallInteger(), nullable=False),
        sa.Column("expires_year", sa.SmallInteger(), nullable=False),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("last4 ~ '^[0-9]{4}$'", name=op.f("ck_payment_method_last4")),
        sa.CheckConstraint("expires_month between 1 and 12", name=op.f("ck_payment_method_expires_month")),
        sa.ForeignKeyConstraint(["customer_id"], ["gateway_customer.id"], name=op.f("fk_payment_method_customer_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_payment_method_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_method")),
        sa.UniqueConstraint("gateway", "gateway_method_id", name=op.f("uq_payment_method_gateway")),
    )
    op.create_index(
        "ix_payment_method_due",
        "payment_method",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("next_look_at is not null"),
    )
    op.create_index(
        "uq_payment_method_used",
        "payment_method",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("detached_at is null"),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account in ('receivable', 'cash', 'revenue_membership', 'contra_discount', 'contra_refund', 'patient_credit', 'write_off')",
            name=op.f("ck_posting_account"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_posting_amount_cents")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_posting_entry_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_posting_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_account", "posting", ["account", "patient_id"], unique=False)
    op.create_index("ix_posting_entry", "posting", ["entry_id"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("next_price_id", sa.Uuid(), nullable=True),
        sa.Column("method_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("period_start_on", sa.Date(), nullable=True),
        sa.Column("period_end_on", sa.Date(), nullable=True),
        sa.Column("is_ending", sa.Boolean(), nullable=False),
        sa.Column("is_pausing", sa.Boolean(), nullable=False),
        sa.Column("resume_on", sa.Date(), nullable=True),
        sa.Column("hold_started_on", sa.Date(), nullable=True),
        sa.Column("frozen_days", sa.SmallInteger(), nullable=True),
        sa.Column("past_due_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'medical_hold') = (frozen_days is not null)", name=op.f("ck_subscription_frozen_days")
        ),
        sa.CheckConstraint(
            "(state = 'medical_hold') = (held_from is not null)", name=op.f("ck_subscription_held_from")
        ),
        sa.CheckConstraint(
            "(state = 'medical_hold') = (hold_started_on is not null)", name=op.f("ck_subscription_hold_started_on")
        ),
        sa.CheckConstraint(
            "(state in ('pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended')) = (ended_at is null)",
            name=op.f("ck_subscription_ended_at"),
        ),
        sa.CheckConstraint(
            "state = 'pending' or state = 'expired' or approved_at is not null", name=op.f("ck_subscription_approved")
        ),
        sa.CheckConstraint(
            "state in ('pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended', 'canceled', 'expired')",
            name=op.f("ck_subscription_state"),
        ),
        sa.CheckConstraint(
            "state not in ('active', 'past_due', 'medical_hold') or period_start_on is not null",
            name=op.f("ck_subscription_has_period"),
        ),
        sa.CheckConstraint(
            "state not in ('past_due', 'suspended') or past_due_since is not null",
            name=op.f("ck_subscription_past_due_since"),
        ),
        sa.CheckConstraint(
            "(period_start_on is null) = (period_end_on is null)", name=op.f("ck_subscription_whole_period")
        ),
        sa.CheckConstraint("frozen_days >= 0", name=op.f("ck_subscription_frozen_days_left")),
        sa.CheckConstraint("not (is_ending and is_pausing)", name=op.f("ck_subscription_ends_before_it_pauses")),
        sa.CheckConstraint("period_end_on > period_start_on", name=op.f("ck_subscription_period")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["physician.id"], name=op.f("fk_subscription_approved_by_id")),
        sa.ForeignKeyConstraint(["method_id"], ["payment_method.id"], name=op.f("fk_subscription_method_id")),
        sa.ForeignKeyConstraint(["next_price_id"], ["plan_price.id"], name=op.f("fk_subscription_next_price_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_subscription_patient_id")),
        sa.ForeignKeyConstraint(["price_id"], ["plan_price.id"], name=op.f("fk_subscription_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_patient", "subscription", ["patient_id"], unique=False)
    op.create_index(
        "ix_subscription_renewing",
        "subscription",
        ["period_end_on"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "uq_subscription_live",
        "subscription",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended')"
        ),
    )
    op.create_table(
        "discount_redemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("discount_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("periods_used", sa.SmallInteger(), nullable=False),
        sa.Column("first_paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("periods_used >= 0", name=op.f("ck_discount_redemption_periods_used")),
        sa.ForeignKeyConstraint(["discount_id"], ["discount.id"], name=op.f("fk_discount_redemption_discount_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_discount_redemption_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_redemption")),
    )
    op.create_index("ix_discount_redemption_discount", "discount_redemption", ["discount_id"], unique=False)
    op.create_index(
        "uq_discount_redemption_live",
        "discount_redemption",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "hardship_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis_points", sa.SmallInteger(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("discount_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (discount_id is not null)", name=op.f("ck_hardship_request_discount_id")
        ),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name=op.f("ck_hardship_request_decided_at")),
        sa.CheckConstraint(
            "reason in ('income', 'job_lost', 'illness', 'caring', 'other')", name=op.f("ck_hardship_request_reason")
        ),
        sa.CheckConstraint(
            "state in ('open', 'approved', 'declined', 'withdrawn')", name=op.f("ck_hardship_request_state")
        ),
        sa.CheckConstraint("basis_points in (2500, 5000, 7500, 10000)", name=op.f("ck_hardship_request_basis_points")),
        sa.ForeignKeyConstraint(["discount_id"], ["discount.id"], name=op.f("fk_hardship_request_discount_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_hardship_request_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hardship_request")),
    )
    op.create_index(
        "uq_hardship_request_open",
        "hardship_request",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("subtotal_cents", sa.Integer(), nullable=False),
        sa.Column("discount_cents", sa.Integer(), nullable=False),
        sa.Column("balance_cents", sa.Integer(), nullable=False),
        sa.Column("tax_cents", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("period_start_on", sa.Date(), nullable=False),
        sa.Column("period_end_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("finalized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_on", sa.Date(), nullable=True),
        sa.Column("billed_to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'draft') = (number is null)", name=op.f("ck_invoice_number")),
        sa.CheckConstraint("(state = 'paid') = (paid_at is not null)", name=op.f("ck_invoice_paid_at")),
        sa.CheckConstraint("currency = 'USD'", name=op.f("ck_invoice_currency")),
        sa.CheckConstraint("kind in ('first', 'renewal', 'change')", name=op.f("ck_invoice_kind")),
        sa.CheckConstraint(
            "state in ('draft', 'open', 'paid', 'void', 'uncollectible')", name=op.f("ck_invoice_state")
        ),
        sa.CheckConstraint("(number is null) = (finalized_at is null)", name=op.f("ck_invoice_finalized_at")),
        sa.CheckConstraint("period_end_on > period_start_on", name=op.f("ck_invoice_period")),
        sa.CheckConstraint(
            "subtotal_cents - discount_cents - balance_cents + tax_cents = total_cents", name=op.f("ck_invoice_adds_up")
        ),
        sa.CheckConstraint("total_cents >= 0", name=op.f("ck_invoice_total_cents")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_invoice_patient_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"], name=op.f("fk_invoice_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
    )
    op.create_index("ix_invoice_open", "invoice", ["due_on"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_invoice_patient", "invoice", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "uq_invoice_first",
        "invoice",
        ["subscription_id", "period_start_on"],
        unique=True,
        postgresql_where=sa.text("kind = 'first' and state <> 'void'"),
    )
    op.create_index(
        "uq_invoice_renewal",
        "invoice",
        ["subscription_id", "period_start_on"],
        unique=True,
        postgresql_where=sa.text("kind = 'renewal' and state <> 'void'"),
    )
    op.create_table(
        "price_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["price_change.id"], name=op.f("fk_price_notice_change_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"], name=op.f("fk_price_notice_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_notice")),
        sa.UniqueConstraint("change_id", "subscription_id", name=op.f("uq_price_notice_change_id")),
    )
    op.create_table(
        "renewal_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("wording_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_renewal_consent_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_consent")),
    )
    op.create_index("ix_renewal_consent_subscription", "renewal_consent", ["subscription_id"], unique=False)
    op.create_table(
        "subscription_anchor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_subscription_anchor_days")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_subscription_anchor_number")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_subscription_anchor_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_anchor")),
        sa.UniqueConstraint("subscription_id", "number", name=op.f("uq_subscription_anchor_subscription_id")),
    )
    op.create_table(
        "subscription_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "to_state in ('pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended', 'canceled', 'expired')",
            name=op.f("ck_subscription_event_to_state"),
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_subscription_event_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_event")),
        sa.UniqueConstraint("subscription_id", "version", name=op.f("uq_subscription_event_subscription_id")),
    )
    op.create_table(
        "credit_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('credit', 'refund', 'offset')", name=op.f("ck_credit_note_kind")),
        sa.CheckConstraint("total_cents > 0", name=op.f("ck_credit_note_total_cents")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_credit_note_invoice_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_credit_note_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_note_number")),
    )
    op.create_index("ix_credit_note_invoice", "credit_note", ["invoice_id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("service_start_on", sa.Date(), nullable=False),
        sa.Column("service_end_on", sa.Date(), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=True),
        sa.Column("source_line_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "amount_cents <= 0 or kind not in ('unused', 'discount')", name=op.f("ck_invoice_line_reduction")
        ),
        sa.CheckConstraint("amount_cents >= 0 or kind <> 'membership'", name=op.f("ck_invoice_line_charge")),
        sa.CheckConstraint(
            "kind in ('membership', 'unused', 'discount', 'balance')", name=op.f("ck_invoice_line_kind")
        ),
        sa.CheckConstraint("service_end_on > service_start_on", name=op.f("ck_invoice_line_service")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(["price_id"], ["plan_price.id"], name=op.f("fk_invoice_line_price_id")),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["discount_redemption.id"], name=op.f("fk_invoice_line_redemption_id")
        ),
        sa.ForeignKeyConstraint(["source_line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_source_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_line_invoice_id")),
    )
    op.create_index("ix_invoice_line_source", "invoice_line", ["source_line_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_payment_id", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("decline_code", sa.String(), nullable=True),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'failed') or decline_code is null", name=op.f("ck_payment_decline_code")),
        sa.CheckConstraint("gateway in ('sandbox', 'stripe')", name=op.f("ck_payment_gateway")),
        sa.CheckConstraint(
            "state in ('pending', 'requires_action', 'processing', 'failed', 'succeeded', 'canceled')",
            name=op.f("ck_payment_state"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_amount_cents")),
        sa.CheckConstraint("attempt between 1 and 20", name=op.f("ck_payment_attempt")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id")),
        sa.ForeignKeyConstraint(["method_id"], ["payment_method.id"], name=op.f("fk_payment_method_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_payment_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("gateway", "gateway_payment_id", name=op.f("uq_payment_gateway")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_idempotency_key")),
        sa.UniqueConstraint("invoice_id", "attempt", name=op.f("uq_payment_invoice_id")),
    )
    op.create_index(
        "ix_payment_due",
        "payment",
        ["next_look_at"],
        unique=False,
        postgresql_where=sa.text("next_look_at is not null"),
    )
    op.create_index("ix_payment_patient", "payment", ["patient_id", "created_at"], unique=False)
    op.create_index(
        "uq_payment_succeeded", "payment", ["invoice_id"], unique=True, postgresql_where=sa.text("state = 'succeeded'")
    )
    op.create_index(
        "uq_payment_under_way",
        "payment",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text("state in ('pending', 'requires_action', 'processing')"),
    )
    op.create_table(
        "credit_note_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("source_line_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_credit_note_line_amount_cents")),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["credit_note.id"], name=op.f("fk_credit_note_line_credit_note_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_line_id"], ["invoice_line.id"], name=op.f("fk_credit_note_line_source_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note_line")),
        sa.UniqueConstraint("credit_note_id", "source_line_id", name=op.f("uq_credit_note_line_credit_note_id")),
    )
    op.create_index("ix_credit_note_line_source", "credit_note_line", ["source_line_id"], unique=False)
    op.create_table(
        "payment_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("learned_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "learned_by in ('answer', 'webhook', 'poll', 'person')", name=op.f("ck_payment_event_learned_by")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_event_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
    )
    op.create_index("ix_payment_event_payment", "payment_event", ["payment_id", "at"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_refund_id", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure_code", sa.String(), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("state in ('pending', 'processing', 'failed', 'succeeded')", name=op.f("ck_refund_state")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_refund_amount_cents")),
        sa.ForeignKeyConstraint(["credit_note_id"], ["credit_note.id"], name=op.f("fk_refund_credit_note_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("credit_note_id", name=op.f("uq_refund_credit_note_id")),
        sa.UniqueConstraint("gateway", "gateway_refund_id", name=op.f("uq_refund_gateway")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_idempotency_key")),
    )
    op.create_index(
        "ix_refund_due", "refund", ["next_look_at"], unique=False, postgresql_where=sa.text("next_look_at is not null")
    )
    op.create_index("ix_refund_payment", "refund", ["payment_id"], unique=False)
    for function, trigger in FUNCTIONS.values():
        op.execute(function)
        op.execute(trigger)
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES}, 'billing')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_link_purpose"), "link", type_="check")
    op.execute("delete from link_session where link_id in (select id from link where purpose = 'billing')")
    op.execute("update message set link_id = null where link_id in (select id from link where purpose = 'billing')")
    op.execute("delete from link where purpose = 'billing'")
    op.create_check_constraint(op.f("ck_link_purpose"), "link", f"purpose in ({OLD_PURPOSES})")
    for table in TABLES:
        op.drop_table(table)
    for name in FUNCTIONS:
        op.execute(f"drop function {name}()")
