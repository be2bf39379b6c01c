"""Secure messages: written by staff, read behind a link and a birth date, answered there."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clinic import casework
from clinic.access import actions as access
from clinic.access.actions import LinkDead, LinkOpened
from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose, WrongBirthDate
from clinic.audit.models import AuditEvent
from clinic.conversations import actions, queries
from clinic.conversations.errors import MessageRefused, NotInCare
from clinic.conversations.models import SecureMessage
from clinic.conversations.queries import Way
from clinic.conversations.sending import message_guard
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.worklist.models import WorkItem
from tests.domains.conversations.talks import comes, talk, unread
from tests.domains.messaging.desk import TESTER, Desk

BORN = date(1984, 3, 12)


def send(
    desk: Desk, patient: Patient, by: Actor, body: str = "Your lab result is in.", key: UUID | None = None
) -> UUID:
    with desk.runtime.begin(by=by) as session:
        return actions.send_secure_message(
            session,
            patient_id=patient.id,
            body=body,
            key=key or new_id(),
            by=by,
            now=desk.clock(),
            ring=desk.runtime.link_ring,
        )


def answer(desk: Desk, patient: Patient, body: str = "Thank you, that helps.", key: UUID | None = None) -> UUID:
    by = Actor(kind=ActorKind.PATIENT, name="Patient", id=patient.id)
    with desk.runtime.begin(by=by) as session:
        return actions.answer_secure_message(
            session, patient_id=patient.id, body=body, key=key or new_id(), by=by, now=desk.clock()
        )


def link_of(desk: Desk, patient: Patient) -> Link:
    with desk.runtime.begin(by=TESTER) as session:
        return session.scalars(select(Link).where(Link.patient_id == patient.id, Link.purpose == "messages")).one()


def opened(desk: Desk, patient: Patient, born: date = BORN, token: str | None = None):
    with desk.runtime.begin(by=TESTER) as session:
        known = token or access.render_link(session, link_id=link_of(desk, patient).id, ring=desk.runtime.link_ring)
        return access.open_link(
            session, token=known, birth_date=born, now=desk.clock(), ip=None, birth_date_of=people.birth_date_of
        )


def read_note(desk: Desk, patient: Patient) -> str:
    return next(one.note for one in talk(desk, patient).entries if one.way is Way.SECURE_OUT)


def notices(desk: Desk, patient: Patient) -> list[Message]:
    with desk.runtime.begin(by=TESTER) as session:
        wanted = select(Message).where(Message.recipient_id == patient.id, Message.template_key == "STAFF_MSG")
        return list(session.scalars(wanted.order_by(Message.created_at)))


def test_the_text_tells_only_that_a_message_waits(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana, "Your lab result is in.")
    desk.send()
    (sent,) = desk.provider.calls
    assert "secure message" in sent.body
    assert "lab" not in sent.body


def test_what_is_written_is_sealed_where_it_is_stored(desk: Desk, dana: Actor):
    message_id = send(desk, desk.patient(), dana, "Your lab result is in.")
    with desk.runtime.begin(by=TESTER) as session:
        stored = session.scalar(text("select body_sealed from secure_message where id = :id"), {"id": message_id})
        told = list(session.scalars(select(AuditEvent).where(AuditEvent.subject_id == message_id)))
    assert b"lab result" not in stored
    assert [event.action for event in told] == ["secure_message.sent"]
    assert all("lab" not in str(event.details) for event in told)


def test_the_birth_date_opens_the_link_and_reading_is_known(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    assert read_note(desk, patient) == "Not read yet"
    assert isinstance(opened(desk, patient, date(1999, 1, 1)), WrongBirthDate)
    found = opened(desk, patient)
    assert isinstance(found, LinkOpened)
    assert found.link.purpose == LinkPurpose.MESSAGES
    with desk.runtime.begin(by=TESTER) as session:
        assert actions.open_messages(session, patient_id=patient.id, now=desk.clock()) == 1
        assert actions.open_messages(session, patient_id=patient.id, now=desk.clock()) == 0
    assert read_note(desk, patient) == "Read at 10:00 AM ET"


def test_an_answer_makes_the_conversation_unread_until_somebody_deals_with_it(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    desk.clock.advance(minutes=5)
    message_id = answer(desk, patient)
    assert unread(desk, patient)
    said = talk(desk, patient).entries[-1]
    assert (said.way, said.body, said.is_new) == (Way.SECURE_IN, "Thank you, that helps.", True)
    with desk.runtime.begin(by=dana) as session:
        assert queries.count_unread_by_staff(session, patient.id) == 1
        seen_at = talk(desk, patient).heard_up_to
        actions.mark_read(session, phone_id=patient.phone_id, seen_at=seen_at, by=dana, now=desk.clock())
        session.expire_all()
        read = queries.secure_message(session, message_id)
        assert read is not None
        assert read.read_at == desk.clock()
        assert queries.count_unread_by_staff(session, patient.id) == 0
    assert not unread(desk, patient)


def test_the_same_form_sent_twice_is_one_message_on_either_side(desk: Desk, dana: Actor):
    patient, ours, theirs = desk.patient(), new_id(), new_id()
    assert send(desk, patient, dana, key=ours) == send(desk, patient, dana, key=ours)
    assert answer(desk, patient, key=theirs) == answer(desk, patient, key=theirs)
    assert len(notices(desk, patient)) == 1


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001])
def test_a_message_without_words_or_with_too_many_is_refused(desk: Desk, dana: Actor, body: str):
    with pytest.raises(MessageRefused):
        send(desk, desk.patient(), dana, body)


def test_a_patient_who_left_our_care_is_written_no_message(desk: Desk, dana: Actor):
    patient = desk.patient()
    with desk.runtime.begin(by=dana) as session:
        casework.set_status(
            session,
            patient_id=patient.id,
            status=PatientStatus.DISCHARGED,
            reason="Moved away",
            version=patient.version,
            by=dana,
            now=desk.clock(),
        )
    with pytest.raises(NotInCare):
        send(desk, patient, dana)


def test_a_patient_without_texts_is_still_written_to_and_nothing_leaves_by_text(desk: Desk, dana: Actor):
    patient = desk.patient(consents=False)
    send(desk, patient, dana)
    desk.send()
    assert desk.provider.calls == []
    assert [one.state for one in notices(desk, patient)] == ["suppressed"]


def test_a_second_message_keeps_the_link_that_was_sent(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    first = link_of(desk, patient)
    desk.clock.advance(days=3)
    send(desk, patient, dana, "One more thing.")
    again = link_of(desk, patient)
    assert (again.id, again.token_hash) == (first.id, first.token_hash)
    assert again.expires_at == first.expires_at + timedelta(days=3)


def test_five_wrong_birth_dates_lock_the_link_and_a_new_one_opens(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    for _ in range(5):
        opened(desk, patient, date(1999, 1, 1))
    assert isinstance(opened(desk, patient), LinkDead)
    with desk.runtime.begin(by=TESTER) as session:
        task = session.scalars(select(WorkItem).where(WorkItem.kind == "messages_link_locked")).one()
        assert (task.subject_id, task.state) == (patient.id, "open")
    with desk.runtime.begin(by=dana) as session:
        assert actions.send_link_again(
            session, patient_id=patient.id, key=new_id(), by=dana, now=desk.clock(), ring=desk.runtime.link_ring
        )
    assert isinstance(opened(desk, patient), LinkOpened)
    with desk.runtime.begin(by=TESTER) as session:
        assert session.scalars(select(WorkItem.state).where(WorkItem.id == task.id)).one() == "done"
    assert len(notices(desk, patient)) == 2


def test_a_link_that_was_switched_off_is_dead_and_the_next_message_makes_another(desk: Desk, dana: Actor):
    patient = desk.patient()
    send(desk, patient, dana)
    with desk.runtime.begin(by=dana) as session:
        token = access.render_link(session, link_id=link_of(desk, patient).id, ring=desk.runtime.link_ring)
        assert actions.revoke_link(session, patient_id=patient.id, by=dana, now=desk.clock()) == 1
    assert isinstance(opened(desk, patient, token=token), LinkDead)
    send(desk, patient, dana, "One more thing.")
    with desk.runtime.begin(by=TESTER) as session:
        assert queries.live_messages_link(session, patient_id=patient.id, now=desk.clock()) is not None


def test_a_message_that_was_read_is_not_told_of_any_more(desk: Desk, dana: Actor):
    patient = desk.patient()
    message_id = send(desk, patient, dana)
    planned = Planned(
        message_id=new_id(),
        template_key="STAFF_MSG",
        subject_kind="secure_message",
        subject_id=message_id,
        subject_version=None,
        due_at=desk.clock(),
        expires_at=desk.clock() + timedelta(hours=1),
    )
    with desk.runtime.begin(by=TESTER) as session:
        assert message_guard(session, planned, desk.clock()) == Send()
        actions.open_messages(session, patient_id=patient.id, now=desk.clock())
        session.expire_all()
        assert message_guard(session, planned, desk.clock()) == Drop("read_already")


def test_merged_records_keep_their_messages(desk: Desk, dana: Actor):
    loser, survivor = desk.patient(), desk.patient()
    comes(desk, loser, "Which door is it?")
    send(desk, loser, dana)
    with desk.runtime.begin(by=dana) as session:
        casework.merge(
            session,
            loser_id=loser.id,
            survivor_id=survivor.id,
            loser_version=loser.version,
            survivor_version=survivor.version,
            by=dana,
            now=desk.clock(),
        )
        owners = set(session.scalars(select(SecureMessage.patient_id)))
    assert owners == {survivor.id}
