"""Calls and notes: what each needs, when it can have been, and corrections that leave what they correct."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import system
from clinic.kernel.errors import Forbidden, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import Beginner
from clinic.people.actions.contact_log import add_contact, correct_contact, facts_of
from clinic.people.errors import ContactNotFound, ContactRefused, CorrectedAlready
from clinic.people.models import ContactEntry
from clinic.people.queries.contact_log import contact_chains
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact, checked_contact

NOW = datetime(2026, 11, 23, 15, 0, 30, tzinfo=UTC)
NOTE = NewContact(kind=ContactKind.NOTE, body="Prefers calls after 4 PM.")
CALL = NewContact(kind=ContactKind.CALL, direction=Direction.OUTGOING, outcome=CallOutcome.NO_ANSWER)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": None}, "body"),
        ({"body": "  \n "}, "body"),
        ({"body": "a" * 2001}, "body"),
        ({"body": "Call\u202eback"}, "body"),
        ({"kind": ContactKind.CALL}, "outcome"),
        ({"kind": ContactKind.CALL, "direction": Direction.INCOMING}, "outcome"),
        ({"happened_at": NOW + timedelta(minutes=1)}, "on"),
        ({"happened_at": NOW + timedelta(seconds=1)}, "on"),
        ({"happened_at": NOW - timedelta(days=4000)}, "on"),
    ],
)
def test_an_entry_that_lacks_something_or_cannot_have_been_is_refused_at_its_field(changes, field):
    facts = {"kind": ContactKind.NOTE, "body": "Prefers calls after 4 PM."} | changes
    with pytest.raises(Invalid) as refusal:
        checked_contact(NewContact(**facts), now=NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("happened_at", "kept"),
    [
        (None, NOW),
        (NOW.replace(second=0), NOW),
        (NOW, NOW),
        (NOW - timedelta(minutes=1), NOW - timedelta(minutes=1)),
        (NOW - timedelta(days=30), NOW - timedelta(days=30)),
    ],
)
def test_without_a_time_or_within_this_minute_it_is_now(happened_at, kept):
    checked = checked_contact(NewContact(kind=ContactKind.NOTE, body="x", happened_at=happened_at), now=NOW)
    assert checked.happened_at == kept


def test_two_thousand_characters_are_kept_and_line_ends_count_once():
    body = "a" * 1000 + "\r\n" + "b" * 999
    assert len(checked_contact(NewContact(kind=ContactKind.NOTE, body=body), now=NOW).body) == 2000


def test_a_note_has_no_outcome_even_if_one_was_chosen_before():
    new = NewContact(kind=ContactKind.NOTE, body="x", direction=Direction.INCOMING, outcome=CallOutcome.REACHED)
    checked = checked_contact(new, now=NOW)
    assert (checked.direction, checked.outcome) == (None, None)


def test_a_call_needs_no_text(add, session, coordinator):
    entry = add_contact(session, patient_id=add().id, new=CALL, by=coordinator, now=NOW)
    assert (entry.outcome, entry.body, entry.body_sealed) == ("no_answer", None, None)


def test_the_text_is_sealed_and_audited_only_as_a_fact(add, begin: Beginner, session, coordinator):
    patient = add()
    session.commit()
    with begin(by=coordinator) as own:
        entry_id = add_contact(own, patient_id=patient.id, new=NOTE, by=coordinator, now=NOW).id
    raw = session.execute(text("select body_sealed from contact_entry where id = :id"), {"id": entry_id}).scalar_one()
    assert b"Prefers" not in bytes(raw)
    assert session.get_one(ContactEntry, entry_id).body == NOTE.body
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "contact.added")).one()
    assert (event.subject_id, event.patient_ids) == (entry_id, [patient.id])
    assert event.details == {"kind": "note", "direction": None, "outcome": None, "corrects": None}


def test_an_entry_cannot_be_changed_in_the_database(add, session, coordinator):
    entry = add_contact(session, patient_id=add().id, new=NOTE, by=coordinator, now=NOW)
    session.flush()
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text("update contact_entry set kind = 'note' where id = :id"), {"id": entry.id})


def test_a_correction_stands_beside_what_it_corrects(add, session, coordinator):
    patient = add()
    wrong = add_contact(session, patient_id=patient.id, new=NOTE, by=coordinator, now=NOW)
    later = NOW + timedelta(hours=1)
    better = NewContact(kind=ContactKind.NOTE, body="Prefers calls after 5 PM.", happened_at=NOW)
    best = NewContact(kind=ContactKind.NOTE, body="Prefers no calls.", happened_at=NOW)
    second = correct_contact(session, patient_id=patient.id, entry_id=wrong.id, new=better, by=coordinator, now=later)
    third = correct_contact(session, patient_id=patient.id, entry_id=second.id, new=best, by=coordinator, now=later)
    assert (wrong.body, third.corrects_id, third.recorded_at) == (NOTE.body, second.id, later)
    assert contact_chains(session, [third.id]) == {third.id: [wrong, second, third]}


@pytest.mark.parametrize("named", [None, NOW.replace(second=0)])
def test_a_correction_without_another_time_keeps_it_to_the_second(add, session, coordinator, named):
    patient = add()
    wrong = add_contact(session, patient_id=patient.id, new=NOTE, by=coordinator, now=NOW)
    new = NewContact(kind=ContactKind.NOTE, body="Prefers texts.", happened_at=named)
    later = {"by": coordinator, "now": NOW + timedelta(days=3)}
    assert correct_contact(session, patient_id=patient.id, entry_id=wrong.id, new=new, **later).happened_at == NOW


def test_of_two_corrections_of_one_entry_the_second_is_told_who_was_first(add, session, coordinator):
    patient = add()
    wrong = add_contact(session, patient_id=patient.id, new=NOTE, by=coordinator, now=NOW)
    new = NewContact(kind=ContactKind.NOTE, body="Prefers texts.", happened_at=NOW)
    again = {"patient_id": patient.id, "entry_id": wrong.id, "new": new, "by": coordinator, "now": NOW}
    correct_contact(session, **again)
    with pytest.raises(CorrectedAlready, match=coordinator.name):
        correct_contact(session, **again)


def test_a_correction_that_changes_nothing_is_refused(add, session, coordinator):
    patient = add()
    wrong = add_contact(session, patient_id=patient.id, new=NOTE, by=coordinator, now=NOW)
    same = NewContact(kind=ContactKind.NOTE, body=NOTE.body, happened_at=NOW.replace(second=0))
    assert facts_of(wrong).body == NOTE.body
    with pytest.raises(ContactRefused, match="same as before"):
        correct_contact(
            session, patient_id=patient.id, entry_id=wrong.id, new=same, by=coordinator, now=NOW + timedelta(days=1)
        )


def test_nobody_corrects_through_another_patients_page(add, session, coordinator):
    entry = add_contact(session, patient_id=add().id, new=NOTE, by=coordinator, now=NOW)
    other = add(legal_first_name="Rosa", phone="(305) 555-0177")
    for patient_id, entry_id in ((other.id, entry.id), (entry.patient_id, new_id())):
        with pytest.raises(ContactNotFound):
            correct_contact(session, patient_id=patient_id, entry_id=entry_id, new=CALL, by=coordinator, now=NOW)


def test_an_entry_has_a_person_as_its_author(add, session):
    with pytest.raises(Forbidden):
        add_contact(session, patient_id=add().id, new=NOTE, by=system("Reminder worker"), now=NOW)
