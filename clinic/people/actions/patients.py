"""Adding a patient once, and editing one without losing a colleague's edit."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id, new_record_number
from clinic.kernel.transaction import constraint_of
from clinic.people.actions.consent import record_consent
from clinic.people.actions.merging import former_names
from clinic.people.actions.phones import keep_phone
from clinic.people.errors import DuplicatePatient
from clinic.people.models import Patient
from clinic.people.queries.patients import lock_patient, phone_of, possible_duplicates
from clinic.people.rules import ConsentGiven, NewPatient, PatientFacts, PatientStatus, checked_patient
from clinic.people.rules.addresses import NewAddress
from clinic.people.rules.patients import search_text

CONTACT_CHANGED = "patient.contact_changed"

_RECORD_NUMBER_TAKEN = "uq_patient_record_number"
_TRIES = 8
_IDENTIFYING = frozenset({"legal_first_name", "legal_last_name", "birth_date", "phone"})
_TOUCHING_TEXTS = frozenset({"phone", "zone", "language", "state", "county_fips"})
_KEPT = ("legal_first_name", "legal_last_name", "preferred_name", "birth_date", "email", "language")
_SHOWN_IN_HISTORY = frozenset({"zone", "language", "state", "county_fips"})


def add_patient(
    session: Session,
    *,
    new: NewPatient,
    consent: ConsentGiven | None,
    by: Actor,
    now: datetime,
    confirmed_not_duplicate_of: Collection[UUID] = (),
    draw: Callable[[], str] = new_record_number,
) -> Patient:
    """Add a patient with a fresh record number, and consent to texts if it was given.

    Raises the refusals of `rules.checked_patient`, and DuplicatePatient when somebody alike exists who is not in
    `confirmed_not_duplicate_of`; two adds of one person at the same time wait for each other. `draw` makes
    record numbers; a taken one is drawn again.
    """
    facts = checked_patient(new, now=now)
    _require_no_duplicate(session, facts, except_ids=confirmed_not_duplicate_of)
    phone = keep_phone(session, e164=facts.e164, now=now)
    patient = Patient(id=new_id(), phone_id=phone.id, status=PatientStatus.ACTIVE, created_at=now, search_key="")
    _take_over(patient, facts)
    patient.touch(by=by, now=now)
    _insert_with_record_number(session, patient, facts, draw=draw)
    note_added(session, patient, now=now)
    if consent is not None:
        record_consent(session, patient_id=patient.id, consent=consent, by=by, now=now)
    return patient


def edit_patient(
    session: Session,
    *,
    patient_id: UUID,
    new: NewPatient,
    version: int,
    by: Actor,
    now: datetime,
    confirmed_not_duplicate_of: Collection[UUID] = (),
) -> Patient:
    """Replace the patient's details if nobody saved them since `version` was read.

    A changed phone moves the patient to that number's own consent. Publishes `patient.contact_changed` when phone,
    zone, language, state or county changed.
    Raises ChangedMeanwhile, DuplicatePatient and the refusals of `rules.checked_patient`.
    """
    patient = lock_patient(session, patient_id)
    patient.require_version(version)
    facts = checked_patient(new, now=now)
    phone = keep_phone(session, e164=facts.e164, now=now)
    changes = _changes(patient, facts, phone_id=phone.id)
    if not changes:
        return patient
    if not _IDENTIFYING.isdisjoint(changes):
        _require_no_duplicate(session, facts, except_ids={patient.id, *confirmed_not_duplicate_of})
    _save(session, patient, facts, phone_id=phone.id, by=by, now=now)
    _tell_of(session, patient, changes, by=by, now=now)
    return patient


def change_address(
    session: Session, *, patient_id: UUID, new: NewAddress, version: int, by: Actor, now: datetime
) -> Patient:
    """Replace only where the patient lives; a zone that somebody had to choose stays while the county does.

    Raises what `edit_patient` raises.
    """
    patient = lock_patient(session, patient_id)
    kept = {name: getattr(patient, name) for name in _KEPT}
    where = asdict(new)
    if new.zone is None and patient.is_zone_confirmed and patient.county_fips == new.county_fips:
        where["zone"] = patient.zone
    typed = NewPatient(**kept, **where, phone=phone_of(session, patient_id).e164)
    return edit_patient(session, patient_id=patient_id, new=typed, version=version, by=by, now=now)


def new_record(facts: PatientFacts, *, record_number: str, phone_id: UUID, by: Actor, now: datetime) -> Patient:
    """Return the row of a new patient, not yet in a session."""
    record = Patient(id=new_id(), phone_id=phone_id, status=PatientStatus.ACTIVE, created_at=now)
    _take_over(record, facts)
    record.record_number, record.search_key = record_number, search_text(facts, record_number)
    record.touch(by=by, now=now)
    return record


def note_added(session: Session, patient: Patient, *, now: datetime) -> None:
    """Write that a patient was added."""
    _note(session, "patient.added", patient, now=now)


def _require_no_duplicate(session: Session, facts: PatientFacts, *, except_ids: Collection[UUID]) -> None:
    """Refuse a likely second record; whoever adds or renames people born on one day does so one at a time."""
    session.execute(select(func.pg_advisory_xact_lock(lock_number(facts.birth_date))))
    found = possible_duplicates(session, facts, except_ids=except_ids)
    alike = [(one, why) for one, why in found if one.merged_into_id not in except_ids]
    if alike:
        raise DuplicatePatient({one.merged_into_id or one.id: agreeing for one, agreeing in alike})


def lock_number(born: date) -> int:
    """Return the advisory lock of a birth date: "PT" in the upper bytes, the day below."""
    return (0x5054 << 32) + born.toordinal()


def _take_over(patient: Patient, facts: PatientFacts) -> None:
    for name, value in asdict(facts).items():
        if name != "e164":
            setattr(patient, name, value)


def _insert_with_record_number(
    session: Session, patient: Patient, facts: PatientFacts, *, draw: Callable[[], str]
) -> None:
    for tries_left in reversed(range(_TRIES)):
        patient.record_number = draw()
        patient.search_key = search_text(facts, patient.record_number)
        try:
            with session.begin_nested():
                session.add(patient)
        except IntegrityError as error:
            if constraint_of(error) != _RECORD_NUMBER_TAKEN or not tries_left:
                raise
        else:
            return


def _changes(patient: Patient, facts: PatientFacts, *, phone_id: UUID) -> dict[str, tuple[object, object]]:
    """Return before and after of every field that differs; a moved phone is the field `phone`."""
    pairs = {name: (getattr(patient, name), value) for name, value in asdict(facts).items() if name != "e164"}
    pairs["phone"] = (patient.phone_id, phone_id)
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _save(session: Session, patient: Patient, facts: PatientFacts, *, phone_id: UUID, by: Actor, now: datetime) -> None:
    _take_over(patient, facts)
    patient.phone_id = phone_id
    patient.search_key = f"{search_text(facts, patient.record_number)} {former_names(session, patient)}".rstrip()
    patient.touch(by=by, now=now)
    session.flush()


def _tell_of(
    session: Session, patient: Patient, changes: dict[str, tuple[object, object]], *, by: Actor, now: datetime
) -> None:
    """Write which fields changed, with values only where they say nothing about the person; tell other domains.

    Another number is an entry of its own, because it decides where every text goes from then on; who was signed in by
    the old one is signed out.
    """
    fields = sorted(changes.keys() - {"phone"})
    if "phone" in changes:
        access.end_area_sessions(session, patient_id=patient.id, now=now, by=by)
        _note(session, "patient.number_changed", patient, now=now)
    if fields:
        shown = {name: list(pair) for name, pair in changes.items() if name in _SHOWN_IN_HISTORY}
        _note(session, "patient.edited", patient, now=now, fields=fields, changes=shown)
    if not _TOUCHING_TEXTS.isdisjoint(changes):
        outbox.publish(session, CONTACT_CHANGED, subject_id=patient.id, now=now)


def _note(session: Session, action: str, patient: Patient, *, now: datetime, **details: object) -> None:
    ids = (patient.id,)
    journal.note(session, action, subject_kind="patient", subject_id=patient.id, at=now, patient_ids=ids, **details)
