"""What the migrated database must hold, whatever the models say."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.orm import Session

from clinic.embedded import postgres
from clinic.kernel.db import Base
from tests.conftest import ROOT, Database

APPEND_ONLY = {
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
}


def test_the_models_and_the_migrations_say_the_same(database: Database):
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database.owner_url)
    command.check(config)


def test_migrations_go_down_and_up_again(database: Database):
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database.owner_url)
    command.downgrade(config, "base")
    engine = create_engine(database.owner_url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()
    command.upgrade(config, "head")


def test_every_named_constraint_exists_in_the_database(session: Session):
    wanted = {str(one.name) for table in Base.metadata.tables.values() for one in table.constraints if one.name}
    found = set(session.scalars(text("select conname from pg_constraint")))
    assert wanted - found == set()
    assert {"ex_appointment_physician_busy", "ex_appointment_patient_period"} <= found


def test_the_application_deletes_nothing_and_rewrites_no_history(session: Session):
    rights = session.execute(
        text(
            "select table_name, privilege_type from information_schema.role_table_grants "
            "where grantee = :role and table_schema = 'public'"
        ),
        {"role": postgres.APP},
    )
    granted: dict[str, set[str]] = {}
    for table, right in rights:
        granted.setdefault(table, set()).add(right)
    for table in set(Base.metadata.tables) - APPEND_ONLY:
        assert granted[table] == {"SELECT", "INSERT", "UPDATE"}, table
    for table in APPEND_ONLY:
        assert granted[table] == {"SELECT", "INSERT"}, table
    assert granted["alembic_version"] == {"SELECT"}


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_no_column_gets_its_time_from_the_database(session: Session, table: str):
    defaults = session.scalars(
        text("select column_default from information_schema.columns where table_name = :table"), {"table": table}
    )
    assert [default for default in defaults if default and "now" in default] == []
