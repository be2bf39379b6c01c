"""Pharmacies and where they may send to."""

from collections.abc import Collection
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.medication.errors import UnknownLicense, UnknownPharmacy
from clinic.medication.models import Pharmacy, PharmacyLicence


def pharmacy(session: Session, pharmacy_id: UUID) -> Pharmacy:
    """Return the pharmacy, or raise UnknownPharmacy."""
    found = session.get(Pharmacy, pharmacy_id)
    if found is None:
        raise UnknownPharmacy
    return found


def pharmacies(session: Session, *, includes_retired: bool = False) -> list[Pharmacy]:
    """Return the pharmacies that take new orders, or all of them, by name; retired ones come last."""
    wanted = select(Pharmacy).order_by(Pharmacy.retired_at.is_not(None), Pharmacy.name, Pharmacy.id)
    return list(session.scalars(wanted if includes_retired else wanted.where(Pharmacy.retired_at.is_(None))))


def pharmacies_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Pharmacy]:
    """Return the pharmacies of these ids; unknown ids are absent."""
    return {each.id: each for each in session.scalars(select(Pharmacy).where(Pharmacy.id.in_(list(ids))))}


def pharmacy_license(session: Session, license_id: UUID) -> PharmacyLicence:
    """Return the license, or raise UnknownLicense."""
    found = session.get(PharmacyLicence, license_id)
    if found is None:
        raise UnknownLicense("There is no such license. Open the pharmacy again.")
    return found


def licenses_of(session: Session, pharmacy_id: UUID) -> list[PharmacyLicence]:
    """Return a pharmacy's licenses by state, the one that ends last first."""
    wanted = select(PharmacyLicence).where(PharmacyLicence.pharmacy_id == pharmacy_id)
    order = (PharmacyLicence.state, PharmacyLicence.valid_until.desc(), PharmacyLicence.id)
    return list(session.scalars(wanted.order_by(*order)))


def licensed(session: Session, pharmacy_ids: Collection[UUID], *, on: date) -> set[tuple[UUID, str]]:
    """Return into which states these pharmacies may send on a day, as pairs of pharmacy and state."""
    found = session.execute(_licensed(), {"of_pharmacies": list(pharmacy_ids), "on": on}) if pharmacy_ids else ()
    return {(pharmacy_id, state) for pharmacy_id, state in found}


@cache
def _licensed() -> Select[UUID, str]:
    return select(PharmacyLicence.pharmacy_id, PharmacyLicence.state).where(
        among(PharmacyLicence.pharmacy_id, "of_pharmacies"),
        PharmacyLicence.valid_from <= bindparam("on"),
        PharmacyLicence.valid_until >= bindparam("on"),
    )
