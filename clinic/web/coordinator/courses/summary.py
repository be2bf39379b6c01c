"""What other pages of a patient say of the course: where it stands, and whether later visits no longer fit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.treatment import queries
from clinic.treatment.queries.courses import course_problems
from clinic.web.frame.requests import now


def course_part(session: Session, patient_id: UUID) -> dict[str, object]:
    """Return the chart's section: the header's words and the sessions; nothing clinical."""
    plan = queries.plan_of_patient(session, patient_id)
    return {
        "course_head": queries.header(session, patient_id, now=now()),
        "course_sessions": queries.progress(session, plan, now=now()).sessions if plan else (),
    }


def no_longer_fits(session: Session, patient_id: UUID) -> Sequence[str]:
    """Return a sentence for each booked visit of the course that breaks a rule now."""
    plan = queries.plan_of_patient(session, patient_id)
    return [one.sentence for one in course_problems(session, plan, now=now())] if plan else []
