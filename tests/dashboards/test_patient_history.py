"""One history from many tables: nothing lost, nothing twice, in order, with a fixed number of statements."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, update

from clinic.dashboards.history_sources import Source, whose
from clinic.dashboards.patient_history import ContactChain, RecordFact, Shown, patient_history
from clinic.kernel.ids import new_id
from clinic.messaging.models import InboundText
from clinic.messaging.queries.history import TextRow
from clinic.messaging.rules.templates import Facts
from clinic.people import actions as people
from clinic.people.actions.contact_log import add_contact, correct_contact
from clinic.people.models import ContactEntry, Patient
from clinic.people.queries import phone_by_number
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact
from clinic.scheduling import actions as scheduling
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic, at

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100")


def everything(session, patient, **asked):
    """Read a history page by page."""
    entries, before = [], None
    while True:
        page = patient_history(session, patient_id=patient.id, facts=FACTS, before=before, **asked)
        entries += page.entries
        before = page.older
        if before is None:
            return entries


def note(session, patient, body, happened_at):
    new = NewContact(kind=ContactKind.NOTE, body=body, happened_at=happened_at)
    return add_contact(session, patient_id=patient.id, new=new, by=COORDINATOR, now=max(NOW, happened_at))


def received(session, phone_id, body, received_at):
    row = InboundText(
        id=new_id(),
        provider_sid=f"SM{new_id().hex}",
        phone_id=phone_id,
        to_e164="+13055550100",
        meaning="",
        received_at=received_at,
    )
    row.body = body
    session.add(row)
    session.flush()


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    return made


@pytest.fixture
def eventful(session, clinic):
    """A patient to whom everything has happened."""
    patient, okafor = clinic.patient(), clinic.physician()
    visit = clinic.visit(patient, okafor, at(25, 10))
    scheduling.cancel(session, appointment_id=visit.id, reason="other", by=clinic.by, now=NOW + timedelta(hours=1))
    call = NewContact(kind=ContactKind.CALL, direction=Direction.INCOMING, outcome=CallOutcome.REACHED)
    add_contact(session, patient_id=patient.id, new=call, by=COORDINATOR, now=NOW)
    wrong = note(session, patient, "Wrong.", NOW - timedelta(days=2))
    right = NewContact(kind=ContactKind.NOTE, body="Right.", happened_at=NOW - timedelta(days=3))
    correct_contact(session, patient_id=patient.id, entry_id=wrong.id, new=right, by=COORDINATOR, now=NOW)
    received(session, patient.phone_id, "Thank you", NOW + timedelta(hours=2))
    people.opt_out(session, phone_id=patient.phone_id, source="phone_call", by=COORDINATOR, now=NOW)
    return patient


def test_all_sources_stand_in_one_order_and_the_counts_agree(session, eventful):
    entries = everything(session, eventful)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    page = patient_history(session, patient_id=eventful.id, facts=FACTS)
    assert sum(page.counts.values()) == len(entries)
    for shown in Shown:
        assert len(everything(session, eventful, shown=shown)) == page.counts[shown]
    assert page.counts | {Shown.TEXTS: 0} == {
        Shown.TEXTS: 0,
        Shown.CALLS: 1,
        Shown.NOTES: 1,
        Shown.VISITS: 2,
        Shown.CHANGES: 2,
    }
    assert [e.fact.body for e in entries if isinstance(e.fact, TextRow) and not e.fact.is_from_clinic] == ["Thank you"]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_any_size_hold_the_same_entries(session, eventful, limit):
    whole = everything(session, eventful)
    assert everything(session, eventful, limit=limit) == whole
    assert len(whole) == len({(entry.at, repr(entry.fact)) for entry in whole})


def test_a_corrected_entry_stands_at_the_time_of_its_correction_with_the_wrong_one_beside_it(session, eventful):
    (entry,) = everything(session, eventful, shown=Shown.NOTES)
    assert isinstance(entry.fact, ContactChain)
    assert entry.at == NOW - timedelta(days=3)
    assert ([one.body for one in entry.fact.before], entry.fact.now.body) == (["Wrong."], "Right.")


def test_a_correction_from_call_to_note_changes_the_filter_under_which_it_stands(session, eventful):
    (call,) = everything(session, eventful, shown=Shown.CALLS)
    as_note = NewContact(kind=ContactKind.NOTE, body="It was no call.")
    ids = {"patient_id": eventful.id, "entry_id": call.fact.now.id}
    correct_contact(session, new=as_note, by=COORDINATOR, now=NOW, **ids)
    assert everything(session, eventful, shown=Shown.CALLS) == []
    assert len(everything(session, eventful, shown=Shown.NOTES)) == 2


def test_another_patients_life_is_not_in_it(session, clinic, eventful):
    other = clinic.patient()
    note(session, other, "Not yours.", NOW)
    assert "Not yours." not in repr([entry.fact for entry in everything(session, eventful)])
    assert len(everything(session, other, shown=Shown.NOTES)) == 1


def test_what_was_written_in_a_merged_record_is_part_of_it(session, clinic, eventful):
    loser = clinic.patient()
    entry = note(session, loser, "From the other record.", NOW)
    values = {"merged_into_id": eventful.id, "status": "merged"}
    session.execute(update(Patient).where(Patient.id == loser.id).values(values))
    bodies = [one.fact.now.body for one in everything(session, eventful, shown=Shown.NOTES)]
    assert bodies == ["From the other record.", "Right."]
    right = NewContact(kind=ContactKind.NOTE, body="Corrected.")
    ids = {"patient_id": eventful.id, "entry_id": entry.id}
    assert correct_contact(session, new=right, by=COORDINATOR, now=NOW, **ids).patient_id == loser.id


def test_a_number_that_was_given_up_tells_nothing_of_its_next_owner(session, clinic):
    patient, okafor = clinic.patient(), clinic.physician()
    clinic.visit(patient, okafor, at(25, 10))
    old = patient.phone_id
    received(session, old, "Still me", NOW + timedelta(days=1))
    new = people.keep_phone(session, e164="+13055550188", now=NOW)
    session.execute(update(Patient).where(Patient.id == patient.id).values(phone_id=new.id))
    assert phone_by_number(session, "+13055550188") is not None
    received(session, old, "Somebody else", NOW + timedelta(days=9))
    received(session, new.id, "From the new phone", NOW + timedelta(days=9))
    texts = [entry.fact for entry in everything(session, patient, shown=Shown.TEXTS)]
    assert {text.body for text in texts if not text.is_from_clinic} == {"Still me", "From the new phone"}


def test_changes_of_the_record_come_from_the_audit_trail(begin, session, clinic):
    session.commit()
    with begin(by=COORDINATOR) as own:
        patient = Clinic(own).patient()
        patient_id = patient.id
    (entry,) = everything(session, session.get_one(Patient, patient_id), shown=Shown.CHANGES)[:1]
    assert isinstance(entry.fact, RecordFact) or entry.fact.change == "consented"
    facts = [one.fact for one in everything(session, patient, shown=Shown.CHANGES)]
    assert [fact.action for fact in facts if isinstance(fact, RecordFact)] == ["patient.added"]


def test_two_thousand_entries_cost_the_same_statements_as_a_few(session, clinic, eventful):
    def statements():
        seen = []

        def listen(*given):
            seen.append(given[2])

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", listen)
        page = patient_history(session, patient_id=eventful.id, facts=FACTS)
        event.remove(connection, "before_cursor_execute", listen)
        return len(seen), page

    few, _ = statements()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "id": new_id(),
            "patient_id": eventful.id,
            "kind": "note",
            "happened_at": start + timedelta(minutes=minute),
            "recorded_at": NOW,
            "author_id": new_id(),
            "author_name": "Dana Reyes",
        }
        for minute in range(2000)
    ]
    session.execute(insert(ContactEntry), rows)
    many, page = statements()
    assert (many, page.counts[Shown.NOTES]) == (few, 2001)
    assert len(everything(session, eventful, shown=Shown.NOTES, limit=500)) == 2001


def test_every_source_is_shown_under_one_filter(session, eventful):
    from clinic.dashboards.history_sources import SOURCES

    assert sorted(source for sources in SOURCES.values() for source in sources) == sorted(Source)
    assert whose(session, eventful.id).records == [eventful.id]
