"""Orders that could be filled past the day until which the law covers their patients."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.models import Prescription
from clinic.medication.queries.records import LIVES_ON
from clinic.medication.queries.supplied import fills_done
from clinic.medication.rules.orders import LIVE
from clinic.people.models import Patient
from clinic.people.queries import patients_by_id
from clinic.people.rules import PatientStatus
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.plans import plans_by_patient
from clinic.treatment.rules.legal import Basis, Cover, LegalVisit, cover_on


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPastEnd:
    """An order with fills left that the law does not cover until its own last day; days are the patient's."""

    patient_id: UUID
    patient_name: str
    state: str
    order_id: UUID
    expires_on: date
    fills_left: int
    cover: Cover


def orders_past_end(session: Session, *, now: datetime) -> list[OrderPastEnd]:
    """Return the live orders with a fill that nobody could release any more, by the patient's name."""
    wanted = select(LIVES_ON, Prescription).join(Patient, Patient.id == Prescription.patient_id)
    orders = [(each, row) for each, row in session.execute(wanted.where(Prescription.state.in_(sorted(LIVE))))]
    patients = patients_by_id(session, {patient_id for patient_id, _ in orders})
    plans, bases = plans_by_patient(session, list(patients)), legal_bases(session)
    done = fills_done(session, [order.id for _, order in orders])
    covers = {
        each.id: _cover(bases, each, plan.in_person_exam_on if (plan := plans.get(each.id)) else None, now=now)
        for each in patients.values()
        if each.status == PatientStatus.ACTIVE
    }
    found = (
        _past(patients[patient_id], order, covers[patient_id], done=len(done.get(order.id, ())))
        for patient_id, order in orders
        if patient_id in covers
    )
    return sorted((each for each in found if each is not None), key=lambda each: (each.patient_name, each.order_id))


def _cover(bases: list[Basis], patient: Patient, exam_on: date | None, *, now: datetime) -> Cover:
    return cover_on(bases, LegalVisit(patient.state, in_zone(now, patient.zone).date()), exam_on=exam_on)


def _past(patient: Patient, order: Prescription, cover: Cover, *, done: int) -> OrderPastEnd | None:
    assert order.expires_on is not None
    left = 1 + order.refills - done
    has_end = not cover.is_covered or (cover.until is not None and cover.until < order.expires_on)
    if left <= 0 or not has_end:
        return None
    return OrderPastEnd(
        patient_id=patient.id,
        patient_name=f"{patient.legal_last_name}, {patient.legal_first_name}",
        state=patient.state,
        order_id=order.id,
        expires_on=order.expires_on,
        fills_left=left,
        cover=cover,
    )
