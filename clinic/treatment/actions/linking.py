"""A new link to all dates, for a patient who locked the old one, lost the text or changed hands of the phone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.treatment.actions.locking import lock_plan, require_live, require_planner
from clinic.treatment.actions.texts import tell_new_link
from clinic.treatment.errors import NothingChosen


def send_new_course_link(session: Session, *, plan_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Kill every copy of the link to a patient's dates and text a new one.

    Raises NothingChosen when no date is booked or offered, PlanOver and PlanningNotAllowed.
    """
    plan = lock_plan(session, plan_id)
    require_planner(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    if not tell_new_link(session, plan, by=by, now=now, ring=ring):
        raise NothingChosen("There is no date to look at yet. Book or offer dates, and the text has a link.")
