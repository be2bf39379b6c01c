"""Loading the demo clinic: it is the same each time, and all there or not at all."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clinic.audit import actions as audit_actions
from clinic.cli.demo.loading import load
from clinic.cli.seed import is_empty
from clinic.embedded import postgres
from clinic.kernel.transaction import Beginner
from clinic.settings import Settings
from tests.cli.demo_clinic import Demo, empty_clinic, seed
from tests.conftest import MONDAY_MORNING, Copies, Database

SUNDAY_MORNING = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
A_FEW = 24


def story_of(server: postgres.Postgres, copies: Copies, settings: Settings, *, seed: int) -> tuple[list[object], ...]:
    with empty_clinic(server, copies, settings, now=SUNDAY_MORNING) as (url, runtime, sessions):
        small = Demo(url, runtime, sessions, load(runtime, seed=seed, patients=A_FEW))
        people = small.ask("select record_number, legal_last_name, birth_date, zone, language from patient order by 1")
        visits = small.ask(
            "select legal_last_name, visit_type_code, starts_at, a.state, confirmed_via, full_name, a.updated_by"
            " from appointment a join patient p on p.id = patient_id join physician d on d.id = physician_id"
            " order by 1, 3, 4"
        )
        texts = [(sent.to, sent.at, sent.status) for sent in small.loaded.texts]
        return people, visits, sorted(texts)


def test_the_same_seed_gives_the_same_clinic_also_on_a_sunday(
    server: postgres.Postgres, copies: Copies, settings: Settings
) -> None:
    first = story_of(server, copies, settings, seed=3)
    assert story_of(server, copies, settings, seed=3) == first
    on_sunday = [visit for visit in first[1] if visit[2].date() == SUNDAY_MORNING.date()]  # type: ignore[index]
    assert len(on_sunday) >= 6


def test_a_seed_that_is_broken_off_leaves_nothing(
    server: postgres.Postgres, copies: Copies, settings: Settings
) -> None:
    left = iter(range(60))

    def write_until_the_end(*parts: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        audit_actions.write(*parts)

    with empty_clinic(server, copies, settings, now=MONDAY_MORNING) as (_, runtime, sessions):
        failing = replace(runtime, begin=Beginner(sessions, write_until_the_end, lambda _queues: None))
        with pytest.raises(KeyboardInterrupt):
            load(failing, seed=1)
        assert is_empty(runtime)


def test_a_real_clinic_is_never_seeded(database: Database) -> None:
    real = {
        "CLINIC_ENVIRONMENT": "production",
        "CLINIC_PUBLIC_BASE_URL": "https://clinic.example",
        "CLINIC_CLINIC_PHONE": "+13052340100",
        "CLINIC_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "CLINIC_TWILIO_AUTH_TOKEN": "0" * 32,
        "CLINIC_TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
    }
    refused = seed("--demo", DATABASE_URL=database.app_url, **real)
    assert refused.exit_code == 1
    assert "real clinic" in refused.output
