"""Physicians and their licenses."""

from collections.abc import Collection
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among
from clinic.people.errors import LicenceNotFound, PhysicianNotFound
from clinic.people.models import Licence, Physician

# Built once: bookings and every look at what is to come ask them.
_LICENCES = select(Licence).order_by(Licence.state, Licence.valid_from, Licence.id)
_LICENCES_OF = _LICENCES.where(among(Licence.physician_id, "ids"))
_PHYSICIANS = select(Physician).where(among(Physician.id, "ids"))
_OF_STAFF = select(Physician).where(Physician.staff_id == bindparam("of_staff"))
_ACTIVE = select(Physician).where(Physician.is_active).order_by(Physician.full_name, Physician.id)


def physician(session: Session, physician_id: UUID) -> Physician:
    """Return the physician, or raise PhysicianNotFound."""
    return _known(session.get(Physician, physician_id))


def lock_physician(session: Session, physician_id: UUID) -> Physician:
    """Return the physician's row as it is now, locked FOR NO KEY UPDATE; the first lock of any booking."""
    return _known(session.get(Physician, physician_id, with_for_update={"key_share": True}, populate_existing=True))


def lock_every_physician(session: Session) -> None:
    """Wait for everybody who places visits, and let them wait, as `lock_physician` does for one; in order of ids."""
    session.execute(select(Physician.id).order_by(Physician.id).with_for_update(key_share=True)).all()


def physicians_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Physician]:
    """Return the physicians of these ids; unknown ids are absent."""
    return {each.id: each for each in session.scalars(_PHYSICIANS, {"ids": list(ids)})}


def physician_of_staff(session: Session, staff_id: UUID | None) -> Physician | None:
    """Return the physician who signs in with this account, if any."""
    if staff_id is None:
        return None
    return session.scalar(_OF_STAFF, {"of_staff": staff_id})


def id_of_staff(staff_id: UUID | ColumnElement[UUID]) -> ScalarSelect[UUID]:
    """Return the statement of the id of the physician who signs in with this account; null when there is none."""
    return select(Physician.id).where(Physician.staff_id == staff_id).scalar_subquery()


def active_physicians(session: Session) -> list[Physician]:
    """Return everybody who sees patients now, by name."""
    return list(session.scalars(_ACTIVE))


def all_physicians(session: Session) -> list[Physician]:
    """Return everybody who sees patients or once did, by name; those who stopped come last."""
    return list(session.scalars(select(Physician).order_by(~Physician.is_active, Physician.full_name, Physician.id)))


def licence(session: Session, licence_id: UUID) -> Licence:
    """Return the license, or raise LicenceNotFound."""
    found = session.get(Licence, licence_id)
    if found is None:
        raise LicenceNotFound("We have no such license.")
    return found


def licences_by_physician(session: Session, physician_ids: Collection[UUID] | None = None) -> dict[UUID, list[Licence]]:
    """Return licenses by physician, by state and first day; None asks for everybody's.

    Every id asked for is a key, so that a physician without a license is seen to have none.
    """
    found: dict[UUID, list[Licence]] = {each: [] for each in physician_ids or ()}
    asked = physician_ids is not None
    for each in session.scalars(_LICENCES_OF, {"ids": list(found)}) if asked else session.scalars(_LICENCES):
        found.setdefault(each.physician_id, []).append(each)
    return found


def licences_ending(session: Session, *, before: date) -> list[Licence]:
    """Return licenses of active physicians whose last day is before `before`, soonest first.

    A license that a later one of the same physician and state replaces is not among them.
    """
    return list(session.scalars(_ending(), {"before": before}))


@cache
def _ending() -> Select[Licence]:
    later = aliased(Licence)
    is_replaced = (
        select(later.id)
        .where(
            later.physician_id == Licence.physician_id,
            later.state == Licence.state,
            later.valid_until > Licence.valid_until,
        )
        .exists()
    )
    return (
        select(Licence)
        .join(Physician, Physician.id == Licence.physician_id)
        .where(Physician.is_active, Licence.valid_until < bindparam("before"), ~is_replaced)
        .order_by(Licence.valid_until, Licence.id)
    )


def _known(found: Physician | None) -> Physician:
    if found is None:
        raise PhysicianNotFound("We have no such physician.")
    return found
