"""Whether a text about a course of dates is still true at the moment it would leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING
from clinic.treatment.models import CourseOffer, TreatmentPlan
from clinic.treatment.rules.phases import Phase

SUBJECT = "plan"
OFFER, CANCELED = "COURSE_OFFER", "COURSE_CANCELED"


def plan_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Judge a text by the plan as it is: an offer must be open, and the date that a text names must be booked."""
    plan = session.execute(
        select(TreatmentPlan.patient_id, TreatmentPlan.phase).where(TreatmentPlan.id == message.subject_id)
    ).one_or_none()
    if plan is not None and message.template_key == CANCELED:
        return Drop("dates_changed") if session.scalar(select(_has_dates(plan.patient_id, now))) else Send()
    if plan is None or plan.phase == Phase.ENDED:
        return Drop("plan_over")
    if message.template_key == OFFER:
        return Send() if session.scalar(select(_is_open(message, now))) else Drop("offer_over")
    # Such a text is worth sending until the start of the visit that it names.
    named = exists().where(
        Appointment.patient_id == plan.patient_id,
        Appointment.starts_at == message.expires_at,
        Appointment.state.in_(UPCOMING),
    )
    return Send() if session.scalar(select(named)) else Drop("dates_changed")


def _has_dates(patient_id: UUID, now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Appointment.patient_id == patient_id,
        Appointment.visit_type_code == VisitType.code,
        VisitType.purpose == VisitPurpose.SESSION,
        Appointment.state.in_(UPCOMING),
        Appointment.starts_at > now,
    )


def _is_open(message: Planned, now: datetime) -> ColumnElement[bool]:
    # Two offers after each other run out at different instants, and a text is good until its own offer does.
    return exists().where(
        CourseOffer.plan_id == message.subject_id,
        CourseOffer.state == "open",
        CourseOffer.expires_at == message.expires_at,
        CourseOffer.expires_at > now,
    )
