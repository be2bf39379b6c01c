"""Texts that people write: what may be said, to whom, when, and never over a colleague's head."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.conversations import actions, queries
from clinic.conversations.actions import Seen
from clinic.conversations.errors import LeftAlready, NotTextable, RepliedMeanwhile, ReplyRefused, TimeRefused
from clinic.conversations.queries import Way
from clinic.conversations.rules.delivery import delivery_words
from clinic.conversations.rules.later import leaves_at
from clinic.conversations.rules.saved import saved_replies
from clinic.conversations.rules.standing import WAYS_OUT, Refusal, refusal_of
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.lint import faults_of_free_text
from clinic.people import actions as people
from clinic.people.rules import ConsentSource
from tests.domains.conversations.talks import FACTS, comes, conversation, talk, unread, writes
from tests.domains.messaging.desk import TESTER, Desk

NEW_YORK = "America/New_York"


def newest(desk: Desk, patient):
    found = talk(desk, patient)
    return [*found.entries, *found.to_come][-1]


def test_a_reply_leaves_as_a_text_of_the_clinic_and_ends_the_unread(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "Can my sister come along?")
    seen = Seen(ours=None, theirs_at=desk.clock())
    desk.clock.advance(minutes=5)
    message_id = writes(desk, patient, dana, "Of course, bring her along.", seen=seen)
    desk.send()
    message = desk.message(message_id)
    assert message.template_key == "STAFF_TEXT"
    assert [text.body for text in desk.provider.calls][-1] == "Demo Home Clinic: Of course, bring her along."
    assert not unread(desk, patient)
    said = newest(desk, patient)
    assert (said.way, said.who) == (Way.TEXT_OUT, "Dana Reyes")


@pytest.mark.parametrize(
    "words",
    [
        "Your ketamine dose is ready.",
        "That will be $40 please.",
        "See http://example.org/now for more.",
        "Hello Reyes, we will call.",
        "x" * 400,
        "   ",
    ],
)
def test_words_that_may_not_stand_in_a_text_are_refused_and_nothing_is_planned(desk: Desk, dana: Actor, words: str):
    patient = desk.patient()
    with pytest.raises(ReplyRefused) as refused:
        writes(desk, patient, dana, words)
    assert refused.value.field == "body"
    assert talk(desk, patient).entries == ()


def test_every_saved_reply_may_be_sent_in_both_languages():
    for one in saved_replies():
        for language in ("en", "es"):
            assert faults_of_free_text(one.words(language, phone="305-555-0100"), language, FACTS) == [], one.key


def test_the_same_form_sent_twice_is_one_text(desk: Desk, dana: Actor):
    patient, key = desk.patient(), new_id()
    assert writes(desk, patient, dana, key=key) == writes(desk, patient, dana, key=key)
    assert len(talk(desk, patient).entries) == 1


def test_who_answers_after_a_colleague_is_asked_first(desk: Desk, dana: Actor, lee: Actor):
    patient = desk.patient()
    comes(desk, patient, "Can my sister come along?")
    first = writes(desk, patient, dana)
    with pytest.raises(RepliedMeanwhile, match="Dana Reyes has answered meanwhile"):
        writes(desk, patient, lee, "Please call us.")
    writes(desk, patient, lee, "Please call us.", seen=Seen(ours=first, theirs_at=None))
    assert sorted(one.who for one in talk(desk, patient).entries if one.who) == ["Dana Reyes", "Lee Park"]


def test_an_opted_out_number_gets_no_reply_and_the_refusal_names_other_ways(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "STOP")
    with pytest.raises(NotTextable, match="Call, e-mail or write a secure message"):
        writes(desk, patient, dana)


def test_a_number_that_never_agreed_gets_no_reply(desk: Desk, dana: Actor):
    with pytest.raises(NotTextable, match="have not agreed"):
        writes(desk, desk.patient(consents=False), dana)


def test_a_landline_is_known_from_the_last_text_that_failed(desk: Desk, dana: Actor):
    patient = desk.patient()
    message_id = writes(desk, patient, dana)
    with desk.runtime.begin(by=TESTER) as session:
        message = session.get(Message, message_id)
        message.state, message.error_code, message.final_at = MessageState.FAILED, 21614, desk.clock()
    with pytest.raises(NotTextable, match="landline"):
        writes(desk, patient, dana, seen=Seen(ours=message_id, theirs_at=None))


def test_a_number_of_nobody_gets_no_reply(desk: Desk, dana: Actor):
    with desk.runtime.begin(by=TESTER) as session:
        phone = people.keep_phone(session, e164="+13055550198", now=desk.clock())
        refusal = queries.standing_of(session, phone.id).refusal
    assert refusal is Refusal.STRANGER


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, None),
        ({"consented_at": None}, Refusal.NO_CONSENT),
        ({"is_landline": True}, Refusal.LANDLINE),
        ({"has_patient": False}, Refusal.STRANGER),
        ({"has_patient": False, "opted_out": True}, Refusal.OPTED_OUT),
        ({"is_landline": True, "opted_out": True}, Refusal.OPTED_OUT),
    ],
)
def test_why_a_number_gets_no_text(facts: dict[str, object], refusal: Refusal | None, now: datetime):
    known = {"consented_at": now, "is_landline": False, "has_patient": True} | facts
    opted_out_at = now if known.pop("opted_out", False) else None
    assert refusal_of(opted_out_at=opted_out_at, **known) is refusal  # type: ignore[arg-type]
    assert set(WAYS_OUT) == set(Refusal)


def test_a_text_for_later_waits_and_can_be_called_back(desk: Desk, dana: Actor):
    patient = desk.patient()
    due_at = desk.clock() + timedelta(hours=4)
    message_id = writes(desk, patient, dana, due_at=due_at)
    said = newest(desk, patient)
    assert said.is_waiting
    assert said.note == "Leaves at 2:00 PM ET"
    with desk.runtime.begin(by=dana) as session:
        actions.call_back(session, phone_id=patient.phone_id, message_id=message_id, by=dana, now=desk.clock())
    desk.clock.advance(hours=5)
    desk.send()
    assert desk.provider.calls == []
    assert newest(desk, patient).note == "Called back: a colleague did not want it sent"


def test_a_text_that_has_left_cannot_be_called_back(desk: Desk, dana: Actor):
    patient = desk.patient()
    message_id = writes(desk, patient, dana)
    desk.send()
    with desk.runtime.begin(by=dana) as session, pytest.raises(LeftAlready):
        actions.call_back(session, phone_id=patient.phone_id, message_id=message_id, by=dana, now=desk.clock())


def test_a_text_for_later_is_held_back_by_a_stop_before(desk: Desk, dana: Actor):
    patient = desk.patient()
    message_id = writes(desk, patient, dana, due_at=desk.clock() + timedelta(hours=4))
    desk.receive(patient, "STOP")
    assert desk.message(message_id).state == MessageState.SUPPRESSED


def test_a_reply_at_night_waits_for_the_morning_of_its_reader(desk: Desk, dana: Actor):
    patient = desk.patient()
    desk.clock.advance(hours=12)
    writes(desk, patient, dana)
    assert newest(desk, patient).note == "Leaves on Tue Nov 24 at 8:00 AM ET"


@pytest.mark.parametrize(
    ("day", "at", "field"),
    [
        (date(2026, 11, 23), time(7, 59), "at"),
        (date(2026, 11, 23), time(20, 0), "at"),
        (date(2026, 11, 23), time(10, 0), "at"),
        (date(2026, 12, 24), time(10, 0), "on"),
    ],
)
def test_a_time_outside_the_readers_day_or_too_far_ahead_is_refused(day: date, at: time, field: str, now: datetime):
    with pytest.raises(TimeRefused) as refused:
        leaves_at(day, at, zone=NEW_YORK, now=now)
    assert refused.value.field == field


def test_a_good_time_is_told_by_the_readers_clock(now: datetime):
    assert leaves_at(date(2026, 11, 23), time(19, 59), zone="America/Chicago", now=now).hour == 1


@pytest.mark.parametrize(
    ("state", "reason", "code", "due_in", "words"),
    [
        ("pending", "retry_30003", 30003, 30, "The phone was off or out of reach. We try again at 10:30 AM ET."),
        ("pending", "retry_30001", 30001, 5, "The phone company was busy. We try again at 10:05 AM ET."),
        ("pending", None, None, 0, "Leaving now"),
        ("pending", None, None, 60, "Leaves at 11:00 AM ET"),
        (
            "pending",
            "quiet_hours",
            None,
            1320,
            "Leaves on Tue Nov 24 at 8:00 AM ET: only between 8:00 AM and 8:00 PM of the patient's day",
        ),
        ("delivered", None, None, 0, "Delivered"),
        ("suppressed", "opted_out", None, 0, "Not sent: the patient asked for no texts"),
    ],
)
def test_what_became_of_a_text_is_told_in_plain_words(
    state: str, reason: str | None, code: int | None, due_in: int, words: str, now: datetime
):
    due_at = now + timedelta(minutes=due_in)
    assert delivery_words(state, reason=reason, code=code, due_at=due_at, zone=NEW_YORK, now=now) == words


def test_consent_that_is_withdrawn_by_the_provider_is_shown(desk: Desk, dana: Actor):
    patient = desk.patient()
    with desk.runtime.begin(by=TESTER) as session:
        people.opt_out(session, phone_id=patient.phone_id, source=ConsentSource.PROVIDER, by=TESTER, now=desk.clock())
    with pytest.raises(NotTextable):
        writes(desk, patient, dana)


def test_a_new_number_becomes_the_patients_and_the_talk_shows_whose_it_is(desk: Desk, dana: Actor):
    patient = desk.patient()
    inbound_id = desk.receive(None, "It is Ana, I have a new phone")  # type: ignore[arg-type]
    with desk.runtime.begin(by=TESTER) as session:
        actions.take_in(session, inbound_id=inbound_id, by=TESTER, now=desk.clock())
        phone = people.keep_phone(session, e164="+13055550199", now=desk.clock())
    with desk.runtime.begin(by=dana) as session:
        saved = actions.give_number(
            session, phone_id=phone.id, patient_id=patient.id, version=patient.version, by=dana, now=desk.clock()
        )
        assert saved.phone_id == phone.id
        assert [each.id for each in queries.standing_of(session, phone.id).patients] == [patient.id]


def test_a_conversation_begins_with_the_first_reply(desk: Desk, dana: Actor):
    patient = desk.patient()
    writes(desk, patient, dana)
    kept = conversation(desk, patient)
    assert kept.last_inbound_at is None
    assert kept.last_at == desk.clock()
    assert not unread(desk, patient)
