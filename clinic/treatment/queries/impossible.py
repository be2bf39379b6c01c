"""Which booked visits of courses cannot take place: the physician has left or has no license where the patient is."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, bindparam, cast, func, not_, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
from clinic.people.models import Licence, Patient, Physician
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import Which
from clinic.treatment.rules.drift.broken import cannot_take_place


class Impossible(NamedTuple):
    """A visit that cannot take place as booked, and why."""

    plan_id: UUID
    appointment_id: UUID
    starts_at: datetime
    sentence: str


def impossible_visits(session: Session, which: Which, *, now: datetime) -> list[Impossible]:
    """Return those of the patients with these plans, in one statement.

    The patient's present state counts, and the day where the patient is, even before a visit was told of a move.
    """
    return [
        Impossible(
            row.plan_id,
            row.id,
            row.starts_at,
            cannot_take_place(
                row.starts_at, zone=row.zone, physician=row.full_name, is_active=row.is_active, state=row.state
            ),
        )
        for row in session.execute(_impossible(which.condition), {**which.values, "now": now})
    ]


@cache
def _impossible(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    visit = Appointment
    return (
        select(
            *(TreatmentPlan.id.label("plan_id"), visit.id, visit.starts_at),
            *(Patient.state, Patient.zone, Physician.full_name, Physician.is_active),
        )
        .select_from(visit)
        .join(TreatmentPlan, TreatmentPlan.patient_id == visit.patient_id)
        .join(Patient, Patient.id == visit.patient_id)
        .join(Physician, Physician.id == visit.physician_id)
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .where(which, VisitType.purpose == VisitPurpose.SESSION)
        .where(among_these(visit.state, sorted(UPCOMING)), visit.starts_at > bindparam("now"))
        .where(not_(Physician.is_active & _is_licensed()))
    )


def _is_licensed() -> ColumnElement[bool]:
    day = cast(func.timezone(Patient.zone, Appointment.starts_at), Date)
    held = select(Licence.id).where(
        Licence.physician_id == Appointment.physician_id,
        Licence.state == Patient.state,
        day.between(Licence.valid_from, Licence.valid_until),
    )
    return held.exists()
