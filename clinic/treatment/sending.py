"""Whether a text about a course of dates is still true at the moment it would leave."""

from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING
from clinic.treatment.models import CourseOffer, TreatmentPlan
from clinic.treatment.rules.phases import Phase

SUBJECT = "plan"
OFFER, CANCELED = "COURSE_OFFER", "COURSE_CANCELED"

_PLAN = select(TreatmentPlan.patient_id, TreatmentPlan.phase).where(TreatmentPlan.id == bindparam("of_plan"))
_HAS_DATES = select(
    exists().where(
        Appointment.patient_id == bindparam("of_patient"),
        Appointment.visit_type_code == VisitType.code,
        VisitType.purpose == VisitPurpose.SESSION,
        among_these(Appointment.state, sorted(UPCOMING)),
        Appointment.starts_at > bindparam("now"),
    )
)
# Two offers after each other run out at different instants, and a text is good until its own offer does.
_IS_OPEN = select(
    exists().where(
        CourseOffer.plan_id == bindparam("of_plan"),
        CourseOffer.state == "open",
        CourseOffer.expires_at == bindparam("good_until"),
        CourseOffer.expires_at > bindparam("now"),
    )
)
# A text about dates is worth sending until the start of the visit that it names.
_IS_BOOKED = select(
    exists().where(
        Appointment.patient_id == bindparam("of_patient"),
        Appointment.starts_at == bindparam("named"),
        among_these(Appointment.state, sorted(UPCOMING)),
    )
)


def plan_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Judge a text by the plan as it is: an offer must be open, and the date that a text names must be booked."""
    plan = session.execute(_PLAN, {"of_plan": message.subject_id}).one_or_none()
    if plan is not None and message.template_key == CANCELED:
        has_dates = session.scalar(_HAS_DATES, {"of_patient": plan.patient_id, "now": now})
        return Drop("dates_changed") if has_dates else Send()
    if plan is None or plan.phase == Phase.ENDED:
        return Drop("plan_over")
    if message.template_key == OFFER:
        asked = {"of_plan": message.subject_id, "good_until": message.expires_at, "now": now}
        return Send() if session.scalar(_IS_OPEN, asked) else Drop("offer_over")
    named = {"of_patient": plan.patient_id, "named": message.expires_at}
    return Send() if session.scalar(_IS_BOOKED, named) else Drop("dates_changed")
