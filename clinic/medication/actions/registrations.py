"""Writing down where and until when a physician is registered to prescribe."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.medication.actions.registration_watch import watch_registrations
from clinic.medication.errors import PharmacyRefused
from clinic.medication.models import PrescriberRegistration
from clinic.medication.queries.registrations import registration
from clinic.medication.rules.registering import NewRegistration, checked_end, checked_registration
from clinic.people.queries import lock_physician


def record_registration(
    session: Session, *, physician_id: UUID, new: NewRegistration, by: Actor, now: datetime
) -> PrescriberRegistration:
    """Add a registration; raises PharmacyRefused at a field, also for one that is listed, and PhysicianNotFound."""
    lock_physician(session, physician_id)
    wanted = checked_registration(new)
    row = PrescriberRegistration(id=new_id(), physician_id=physician_id, created_at=now, **asdict(wanted))
    taken = PharmacyRefused("This registration is listed already. Change that entry instead.", field="number")
    with refusing(session, {"uq_prescriber_registration_physician_id": taken}):
        row.touch(by=by, now=now)
        session.add(row)
    _note(session, row, "registration.recorded", now=now)
    watch_registrations(session, now=now, by=by)
    return row


def end_registration(
    session: Session, *, registration_id: UUID, valid_until: date, version: int, by: Actor, now: datetime
) -> PrescriberRegistration:
    """Say on which day a registration ends or ended, sooner or later than it said; raises PharmacyRefused."""
    lock_physician(session, registration(session, registration_id).physician_id)
    row = session.get_one(PrescriberRegistration, registration_id, with_for_update=True, populate_existing=True)
    row.require_version(version)
    before = row.valid_until
    row.valid_until = checked_end(valid_from=row.valid_from, valid_until=valid_until)
    row.touch(by=by, now=now)
    _note(session, row, "registration.ended", now=now, before=before.isoformat())
    watch_registrations(session, now=now, by=by)
    return row


def _note(session: Session, row: PrescriberRegistration, action: str, *, now: datetime, **details: object) -> None:
    session.flush()
    journal.note(
        session,
        action,
        subject_kind="physician",
        subject_id=row.physician_id,
        at=now,
        patient_ids=(),
        kind=row.kind,
        state=row.state,
        number=row.number,
        valid_from=row.valid_from.isoformat(),
        valid_until=row.valid_until.isoformat(),
        **details,
    )
