"""Adding and editing physicians and their licenses."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import changed
from clinic.kernel.transaction import refusing
from clinic.people.actions.covers import keep_days
from clinic.people.errors import AccountAlreadyLinked, LicenceAlreadyThere, LicenceNotFound
from clinic.people.models import Licence, Physician
from clinic.people.queries.physicians import lock_physician
from clinic.people.rules import NewLicence, NewPhysician, checked_licence, checked_physician

_NOTHING: Mapping[str, object] = MappingProxyType({})
_ACCOUNT_TAKEN = "uq_physician_staff_id"
_LICENCE_TAKEN = "uq_licence_physician_id"


def add_physician(session: Session, *, new: NewPhysician, by: Actor, now: datetime) -> Physician:
    """Add a physician, with or without an account; raises AccountAlreadyLinked and the rules' refusals."""
    physician = Physician(id=new_id(), created_at=now)
    _store_physician(session, physician, checked_physician(new), by=by, now=now)
    _note(session, "physician.added", physician.id, now=now, details=_values(physician, new, "is_active"))
    return physician


def edit_physician(
    session: Session,
    *,
    physician_id: UUID,
    new: NewPhysician,
    version: int,
    by: Actor,
    now: datetime,
    is_active: bool = True,
    takes_patients: bool = True,
) -> Physician:
    """Replace a physician's details; raises ChangedMeanwhile, AccountAlreadyLinked and the rules' refusals."""
    physician = lock_physician(session, physician_id)
    physician.require_version(version)
    before = _values(physician, new, "is_active", "takes_patients")
    physician.is_active, physician.takes_patients = is_active, takes_patients
    _store_physician(session, physician, checked_physician(new), by=by, now=now)
    keep_days(session, physician, by=by, now=now)
    after = _values(physician, new, "is_active", "takes_patients")
    _note(session, "physician.edited", physician.id, now=now, details={**after, "before": changed(before, after)})
    return physician


def add_licence(session: Session, *, physician_id: UUID, new: NewLicence, by: Actor, now: datetime) -> Licence:
    """Add a state's license; raises LicenceAlreadyThere for the same state and number."""
    lock_physician(session, physician_id)
    licence = Licence(id=new_id(), physician_id=physician_id, created_at=now)
    _store_licence(session, licence, checked_licence(new), by=by, now=now)
    return licence


def edit_licence(
    session: Session, *, licence_id: UUID, new: NewLicence, version: int, by: Actor, now: datetime
) -> Licence:
    """Correct or renew a license; raises ChangedMeanwhile and LicenceAlreadyThere."""
    licence = session.get(Licence, licence_id, with_for_update={"key_share": True}, populate_existing=True)
    if licence is None:
        raise LicenceNotFound("We have no such license.")
    licence.require_version(version)
    _store_licence(session, licence, checked_licence(new), by=by, now=now)
    return licence


def _store_physician(session: Session, physician: Physician, new: NewPhysician, *, by: Actor, now: datetime) -> None:
    taken = AccountAlreadyLinked("Another physician signs in with this account. Choose another.", field="staff_id")
    with refusing(session, {_ACCOUNT_TAKEN: taken}):
        for name, value in asdict(new).items():
            setattr(physician, name, value)
        physician.touch(by=by, now=now)
        session.add(physician)


def _store_licence(session: Session, licence: Licence, new: NewLicence, *, by: Actor, now: datetime) -> None:
    taken = LicenceAlreadyThere("This license is already listed. Change that entry instead.", field="number")
    before = {} if licence.version is None else _values(licence, new)
    action = "licence.edited" if before else "licence.added"
    with refusing(session, {_LICENCE_TAKEN: taken}):
        for name, value in asdict(new).items():
            setattr(licence, name, value)
        licence.touch(by=by, now=now)
        session.add(licence)
    after = _values(licence, new)
    _note(session, action, licence.physician_id, now=now, details={**after, "before": changed(before, after)})


def _note(
    session: Session, action: str, physician_id: UUID, *, now: datetime, details: Mapping[str, object] = _NOTHING
) -> None:
    journal.note(session, action, subject_kind="physician", subject_id=physician_id, at=now, patient_ids=(), **details)


def _values(row: Physician | Licence, new: NewPhysician | NewLicence, *more: str) -> dict[str, object]:
    """Return what a row says now of the things that a form of this kind sets."""
    return {field: getattr(row, field) for field in (*asdict(new), *more)}
