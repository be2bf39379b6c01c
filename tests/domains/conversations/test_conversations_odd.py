"""What goes wrong between two people and two pages: numbers that change hands, forms that come back, merged records."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic import casework
from clinic.access.actions import LinkDead
from clinic.conversations import actions, queries
from clinic.conversations.actions import Seen, numbers
from clinic.conversations.errors import ReaderChanged, SentAlready, TimeRefused
from clinic.conversations.rules.later import leaves_at
from clinic.conversations.sending import message_guard
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.rules.kinds import Planned, Send
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.reactions import STANDING_ORDERS
from tests.domains.conversations.talks import FACTS, NOTHING_SEEN, comes, talk, unread, writes
from tests.domains.conversations.test_secure_messages import answer, link_of, notices, opened, send
from tests.domains.messaging.desk import TESTER, Desk


def changes_number(desk: Desk, patient: Patient, e164: str) -> Patient:
    """Give a patient another number, and let the worker do what follows."""
    with desk.runtime.begin(by=TESTER) as session:
        fresh = session.get(Patient, patient.id)
        saved = people.edit_patient(
            session,
            patient_id=patient.id,
            new=numbers._with_phone(fresh, e164),  # noqa: SLF001 - the record as it is, with another number
            version=fresh.version,
            by=TESTER,
            now=desk.clock(),
        )
    with desk.runtime.begin(by=TESTER) as session:
        STANDING_ORDERS["patient.contact_changed"](session, subject_id=patient.id, now=desk.clock(), by=TESTER)
    return saved


def merged(desk: Desk, loser: Patient, survivor: Patient) -> Patient:
    with desk.runtime.begin(by=TESTER) as session:
        one, other = session.get(Patient, loser.id), session.get(Patient, survivor.id)
        return casework.merge(
            session,
            loser_id=one.id,
            survivor_id=other.id,
            loser_version=one.version,
            survivor_version=other.version,
            by=TESTER,
            now=desk.clock(),
        )


def mark_as_shown(desk: Desk, phone_id, by: Actor) -> bool:
    """Mark a conversation as handled with what its page says was seen."""
    with desk.runtime.begin(by=by) as session:
        shown = queries.talk_with(session, queries.standing_of(session, phone_id), facts=FACTS, now=desk.clock())
        return actions.mark_read(session, phone_id=phone_id, seen_at=shown.heard_up_to, by=by, now=desk.clock())


def test_other_words_under_the_same_form_are_not_lost_in_silence(desk: Desk, dana: Actor):
    patient, key = desk.patient(), new_id()
    writes(desk, patient, dana, "We will call you at noon.", key=key)
    with pytest.raises(SentAlready):
        writes(desk, patient, dana, "We will call you at two.", key=key)


def test_a_secure_message_for_somebody_who_left_the_shared_phone_is_not_written_to_the_other(desk: Desk, dana: Actor):
    ana, ben = desk.patient(phone="+13055550177"), desk.patient(phone="+13055550177")
    changes_number(desk, ana, "+13055550178")
    with desk.runtime.begin(by=dana) as session:
        standing = queries.standing_of(session, ben.phone_id)
        with pytest.raises(ReaderChanged):
            queries.reader_of(standing, ana.id)
    with desk.runtime.begin(by=dana) as session, pytest.raises(ReaderChanged):
        actions.reply(
            session,
            phone_id=ben.phone_id,
            words="We will call you at noon.",
            seen=NOTHING_SEEN,
            key=new_id(),
            facts=FACTS,
            patient_id=ana.id,
            by=dana,
            now=desk.clock(),
        )


def test_an_answer_of_somebody_with_another_number_by_now_is_unread_there_and_can_be_ended_here(
    desk: Desk, dana: Actor
):
    patient = desk.patient(phone="+13055550177")
    send(desk, patient, dana)
    answer(desk, patient)
    old = patient.phone_id
    moved = changes_number(desk, patient, "+13055550178")
    assert unread(desk, moved)
    assert mark_as_shown(desk, old, dana)
    assert mark_as_shown(desk, moved.phone_id, dana)
    assert not unread(desk, moved)


def test_an_answer_in_a_record_that_was_merged_is_unread_where_it_now_stands(desk: Desk, dana: Actor):
    survivor, loser = desk.patient(phone="+13055550177"), desk.patient(phone="+13055550178")
    send(desk, loser, dana)
    answer(desk, loser)
    old = loser.phone_id
    merged(desk, loser, survivor)
    assert unread(desk, survivor)
    assert mark_as_shown(desk, old, dana)
    assert mark_as_shown(desk, survivor.phone_id, dana)


def test_a_link_that_came_with_a_merged_record_is_switched_off_too(desk: Desk, dana: Actor):
    survivor, loser = desk.patient(phone="+13055550177"), desk.patient(phone="+13055550178")
    send(desk, loser, dana)
    merged(desk, loser, survivor)
    with desk.runtime.begin(by=dana) as session:
        standing = queries.standing_of(session, survivor.phone_id)
        (reader,) = standing.patients
        assert queries.live_messages_link(session, patient_id=reader.id, now=desk.clock())
        assert actions.revoke_link(session, patient_id=reader.id, by=dana, now=desk.clock()) == 1
    assert isinstance(opened(desk, survivor), LinkDead)


def test_sending_a_new_link_kills_the_one_of_a_merged_record(desk: Desk, dana: Actor):
    survivor, loser = desk.patient(phone="+13055550177"), desk.patient(phone="+13055550178")
    send(desk, loser, dana)
    desk.clock.advance(minutes=1)  # type: ignore[attr-defined] # The newest link is the one that is sent again.
    send(desk, survivor, dana)
    old = link_of(desk, loser)
    merged(desk, loser, survivor)
    with desk.runtime.begin(by=dana) as session:
        actions.send_link_again(
            session, patient_id=survivor.id, key=new_id(), by=dana, now=desk.clock(), ring=desk.runtime.link_ring
        )
        found = session.get(type(old), old.id)
        assert found.revoked_at is not None


def test_several_frightened_messages_call_once_while_nobody_has_the_call(desk: Desk, dana: Actor):
    from clinic.oncall import queries as oncall

    patient = desk.patient()
    send(desk, patient, dana)
    for words in ("I want to die", "I want to kill myself", "I want to end my life"):
        answer(desk, patient, words)
    with desk.runtime.begin(by=TESTER) as session:
        assert len(oncall.open_pages(session)) == 1


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_day_at_the_end_of_all_calendars_is_refused(day: date, zone: str):
    with pytest.raises(TimeRefused):
        leaves_at(day, time(19, 30), zone=zone, now=datetime(2026, 11, 23, 15, tzinfo=UTC))


def test_a_text_for_later_to_somebody_whose_care_ended_is_called_back(desk: Desk, dana: Actor):
    from clinic.people.rules import PatientStatus

    patient = desk.patient()
    message_id = writes(desk, patient, dana, due_at=desk.clock() + timedelta(days=2))
    with desk.runtime.begin(by=TESTER) as session:
        fresh = session.get(Patient, patient.id)
        casework.set_status(
            session,
            patient_id=patient.id,
            status=PatientStatus.DISCHARGED,
            reason="Moved away",
            version=fresh.version,
            by=TESTER,
            now=desk.clock(),
        )
    assert desk.message(message_id).state == "canceled"


def test_seen_words_of_a_colleague_are_no_reason_to_ask(desk: Desk, dana: Actor, lee: Actor):
    patient = desk.patient()
    comes(desk, patient, "Which door is it?")
    first = writes(desk, patient, lee, "The green one.")
    desk.clock.advance(minutes=1)
    writes(desk, patient, dana, "And the second floor.", seen=Seen(ours=first, theirs_at=None))
    assert [one.who for one in talk(desk, patient).entries if one.who] == ["Lee Park", "Dana Reyes"]


def test_a_link_that_is_sent_again_arrives_although_its_message_was_read(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    desk.send()
    with desk.runtime.begin(by=dana) as session:
        actions.open_messages(session, patient_id=patient.id, now=desk.clock())
        actions.send_link_again(
            session, patient_id=patient.id, key=new_id(), by=dana, now=desk.clock(), ring=desk.runtime.link_ring
        )
    again = notices(desk, patient)[-1]
    planned = Planned(
        message_id=again.id,
        template_key=again.template_key,
        subject_kind=again.subject_kind,
        subject_id=again.subject_id,
        subject_version=again.subject_version,
        due_at=again.due_at,
        expires_at=again.expires_at,
    )
    with desk.runtime.begin(by=TESTER) as session:
        assert isinstance(message_guard(session, planned, desk.clock()), Send)
