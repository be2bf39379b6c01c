"""Units that a patient gave to a take-back or destroyed before a witness, and units of a recall that went back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line
from clinic.medication.actions.ledger import enter
from clinic.medication.actions.supply_locks import day_of
from clinic.medication.errors import UnitsRefused
from clinic.medication.models import Disposal
from clinic.medication.queries.lots import facts_of_lots
from clinic.medication.queries.lots import lot as lot_by_id
from clinic.medication.rules.units import UnitKind, whole_units
from clinic.people.queries import lock_patient

_LONGEST_WITNESS = 120


class DisposalMethod(StrEnum):
    """The ways that the law leaves to a patient; nobody mails units back (21 CFR 1317.30, USPS Publication 52)."""

    TAKE_BACK_SITE = "take_back_site"
    MAIL_BACK_ENVELOPE = "mail_back_envelope"
    DESTROYED_AT_HOME = "destroyed_at_home"


def dispose(
    session: Session,
    *,
    patient_id: UUID,
    lot_id: UUID,
    units: int,
    method: str,
    by: Actor,
    now: datetime,
    witness: str = "",
) -> Disposal:
    """Take units of a lot out of the ledger because they are gone for good; recalled ones count as given back.

    Units destroyed at home need the name of an adult who saw it. Raises UnitsRefused and LotUnknown.
    """
    way, seen_by = _method(method), clean_line(witness, field="witness")
    if way is DisposalMethod.DESTROYED_AT_HOME and not seen_by:
        raise UnitsRefused("Write the name of the adult who saw it.", field="witness")
    if len(seen_by) > _LONGEST_WITNESS:
        raise UnitsRefused(f"Keep the name to {_LONGEST_WITNESS} characters.", field="witness")
    patient = lock_patient(session, patient_id)
    count = whole_units(units, field="units", least=1)
    day = day_of(patient, now)
    kind = _kind(session, lot_by_id(session, lot_id).id, way)
    enter(session, patient_id=patient.id, lot_id=lot_id, kind=kind, units=count, on=day, by=by, now=now)
    row = Disposal(id=new_id(), patient_id=patient.id, lot_id=lot_id, units=count, method=way.value, on=day, at=now)
    row.witness = seen_by or None
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    journal.note(
        session,
        "units.disposed",
        subject_kind="disposal",
        subject_id=row.id,
        at=now,
        patient_ids=(patient.id,),
        units=count,
        method=way.value,
    )
    return row


def _kind(session: Session, lot_id: UUID, way: DisposalMethod) -> UnitKind:
    is_recalled = facts_of_lots(session, [lot_id])[lot_id].is_recalled
    if is_recalled and way is not DisposalMethod.DESTROYED_AT_HOME:
        return UnitKind.RECALL_RETURNED
    return UnitKind.DESTROYED


def _method(method: str) -> DisposalMethod:
    try:
        return DisposalMethod(method)
    except ValueError:
        raise UnitsRefused("Choose how the units were disposed of.", field="method") from None
