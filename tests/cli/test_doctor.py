from datetime import timedelta

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session

from clinic.cli.checks import database as database_checks
from clinic.cli.checks import machine, processes
from clinic.cli.checks.finding import Finding, Level
from clinic.kernel.clock import utc_now
from clinic.kernel.tables import Heartbeat
from clinic.settings import Environment, Settings
from tests.conftest import Database


def report(url: str, settings: Settings, **ahead: float) -> dict[str, Finding]:
    engine = create_engine(url)
    with engine.connect() as connection:
        now = utc_now() + timedelta(**ahead)
        found = list(database_checks.check_database(connection, settings, now=now))
    engine.dispose()
    return {finding.what: finding for finding in found}


def change(database: Database, statement: str) -> None:
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def production(settings: Settings) -> Settings:
    return settings.model_copy(update={"environment": Environment.PRODUCTION})


def test_a_healthy_database_is_all_well(database: Database, settings: Settings) -> None:
    found = report(database.app_url, settings)
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert set(found) == {"clock", "constraints", "database", "roles", "schema"}


def test_running_as_the_owner_is_a_failure_in_production_only(database: Database, settings: Settings) -> None:
    assert report(database.owner_url, settings)["roles"].level is Level.WARN
    failed = report(database.owner_url, production(settings))["roles"]
    assert failed.level is Level.FAIL
    assert "CLINIC_OWNER_DATABASE_URL" in failed.remedy


def test_the_superuser_is_called_by_name(database: Database, settings: Settings) -> None:
    assert report(database.superuser_url, settings)["roles"].said == "postgres is a superuser"


def test_a_database_behind_the_code_asks_for_a_migration(database: Database, settings: Settings) -> None:
    change(database, "update alembic_version set version_num = 'older'")
    found = report(database.app_url, settings)
    assert (found["schema"].level, found["schema"].said) == (Level.FAIL, "at older")
    assert "clinic migrate" in found["schema"].remedy
    assert "constraints" not in found


def test_an_empty_database_is_not_an_error_page(database: Database, settings: Settings) -> None:
    change(database, "drop table alembic_version")
    assert report(database.app_url, settings)["schema"].said == "no tables yet"


def test_a_missing_constraint_is_named(database: Database, settings: Settings) -> None:
    find = "select conname, conrelid::regclass::text as place from pg_constraint where contype = 'x' order by 1 limit 1"
    with database.engine.connect() as connection:
        lost = connection.execute(text(find)).one()
    change(database, f"alter table {lost.place} drop constraint {lost.conname}")
    finding = report(database.app_url, settings)["constraints"]
    assert (finding.level, finding.said) == (Level.FAIL, f"missing: {lost.conname}")


def test_clocks_that_differ_are_noticed(database: Database, settings: Settings) -> None:
    assert report(database.app_url, settings, seconds=30)["clock"].level is Level.WARN


def test_an_unreachable_database_is_named_without_its_password(settings: Settings) -> None:
    url = "postgresql+psycopg://clinic_app:very-secret@127.0.0.1:1/clinic"
    finding = database_checks.unreachable(settings.model_copy(update={"database_url": url}), "OperationalError")
    assert finding.said == "127.0.0.1:1 does not answer (OperationalError)"


def test_heartbeats_say_how_old_they_are(session: Session) -> None:
    now = utc_now()
    session.execute(insert(Heartbeat).values(name="worker", seen_at=now - timedelta(seconds=5), detail=""))
    session.execute(insert(Heartbeat).values(name="beat", seen_at=now - timedelta(minutes=10), detail=""))
    worker, beat = processes.check_heartbeats(session.connection(), now=now)
    assert (worker.level, worker.said) == (Level.OK, "seen 5 s ago")
    assert (beat.level, beat.said) == (Level.WARN, "seen 600 s ago")


def test_a_worker_that_never_ran_is_said_so(session: Session) -> None:
    worker, _ = processes.check_heartbeats(session.connection(), now=utc_now())
    assert (worker.level, worker.said) == (Level.WARN, "never seen")


def test_an_absent_redis_is_a_warning_because_texts_still_leave(settings: Settings) -> None:
    finding = processes.check_redis(settings)
    assert finding.level is Level.WARN
    assert "Texts still leave" in finding.remedy


@pytest.mark.parametrize(("sid", "level"), [(None, Level.FAIL), ("AC1", Level.OK)])
def test_a_clinic_without_a_texting_provider_is_not_ready(settings: Settings, sid: str | None, level: Level) -> None:
    real = production(settings).model_copy(update={"twilio_account_sid": sid})
    provider, replies = machine.check_texting(real)
    assert provider.level is level
    assert "911 and 988" in replies.remedy


def test_a_long_host_name_is_a_warning(settings: Settings) -> None:
    long = settings.model_copy(update={"public_base_url": "https://appointments.the-long-name.example"})
    assert machine.check_links(long).level is Level.WARN
    assert machine.check_links(settings).level is Level.OK


def test_this_machine_is_fine() -> None:
    assert machine.check_python().level is Level.OK
    assert machine.check_disk().level in {Level.OK, Level.WARN}


def test_the_definitions_of_instruments_can_be_used() -> None:
    assert machine.check_instruments().level is Level.OK
