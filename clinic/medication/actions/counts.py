"""Counts: what a patient found at home, against what the ledger says, and a physician's correction after one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.medication.actions.claims import ClaimKind, write_claim
from clinic.medication.actions.ledger import UNITS_CHANGED, About, enter
from clinic.medication.actions.supply_locks import day_of, require_living, require_physician
from clinic.medication.errors import UnitsRefused
from clinic.medication.models import UnitCount
from clinic.medication.queries.ledger import balance_of, gone_from_home, last_count
from clinic.medication.queries.since import expected_now, facts_since_last_count, newest_entry
from clinic.medication.rules.units import CountFacts, UnitKind, whole_units
from clinic.people.queries import lock_patient
from clinic.treatment.queries.plans import plan as plan_by_id

MOMENTS = ("session", "refill", "check_in", "asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAt:
    """When a patient counted (one of `MOMENTS`), and the visit or check-in that asked."""

    moment: str = "asked"
    assessment_id: UUID | None = None
    appointment_id: UUID | None = None


def record_count(
    session: Session, *, patient_id: UUID, counted: int, at: CountAt, by: Actor, now: datetime
) -> UnitCount:
    """Keep how many units a patient counted and how many should be there; the ledger itself is not touched.

    Raises UnitsRefused at `counted` for what is no whole number, and for more than ever came since the last count.
    """
    if at.moment not in MOMENTS:
        raise UnitsRefused(f"Choose when it was counted: {', '.join(MOMENTS)}.", field="moment")
    patient = lock_patient(session, patient_id)
    require_living(patient)
    facts = facts_since_last_count(session, patient.id, counted=whole_units(counted, field="counted"))
    expected = expected_now(session, patient.id)
    _require_possible(facts, expected)
    row = _counted(session, patient.id, facts, expected=expected, moment=at.moment)
    row.assessment_id, row.appointment_id = at.assessment_id, at.appointment_id
    row.on = day_of(patient, now)
    return _written(session, row, by=by, now=now)


def zero_count(session: Session, *, plan_id: UUID, counted: int, by: Actor, now: datetime) -> UnitCount:
    """Close the supply of a plan: nothing is left at home, and the ledger agrees.

    Raises UnitsRefused at `counted` while something is left, with what to do about it.
    """
    plan = plan_by_id(session, plan_id)
    patient = lock_patient(session, plan.patient_id)
    left = whole_units(counted, field="counted")
    expected = expected_now(session, patient.id)
    if left or expected:
        raise UnitsRefused(
            f"The patient counted {left} units and the ledger has {expected}. Both must be 0 before the supply of this "
            "plan is closed: record first what was taken back or destroyed, and report what was lost.",
            field="counted",
        )
    facts = facts_since_last_count(session, patient.id, counted=0)
    row = _counted(session, patient.id, facts, expected=expected, moment="closing")
    row.plan_id, row.on = plan.id, day_of(patient, now)
    return _written(session, row, by=by, now=now)


def correct_after_count(session: Session, *, count_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """Let the ledger say what a count said, with a physician's reason; return by how many units it was changed.

    Only the newest count can be followed, and only once. Raises NotYourOrder, ClaimRefused and UnitsRefused.
    """
    count = session.get(UnitCount, count_id)
    if count is None:
        raise UnitsRefused("There is no such count. Open the ledger again.", field="count_id")
    patient = lock_patient(session, count.patient_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    difference = count.counted - count.expected
    newest = last_count(session, patient.id)
    is_newest = newest is not None and newest.at == count.at and newest_entry(session, patient.id) == count.entry_id
    if not is_newest or difference == 0:
        raise UnitsRefused(
            "The ledger has moved on since this count, or agrees with it. Let the patient count again first.",
            field="count_id",
        )
    kind = ClaimKind.FOUND if difference > 0 else ClaimKind.LOST
    claim = write_claim(
        session, patient=patient, kind=kind, units=abs(difference), words=reason, settlement=reason, by=by, now=now
    )
    about = About(count_id=count.id, claim_id=claim.id)
    _spread(session, patient.id, difference, about=about, by=by, now=now)
    return difference


def _spread(session: Session, patient_id: UUID, difference: int, *, about: About, by: Actor, now: datetime) -> None:
    """Enter a difference lot by lot, the one that is good for the shortest time first; no more than a lot can have."""
    held = [(each.lot_id, each.units) for each in balance_of(session, patient_id)]
    lots = gone_from_home(session, patient_id) if difference > 0 else held
    if sum(units for _, units in lots) < abs(difference):
        raise UnitsRefused("These are more units than ever left, so nobody can say of which lot they are.")
    day, left = day_of(lock_patient(session, patient_id), now), abs(difference)
    kind = UnitKind.FOUND if difference > 0 else UnitKind.LOST
    for lot_id, most in lots:
        part = min(left, most)
        left -= part
        if part:
            enter(
                session,
                patient_id=patient_id,
                lot_id=lot_id,
                kind=kind,
                units=part,
                on=day,
                by=by,
                now=now,
                about=about,
            )


def _require_possible(facts: CountFacts, expected: int) -> None:
    most = max(facts.before + facts.dispensed, expected)
    if facts.counted > most:
        raise UnitsRefused(
            f"{facts.counted} is more than was ever there since the last count, which is {most}. Count again; if it is "
            "right, call the clinic, where a physician looks at it.",
            field="counted",
        )


def _counted(session: Session, patient_id: UUID, facts: CountFacts, *, expected: int, moment: str) -> UnitCount:
    return UnitCount(
        id=new_id(),
        patient_id=patient_id,
        moment=moment,
        counted=facts.counted,
        expected=expected,
        before=facts.before,
        dispensed=facts.dispensed,
        taken=facts.taken,
        wasted=facts.wasted,
        entry_id=newest_entry(session, patient_id),
    )


def _written(session: Session, row: UnitCount, *, by: Actor, now: datetime) -> UnitCount:
    row.at, row.actor_id, row.actor_name = now, by.id, by.name
    session.add(row)
    session.flush()
    journal.note(
        session,
        "units.counted",
        subject_kind="unit_count",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        moment=row.moment,
        counted=row.counted,
        expected=row.expected,
    )
    publish(session, UNITS_CHANGED, subject_id=row.patient_id, now=now)
    return row
