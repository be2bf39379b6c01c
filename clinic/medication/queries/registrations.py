"""Prescribers' registrations: which there are, which hold on a day, which end soon."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.medication.errors import UnknownLicense
from clinic.medication.models import PrescriberRegistration


def registration(session: Session, registration_id: UUID) -> PrescriberRegistration:
    """Return the registration, or raise UnknownLicense."""
    found = session.get(PrescriberRegistration, registration_id)
    if found is None:
        raise UnknownLicense("There is no such registration. Open the physician again.")
    return found


def registrations_of(session: Session, physician_id: UUID) -> list[PrescriberRegistration]:
    """Return a physician's registrations by state and kind, the one that ends last first."""
    row = PrescriberRegistration
    wanted = select(row).where(row.physician_id == physician_id)
    return list(session.scalars(wanted.order_by(row.state, row.kind, row.valid_until.desc(), row.id)))


def registration_on(
    session: Session, physician_id: UUID, *, kind: str, state: str, on: date
) -> PrescriberRegistration | None:
    """Return the registration of a kind that holds in a state on a day, the one that ends last, or None."""
    row = PrescriberRegistration
    wanted = select(row).where(row.physician_id == physician_id, row.kind == kind, row.state == state)
    holding = wanted.where(row.valid_from <= on, row.valid_until >= on)
    return session.scalar(holding.order_by(row.valid_until.desc(), row.id).limit(1))


def registered(session: Session, physician_ids: Collection[UUID], *, on: date) -> set[tuple[UUID, str, str]]:
    """Return what these physicians hold on a day, as triples of physician, kind and state."""
    row = PrescriberRegistration
    wanted = select(row.physician_id, row.kind, row.state).where(
        row.physician_id.in_(list(physician_ids)), row.valid_from <= on, row.valid_until >= on
    )
    return {(physician_id, kind, state) for physician_id, kind, state in session.execute(wanted)}
