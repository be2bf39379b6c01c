"""Prescribers' registrations: which there are, which hold on a day, which end soon."""

from collections.abc import Collection
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among
from clinic.medication.errors import UnknownLicense
from clinic.medication.models import PrescriberRegistration
from clinic.people.models import Physician


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
    return session.scalar(_holding(), {"of_physician": physician_id, "of_kind": kind, "of_state": state, "on": on})


@cache
def _holding() -> Select[PrescriberRegistration]:
    row = PrescriberRegistration
    wanted = select(row).where(
        *(row.physician_id == bindparam("of_physician"), row.kind == bindparam("of_kind")),
        *(row.state == bindparam("of_state"), row.valid_from <= bindparam("on"), row.valid_until >= bindparam("on")),
    )
    return wanted.order_by(row.valid_until.desc(), row.id).limit(1)


def registrations_ending(session: Session, *, before: date) -> list[PrescriberRegistration]:
    """Return registrations of active physicians whose last day is before `before`, soonest first.

    One that a later one of the same physician, kind and state replaces is not among them.
    """
    return list(session.scalars(_ending(), {"before": before}))


@cache
def _ending() -> Select[PrescriberRegistration]:
    row, later = PrescriberRegistration, aliased(PrescriberRegistration)
    same = (later.physician_id == row.physician_id, later.kind == row.kind, later.state == row.state)
    is_replaced = select(later.id).where(*same, later.valid_until > row.valid_until).exists()
    wanted = select(row).join(Physician, Physician.id == row.physician_id).where(Physician.is_active)
    ending = wanted.where(row.valid_until < bindparam("before"), ~is_replaced)
    return ending.order_by(row.valid_until, row.id)


def registered(session: Session, physician_ids: Collection[UUID], *, on: date) -> set[tuple[UUID, str, str]]:
    """Return what these physicians hold on a day, as triples of physician, kind and state."""
    found = session.execute(_registered(), {"of_physicians": list(physician_ids), "on": on})
    return {(physician_id, kind, state) for physician_id, kind, state in found}


@cache
def _registered() -> Select[UUID, str, str]:
    row = PrescriberRegistration
    return select(row.physician_id, row.kind, row.state).where(
        among(row.physician_id, "of_physicians"), row.valid_from <= bindparam("on"), row.valid_until >= bindparam("on")
    )
