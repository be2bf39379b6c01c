"""Writing down pharmacies and the states into which they may send."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.medication.errors import PharmacyRefused, UnknownPharmacy
from clinic.medication.models import Pharmacy, PharmacyLicence
from clinic.medication.queries.pharmacies import pharmacy_license
from clinic.medication.rules.registering import (
    NewPharmacy,
    NewPharmacyLicense,
    checked_end,
    checked_pharmacy,
    checked_pharmacy_license,
)

_FIELDS = ("name", "phone", "address", "dea_number", "channel")


def add_pharmacy(session: Session, *, new: NewPharmacy, by: Actor, now: datetime) -> Pharmacy:
    """Add a pharmacy, which may send nowhere until a license is recorded; raises PharmacyRefused at a field."""
    row = Pharmacy(id=new_id(), created_at=now)
    _store(session, row, checked_pharmacy(new), by=by, now=now)
    _note(session, row, "pharmacy.added", now=now, **_values(row))
    return row


def change_pharmacy(
    session: Session, *, pharmacy_id: UUID, new: NewPharmacy, version: int, by: Actor, now: datetime
) -> Pharmacy:
    """Replace a pharmacy's details; signed orders keep what they said. Raises PharmacyRefused, ChangedMeanwhile."""
    row = _locked(session, pharmacy_id)
    row.require_version(version)
    before = _values(row)
    _store(session, row, checked_pharmacy(new), by=by, now=now)
    after = _values(row)
    _note(session, row, "pharmacy.edited", now=now, before=journal.changed(before, after), **after)
    return row


def retire_pharmacy(session: Session, *, pharmacy_id: UUID, version: int, by: Actor, now: datetime) -> Pharmacy:
    """Let a pharmacy take no new orders; what is under way there goes on. Doing it again changes nothing."""
    row = _locked(session, pharmacy_id)
    if row.retired_at is not None:
        return row
    row.require_version(version)
    row.retired_at = now
    row.touch(by=by, now=now)
    _note(session, row, "pharmacy.retired", now=now)
    return row


def record_pharmacy_license(
    session: Session, *, pharmacy_id: UUID, new: NewPharmacyLicense, by: Actor, now: datetime
) -> PharmacyLicence:
    """Add a pharmacy's license to send into a state; raises PharmacyRefused, also for a number that is listed."""
    pharmacy = _locked(session, pharmacy_id)
    wanted = checked_pharmacy_license(new)
    row = PharmacyLicence(id=new_id(), pharmacy_id=pharmacy.id, created_at=now, **asdict(wanted))
    taken = PharmacyRefused("This license is listed already. Change that entry instead.", field="number")
    with refusing(session, {"uq_pharmacy_licence_pharmacy_id": taken}):
        row.touch(by=by, now=now)
        session.add(row)
    _note(session, pharmacy, "pharmacy.licensed", now=now, **_plain(asdict(wanted)))
    return row


def end_pharmacy_license(
    session: Session, *, license_id: UUID, valid_until: date, version: int, by: Actor, now: datetime
) -> PharmacyLicence:
    """Say on which day a license ends or ended, sooner or later than it said; raises PharmacyRefused."""
    known = pharmacy_license(session, license_id)
    pharmacy = _locked(session, known.pharmacy_id)
    row = session.get_one(PharmacyLicence, license_id, with_for_update=True, populate_existing=True)
    row.require_version(version)
    before = row.valid_until
    row.valid_until = checked_end(valid_from=row.valid_from, valid_until=valid_until)
    row.touch(by=by, now=now)
    days = _plain({"valid_until": valid_until, "before": before})
    _note(session, pharmacy, "pharmacy.license_ended", now=now, state=row.state, number=row.number, **days)
    return row


def _locked(session: Session, pharmacy_id: UUID) -> Pharmacy:
    row = session.get(Pharmacy, pharmacy_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise UnknownPharmacy
    return row


def _store(session: Session, row: Pharmacy, new: NewPharmacy, *, by: Actor, now: datetime) -> None:
    taken = PharmacyRefused("Another pharmacy has this name. Change that entry, or tell them apart.", field="name")
    with refusing(session, {"uq_pharmacy_name": taken}):
        for name, value in asdict(new).items():
            setattr(row, name, value)
        row.touch(by=by, now=now)
        session.add(row)


def _note(session: Session, row: Pharmacy, action: str, *, now: datetime, **details: object) -> None:
    session.flush()
    journal.note(session, action, subject_kind="pharmacy", subject_id=row.id, at=now, patient_ids=(), **details)


def _values(row: Pharmacy) -> dict[str, object]:
    return {field: getattr(row, field) for field in _FIELDS}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
