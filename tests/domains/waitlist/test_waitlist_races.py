"""People and workers who meet over one time, and a worker that dies between any two steps."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.kernel.dispatch import run_outbox
from clinic.messaging.models import Message
from clinic.reactions import standing_orders
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from clinic.waitlist.actions.answering import accept, decline, expire_offers
from clinic.waitlist.actions.looking import look_at_one
from clinic.waitlist.jobs import work_on_waitlist
from tests.domains.scheduling.calendar_makers import RING, at
from tests.domains.scheduling.crowd import DEADLOCKS, OVERLAPS, kinds, together
from tests.domains.waitlist.waitlist_makers import LIST, Town


class Killed(Exception):
    """The worker died here."""


@pytest.fixture
def town(database, clock):
    return Town(database.begin, clock, patients=3)


def react(town):
    run_outbox(town.begin, standing_orders(RING), clock=town.clock, by=LIST, on_parked=lambda *_: None, limit=500)


def work(town):
    react(town)
    work_on_waitlist(town.begin, clock=town.clock, ring=RING, by=LIST)
    react(town)


def offered(town):
    """Let Ana's Wednesday come free and be offered to Bo, who waits since yesterday, with Cleo after him."""
    ana, bo, cleo = town.patients
    freed, first, second = (
        town.book(one, starts) for one, starts in ((ana, at(25, 10)), (bo, at(27, 10)), (cleo, at(27, 11)))
    )
    react(town)
    town.wait(first)
    town.clock.advance(seconds=1)
    town.wait(second)
    town.cancel(freed)
    work(town)
    (offer,) = town.offers(state="open")
    return offer, first, second


def count(database, question):
    with database.engine.connect() as connection:
        return connection.scalar(question)


def sound(town, database):
    assert count(database, OVERLAPS) == 0
    assert count(database, DEADLOCKS) == 0
    with town.begin(by=LIST) as session:
        texts = session.scalar(select(func.count()).where(Message.template_key == "SLOT_OFFER"))
    assert texts == len(town.offers())


def test_one_offer_is_taken_once_however_often_it_is_pressed(town, database):
    offer, first, _ = offered(town)
    take = lambda: town.do(accept, by=town.patient(first), offer_id=offer.id, ring=RING)  # noqa: E731
    assert kinds(together(*[take] * 4)) == {"Appointment": 4}
    assert (town.visit(first.id).starts_at, town.visit(first.id).sequence) == (at(25, 10), first.sequence + 1)
    sound(town, database)


@pytest.mark.parametrize("other", ["decline", "expire", "book", "cancel"])
def test_taking_an_offer_meets_something_else(town, database, other):
    offer, first, second = offered(town)
    ana = town.patients[0]
    if other == "expire":
        town.clock.advance(minutes=60)
    verbs = {
        "decline": lambda: town.do(decline, by=town.patient(first), offer_id=offer.id),
        "expire": lambda: town.do(expire_offers, by=LIST),
        "book": lambda: town.book(ana, at(25, 10)),
        "cancel": lambda: town.cancel(first),
    }
    taken, met = together(lambda: town.do(accept, by=town.patient(first), offer_id=offer.id, ring=RING), verbs[other])
    work(town)
    town.clock.advance(minutes=5)
    work(town)
    was_taken = isinstance(taken, Appointment)
    assert town.offers(id=offer.id)[0].state in ({"accepted"} if was_taken else {"declined", "unheard", "expired"})
    if other == "book":
        assert (was_taken, type(met).__name__) == (True, "SlotTaken")
    elif was_taken:
        assert town.visit(first.id).starts_at == at(25, 10)
    else:
        assert type(taken).__name__ in {"SlotOfferOver", "StepNotAllowed", "NotWaiting"}
        if other != "cancel":
            # The next one is asked at once, and the first keeps the visit.
            assert town.visit(first.id).starts_at == at(27, 10)
        assert [one.starts_at for one in town.offers(state="open")] == [at(25, 10)]
    assert town.visit(second.id).state == "booked"
    sound(town, database)


def test_two_workers_offer_one_time_once(town, database):
    ana, bo, cleo = town.patients
    freed, first, second = (
        town.book(one, starts) for one, starts in ((ana, at(25, 10)), (bo, at(27, 10)), (cleo, at(27, 11)))
    )
    react(town)
    town.wait(first)
    town.wait(second)
    town.cancel(freed)
    react(town)
    look = lambda: work_on_waitlist(town.begin, clock=town.clock, ring=RING, by=LIST)  # noqa: E731
    together(*[look] * 4)
    assert len(town.offers()) == 1
    sound(town, database)


def test_a_worker_that_dies_at_any_step_loses_nothing_and_doubles_nothing(town, database, monkeypatch):
    ana, bo, _ = town.patients
    freed, first = town.book(ana, at(25, 10)), town.book(bo, at(27, 10))
    react(town)
    entry = town.wait(first)
    town.cancel(freed)
    react(town)
    steps = ("keep_for", "_store", "_tell", "write_down")
    for step in steps:
        with monkeypatch.context() as patch:
            patch.setattr(f"clinic.waitlist.actions.offering.{step}", _dying)
            with pytest.raises(Killed), town.begin(by=LIST) as session:
                look_at_one(session, by=LIST, now=town.clock(), ring=RING)
        assert town.offers() == []
    work(town)
    (offer,) = town.offers()
    for step in ("end_offer", "move"):
        with monkeypatch.context() as patch:
            patch.setattr(f"clinic.waitlist.actions.answering.{step}", _dying)
            with pytest.raises(Killed):
                town.do(accept, offer_id=offer.id, ring=RING)
        assert [one.state for one in town.offers()] == ["open"]
        assert town.visit(first.id).starts_at == at(27, 10)
    town.do(accept, offer_id=offer.id, ring=RING)
    assert town.history(entry.id) == ["joined", "offered", "accepted"]
    assert town.visit(first.id).starts_at == at(25, 10)
    sound(town, database)


def test_a_look_that_fails_does_not_hold_up_the_others(town, monkeypatch):
    offer, first, _ = offered(town)
    town.do(decline, offer_id=offer.id)
    react(town)
    with monkeypatch.context() as patch:
        patch.setattr("clinic.waitlist.actions.looking._who", _dying)
        assert work_on_waitlist(town.begin, clock=town.clock, ring=RING, by=LIST, most=2) == 1
    (opening,) = [one for one in town.openings() if one.starts_at == at(25, 10)]
    assert opening.due_at == town.clock() + timedelta(minutes=5)
    town.clock.advance(minutes=5)
    work(town)
    assert len(town.offers(state="open")) == 1
    assert town.visit(first.id).starts_at == at(27, 10)


def test_a_hold_that_somebody_gave_back_ends_its_offer(town):
    offer, _, _ = offered(town)
    town.do(actions.cancel, appointment_id=offer.hold_id, reason=CancelReason.CLINIC_REQUEST)
    work(town)
    work(town)
    assert town.offers(id=offer.id)[0].state == "unheard"
    assert [one.starts_at for one in town.offers(state="open")] == [at(25, 10)]


def _dying(*_args: object, **_kwargs: object) -> None:
    raise Killed
