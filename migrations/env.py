"""Alembic's entry: runs migrations as the owner role and grants the application's role what it may do."""

from alembic import context
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.types import TypeDecorator

import clinic.access.models
import clinic.audit.models
import clinic.billing.models
import clinic.consents.models
import clinic.conversations.models
import clinic.handover.models
import clinic.intake.models
import clinic.kernel.outbox
import clinic.kernel.tables
import clinic.medication.models
import clinic.messaging.models
import clinic.monitoring.models
import clinic.oncall.models
import clinic.people.models
import clinic.policies.models
import clinic.readiness.models
import clinic.replacement.models
import clinic.scheduling.models
import clinic.session_day.models
import clinic.treatment.models
import clinic.waitlist.models
import clinic.worklist.models
from clinic.kernel.db import Base

# Imported for their tables; a domain that is missing here is missing from the migrations check.
DOMAINS = (
    clinic.access.models,
    clinic.audit.models,
    clinic.billing.models,
    clinic.consents.models,
    clinic.conversations.models,
    clinic.intake.models,
    clinic.kernel.outbox,
    clinic.kernel.tables,
    clinic.medication.models,
    clinic.messaging.models,
    clinic.handover.models,
    clinic.monitoring.models,
    clinic.oncall.models,
    clinic.people.models,
    clinic.policies.models,
    clinic.readiness.models,
    clinic.replacement.models,
    clinic.scheduling.models,
    clinic.session_day.models,
    clinic.treatment.models,
    clinic.waitlist.models,
    clinic.worklist.models,
)
APPEND_ONLY = (
    "address_word",
    "answer",
    "answer_words",
    "appointment_history",
    "audit_event",
    "clinical_finding",
    "consent_withdrawal",
    "contact_entry",
    "credit_note",
    "credit_note_line",
    "disposal",
    "fill_event",
    "fill_lot",
    "flag_disposition",
    "instrument_supplement",
    "intake_decision",
    "intake_section",
    "journal_entry",
    "lot_recall",
    "message_event",
    "message_wording",
    "monitoring_policy_version",
    "on_call_notice",
    "payment_event",
    "pdmp_check",
    "plan_change",
    "plan_entitlement",
    "plan_phase",
    "plan_review",
    "policy_version",
    "posting",
    "pressure_reading",
    "prescription_event",
    "protocol_version",
    "readiness_check",
    "readiness_override",
    "receipt",
    "refill_decision",
    "renewal_consent",
    "replacement_step",
    "score",
    "sms_consent_event",
    "subscription_anchor",
    "subscription_event",
    "support_observation",
    "tracking_event",
    "unit_count",
    "unit_entry",
    "visit_location",
    "visit_note_addendum",
    "waitlist_change",
)


# A managed server keeps views of its own in the schema, which are not ours to grant.
OWN_TABLES = "select tablename from pg_tables where schemaname = 'public' and tableowner = current_user"


def plain_type(kind: str, item: object, _autogen: object) -> str | bool:
    """Write our own column types as the plain types that they store, so that old migrations import no code of ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}" if hasattr(item, "impl") else False
    return False


def grant(connection: Connection, role: str) -> None:
    """Let the application's role read, add and change rows; nobody but the owner deletes, and history only grows."""
    quote = connection.dialect.identifier_preparer.quote
    quoted, own = quote(role), list(connection.scalars(text(OWN_TABLES)))
    history = [table for table in APPEND_ONLY if table in own]  # An older schema has fewer of them.
    connection.execute(text(f"grant usage on schema public to {quoted}"))
    connection.execute(text(f"grant select, insert, update on {', '.join(map(quote, own))} to {quoted}"))
    connection.execute(text(f"revoke update on {', '.join(history)} from {quoted}"))
    connection.execute(text(f"revoke insert, update on alembic_version from {quoted}"))


def run() -> None:
    """Migrate the database named by `sqlalchemy.url`, then grant to the role named by `app_role`."""
    url = context.config.get_main_option("sqlalchemy.url")
    role = context.config.get_main_option("app_role")
    assert url is not None
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, compare_type=True, render_item=plain_type
        )
        with context.begin_transaction():
            context.run_migrations()
            if role and inspect(connection).has_table("audit_event"):
                grant(connection, role)
    engine.dispose()


run()
