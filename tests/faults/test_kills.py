"""Kill everything again and again while 150 reminders are due: none is lost and none is sent twice."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from clinic.audit import actions as audit
from clinic.kernel.actor import system
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.kernel.journal import take_entries
from clinic.kernel.sealed import use_ring
from tests.domains.scheduling.calendar_makers import Clinic
from tests.faults.stage import ENCRYPTION_KEY, Stage, ring, staged, zone_where_it_is_noon

pytestmark = pytest.mark.fault

REMINDERS = 150
FAULTS = "rate=0.33,lost=0.2,doubled=0.2,reordered=0.3,early=0.1,stall=3,list_lag=0.5"


SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1").split(",")]


@pytest.mark.parametrize("seed", SEEDS)
def test_of_150_reminders_none_is_lost_and_none_is_sent_twice(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with staged(tmp_path, faults=f"{FAULTS},seed={seed}") as stage:
        _book(stage, utc_now())
        for name in ("web", "worker", "beat", "beat2"):
            stage.play(name)
        began = time.monotonic()
        _storm(stage, random.Random(seed))  # noqa: S311 - a storm that can be repeated
        settled = stage.wait_until(lambda: _is_settled(stage), seconds=150)
        took = time.monotonic() - began
        stage.wait_until(lambda: _reports_pending(stage) == 0, seconds=5)
        with capsys.disabled():
            print("\n" + _figures(stage, took))  # noqa: T201 - the figures are what the run is for
        assert settled, f"{_unsettled(stage)} reminders are not settled: {_states(stage)}"
        assert stage.wait_until(lambda: _facts_not_reacted_to(stage) == 0, seconds=60)
        assert _lost(stage) == []
        assert _twice(stage) == {}
        assert stage.rows("select count(*) from message where duplicate_count > 0") == [(0,)]
        assert "deadlock detected" not in (stage.folder / "postgres" / "postgres.log").read_text()


def _book(stage: Stage, now: datetime) -> None:
    """Book visits through the product's own actions, then let all their reminders be due within the storm."""
    use_ring(KeyRing.parse(ring(ENCRYPTION_KEY)))
    engine = create_engine(stage.database.app_url)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        clinic = Clinic(session, now=now, by=system("Fault run"))
        clinic.visit_type(min_notice_minutes=0)
        physicians = [clinic.physician(f"Dr. Number {chr(65 + n)}") for n in range(4)]
        slots = _weekday_slots(now + timedelta(days=3))
        for number, (starts_at, physician) in zip(range(REMINDERS), product(slots, physicians), strict=False):
            phone = f"+1{201 + number // 80}5550{100 + number % 80}"
            clinic.visit(clinic.patient(phone=phone), physician, starts_at)
        audit.write(session, take_entries(session), clinic.by)
    engine.dispose()
    stage.rows("update message set state = 'canceled' where template_key <> 'VISIT_24H'")
    stage.rows(
        "update message set zone = %(zone)s, due_at = %(now)s + random() * interval '25 seconds' "
        "where template_key = 'VISIT_24H'",
        zone=zone_where_it_is_noon(),
        now=utc_now(),
    )
    assert stage.rows("select count(*) from message where state = 'pending'") == [(REMINDERS,)]


def _weekday_slots(first: datetime) -> Iterator[datetime]:
    for day in range(20):
        start = (first + timedelta(days=day)).replace(hour=15, minute=0, second=0, microsecond=0)
        if start.weekday() < 5:
            yield from (start + timedelta(minutes=30 * slot) for slot in range(12))


def _storm(stage: Stage, chance: random.Random) -> None:
    """Break everything several times over, in an order that the seed decides, while reminders leave."""
    breaks = [
        *[lambda: stage.kill("worker")] * 3,
        *[lambda: stage.kill("worker", with_children=True)] * 3,
        *[lambda: stage.kill("web", with_children=True)] * 2,
        *[lambda: stage.kill("beat")] * 2,
        *[stage.flush_queue] * 2,
        lambda: stage.restart_database(crash=False),
        lambda: stage.restart_database(crash=True),
    ]
    chance.shuffle(breaks)
    time.sleep(5)
    for one in breaks:
        one()
        time.sleep(chance.uniform(0.5, 2.5))
        stage.tend()


def _reminders(stage: Stage) -> dict[str, str]:
    """Return the message of each attempt at a reminder."""
    rows = stage.rows(
        "select a.id::text, m.id::text from message_attempt a join message m on m.id = a.message_id "
        "where m.template_key = 'VISIT_24H'"
    )
    return {str(attempt): str(message) for attempt, message in rows}


def _sent_by_message(stage: Stage) -> Counter[str]:
    messages = _reminders(stage)
    return Counter(messages[bubble.attempt_id] for bubble in stage.sent() if bubble.attempt_id in messages)


def _lost(stage: Stage) -> list[str]:
    sent = _sent_by_message(stage)
    rows = stage.rows("select id::text from message where template_key = 'VISIT_24H'")
    return [str(message) for (message,) in rows if sent[str(message)] == 0]


def _twice(stage: Stage) -> dict[str, int]:
    return {message: times for message, times in _sent_by_message(stage).items() if times > 1}


def _unsettled(stage: Stage) -> int:
    ((left,),) = stage.rows(
        "select count(*) from message where template_key = 'VISIT_24H' "
        "and state in ('pending', 'claimed', 'sending', 'ambiguous')"
    )
    return int(str(left))


def _reports_pending(stage: Stage) -> int:
    ((left,),) = stage.rows("select count(*) from message where template_key = 'VISIT_24H' and state = 'accepted'")
    return int(str(left))


def _facts_not_reacted_to(stage: Stage) -> int:
    ((left,),) = stage.rows("select count(*) from outbox where state <> 'done'")
    return int(str(left))


def _states(stage: Stage) -> dict[str, int]:
    rows = stage.rows("select state, count(*) from message where template_key = 'VISIT_24H' group by state")
    return {str(state): int(str(number)) for state, number in rows}


def _figures(stage: Stage, took: float) -> str:
    outcomes = stage.rows(
        "select coalesce(outcome, 'no answer recorded'), count(*) from message_attempt group by 1 order by 2 desc"
    )
    ((resent,),) = stage.rows("select count(*) from message where ambiguous_count > 0")
    ((late,),) = stage.rows(
        "select coalesce(round(extract(epoch from max(sent_at - due_at))::numeric, 1), 0) from message "
        "where template_key = 'VISIT_24H' and reason is null"
    )
    return "\n".join(
        [
            f"{REMINDERS} reminders, {took:.0f} s; lost: {len(_lost(stage))}; twice: {len(_twice(stage))}",
            f"killed: {dict(sorted(stage.kills.items()))}",
            f"attempts: {dict(outcomes)}; messages with an unclear answer: {resent}; latest by {late} s",
            f"states: {_states(stage)}",
        ]
    )


def _is_settled(stage: Stage) -> bool:
    stage.tend()
    return _unsettled(stage) == 0
