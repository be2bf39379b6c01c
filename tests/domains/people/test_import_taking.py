"""Rows of a file become patients: added, updated, left alone or rejected with a reason, and never half."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import Outbox
from clinic.kernel.transaction import Beginner
from clinic.people import actions, queries
from clinic.people.actions.importing import FileMemory, Outcome, Taken, look_at, take
from clinic.people.models import Patient, Phone
from clinic.people.rules.importing import PatientFile
from tests.domains.people.import_files import AGREES, GOOD, csv_of, person
from tests.domains.people.samples import BY_PHONE, DANA

Import = Callable[..., list[Taken]]


@pytest.fixture
def check(session: Session, now: datetime) -> Import:
    def run(content: bytes) -> list[Taken]:
        file = PatientFile([content])
        return look_at(session, file.header, list(file.rows()), memory=FileMemory(), now=now)

    return run


@pytest.fixture
def bring(session: Session, coordinator: Actor, now: datetime, check: Import) -> Import:
    """Check the file, take it in, and say what became of each row; the check foretells it."""

    def run(content: bytes) -> list[Taken]:
        foretold = check(content)
        file = PatientFile([content])
        taken = take(session, file.header, list(file.rows()), by=coordinator, now=now)
        session.flush()
        assert [one.outcome for one in foretold] == [one.outcome for one in taken]
        return taken

    return run


def outcomes(taken: list[Taken]) -> list[str]:
    return [one.outcome.value for one in taken]


def test_a_row_becomes_a_patient_with_every_cell(session: Session, bring: Import) -> None:
    assert outcomes(bring(csv_of(GOOD))) == ["created"]
    found = session.scalars(select(Patient)).one()
    assert (found.external_key, found.legal_last_name, found.county_fips) == ("A-1", "Reyes", "12086")
    assert (found.address_line, found.zone, found.language) == ("12 Palm Way", "America/New_York", "en")
    assert queries.search(session, text="reyes dan")[0].id == found.id


def test_the_same_key_again_changes_only_what_differs(session: Session, bring: Import) -> None:
    bring(csv_of(GOOD))
    assert outcomes(bring(csv_of(GOOD))) == ["unchanged"]
    assert outcomes(bring(csv_of(GOOD | {"city": "Hialeah", "preferred_name": "", "email": ""}))) == ["updated"]
    found = session.scalars(select(Patient)).one()
    assert (found.city, found.preferred_name, found.email) == ("Hialeah", "Dana", "dana@example.org")


def test_a_key_twice_in_one_file_updates(session: Session, bring: Import) -> None:
    twice = csv_of(GOOD, GOOD | {"city": "Hialeah"}, GOOD | {"city": "Hialeah"})
    assert outcomes(bring(twice)) == ["created", "updated", "unchanged"]
    assert session.scalars(select(Patient)).one().city == "Hialeah"


def test_a_row_without_a_key_is_not_taken_for_somebody_new(session: Session, bring: Import) -> None:
    bring(csv_of(GOOD))
    known = session.scalars(select(Patient)).one()
    keyless = GOOD | {"external_key": ""}
    assert outcomes(bring(csv_of(keyless))) == ["unchanged"]
    (refused,) = bring(csv_of(keyless | {"city": "Hialeah"}))
    assert refused.outcome is Outcome.REJECTED
    assert f"Already known as record {known.record_number}" in str(refused.reason)


def test_a_record_number_links_the_row_to_the_record(
    session: Session, bring: Import, add: Callable[..., Patient]
) -> None:
    dana = add()
    row = GOOD | {"legal_last_name": "O'Neill", "record_number": dana.record_number.lower()}
    assert outcomes(bring(csv_of(row, columns=("record_number", *GOOD)))) == ["updated"]
    assert dana.external_key == "A-1"
    assert outcomes(bring(csv_of(GOOD | {"legal_last_name": "O'Neill", "city": "Hialeah"}))) == ["updated"]


def test_a_record_number_that_we_do_not_have_is_refused(bring: Import) -> None:
    (refused,) = bring(csv_of(GOOD | {"record_number": "K7M-2QF4"}, columns=("record_number", *GOOD)))
    assert (refused.column, refused.reason) == (
        "record_number",
        "record_number: We have no such record. Correct the number, or empty the cell.",
    )


def test_two_keys_for_one_person_are_refused(session: Session, bring: Import) -> None:
    one, two = bring(csv_of(GOOD, GOOD | {"external_key": "B-2"}))
    assert one.outcome is Outcome.CREATED
    assert two.outcome is Outcome.REJECTED
    assert session.scalar(select(func.count()).select_from(Patient)) == 1


def test_a_wrong_row_does_not_keep_the_others_out(session: Session, bring: Import) -> None:
    rows = [person(1), person(2, birth_date="2/30/1984"), person(3, state="GA"), person(4)]
    taken = bring(csv_of(*rows))
    assert outcomes(taken) == ["created", "rejected", "rejected", "created"]
    assert [(one.row.line, one.column) for one in taken if one.reason] == [(3, "birth_date"), (4, "state")]
    assert session.scalar(select(func.count()).select_from(Patient)) == 2


def test_without_recorded_consent_nobody_is_texted(session: Session, bring: Import) -> None:
    bring(csv_of(GOOD))
    consent = queries.consent_of(session, session.scalars(select(Patient)).one().phone_id)
    assert (consent.consented_at, consent.source) == (None, "not_asked")


def test_recorded_consent_counts_from_its_day_and_sends_no_greeting(session: Session, bring: Import) -> None:
    assert outcomes(bring(csv_of(GOOD | AGREES))) == ["created"]
    phone_id = session.scalars(select(Patient)).one().phone_id
    consent = queries.consent_of(session, phone_id)
    assert consent.consented_at == datetime(2026, 10, 2, 4, tzinfo=UTC)
    assert (consent.source, consent.wording_version) == ("in_person", "sms-2026-11-en")
    assert [event.change for event in queries.consent_events(session, phone_id)] == ["consented"]
    assert session.scalars(select(Outbox.topic)).all() == []
    assert outcomes(bring(csv_of(GOOD | AGREES))) == ["unchanged"]


def test_a_file_never_opens_a_number_that_asked_for_no_texts(
    session: Session, bring: Import, coordinator: Actor, now: datetime
) -> None:
    bring(csv_of(GOOD))
    phone_id = session.scalars(select(Patient)).one().phone_id
    actions.opt_out(session, phone_id=phone_id, source="phone_call", by=coordinator, now=now)
    (refused,) = bring(csv_of(GOOD | AGREES | {"city": "Hialeah"}))
    assert refused.column == "texts_consent"
    assert session.scalars(select(Patient)).one().city == "Miami"


def test_a_no_in_the_file_does_not_silently_close_a_number_that_agreed(bring: Import) -> None:
    bring(csv_of(GOOD | AGREES))
    (refused,) = bring(csv_of(GOOD | {"texts_consent": "no"}))
    assert "agreed to texts here" in str(refused.reason)
    assert outcomes(bring(csv_of(person(7, texts_consent="no")))) == ["created"]


def test_consent_of_tomorrow_is_refused(bring: Import, now: datetime) -> None:
    tomorrow = (now + timedelta(days=1)).date().isoformat()
    (refused,) = bring(csv_of(GOOD | AGREES | {"consent_date": tomorrow}))
    assert refused.column == "consent_date"


def test_each_patient_has_an_entry_of_history_as_at_the_form(
    begin: Beginner, session: Session, coordinator: Actor, now: datetime
) -> None:
    for content in (csv_of(GOOD, person(1)), csv_of(GOOD | {"city": "Hialeah"}, person(1))):
        file = PatientFile([content])
        with begin(by=coordinator) as inside:
            take(inside, file.header, list(file.rows()), by=coordinator, now=now)
    written = session.execute(select(AuditEvent.action, AuditEvent.actor_name).order_by(AuditEvent.seq)).all()
    assert [tuple(one) for one in written] == [
        ("patient.added", "Dana Reyes"),
        ("patient.added", "Dana Reyes"),
        ("patient.edited", "Dana Reyes"),
    ]


def test_a_rejected_row_leaves_nothing_behind(session: Session, bring: Import) -> None:
    (refused,) = bring(csv_of(GOOD | AGREES | {"consent_wording": "of-another-clinic", "postal_code": "99999"}))
    assert refused.reason == (
        "postal_code: 99999 is not a ZIP code in Florida. Check it and the state. "
        "consent_wording: Write the version of the wording as the consent page shows it, like sms-2026-11-en."
    )
    assert session.scalars(select(Phone)).all() == []


def test_a_changed_phone_tells_the_visits(session: Session, bring: Import) -> None:
    bring(csv_of(GOOD))
    bring(csv_of(GOOD | {"phone": "786 555 0142"}))
    assert session.scalars(select(Outbox.topic)).all() == ["patient.contact_changed"]


def test_the_zone_that_somebody_asked_for_stays(session: Session, bring: Import) -> None:
    gulf = GOOD | {"county": "Gulf", "postal_code": "32465", "city": "Wewahitchka"}
    bring(csv_of(gulf | {"zone": "Eastern"}, columns=(*GOOD, "zone")))
    bring(csv_of(gulf | {"city": "White City"}))
    found = session.scalars(select(Patient)).one()
    assert (found.zone, found.is_zone_confirmed, found.city) == ("America/New_York", True, "White City")


def test_somebody_added_by_hand_with_the_same_phone_and_birth_date_is_named(
    bring: Import, add: Callable[..., Patient], session: Session, coordinator: Actor, now: datetime
) -> None:
    dana = add(consent=BY_PHONE)
    (refused,) = bring(csv_of(GOOD))
    assert dana.record_number in str(refused.reason)
    other = replace(DANA, legal_first_name="Daria", legal_last_name="Reyes")
    twin = actions.add_patient(
        session, new=other, consent=None, by=coordinator, now=now, confirmed_not_duplicate_of=[dana.id]
    )
    (refused,) = bring(csv_of(GOOD))
    assert {dana.record_number, twin.record_number} <= set(str(refused.reason).replace(".", "").split())


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "@SUM(A1)", "-2"])
def test_a_formula_is_no_name(bring: Import, cell: Any) -> None:
    (refused,) = bring(csv_of(GOOD | {"legal_first_name": cell}))
    assert refused.column == "legal_first_name"
