"""Texts of a visit after what changes around it: told twice of one change, held by a STOP, another person's number."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic, sleep

import pytest
from sqlalchemy import select, text, update

from clinic import casework
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel import outbox
from clinic.kernel.dispatch import run_outbox
from clinic.messaging import actions as messaging
from clinic.messaging.models import Message
from clinic.people import actions as people
from clinic.people.actions.patients import CONTACT_CHANGED
from clinic.people.models import Patient, Phone
from clinic.people.rules import ConsentGiven, ConsentSource, current_wording
from clinic.reactions import standing_orders
from clinic.scheduling import actions
from clinic.worklist.models import WorkItem
from tests.domains.messaging.provider import OURS, new_sid
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, at
from tests.domains.scheduling.conftest import VisitDesk
from tests.domains.scheduling.test_session_texts import AtHome
from tests.domains.scheduling.texting import FIRST, REMINDERS, Texting, reminders


@pytest.fixture
def home(texting):
    return AtHome(texting)


def follow(texting):
    with texting.begin() as session:
        actions.follow_patient(session, patient_id=texting.ana.id, by=COORDINATOR, now=texting.clock())


def number_of(session, patient):
    return session.get_one(Phone, patient.phone_id).e164


def says(texting, body, *, patient=None):
    """Let a patient's phone write, and everything follow at once."""
    with texting.begin() as session:
        received = ReceivedText(new_sid(), number_of(session, patient or texting.ana), OURS, body, None, 1)
        messaging.receive(session, text=received, has_own_replies=True, by=COORDINATOR, now=texting.clock())
    react(texting)


def react(texting):
    run_outbox(
        texting.desk.runtime.begin,
        standing_orders(RING),
        clock=texting.clock,
        by=COORDINATOR,
        on_parked=lambda *_: pytest.fail("a fact was parked"),
    )


def test_told_twice_of_one_change_the_texts_still_wait(texting):
    texting.settle()
    for _ in range(3):
        follow(texting)
    assert texting.waiting() == reminders(FIRST)


def test_restricted_and_released_again_and_again_no_text_is_lost(home):
    before = set(home.waiting())
    for restricted in (True, False, True, False):
        with home.begin() as session:
            session.get_one(Patient, home.rio.id).is_fluid_restricted = restricted
            known = {"reason": "patient_changed", "by": COORDINATOR, "now": home.clock()}
            actions.plan_texts_again(session, patient_id=home.rio.id, **known)
    assert set(home.waiting()) == before


def test_a_text_that_leaves_while_the_others_are_planned_anew_is_not_planned_again(committed_texting):
    texting = committed_texting
    texting.settle()
    reminder = select(Message.id).where(Message.subject_id == texting.visit_id, Message.template_key == "VISIT_24H")
    with ThreadPoolExecutor(1) as pool:
        with texting.begin() as sender:
            leaving = sender.scalars(reminder).one()
            sender.execute(update(Message).where(Message.id == leaving).values(state="sending"))
            following = pool.submit(follow, texting)
            _wait_for_a_lock(texting)
        following.result()
    assert set(texting.waiting()) == REMINDERS - {"VISIT_24H"}


def _wait_for_a_lock(texting):
    waits = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    until = monotonic() + 10
    while monotonic() < until:
        with texting.begin() as session:
            if session.scalar(waits):
                return
        sleep(0.02)


def test_after_start_the_reminder_of_a_visit_that_was_moved_and_put_back_comes_once(texting):
    texting.settle()
    says(texting, "STOP")
    texting.move(at(26, 14))
    texting.clock.advance(hours=1)
    texting.move(FIRST)
    says(texting, "START")
    texting.settle()
    assert set(texting.waiting()) >= REMINDERS
    texting.clock.instant = FIRST - timedelta(hours=20)
    texting.settle()
    texting.clock.instant = FIRST - timedelta(minutes=14)
    texting.settle()
    with texting.begin() as session:
        rows = session.scalars(
            select(Message).where(Message.subject_id == texting.visit_id, Message.sent_at.is_not(None))
        )
        sent = Counter(row.template_key for row in rows)
    assert {key: sent[key] for key in REMINDERS} == dict.fromkeys(REMINDERS, 1)


def test_after_start_the_reminder_of_a_patient_restricted_meanwhile_says_nothing_about_drinking(home):
    home.desk.send_all()
    says(home, "STOP", patient=home.rio)
    home.restrict(restricted=True)
    says(home, "START", patient=home.rio)
    assert "VISIT_TOMORROW_DRY" in home.until(at(27, 8))


def test_whoever_agrees_to_texts_after_booking_gets_what_is_still_to_come(make_runtime, begin, provider, clock):
    texting = Texting(VisitDesk(make_runtime(begin), provider, clock), agrees=False)
    assert texting.waiting() == {}
    with texting.begin() as session:
        given = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording("en").version)
        people.record_consent(session, patient_id=texting.ana.id, consent=given, by=COORDINATOR, now=texting.clock())
    react(texting)
    assert texting.waiting().items() >= reminders(FIRST).items()


def test_agreeing_again_leaves_alone_what_waits_anyway(texting):
    texting.settle()
    with texting.begin() as session:
        waiting = select(Message.id).where(Message.state == "pending").order_by(Message.id)
        before = list(session.scalars(waiting))
        outbox.publish(session, "consent.recorded", subject_id=texting.ana.id, now=texting.clock())
    react(texting)
    with texting.begin() as session:
        welcomed = select(Message.id).where(Message.template_key == "OPTIN_CONFIRM")
        assert set(session.scalars(waiting)) - set(session.scalars(welcomed)) == set(before)
    assert before


def test_a_patient_without_texts_who_gets_a_number_with_texts_is_reminded_there(make_runtime, begin, provider, clock):
    texting = Texting(VisitDesk(make_runtime(begin), provider, clock), agrees=False)
    with texting.begin() as session:
        patient = session.get_one(Patient, texting.ana.id)
        patient.phone_id = people.keep_phone(session, e164="+13055550177", now=clock()).id
        outbox.publish(session, CONTACT_CHANGED, subject_id=patient.id, now=clock())
        session.flush()
        given = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording("en").version)
        people.record_consent(session, patient_id=patient.id, consent=given, by=COORDINATOR, now=clock())
    react(texting)
    clock.instant = FIRST - timedelta(hours=23)
    texting.settle()
    assert [text.to for text in provider.calls if "Reply 1" in text.body] == ["+13055550177"]


def test_what_was_held_for_one_record_leaves_when_it_is_merged_with_one_that_gets_texts(
    make_runtime, begin, provider, clock
):
    texting = Texting(VisitDesk(make_runtime(begin), provider, clock), agrees=False)
    react(texting)
    with texting.begin() as session:
        loser, survivor = (session.get_one(Patient, each.id) for each in (texting.ana, texting.other))
        pair = {"loser_id": loser.id, "survivor_id": survivor.id}
        seen = {"loser_version": loser.version, "survivor_version": survivor.version}
        casework.merge(session, **pair, **seen, by=COORDINATOR, now=clock())
    react(texting)
    assert texting.waiting().items() >= reminders(FIRST).items()


def test_a_reply_from_a_number_that_the_patient_no_longer_has_changes_nothing_and_tells_nothing(texting):
    texting.settle()
    texting.clock.instant = FIRST - timedelta(hours=23)
    texting.settle()
    with texting.begin() as session:
        old = number_of(session, texting.ana)
        patient = session.get_one(Patient, texting.ana.id)
        patient.phone_id, patient.version = people.keep_phone(session, e164="+13055550177", now=texting.clock()).id, 9
    react(texting)
    before = len(texting.got())
    with texting.begin() as session:
        received = ReceivedText(new_sid(), old, OURS, "1", None, 1)
        messaging.receive(session, text=received, has_own_replies=True, by=COORDINATOR, now=texting.clock())
    react(texting)
    texting.settle()
    assert texting.visit().state == "booked"
    assert not any("Nov 25" in body or "/v/" in body for body in texting.got()[before:])
    with texting.begin() as session:
        tasks = session.scalars(select(WorkItem).where(WorkItem.patient_id == texting.ana.id)).all()
        assert [one.kind for one in tasks] == ["reply_unclear"]
