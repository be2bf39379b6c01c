"""Facts of many patients as plain columns: who they are, the order that counts, the last look, visits and sessions."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.medication.models import Fill, PdmpCheck, Prescription
from clinic.medication.queries.orders import IS_LIVE
from clinic.medication.queries.records import LIVES_ON, of_these, one_of
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
    is_active = Patient.status == PatientStatus.ACTIVE
    wanted = (
        select(
            *(Patient.id, Patient.state, Patient.zone, is_active),
            *(TreatmentPlan.phase, TreatmentPlan.physician_id, TreatmentPlan.in_person_exam_on),
        )
        .outerjoin(TreatmentPlan, (TreatmentPlan.patient_id == Patient.id) & IS_GOING_ON)
        .where(one_of(Patient.id, patient_ids))
    )
    return [Person(*row) for row in session.execute(wanted)]


def orders_that_count(
    session: Session, patient_ids: Collection[UUID], fills: Mapping[UUID, Fill]
) -> dict[UUID, Ordered]:
    """Return the order of each fill by patient, also one used up or run out, and the standing one of everybody else.

    The fills themselves do not count as done. Who has neither is absent.
    """
    wanted = of_these(patient_ids) & IS_LIVE
    if fills:
        wanted |= one_of(Prescription.id, [each.prescription_id for each in fills.values()])
    found = list(_ordered(session, wanted, besides=[each.id for each in fills.values()]))
    by_id = {each.facts.id: each for _, each in found}
    standing = {patient_id: each for patient_id, each in found if each.facts.state in LIVE}
    return standing | {patient_id: by_id[fill.prescription_id] for patient_id, fill in fills.items()}


def last_looks(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, PdmpFacts]:
    """Return the newest look into the program for each of these patients; who has none is absent."""
    wanted = (
        select(LIVES_ON, PdmpCheck.id, PdmpCheck.state, PdmpCheck.checked_at, PdmpCheck.result)
        .join(Patient, Patient.id == PdmpCheck.patient_id)
        .where(of_these(patient_ids))
        .ext(distinct_on(LIVES_ON))
        .order_by(LIVES_ON, PdmpCheck.checked_at.desc(), PdmpCheck.at.desc(), PdmpCheck.id)
    )
    return {
        patient_id: PdmpFacts(id=check_id, state=state, checked_at=at, result=result)
        for patient_id, check_id, state, at, result in session.execute(wanted)
    }


def visits_around(
    session: Session, patient_ids: Collection[UUID], *, now: datetime
) -> tuple[dict[UUID, datetime], dict[UUID, datetime]]:
    """Return when a physician last saw each patient outside a session, and when each one's next session begins."""
    visit, is_session = Appointment, VisitType.purpose == VisitPurpose.SESSION
    came = (visit.state == AppointmentState.COMPLETED) & ~is_session
    comes = visit.state.in_(sorted(UPCOMING)) & (visit.starts_at > now) & is_session
    wanted = (
        select(
            visit.patient_id,
            func.max(visit.starts_at).filter(came).label("last"),
            func.min(visit.starts_at).filter(comes).label("next"),
        )
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .where(one_of(visit.patient_id, patient_ids), came | comes)
        .group_by(visit.patient_id)
    )
    rows = session.execute(wanted).all()
    return (
        {row.patient_id: row.last for row in rows if row.last is not None},
        {row.patient_id: row.next for row in rows if row.next is not None},
    )


def _ordered(
    session: Session, which: ColumnElement[bool], *, besides: Collection[UUID] = ()
) -> Iterator[tuple[UUID, Ordered]]:
    """Yield orders with their patients; `besides` are fills that use up nothing."""
    wanted = (
        select(
            *(LIVES_ON, Prescription.pharmacy_id, Prescription.state, Prescription.id, Prescription.issued_on),
            *(Prescription.expires_on, Prescription.refills, _fills_done(besides), Prescription.quantity),
            *(Prescription.units_per_session, Prescription.days_supply, Prescription.physician_id),
        )
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(which)
        .order_by(Prescription.signed_at, Prescription.id)
    )
    for patient_id, pharmacy_id, state, *values in session.execute(wanted):
        facts = OrderFacts(state=OrderState(state), **dict(zip(_FACTS, values, strict=True)))
        yield patient_id, Ordered(facts, pharmacy_id)


_FACTS = (
    *("id", "issued_on", "expires_on", "refills", "fills_done", "quantity", "units_per_session", "days_supply"),
    "physician_id",
)


def _fills_done(besides: Collection[UUID]) -> ScalarSelect[int]:
    """Count the fills that used an order up by one, also those under way."""
    counts = Fill.state.not_in(sorted(GIVES_ITS_NUMBER_BACK))
    wanted = select(func.count()).where(Fill.prescription_id == Prescription.id, counts)
    return (wanted.where(~one_of(Fill.id, besides)) if besides else wanted).scalar_subquery()
