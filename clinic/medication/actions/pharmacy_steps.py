"""What a pharmacy tells about a fill: taken, asked back, compounded, verified with its lots, packed, kept, refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line, clean_note
from clinic.medication.actions.filling import move_fill, use_up
from clinic.medication.actions.supply_locks import lock_fill, require_staff
from clinic.medication.errors import LotRecalled, UnitsRefused, WrongState
from clinic.medication.models import Fill, FillLot, Lot, Pharmacy
from clinic.medication.queries.lots import lot_by_number, packed_lots, plain_number
from clinic.medication.queries.recalls import recall_of_lot
from clinic.medication.rules.fills import FillState, require_move
from clinic.medication.rules.units import beyond_use_problem, whole_units
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.treatment.rules.legal import day_in_full
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import open_about, was_opened
from clinic.worklist.rules import WorkKind

_F = FillState
STEPS = frozenset(
    {_F.SENT, _F.ACCEPTED, _F.CLARIFICATION, _F.COMPOUNDING, _F.VERIFIED, _F.PACKED, _F.REJECTED, _F.VOIDED}
)
ASKED_BACK = frozenset({_F.CLARIFICATION, _F.REJECTED})
_ASK_WHY = ASKED_BACK | {_F.VOIDED}
_LONGEST_NUMBER, _LONGEST_REASON = 60, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LotUnits:
    """A lot as the label says it, and how many units of it are in the fill."""

    number: str
    compounded_on: date
    beyond_use_on: date
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the pharmacy said: the state, with lots for `verified`, and why where it asks back, refuses or keeps it."""

    state: FillState
    lots: Sequence[LotUnits] = ()
    reason: str = ""
    reference: str | None = None


def record_pharmacy_step(session: Session, *, fill_id: UUID, told: Told, by: Actor, now: datetime) -> Fill:
    """Take down what the pharmacy said of a fill; the same state again changes nothing.

    `verified` names every lot with its dates, and the units add up to the fill's. `voided` is for what was packed and
    never leaves, for example because its lot was recalled. Raises UnknownFill, WrongState, UnitsRefused at a field and
    LotRecalled; then nothing is changed.
    """
    require_staff(by)
    fill = lock_fill(session, fill_id)
    if told.state not in STEPS:
        raise WrongState("Choose what the pharmacy said from the list.")
    if fill.state == told.state:
        return fill
    words = clean_note(told.reason, field="reason")[:_LONGEST_REASON]
    if told.state in _ASK_WHY and not words:
        raise UnitsRefused("Write what the pharmacy said.", field="reason")
    _require_step(fill, told.state)
    if told.state is FillState.VERIFIED:
        _require_units(fill, told.lots)
        _require_same(session, fill, told.lots)
        for each in told.lots:
            _pack(session, fill, each, by=by, now=now)
    if told.reference:
        fill.pharmacy_reference = clean_line(told.reference, field="reference")
    move_fill(session, fill, told.state, by=by, now=now, reason=words)
    for key in open_about(session, WorkKind.PHARMACY_ASKS, subject_id=fill.id):
        close_for(session, dedupe_key=key, by=by, now=now)
    if told.state is FillState.VOIDED:
        use_up(session, fill, by=by, now=now)
    return fill


def ask_desk_to_call(session: Session, fill: Fill, *, reason: str, by: Actor, now: datetime) -> None:
    """Put a fill on the coordinator's list, once until it moves: its pharmacy said what a person must answer."""
    key = f"pharmacy_asks:{fill.id}:{fill.version}"
    if was_opened(session, dedupe_key=key):
        return
    open_item(
        session,
        kind=WorkKind.PHARMACY_ASKS,
        dedupe_key=key,
        reason=reason,
        subject_kind="fill",
        subject_id=fill.id,
        patient_id=fill.patient_id,
        now=now,
        by=by,
    )


def _require_step(fill: Fill, state: FillState) -> None:
    """Raise WrongState for a step that does not follow; what a carrier has is for the parcel's own page."""
    if fill.state == FillState.HANDED_TO_CARRIER:
        raise WrongState("The carrier has this fill. Open its parcel and write there what became of it.")
    require_move(FillState(fill.state), state)


def _require_units(fill: Fill, lots: Sequence[LotUnits]) -> None:
    if not lots:
        raise UnitsRefused("Write the lot number from the label: without a lot nothing is verified.", field="lots")
    numbers = [plain_number(each.number) for each in lots]
    if not all(numbers) or len(set(numbers)) != len(numbers):
        raise UnitsRefused("Write each lot number once, as the label has it.", field="lots")
    packed = sum(whole_units(each.units, field="lots", least=1) for each in lots)
    if packed != fill.units:
        raise UnitsRefused(
            f"The lots hold {packed} {'unit' if packed == 1 else 'units'} and the fill is for {fill.units}. "
            "Read the label again.",
            field="lots",
        )


def _require_same(session: Session, fill: Fill, lots: Sequence[LotUnits]) -> None:
    """Raise UnitsRefused when a fill was verified with other lots before: what a label said stays said."""
    known = {plain_number(lot.number): units for lot, units in packed_lots(session, fill.id)}
    if known and known != {plain_number(each.number): each.units for each in lots}:
        raise UnitsRefused(
            f"This fill was verified with {', '.join(known)} before. If the pharmacy packs another lot, record it as "
            "rejected and ask for a new fill.",
            field="lots",
        )


def _pack(session: Session, fill: Fill, told: LotUnits, *, by: Actor, now: datetime) -> None:
    # Two fills may bring the same new lot at the same moment: the second one waits here and finds it.
    session.get_one(Pharmacy, fill.pharmacy_id, with_for_update={"key_share": True}, populate_existing=True)
    lot = lot_by_number(session, told.number, pharmacy_id=fill.pharmacy_id) or _new(session, fill, told, by=by, now=now)
    session.get_one(Lot, lot.id, with_for_update={"read": True}, populate_existing=True)
    if (lot.compounded_on, lot.beyond_use_on) != (told.compounded_on, told.beyond_use_on):
        raise UnitsRefused(
            f"Lot {lot.number} is on file as compounded on {day_in_full(lot.compounded_on)} and good until "
            f"{day_in_full(lot.beyond_use_on)}. Read the label again, or call the pharmacy.",
            field="lots",
        )
    if recall_of_lot(session, lot.id) is not None:
        raise LotRecalled(
            f"Lot {lot.number} was recalled, and nobody may send it. Call the pharmacy for another lot.", field="lots"
        )
    if session.scalar(select(FillLot.id).where(FillLot.fill_id == fill.id, FillLot.lot_id == lot.id)) is None:
        session.add(FillLot(id=new_id(), fill_id=fill.id, lot_id=lot.id, units=told.units))
        session.flush()


def _new(session: Session, fill: Fill, told: LotUnits, *, by: Actor, now: datetime) -> Lot:
    """Keep a lot that was not heard of before, if its dates can be."""
    name = clean_line(told.number, field="lots")
    if len(name) > _LONGEST_NUMBER:
        raise UnitsRefused(f"A lot number has up to {_LONGEST_NUMBER} characters.", field="lots")
    problem = beyond_use_problem(
        compounded_on=told.compounded_on,
        beyond_use_on=told.beyond_use_on,
        most_days=number(session, PolicyKey.BEYOND_USE_DAYS),
    )
    if problem:
        raise UnitsRefused(problem, field="lots")
    if told.compounded_on > now.date():
        raise UnitsRefused("A lot cannot be compounded after today. Read the label again.", field="lots")
    lot = Lot(id=new_id(), pharmacy_id=fill.pharmacy_id, number=name, created_at=now)
    lot.compounded_on, lot.beyond_use_on = told.compounded_on, told.beyond_use_on
    lot.touch(by=by, now=now)
    session.add(lot)
    session.flush()
    journal.note(
        session,
        "lot.named",
        subject_kind="lot",
        subject_id=lot.id,
        at=now,
        number=name,
        beyond_use_on=told.beyond_use_on.isoformat(),
    )
    return lot
