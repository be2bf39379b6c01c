"""Whose plan it is: the plan's physician has a place in the patient's care team as long as that is so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.people.actions import join_care_team
from clinic.people.models import CareTeamMember, Physician
from clinic.people.queries import lock_physician
from clinic.people.rules import CareReason
from clinic.treatment.errors import PhysicianNotActive
from clinic.treatment.models import TreatmentPlan

_TO_WRITE_UP = timedelta(days=30)
"""After a plan has ended its physician finishes the record."""


def lock_active_physician(session: Session, physician_id: UUID) -> Physician:
    """Return the physician, locked before the patient and the plan; raises PhysicianNotActive, PhysicianNotFound."""
    physician = lock_physician(session, physician_id)
    if not physician.is_active:
        raise PhysicianNotActive(
            f"{physician.full_name} does not see patients now. Choose somebody else.", field="physician"
        )
    return physician


def give_place(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Let the plan's physician see the record from now on; the place of an earlier one goes over."""
    _place(session, plan, (now, None), by=by, now=now)


def let_go(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Leave the plan's physician a month to write up what has ended."""
    since = session.scalar(select(CareTeamMember.starts_at).where(CareTeamMember.subject_id == plan.id))
    _place(session, plan, (since or now, now + _TO_WRITE_UP), by=by, now=now)


def _place(
    session: Session, plan: TreatmentPlan, term: tuple[datetime, datetime | None], *, by: Actor, now: datetime
) -> None:
    join_care_team(
        session,
        patient_id=plan.patient_id,
        physician_id=plan.physician_id,
        reason=CareReason.ASSIGNED,
        starts_at=term[0],
        ends_at=term[1],
        subject_id=plan.id,
        by=by,
        now=now,
    )
