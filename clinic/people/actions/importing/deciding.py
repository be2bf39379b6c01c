"""What a batch of rows meets in the clinic's records, and why a row is not taken."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, cast, func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient, Phone, SmsConsent
from clinic.people.queries.patients import agreeing
from clinic.people.rules import ConsentGiven, NewPatient, PatientFacts, PatientStatus, county, is_texting_allowed
from clinic.people.rules.importing import ImportedRow, RawRow, RowRefused


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One row and what became of it; a rejected one says why, in the words of its column."""

    row: RawRow
    outcome: Outcome
    column: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A row that can be read: whose record it is about, None for somebody new, and what that record says after it."""

    raw: RawRow
    row: ImportedRow
    found: Patient | None
    new: NewPatient
    facts: PatientFacts


@dataclass(frozen=True, slots=True)
class Known:
    """Records that a batch of rows names, by the file's key and by record number."""

    by_key: dict[str, Patient]
    by_record: dict[str, Patient]

    def of(self, row: ImportedRow) -> Patient | None:
        """Return the record that the row is about, None for somebody new, or raise RowRefused."""
        keyed = self.by_key.get(row.external_key or "")
        named = self.by_record.get(row.record_number or "")
        if row.record_number and named is None:
            raise RowRefused({"record_number": "We have no such record. Correct the number, or empty the cell."})
        if keyed and named and keyed is not named:
            raise RowRefused({"record_number": f"This external_key belongs to record {keyed.record_number}."})
        return _require_usable(named or keyed, row)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a batch: phones by number, their consent, and everybody born on the days of its people."""

    phones: dict[str, UUID]
    consents: dict[UUID, SmsConsent]
    born: dict[date, list[tuple[Patient, str]]]

    def alike(self, facts: PatientFacts, *, except_id: UUID | None) -> dict[UUID, str]:
        """Return who may be the same person, with the record number; a merged record stands for its survivor."""
        people = [one for one, e164 in self.born.get(facts.birth_date, ()) if agreeing(facts, one, e164=e164)]
        numbers = {one.id: one.record_number for one in people}
        lasting = {one.merged_into_id or one.id: numbers.get(one.merged_into_id or one.id, "") for one in people}
        return {each: number or numbers[each] for each, number in lasting.items() if each != except_id}

    def repeats_a_record(self, facts: PatientFacts, alike: Collection[UUID], *, key: str | None) -> bool:
        """Tell whether a row without a key says exactly what one of these records says already."""
        people = [one for one, _ in self.born.get(facts.birth_date, ()) if one.id in alike]
        return key is None and any(self.says_nothing_new(one, facts) for one in people)

    def says_nothing_new(self, found: Patient, facts: PatientFacts) -> bool:
        """Tell whether a record already holds exactly these facts."""
        names = (name for name in PatientFacts.__dataclass_fields__ if name != "e164")
        has_phone = self.phones.get(facts.e164) == found.phone_id
        return has_phone and all(getattr(found, name) == getattr(facts, name) for name in names)

    def consent_to_record(self, row: ImportedRow, facts: PatientFacts, *, now: datetime) -> ConsentGiven | None:
        """Return the consent that this row adds to what we know of its number, or raise RowRefused.

        A number that asked for no texts is never opened by a file, and one that agreed is never closed by one.
        """
        if row.consent is not None:
            _require_past(row.consent, facts, now=now)
        phone_id = self.phones.get(facts.e164)
        return row.consent if phone_id is None else _beside(self.consents[phone_id], row)


def known_to(session: Session, rows: Iterable[ImportedRow], *, is_locking: bool) -> Known:
    """Return the records that these rows name; locked in the order of their ids where they are to be changed."""
    listed = list(rows)
    keys = {row.external_key for row in listed if row.external_key}
    numbers = {row.record_number for row in listed if row.record_number}
    named = select(Patient).where(Patient.external_key.in_(keys) | Patient.record_number.in_(numbers))
    named = named.order_by(Patient.id).execution_options(populate_existing=True)
    wanted = named.with_for_update(key_share=True) if is_locking else named
    known = list(session.scalars(wanted)) if keys or numbers else []
    return Known(
        {one.external_key: one for one in known if one.external_key},
        {one.record_number: one for one in known},
    )


def around(session: Session, drafts: Collection[Draft], *, is_locking: bool) -> Around:
    """Return what stands around these rows, by three statements; locked where something is to be written."""
    numbers = {draft.facts.e164 for draft in drafts}
    phones = {one.e164: one.id for one in session.scalars(select(Phone).where(Phone.e164.in_(numbers)))}
    consents = select(SmsConsent).where(SmsConsent.phone_id.in_(phones.values())).order_by(SmsConsent.phone_id)
    consents = consents.execution_options(populate_existing=True)
    found = session.scalars(consents.with_for_update() if is_locking else consents)
    return Around(phones, {one.phone_id: one for one in found}, _born_on(session, drafts))


def _born_on(session: Session, drafts: Collection[Draft]) -> dict[date, list[tuple[Patient, str]]]:
    days = {draft.facts.birth_date for draft in drafts}
    wanted = select(Patient, Phone.e164).join(Phone, Phone.id == Patient.phone_id).where(Patient.birth_date.in_(days))
    born: dict[date, list[tuple[Patient, str]]] = {}
    for one, e164 in session.execute(wanted.order_by(Patient.search_key, Patient.id)):
        born.setdefault(one.birth_date, []).append((one, e164))
    return born


def lock_birth_dates(session: Session, days: Collection[date], *, lock_number: Mapping[date, int]) -> None:
    """Wait for everybody who adds or renames people born on these days, as a person at a form does for one day."""
    numbers = sorted(lock_number[day] for day in days)
    if numbers:
        session.execute(select(func.pg_advisory_xact_lock(func.unnest(cast(numbers, ARRAY(BigInteger))))))


def details_after(found: Patient | None, row: ImportedRow) -> NewPatient:
    """Return the details that the record has after this row."""
    if found is None:
        return row.new
    is_asked = county(found.county_fips).is_split and found.is_zone_confirmed
    zone, stays = found.zone if is_asked else None, row.new.county_fips == found.county_fips
    return row.onto(
        preferred_name=found.preferred_name,
        email=found.email,
        zone=zone if stays else None,
        language=found.language,
    )


def _require_usable(found: Patient | None, row: ImportedRow) -> Patient | None:
    if found is None:
        return None
    if found.status == PatientStatus.MERGED:
        raise RowRefused({"": f"Record {found.record_number} was merged into another. Take this row out."})
    if row.external_key and found.external_key not in {None, row.external_key}:
        raise RowRefused(
            {"external_key": f"Record {found.record_number} has another external_key already. Correct one of the two."}
        )
    return found


def _require_past(consent: ConsentGiven, facts: PatientFacts, *, now: datetime) -> None:
    if consent.given_on and consent.given_on > in_zone(now, facts.zone).date():
        raise RowRefused({"consent_date": "This day has not come yet. Correct the date."})


def _beside(standing: SmsConsent, row: ImportedRow) -> ConsentGiven | None:
    is_allowed = is_texting_allowed(standing.consented_at, standing.opted_out_at)
    if row.consent is not None and standing.opted_out_at is not None:
        raise RowRefused({"texts_consent": "This number asked us for no texts. Empty the cells about consent."})
    if row.declines_texts and is_allowed:
        raise RowRefused(
            {"texts_consent": "This number agreed to texts here. Stop them on the patient's page, or empty the cell."}
        )
    return None if is_allowed else row.consent


def already_known(numbers: Collection[str]) -> RowRefused:
    """Return the refusal that names the record that the person may already have."""
    named = " or ".join(numbers)
    return RowRefused(
        {"": f"Already known as record {named}. Write that number into a column record_number to update it."}
    )
