"""Standing orders: exactly once, in the transaction that settles them, and a person told when nothing helps."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import dispatch, outbox
from clinic.kernel.actor import Actor, system
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox
from clinic.kernel.tables import Heartbeat
from clinic.kernel.transaction import Begin, Beginner
from tests.conftest import Database, TestClock

BY = system("Test")


def published(begin: Begin, clock: TestClock, topic: str = "thing.happened") -> UUID:
    with begin(by=BY) as session:
        return outbox.publish(session, topic, subject_id=new_id(), now=clock())


def row(begin: Begin, row_id: UUID) -> Outbox:
    with begin(by=BY) as session:
        return session.scalars(select(Outbox).where(Outbox.id == row_id)).one()


def run(begin: Begin, clock: TestClock, order: dispatch.StandingOrder, parked: list[UUID] | None = None) -> int:
    def on_parked(session: Session, row: Outbox, now: datetime, by: Actor) -> None:
        if parked is not None:
            parked.append(row.id)

    return dispatch.run_outbox(begin, {"thing.happened": order}, clock=clock, by=BY, on_parked=on_parked)


def remember(seen: list[UUID]) -> Callable[[Session, UUID, datetime, Actor], None]:
    def order(session: Session, subject_id: UUID, now: datetime, by: Actor) -> None:
        seen.append(subject_id)

    return order


def test_a_fact_is_reacted_to_once(begin: Beginner, clock: TestClock) -> None:
    row_id, seen = published(begin, clock), []
    assert (run(begin, clock, remember(seen)), run(begin, clock, remember(seen))) == (1, 0)
    settled = row(begin, row_id)
    assert (seen, settled.state, settled.attempt_count) == ([settled.subject_id], "done", 1)


def test_a_fact_of_tomorrow_waits(begin: Beginner, clock: TestClock) -> None:
    with begin(by=BY) as session:
        outbox.publish(session, "thing.happened", subject_id=new_id(), now=clock(), due_at=clock() + timedelta(days=1))
    seen: list[UUID] = []
    assert run(begin, clock, remember(seen)) == 0
    clock.advance(days=1)
    assert run(begin, clock, remember(seen)) == 1


def test_what_a_failing_order_wrote_is_undone_and_it_is_tried_again_later(begin: Beginner, clock: TestClock) -> None:
    row_id, fails = published(begin, clock), [True]

    def order(session: Session, subject_id: UUID, now: datetime, by: Actor) -> None:
        session.add(Heartbeat(name=f"trace-{len(fails)}", seen_at=now))
        session.flush()
        if fails.pop():
            raise ZeroDivisionError

    assert run(begin, clock, order) == 0
    assert (row(begin, row_id).state, row(begin, row_id).last_error_code) == ("pending", "ZeroDivisionError")
    fails.append(False)
    assert run(begin, clock, order) == 0
    clock.advance(seconds=31)
    assert run(begin, clock, order) == 1
    with begin(by=BY) as session:
        assert [each.name for each in session.scalars(select(Heartbeat))] == ["trace-1"]


def test_after_five_attempts_a_fact_is_parked_and_can_be_put_back(begin: Beginner, clock: TestClock) -> None:
    row_id, parked = published(begin, clock), []

    def order(session: Session, subject_id: UUID, now: datetime, by: Actor) -> None:
        raise ZeroDivisionError

    for _ in range(8):
        run(begin, clock, order, parked)
        clock.advance(minutes=11)
    assert (row(begin, row_id).state, row(begin, row_id).attempt_count, parked) == ("parked", 5, [row_id])
    with begin(by=BY) as session:
        assert dispatch.try_again(session, row_id=row_id, now=clock())
        assert not dispatch.try_again(session, row_id=new_id(), now=clock())
    seen: list[UUID] = []
    assert run(begin, clock, remember(seen)) == 1


def test_a_fact_that_kills_its_worker_is_counted_all_the_same(begin: Beginner, clock: TestClock) -> None:
    row_id = published(begin, clock)

    def order(session: Session, subject_id: UUID, now: datetime, by: Actor) -> None:
        raise SystemExit  # Not an Exception: the process is gone.

    with pytest.raises(SystemExit):
        run(begin, clock, order)
    assert (row(begin, row_id).attempt_count, row(begin, row_id).state) == (1, "pending")


def test_a_topic_without_an_order_is_parked_in_the_end(begin: Beginner, clock: TestClock) -> None:
    row_id, parked = published(begin, clock, "nobody.knows"), []
    for _ in range(6):
        run(begin, clock, remember([]), parked)
        clock.advance(minutes=11)
    assert (row(begin, row_id).state, parked) == ("parked", [row_id])


def test_one_failing_fact_does_not_hold_up_the_others(begin: Beginner, clock: TestClock) -> None:
    bad = published(begin, clock)
    clock.advance(seconds=1)
    published(begin, clock)
    wrong = row(begin, bad).subject_id

    def order(session: Session, subject_id: UUID, now: datetime, by: Actor) -> None:
        if subject_id == wrong:
            raise ZeroDivisionError

    assert run(begin, clock, order) == 1


def test_many_dispatchers_react_to_each_fact_once(database: Database, clock: TestClock) -> None:
    ids = {row(database.begin, published(database.begin, clock)).subject_id for _ in range(40)}
    seen: list[UUID] = []
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(run, database.begin, clock, remember(seen)) for _ in range(5)]
        assert sum(each.result() for each in done) == 40
    assert sorted(seen) == sorted(ids)
