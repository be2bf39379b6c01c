"""Orders by id and by patient, their history, and whether one is what was signed."""

from collections.abc import Collection
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among_these
from clinic.medication.errors import UnknownOrder
from clinic.medication.models import Prescription, PrescriptionEvent
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
from clinic.medication.rules.orders import LIVE, OrderState
from clinic.medication.rules.signed_content import OrderContent, hash_of
from clinic.people.models import Patient
from clinic.people.queries import records_of
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import SESSION_PHASES

IS_LIVE: ColumnElement[bool] = among_these(Prescription.state, sorted(LIVE))


def order(session: Session, order_id: UUID) -> Prescription:
    """Return the order, or raise UnknownOrder."""
    found = session.get(Prescription, order_id)
    if found is None:
        raise UnknownOrder
    return found


def live_order_of(session: Session, patient_id: UUID) -> Prescription | None:
    """Return the patient's order that still counts, if there is one; also one of a record merged into this one."""
    return live_orders_of(session, [patient_id]).get(patient_id)


def live_orders_of(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, Prescription]:
    """Return the orders of these patients that still count, in one statement; who has none is absent."""
    found = session.execute(_live_orders(), {"of_patients": list(patient_ids)})
    return {row[0]: row[1] for row in found}


@cache
def _live_orders() -> Select[UUID, Prescription]:
    wanted = select(LIVES_ON, Prescription).join(Patient, Patient.id == Prescription.patient_id)
    return wanted.where(OF_PATIENTS, IS_LIVE).order_by(Prescription.signed_at, Prescription.id)


def draft_of(session: Session, patient_id: UUID) -> Prescription | None:
    """Return the draft that waits for a signature, if there is one."""
    wanted = _of_patient().where(Prescription.state == OrderState.DRAFT)
    return session.scalar(wanted.limit(1), {"of_patient": patient_id})


def orders_of(session: Session, patient_id: UUID) -> list[Prescription]:
    """Return every order of a patient, drafts too, the newest first."""
    return list(session.scalars(_of_patient(), {"of_patient": patient_id}))


def events_of(session: Session, order_id: UUID) -> list[PrescriptionEvent]:
    """Return every state that an order entered, the first one first."""
    wanted = select(PrescriptionEvent).where(PrescriptionEvent.prescription_id == order_id)
    return list(session.scalars(wanted.order_by(PrescriptionEvent.at, PrescriptionEvent.from_state.is_not(None))))


def ending_orders(session: Session, *, until: date) -> list[Prescription]:
    """Return the orders that still count and whose last day is not after `until`, the soonest first."""
    return list(session.scalars(_ending(), {"until": until}))


@cache
def _ending() -> Select[Prescription]:
    wanted = select(Prescription).where(IS_LIVE, Prescription.expires_on <= bindparam("until"))
    return wanted.order_by(Prescription.expires_on, Prescription.id)


def ended_orders(session: Session) -> list[Prescription]:
    """Return the orders that were used up or ran out in a plan that goes on, and which no other order followed."""
    return list(session.scalars(_ended()))


@cache
def _ended() -> Select[Prescription]:
    later = aliased(Prescription)
    follows = among_these(later.state, sorted(LIVE | {OrderState.DRAFT})) | (later.signed_at > Prescription.signed_at)
    is_followed = select(later.id).where(later.plan_id == Prescription.plan_id, follows).exists()
    return (
        select(Prescription)
        .join(TreatmentPlan, TreatmentPlan.id == Prescription.plan_id)
        .where(
            among_these(Prescription.state, [OrderState.DEPLETED, OrderState.EXPIRED]),
            among_these(TreatmentPlan.phase, sorted(SESSION_PHASES)),
            ~is_followed,
        )
        .order_by(Prescription.patient_id, Prescription.id)
    )


def is_intact(order: Prescription) -> bool:
    """Tell whether a signed order is what was signed: its content has the hash, its columns say what the content says.

    A draft is never intact, as nobody signed it.
    """
    if order.signed_content is None or hash_of(order.signed_content) != order.content_hash:
        return False
    signed = OrderContent.read(order.signed_content)
    return all(getattr(order, name) == getattr(signed, name) for name in _SIGNED) and signed.order_id == order.id


_SIGNED = (
    *("drug", "form", "route", "strength_value", "strength_unit", "quantity", "units_per_session", "days_supply"),
    *("refills", "directions", "indication", "schedule", "issued_on", "plan_id", "patient_state"),
)
"""What the columns of an order and its signed content both say."""


@cache
def _of_patient() -> Select[Prescription]:
    wanted = select(Prescription).where(Prescription.patient_id.in_(records_of(bindparam("of_patient"))))
    return wanted.order_by(Prescription.created_at.desc(), Prescription.id.desc())
