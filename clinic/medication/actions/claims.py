"""Reports of units that were lost, stolen, damaged or did not come; nothing is replaced by itself."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.kernel.text import clean_note
from clinic.medication.actions.ledger import About, enter
from clinic.medication.actions.supply_locks import day_of, lock_with_patient, require_staff
from clinic.medication.errors import ClaimRefused, LotUnknown, UnitsRefused
from clinic.medication.models import Lot, SupplyClaim, UnitBalance
from clinic.medication.queries.ledger import balance_of, units_reported_gone
from clinic.medication.queries.lots import plain_number
from clinic.medication.rules.units import UnitKind, whole_units
from clinic.people.models import Patient
from clinic.people.queries import lock_patient, records_of
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind

CLAIM_MADE = "claim.made"


class ClaimKind(StrEnum):
    """What is said to have become of units; the last two come with a parcel, `found` turns up again."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    FOUND = "found"
    NOT_DELIVERED = "not_delivered"
    WRONG_CONTENT = "wrong_content"


_AT_HOME = {
    ClaimKind.LOST: UnitKind.LOST,
    ClaimKind.STOLEN: UnitKind.LOST,
    ClaimKind.DAMAGED: UnitKind.WASTED,
    ClaimKind.FOUND: UnitKind.FOUND,
}
_LONGEST = 1_000


def record_loss(
    session: Session,
    *,
    patient_id: UUID,
    kind: str,
    units: int,
    by: Actor,
    now: datetime,
    lot_number: str | None = None,
    words: str = "",
) -> SupplyClaim:
    """Take units out of the ledger that a patient says were lost, stolen or damaged, and keep the report open.

    `found` brings back what was reported before, and no more. Without a lot number the lots are used up in the order of
    their dates. Raises ClaimRefused, LotUnknown and UnitsRefused; then nothing is changed.
    """
    wanted = _kind_at_home(kind)
    patient = lock_patient(session, patient_id)
    count = whole_units(units, field="units", least=1)
    lots = list(_lots(session, patient, wanted, units=count, number=lot_number))
    if wanted is ClaimKind.FOUND:
        _require_gone(session, patient.id, lots[0][0], units=count)
    claim = write_claim(
        session, patient=patient, kind=wanted, units=count, words=words, lot_id=lots[0][0], by=by, now=now
    )
    for lot_id, part in lots:
        enter(
            session,
            patient_id=patient.id,
            lot_id=lot_id,
            kind=_AT_HOME[wanted],
            units=part,
            on=day_of(patient, now),
            by=by,
            now=now,
            about=About(claim_id=claim.id),
        )
    return claim


def write_claim(
    session: Session,
    *,
    patient: Patient,
    kind: ClaimKind,
    units: int,
    by: Actor,
    now: datetime,
    words: str = "",
    settlement: str = "",
    lot_id: UUID | None = None,
    shipment_id: UUID | None = None,
) -> SupplyClaim:
    """Write a report down, settled at once where `settlement` says how; the ledger is the caller's."""
    claim = SupplyClaim(id=new_id(), patient_id=patient.id, kind=kind.value, units=units, lot_id=lot_id)
    claim.shipment_id = shipment_id
    claim.reported_by = "patient" if by.kind is ActorKind.PATIENT else "staff"
    claim.reported_on, claim.reported_at = day_of(patient, now), now
    claim.words = _clean(words, field="words") or None
    claim.created_at = now
    if settlement:
        claim.settled_at, claim.settlement = now, checked_settlement(settlement)
    claim.touch(by=by, now=now)
    session.add(claim)
    session.flush()
    note_claim(session, claim, "claim.made", now=now)
    publish(session, CLAIM_MADE, subject_id=claim.id, now=now)
    return claim


def tell_pharmacy_of_claim(session: Session, *, claim_id: UUID, by: Actor, now: datetime) -> SupplyClaim:
    """Write down that the pharmacy was told of a report now: its own duties begin with that (21 CFR 1301.76(b))."""
    require_staff(by)
    claim = lock_claim(session, claim_id)
    claim.pharmacy_told_at = claim.pharmacy_told_at or now
    claim.touch(by=by, now=now)
    session.flush()
    note_claim(session, claim, "claim.pharmacy_told", now=now)
    return claim


def open_claim_task(
    session: Session, claim: SupplyClaim, *, kind: WorkKind, shipment_id: UUID, reason: str, by: Actor, now: datetime
) -> None:
    """Put a report about a parcel on the coordinator's list until it is settled."""
    open_item(
        session,
        kind=kind,
        dedupe_key=task_key(claim.id),
        reason=reason,
        subject_kind="shipment",
        subject_id=shipment_id,
        patient_id=claim.patient_id,
        now=now,
        by=by,
    )


def task_key(claim_id: UUID) -> str:
    """Return the name under which a report stands on the list once."""
    return f"claim:{claim_id}"


def _lots(
    session: Session, patient: Patient, kind: ClaimKind, *, units: int, number: str | None
) -> Iterator[tuple[UUID, int]]:
    """Yield which lots the units are of, and how many of each."""
    held = balance_of(session, patient.id)
    if number:
        yield _lot_of(session, patient.id, number), units
        return
    if kind is ClaimKind.FOUND or sum(each.units for each in held) < units:
        there = sum(each.units for each in held)
        raise ClaimRefused(
            f"Write the lot number from the label: by the ledger {there} units are there, and this is about {units}.",
            field="lot_number",
        )
    left = units
    for each in held:
        part = min(left, each.units)
        left -= part
        if part:
            yield each.lot_id, part


def _require_gone(session: Session, patient_id: UUID, lot_id: UUID, *, units: int) -> None:
    """Raise UnitsRefused for more than the ledger says is gone of a lot without anybody having had it."""
    gone = units_reported_gone(session, patient_id, lot_id)
    if units > gone:
        raise UnitsRefused(
            f"Of this lot {gone} units were reported as gone, and this is about {units}. Count again; if it is right, "
            "call the clinic, where a physician looks at it.",
            field="units",
        )


def _lot_of(session: Session, patient_id: UUID, number: str) -> UUID:
    for lot_id, known in _lots_ever(session, patient_id):
        if plain_number(known) == plain_number(number):
            return lot_id
    raise LotUnknown(
        f"This patient never had a lot \u201c{number.strip()}\u201d. Read the number from the label again.",
        field="lot_number",
    )


def _lots_ever(session: Session, patient_id: UUID) -> list[tuple[UUID, str]]:
    wanted = select(Lot.id, Lot.number).join(UnitBalance, UnitBalance.lot_id == Lot.id)
    mine = UnitBalance.patient_id.in_(records_of(patient_id))
    return [(lot_id, number) for lot_id, number in session.execute(wanted.where(mine))]


def _kind_at_home(kind: str) -> ClaimKind:
    try:
        wanted = ClaimKind(kind)
    except ValueError:
        wanted = ClaimKind.NOT_DELIVERED
    if wanted not in _AT_HOME:
        raise ClaimRefused(
            "Choose lost, stolen, damaged or found. What is wrong with a parcel is reported at the parcel.",
            field="kind",
        )
    return wanted


def lock_claim(session: Session, claim_id: UUID) -> SupplyClaim:
    """Return the report as it is now, locked with its patient; raises ClaimRefused."""
    found = lock_with_patient(session, SupplyClaim, claim_id)
    if found is None:
        raise ClaimRefused("There is no such report. Open the patient's record again.")
    return found


def checked_settlement(settlement: str) -> str:
    """Return the words that close a report, or raise ClaimRefused."""
    words = _clean(settlement, field="settlement")
    if not words:
        raise ClaimRefused("Write what was found out, in a few words.", field="settlement")
    return words


def _clean(words: str, *, field: str) -> str:
    cleaned = clean_note(words)
    if len(cleaned) > _LONGEST:
        raise ClaimRefused(f"Keep it to {_LONGEST} characters; this has {len(cleaned)}.", field=field)
    return cleaned


def note_claim(session: Session, claim: SupplyClaim, action: str, *, now: datetime) -> None:
    """Write an audit entry about a report, without its words."""
    journal.note(
        session,
        action,
        subject_kind="supply_claim",
        subject_id=claim.id,
        at=now,
        patient_ids=(claim.patient_id,),
        kind=claim.kind,
        units=claim.units,
    )
