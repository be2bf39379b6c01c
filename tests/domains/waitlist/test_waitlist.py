"""Times that come free are offered to who waits: joined, looked for, offered, answered, ended."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.messaging.models import Message
from clinic.scheduling import actions
from clinic.scheduling.actions import add_override
from clinic.scheduling.errors import UnknownAppointment
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.availability import OverrideKind
from clinic.waitlist.actions import answering, following, joining, offering
from clinic.waitlist.errors import NotWaiting, OfferNotPossible, SlotOfferOver, UnknownEntry, WishRefused
from clinic.waitlist.models import Opening, SlotOffer
from clinic.waitlist.queries import entries
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor
from tests.domains.waitlist.waitlist_makers import LIST, as_patient, cancel, wait_for, wait_for_first, wishes

A_DAY = timedelta(days=1)


def offers(session):
    session.flush()
    return list(session.scalars(select(SlotOffer).order_by(SlotOffer.created_at, SlotOffer.id)))


def accept(session, offer, *, now=NOW, by=COORDINATOR):
    return answering.accept(session, offer_id=offer.id, by=by, now=now, ring=RING)


def decline(session, offer, *, now=NOW, by=COORDINATOR):
    return answering.decline(session, offer_id=offer.id, by=by, now=now)


def texts(session, offer):
    session.flush()
    return list(session.scalars(select(Message).where(Message.subject_id == offer.id)))


def test_a_canceled_visit_is_offered_held_taken_and_moves_the_waiting_one(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    uid, sequence = later.uid, later.sequence
    entry = wait_for(session, later)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    hold = session.get_one(Appointment, offer.hold_id)
    assert (offer.starts_at, offer.state, offer.channel) == (at(25, 10), "open", "text")
    assert offer.expires_at == NOW + timedelta(hours=1) == hold.hold_expires_at
    assert (hold.state, hold.patient_id, hold.physician_id) == ("held", bo.id, okafor.id)
    assert offer.sentence.startswith("10 points: waits 0 days, would come 2 days earlier")
    (text,) = texts(session, offer)
    assert (text.template_key, text.due_at) == ("SLOT_OFFER", NOW)
    visit = accept(session, offer, by=as_patient(later))
    assert (visit.id, visit.starts_at, visit.uid, visit.sequence) == (later.id, at(25, 10), uid, sequence + 1)
    assert (entry.state, entry.booked_id, hold.state) == ("booked", later.id, "expired")
    assert accept(session, offer, by=as_patient(later)).id == visit.id
    assert [row.happening for row in entries.history(session, entry.id)] == ["accepted", "offered", "joined"]
    wait_for_first(session, ana, weekdays=(6,))
    react()
    stretches = session.scalars(select(Opening.starts_at)).all()
    assert set(stretches) == {at(25, 10), at(27, 10)}
    assert len(offers(session)) == 1


def test_the_old_time_of_a_taken_offer_goes_to_the_next(session, clinic, ana, bo, okafor, react):
    cleo = clinic.patient()
    freed, first, second = (
        clinic.visit(one, okafor, starts) for one, starts in ((ana, at(25, 10)), (bo, at(26, 10)), (cleo, at(27, 10)))
    )
    wait_for(session, first, now=NOW - A_DAY)
    wait_for(session, second)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    accept(session, offer)
    react()
    react(NOW + timedelta(minutes=2))
    assert len(offers(session)) == 1  # A move may be put back for some minutes.
    react(NOW + timedelta(minutes=3))
    assert [(one.starts_at, one.state) for one in offers(session)] == [(at(25, 10), "accepted"), (at(26, 10), "open")]


@pytest.mark.parametrize("ends", ["declined", "expired", "unheard", "left"])
def test_who_does_not_take_it_is_not_asked_again(session, clinic, ana, bo, okafor, react, ends):
    cleo = clinic.patient()
    freed, first, second = (
        clinic.visit(one, okafor, starts) for one, starts in ((ana, at(25, 10)), (bo, at(27, 10)), (cleo, at(27, 11)))
    )
    entry = wait_for(session, first, now=NOW - A_DAY)
    wait_for(session, second)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    assert offer.entry_id == entry.id
    now = NOW + timedelta(minutes=1)
    if ends == "declined":
        decline(session, offer)
    elif ends == "left":
        joining.leave(session, entry_id=entry.id, by=as_patient(first), now=now)
    else:
        if ends == "expired":
            texts(session, offer)[0].state = "sent"
        now = offer.expires_at
        assert answering.expire_offers(session, by=LIST, now=now - timedelta(seconds=1)) == 0
        assert answering.expire_offers(session, by=LIST, now=now) == 1
    react(now)
    first_offer, second_offer = offers(session)
    assert first_offer.state == ("declined" if ends == "left" else ends)
    assert (second_offer.state, second_offer.starts_at) == ("open", at(25, 10))
    assert entry.state == ("left" if ends == "left" else "waiting")
    assert texts(session, first_offer)[0].state == ("sent" if ends == "expired" else "canceled")
    with pytest.raises(SlotOfferOver):
        accept(session, first_offer, now=now)
    assert session.get_one(Appointment, first.id).starts_at == at(27, 10)


def test_an_open_offer_keeps_everybody_else_out(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    cancel(session, freed)
    react()
    with pytest.raises(Exception, match="taken"):
        clinic.visit(ana, okafor, at(25, 10))
    react()
    assert len(offers(session)) == 1


def test_a_first_time_is_booked_from_the_hold(session, clinic, ana, bo, okafor, react):
    freed = clinic.visit(ana, okafor, at(25, 10))
    entry = wait_for_first(session, bo)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    visit = accept(session, offer, by=patient_actor(bo))
    assert (visit.id, visit.state, visit.patient_id) == (offer.hold_id, "booked", bo.id)
    assert (entry.state, entry.booked_id) == ("booked", visit.id)


@pytest.mark.parametrize(
    "changes",
    [
        {"weekdays": (3,)},
        {"until_minute": 10 * 60},
        {"notice_hours": 72},
        {"earliest_on": date(2026, 11, 26)},
        {"latest_on": date(2026, 11, 24)},
        {"physician_id": "other"},
    ],
)
def test_nobody_is_offered_what_was_not_wished(session, clinic, ana, bo, okafor, react, changes):
    if "physician_id" in changes:
        changes = {"physician_id": clinic.physician("Dr. Bea Lindqvist").id}
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later, **changes)
    cancel(session, freed)
    react()
    assert offers(session) == []
    (opening,) = session.scalars(select(Opening)).all()
    assert opening.due_at is None


def test_without_anybody_waiting_nothing_is_kept(session, clinic, ana, okafor, react):
    cancel(session, clinic.visit(ana, okafor, at(25, 10)))
    react()
    assert session.scalars(select(Opening)).all() == []


def test_a_license_is_asked_for(session, clinic, ana, okafor, react):
    bo = clinic.patient(state="NJ", postal_code="07302", city="Jersey City", county_fips="34017")
    florida = clinic.physician("Dr. Sunny Reef", states=("FL",))
    freed, later = clinic.visit(ana, florida, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    cancel(session, freed)
    react()
    assert offers(session) == []


def test_at_night_the_offer_waits_for_the_morning(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    night = at(23, 21)
    cancel(session, freed, now=night)
    react(night)
    assert offers(session) == []
    (opening,) = session.scalars(select(Opening)).all()
    assert opening.due_at == at(24, 8)
    react(at(24, 8))
    (offer,) = offers(session)
    assert offer.expires_at == at(24, 9)


def test_what_could_not_be_offered_in_time_is_let_go(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(24, 9)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    night = at(23, 20)
    cancel(session, freed, now=night)
    react(night)
    react(at(24, 8))
    assert offers(session) == []
    assert session.scalars(select(Opening.due_at)).all() == [None]


def test_a_hold_of_somebody_else_is_waited_for(session, clinic, ana, bo, okafor, react):
    cleo = clinic.patient()
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    cancel(session, freed)
    hold = clinic.hold(cleo, okafor, at(25, 10))
    react()
    assert offers(session) == []
    (opening,) = session.scalars(select(Opening)).all()
    assert opening.due_at == hold.hold_expires_at
    now = hold.hold_expires_at
    react(now)
    assert [one.starts_at for one in offers(session)] == [at(25, 10)]


def test_a_hold_that_is_given_back_is_offered(session, clinic, ana, bo, okafor, react):
    wait_for(session, clinic.visit(bo, okafor, at(27, 10)))
    hold = clinic.hold(ana, okafor, at(25, 10))
    actions.release_hold(session, appointment_id=hold.id, by=COORDINATOR, now=NOW)
    react()
    assert [one.starts_at for one in offers(session)] == [at(25, 10)]


def test_wider_hours_are_offered(session, clinic, bo, okafor, react):
    later = clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later, weekdays=(5,), latest_on=date(2026, 12, 20))
    wait_for_first(session, clinic.patient(), weekdays=(5,))
    stretch = {"starts_at": at(28, 9), "ends_at": at(28, 10)}
    where = {"physician_id": okafor.id, "kind": OverrideKind.EXTRA, "note": "", "by": COORDINATOR, "now": NOW}
    add_override(session, **where, **stretch)
    react(heeds_hours=True)
    # Saturday is after the booked visit, so that only the first time is offered.
    assert [one.starts_at for one in offers(session)] == [at(28, 9)]


def test_who_may_not_be_texted_is_called(session, clinic, ana, okafor, react):
    quiet = clinic.patient(agrees=False)
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(quiet, okafor, at(27, 10))
    wait_for(session, later)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    assert (offer.channel, texts(session, offer)) == ("call", [])
    (task,) = [one for one in open_items_of_patient(session, patient_id=quiet.id) if one.kind == "waitlist_call"]
    assert task.due_at == offer.expires_at
    assert task.reason.endswith("it is held until 11:00 AM ET, their time.")
    accept(session, offer)
    assert "waitlist_call" not in [one.kind for one in open_items_of_patient(session, patient_id=quiet.id)]


def test_a_colleague_offers_by_hand_and_takes_it_back(session, clinic, ana, bo, okafor, react):
    later = clinic.visit(bo, okafor, at(27, 10))
    entry = wait_for(session, later)
    where = {"physician_id": okafor.id, "starts_at": at(25, 10)}
    made = {"entry_id": entry.id, "by": COORDINATOR, "ring": RING}
    late = {"starts_at": at(27, 9)}
    offer = offering.offer_by_hand(session, **made, **where, now=NOW)
    assert offer.sentence == "Chosen by Dana Reyes."
    with pytest.raises(OfferNotPossible, match="open offer"):
        offering.offer_by_hand(session, **made, **(where | {"starts_at": at(25, 14)}), now=NOW)
    offering.take_back(session, entry_id=entry.id, by=COORDINATOR, now=NOW)
    react()
    assert [one.state for one in offers(session)] == ["withdrawn"]
    with pytest.raises(OfferNotPossible, match="at night"):
        offering.offer_by_hand(session, **made, **where, now=at(23, 21))
    with pytest.raises(OfferNotPossible, match="not earlier"):
        offering.offer_by_hand(session, **made, **(where | late), now=NOW)


def test_a_visit_that_is_gone_or_earlier_ends_what_was_waited_for(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    entry = wait_for(session, later)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    actions.move(
        session,
        appointment_id=later.id,
        physician_id=okafor.id,
        starts_at=at(25, 13),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    react()
    assert (offer.state, entry.state) == ("declined", "waiting")
    cancel(session, later)
    react()
    assert (entry.state, entries.history(session, entry.id)[0].reason) == ("over", "visit_gone")


def test_waiting_ends_with_its_last_day_where_the_patient_is(session, clinic, bo, okafor):
    entry = wait_for(session, clinic.visit(bo, okafor, at(27, 10)), latest_on=date(2026, 11, 24))
    assert following.end_past_entries(session, by=LIST, now=at(24, 23, 59)) == 0
    assert following.end_past_entries(session, by=LIST, now=at(25, 0)) == 1
    assert entry.state == "over"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"latest_on": date(2026, 11, 22)}, "latest_on"),
        ({"earliest_on": date(2026, 11, 28), "latest_on": date(2026, 12, 1)}, "earliest_on"),
        ({"latest_on": date(2027, 3, 24)}, "latest_on"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"from_minute": 600, "until_minute": 600}, "until_hour"),
        ({"notice_hours": 337}, "notice_hours"),
        ({"notice_hours": -1}, "notice_hours"),
    ],
)
def test_wishes_make_sense(session, clinic, bo, okafor, changes, field):
    with pytest.raises(WishRefused) as refusal:
        wait_for(session, clinic.visit(bo, okafor, at(27, 10)), **changes)
    assert refusal.value.field == field


def test_who_may_wait_for_what(session, clinic, ana, bo, okafor):
    later = clinic.visit(bo, okafor, at(27, 10))
    entry = wait_for(session, later, by=as_patient(later))
    for again in (
        lambda: wait_for(session, later),
        lambda: wait_for(session, cancel(session, clinic.visit(ana, okafor, at(26, 9)))),
    ):
        with pytest.raises(NotWaiting):
            again()
    with pytest.raises(UnknownAppointment):
        wait_for(session, later, by=patient_actor(ana))
    for verb in (joining.leave, lambda *a, **k: joining.change_wishes(*a, wishes=wishes(), **k)):
        with pytest.raises(UnknownEntry):
            verb(session, entry_id=entry.id, by=patient_actor(ana), now=NOW)
    joining.change_wishes(session, entry_id=entry.id, wishes=wishes(weekdays=(2, 1)), by=as_patient(later), now=NOW)
    assert entry.weekdays == [1, 2]
    joining.leave(session, entry_id=entry.id, by=as_patient(later), now=NOW)
    joining.leave(session, entry_id=entry.id, by=as_patient(later), now=NOW)
    assert [row.happening for row in entries.history(session, entry.id)] == ["left", "changed", "joined"]
    with pytest.raises(NotWaiting):
        joining.change_wishes(session, entry_id=entry.id, wishes=wishes(), by=COORDINATOR, now=NOW)
    wait_for(session, later)


def test_leaving_care_and_one_record_of_two(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    entry, first = wait_for(session, later), wait_for_first(session, ana)
    twice = wait_for_first(session, bo)
    cancel(session, freed)
    react()
    assert following.hand_over_entries(session, from_id=bo.id, to_id=ana.id, by=COORDINATOR, now=NOW) == 2
    assert (entry.patient_id, entry.state, twice.state) == (ana.id, "waiting", "over")
    assert following.end_of_patient(session, patient_id=ana.id, by=COORDINATOR, now=NOW) == 2
    assert {first.state, entry.state} == {"over"}
    assert [one.state for one in offers(session) if one.state == "open"] == []
