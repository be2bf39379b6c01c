"""Adding and editing patients on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from clinic.kernel.errors import ChangedMeanwhile, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.journal import take_entries
from clinic.kernel.outbox import Outbox
from clinic.people import actions, queries
from clinic.people.errors import DuplicatePatient, PatientNotFound, UnderAge
from clinic.people.models import Patient, Phone
from tests.domains.people.samples import BY_PHONE, DANA


def topics(session):
    return list(session.scalars(select(Outbox.topic).order_by(Outbox.created_at, Outbox.topic)))


def edit(session, patient, *, by, now, version=None, confirmed=(), **changes):
    return actions.edit_patient(
        session,
        patient_id=patient.id,
        new=replace(DANA, **changes),
        version=version or patient.version,
        by=by,
        now=now,
        confirmed_not_duplicate_of=confirmed,
    )


def test_a_patient_is_stored_clean_with_a_record_number_and_a_zone(session, add):
    patient = add()
    assert (patient.legal_last_name, patient.email) == ("O'Neill", "dana@example.org")
    assert (patient.zone, patient.is_zone_confirmed, patient.status, patient.version) == (
        "America/New_York",
        True,
        "active",
        1,
    )
    assert len(patient.record_number) == 8
    assert queries.phone_of(session, patient.id).e164 == "+13055550123"
    assert patient.search_key.startswith("o'neill daniela dana")


def test_the_address_is_not_readable_in_the_database(session, add):
    patient = add()
    session.flush()
    stored = session.scalar(text("select encode(address_line_sealed, 'escape') from patient"))
    assert "Palm" not in stored
    assert queries.patient(session, patient.id).address_line == "12 Palm Way"


def test_a_new_number_has_not_been_asked_for_consent(session, add):
    consent = queries.consent_of(session, add().phone_id)
    assert (consent.consented_at, consent.opted_out_at, consent.source) == (None, None, "not_asked")
    assert topics(session) == []


def test_consent_given_while_adding_is_recorded_and_told(session, add):
    patient = add(consent=BY_PHONE)
    assert queries.consent_of(session, patient.phone_id).wording_version == "sms-2026-11-en"
    assert topics(session) == ["consent.recorded"]


def test_adding_is_written_to_the_audit_trail_without_details(session, add):
    patient = add()
    entry = take_entries(session)[0]
    assert (entry.action, entry.patient_ids, dict(entry.details)) == ("patient.added", (patient.id,), {})


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": date(2010, 1, 1)},
        {"birth_date": date(2030, 1, 1)},
        {"phone": "800 555 1234"},
        {"legal_first_name": "Ana\x00"},
        {"legal_last_name": "\u202eReyes"},
        {"preferred_name": "x" * 61},
        {"address_line": "1 Palm\x00 Way"},
        {"zone": "America/Chicago"},
    ],
)
def test_bad_details_leave_nothing_behind(session, add, changes):
    with pytest.raises(Invalid) as caught:
        add(**changes)
    assert caught.value.field
    assert session.scalar(select(func.count()).select_from(Patient)) == 0
    assert session.scalar(select(func.count()).select_from(Phone)) == 0


@pytest.mark.parametrize(
    ("changes", "agreeing"),
    [
        ({}, ("phone", "legal_name")),
        ({"legal_first_name": "Someone", "legal_last_name": "Else"}, ("phone",)),
        ({"phone": "305 555 0199", "legal_first_name": "DANIÉLA", "legal_last_name": "Oneill"}, ("legal_name",)),
    ],
)
def test_a_person_with_the_same_birth_date_and_phone_or_name_is_offered_instead(session, add, changes, agreeing):
    first = add()
    with pytest.raises(DuplicatePatient) as caught:
        add(**changes)
    assert caught.value.existing_id == first.id
    assert caught.value.matches == {first.id: agreeing}
    assert session.scalar(select(func.count()).select_from(Patient)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": date(1984, 3, 13)},
        {"phone": "305 555 0199", "legal_first_name": "Ana"},
    ],
)
def test_people_who_share_less_are_added_without_asking(session, add, changes):
    add()
    assert add(**changes).id


def test_a_person_said_to_be_another_is_added_beside_and_shares_the_phone(session, add):
    first = add()
    twin = add(legal_first_name="Ana", confirmed=[first.id])
    assert twin.phone_id == first.phone_id
    assert {each.id for each in queries.patients_with_phone(session, first.phone_id)} == {first.id, twin.id}


def test_saying_that_one_is_another_person_does_not_cover_a_second_match(session, add):
    first = add()
    twin = add(legal_first_name="Ana", confirmed=[first.id])
    with pytest.raises(DuplicatePatient) as caught:
        add(legal_first_name="Eva", confirmed=[first.id])
    assert caught.value.existing_ids == (twin.id,)


def test_a_record_number_that_is_taken_is_drawn_again(session, coordinator, now):
    def adding(**changes: object) -> Patient:
        numbers: Iterator[str] = iter(["AAA-2222", "AAA-2222", "BBB-3333"][changes.pop("skip", 0) :])
        new = replace(DANA, **changes)
        return actions.add_patient(session, new=new, consent=None, by=coordinator, now=now, draw=lambda: next(numbers))

    assert adding().record_number == "AAA-2222"
    second = adding(birth_date=date(1990, 1, 1))
    assert second.record_number == "BBB-3333"
    assert "bbb-3333" in second.search_key


def test_an_edit_counts_and_names_who_made_it(session, add, coordinator, now):
    patient = add()
    edit(session, patient, by=coordinator, now=now + timedelta(minutes=5), city="Hialeah")
    assert (patient.version, patient.city, patient.updated_by) == (2, "Hialeah", "Dana Reyes")
    assert patient.updated_at == now + timedelta(minutes=5)


def test_an_edit_that_changes_nothing_is_no_edit(session, add, coordinator, now):
    patient = add()
    edit(session, patient, by=coordinator, now=now + timedelta(minutes=5))
    assert (patient.version, patient.updated_at) == (1, now)


def test_an_edit_of_what_a_colleague_saved_meanwhile_is_refused(session, add, coordinator, now):
    patient = add()
    edit(session, patient, by=coordinator, now=now, city="Hialeah")
    with pytest.raises(ChangedMeanwhile):
        edit(session, patient, by=coordinator, now=now, version=1, city="Doral")
    assert patient.city == "Hialeah"


def test_a_new_phone_moves_the_patient_and_leaves_the_old_numbers_consent_behind(session, add, coordinator, now):
    patient = add(consent=BY_PHONE)
    old = patient.phone_id
    edit(session, patient, by=coordinator, now=now, phone="305 555 0177")
    assert patient.phone_id != old
    assert not queries.contact_of(session, patient).is_texting_allowed
    assert queries.consent_of(session, old).consented_at is not None
    assert [row.id for row in queries.search(session, text="555 0177")] == [patient.id]
    assert queries.search(session, text="555 0123") == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"phone": "305 555 0177"}, True),
        ({"language": "es"}, True),
        ({"county_fips": "12033", "postal_code": "32501"}, True),
        ({"city": "Hialeah"}, False),
        ({"email": None}, False),
        ({"county_fips": "12011", "postal_code": "33301"}, True),
    ],
)
def test_only_changes_that_touch_texts_or_places_are_told_to_others(session, add, coordinator, now, changes, told):
    patient = add()
    edit(session, patient, by=coordinator, now=now, **changes)
    assert topics(session) == (["patient.contact_changed"] if told else [])


def test_the_audit_names_changed_fields_and_shows_no_address(session, add, coordinator, now):
    patient = add()
    take_entries(session)
    edit(session, patient, by=coordinator, now=now, address_line="9 Oak St", language="es")
    (entry,) = take_entries(session)
    assert entry.details["fields"] == ["address_line", "language"]
    assert entry.details["changes"] == {"language": ["en", "es"]}


def test_another_number_is_an_entry_of_its_own_beside_what_else_changed(session, add, coordinator, now):
    patient = add()
    take_entries(session)
    edit(session, patient, by=coordinator, now=now, phone="305 555 0177")
    assert [(entry.action, dict(entry.details)) for entry in take_entries(session)] == [("patient.number_changed", {})]
    edit(session, patient, by=coordinator, now=now, phone="305 555 0178", city="Hialeah", language="es")
    number, rest = take_entries(session)
    assert (number.action, rest.action) == ("patient.number_changed", "patient.edited")
    assert rest.details == {"fields": ["city", "language"], "changes": {"language": ["en", "es"]}}


def test_an_edit_may_not_turn_somebody_into_another_patient_unasked(session, add, coordinator, now):
    first = add()
    other = add(phone="305 555 0188", legal_first_name="Ana")
    with pytest.raises(DuplicatePatient):
        edit(session, other, by=coordinator, now=now)
    edit(session, other, by=coordinator, now=now, confirmed=[first.id])
    assert other.phone_id == first.phone_id


def test_known_twins_can_be_edited_without_being_asked_again(session, add, coordinator, now):
    first = add()
    twin = add(legal_first_name="Ana", confirmed=[first.id])
    edit(session, twin, by=coordinator, now=now, legal_first_name="Ana", city="Doral")
    assert twin.city == "Doral"


def test_an_edit_is_checked_like_a_new_patient(session, add, coordinator, now):
    patient = add()
    with pytest.raises(UnderAge):
        edit(session, patient, by=coordinator, now=now, birth_date=date(2015, 1, 1))


def test_an_unknown_patient_is_not_found(session, coordinator, now):
    with pytest.raises(PatientNotFound):
        queries.patient(session, new_id())
    with pytest.raises(PatientNotFound):
        queries.phone_of(session, new_id())
    with pytest.raises(PatientNotFound):
        queries.lock_patient(session, new_id())
