"""What a worker does at each look, and that poking it never costs a request anything."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.gateways import wake
from clinic.kernel.actor import system
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox, publish
from clinic.kernel.tables import Heartbeat
from clinic.runtime import Runtime
from clinic.worklist.models import WorkItem
from tests.conftest import TestClock
from workers import ticker, work

BY = system("Test")


def test_a_look_says_that_the_worker_lives(runtime: Runtime, clock: TestClock) -> None:
    work.tick(runtime, seconds=1)
    clock.advance(seconds=5)
    work.tick(runtime, seconds=1)
    with runtime.begin(by=BY) as session:
        (alive,) = session.scalars(select(Heartbeat).where(Heartbeat.name == "worker"))
        assert alive.seen_at == clock()


def test_a_parked_fact_is_told_to_a_person(runtime: Runtime, clock: TestClock) -> None:
    with runtime.begin(by=BY) as session:
        publish(session, "nobody.knows", subject_id=new_id(), now=clock())
    for _ in range(6):
        work.react(runtime)
        clock.advance(minutes=11)
    with runtime.begin(by=BY) as session:
        assert session.scalars(select(Outbox.state)).all() == ["parked"]
        (task,) = session.scalars(select(WorkItem))
        assert task.kind == "outbox_parked"
        assert "nobody.knows" in str(task.reason)
        assert task.due_at > clock() - timedelta(hours=2)


def test_one_part_of_a_look_that_fails_does_not_stop_the_rest(runtime: Runtime, clock: TestClock) -> None:
    class Broken:
        """A provider whose every call fails in a way that no port promises."""

        def __getattr__(self, name: str) -> object:
            raise ZeroDivisionError

    with runtime.begin(by=BY) as session:
        publish(session, "nobody.knows", subject_id=new_id(), now=clock())
    broken = replace(runtime, texting=replace(runtime.texting, gateway=Broken()))  # type: ignore[arg-type]
    work.tick(broken, seconds=1)
    with runtime.begin(by=BY) as session:
        assert session.scalars(select(Outbox.attempt_count)).all() == [1]
        assert session.scalars(select(Heartbeat.name)).all() == ["worker"]


def test_poking_a_dead_queue_does_not_fail_and_is_not_tried_again_at_once(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    poke = wake.waker("redis://127.0.0.1:1/0", monotonic=lambda: now[0])
    for _ in range(3):
        poke(frozenset({"texts", "default", "unknown"}))
    assert len(caplog.records) == 1
    now[0] = 60.0
    poke(frozenset({"texts"}))
    assert len(caplog.records) == 2


def test_every_queue_that_is_poked_has_a_task() -> None:
    from workers import tasks
    from workers.celery import celery

    assert tasks is not None
    assert set(wake.TASKS.values()) <= set(celery.tasks)


def test_the_ticker_survives_a_clinic_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    thread = ticker.start()
    time.sleep(0.3)
    assert thread.is_alive()
    ticker.stop()
    thread.join(10)
    assert not thread.is_alive()
