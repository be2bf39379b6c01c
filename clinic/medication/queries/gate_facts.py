"""Facts of many patients as plain columns: who they are, the order that counts, the last look, visits and sessions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these, other_than
from clinic.medication.models import Fill, PdmpCheck, Prescription
from clinic.medication.queries.orders import IS_LIVE
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
from clinic.medication.rules.fills import GIVES_ITS_NUMBER_BACK
from clinic.medication.rules.gate_inputs import OrderFacts, PdmpFacts
from clinic.medication.rules.orders import LIVE, OrderState
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import IS_LIVE as IS_GOING_ON


class Person(NamedTuple):
    """A patient with the plan that has not ended; without one the last three are None."""

    id: UUID
    state: str
    zone: str
    is_active: bool
    phase: str | None
    physician_id: UUID | None
    exam_on: date | None


class Ordered(NamedTuple):
    """What the gate knows of an order, and who would fill it."""

    facts: OrderFacts
    pharmacy_id: UUID


def persons(session: Session, patient_ids: Collection[UUID]) -> list[Person]:
    """Return the patients of these ids with their plans; unknown ids are absent."""
    return [Person(*row) for row in session.execute(_persons(), {"of_patients": list(patient_ids)})]


@cache
def _persons() -> Select[*tuple[Any, ...]]:
    is_active = Patient.status == PatientStatus.ACTIVE
    return (
        select(
            *(Patient.id, Patient.state, Patient.zone, is_active),
            *(TreatmentPlan.phase, TreatmentPlan.physician_id, TreatmentPlan.in_person_exam_on),
        )
        .outerjoin(TreatmentPlan, (TreatmentPlan.patient_id == Patient.id) & IS_GOING_ON)
        .where(among(Patient.id, "of_patients"))
    )


def orders_that_count(
    session: Session, patient_ids: Collection[UUID], fills: Mapping[UUID, Fill]
) -> dict[UUID, Ordered]:
    """Return the order of each fill by patient, also one used up or run out, and the standing one of everybody else.

    The fills themselves do not count as done. Who has neither is absent.
    """
    found = list(_ordered(session, patient_ids, list(fills.values())))
    by_id = {each.facts.id: each for _, each in found}
    standing = {patient_id: each for patient_id, each in found if each.facts.state in LIVE}
    return standing | {patient_id: by_id[fill.prescription_id] for patient_id, fill in fills.items()}


def last_looks(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, PdmpFacts]:
    """Return the newest look into the program for each of these patients; who has none is absent."""
    found = session.execute(_last_looks(), {"of_patients": list(patient_ids)})
    return {
        patient_id: PdmpFacts(id=check_id, state=state, checked_at=at, result=result)
        for patient_id, check_id, state, at, result in found
    }


@cache
def _last_looks() -> Select[UUID, UUID, str, datetime, str]:
    return (
        select(LIVES_ON, PdmpCheck.id, PdmpCheck.state, PdmpCheck.checked_at, PdmpCheck.result)
        .join(Patient, Patient.id == PdmpCheck.patient_id)
        .where(OF_PATIENTS)
        .ext(distinct_on(LIVES_ON))
        .order_by(LIVES_ON, PdmpCheck.checked_at.desc(), PdmpCheck.at.desc(), PdmpCheck.id)
    )


def visits_around(
    session: Session, patient_ids: Collection[UUID], *, now: datetime
) -> tuple[dict[UUID, datetime], dict[UUID, datetime]]:
    """Return when a physician last saw each patient outside a session, and when each one's next session begins."""
    rows = session.execute(_visits_around(), {"of_patients": list(patient_ids), "now": now}).all()
    return (
        {row.patient_id: row.last for row in rows if row.last is not None},
        {row.patient_id: row.next for row in rows if row.next is not None},
    )


@cache
def _visits_around() -> Select[UUID, datetime, datetime]:
    visit, is_session = Appointment, VisitType.purpose == VisitPurpose.SESSION
    came = (visit.state == AppointmentState.COMPLETED) & ~is_session
    comes = among_these(visit.state, sorted(UPCOMING)) & (visit.starts_at > bindparam("now")) & is_session
    return (
        select(
            visit.patient_id,
            func.max(visit.starts_at).filter(came).label("last"),
            func.min(visit.starts_at).filter(comes).label("next"),
        )
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .where(among(visit.patient_id, "of_patients"), came | comes)
        .group_by(visit.patient_id)
    )


def _ordered(session: Session, patient_ids: Collection[UUID], fills: Sequence[Fill]) -> Iterator[tuple[UUID, Ordered]]:
    """Yield the orders that count and those of these fills, which use up nothing, with their patients."""
    asked = {"of_patients": list(patient_ids)}
    if fills:
        asked |= {"of_orders": [each.prescription_id for each in fills], "besides": [each.id for each in fills]}
    for patient_id, pharmacy_id, state, *values in session.execute(_orders(has_fills=bool(fills)), asked):
        facts = OrderFacts(state=OrderState(state), **dict(zip(_FACTS, values, strict=True)))
        yield patient_id, Ordered(facts, pharmacy_id)


_FACTS = (
    *("id", "issued_on", "expires_on", "refills", "fills_done", "quantity", "units_per_session", "days_supply"),
    "physician_id",
)


@cache
def _orders(*, has_fills: bool) -> Select[*tuple[Any, ...]]:
    """Count with each order the fills that used it up by one, also those under way, but for those asked about."""
    which = OF_PATIENTS & IS_LIVE
    counts = other_than(Fill.state, sorted(GIVES_ITS_NUMBER_BACK))
    done = select(func.count()).where(Fill.prescription_id == Prescription.id, counts)
    if has_fills:
        which |= among(Prescription.id, "of_orders")
        done = done.where(~among(Fill.id, "besides"))
    return (
        select(
            *(LIVES_ON, Prescription.pharmacy_id, Prescription.state, Prescription.id, Prescription.issued_on),
            *(Prescription.expires_on, Prescription.refills, done.scalar_subquery(), Prescription.quantity),
            *(Prescription.units_per_session, Prescription.days_supply, Prescription.physician_id),
        )
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(which)
        .order_by(Prescription.signed_at, Prescription.id)
    )
