"""Open flags of patients whom no physician sees any more: they stand in nobody's queue, so a coordinator is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.monitoring.models import Flag
from clinic.monitoring.rules.flags import FlagState
from clinic.monitoring.rules.signals import Level
from clinic.people.models import CareTeamMember, Physician
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import State, WorkKind

SAYS = "A clinical check is open, and no physician sees this patient. Choose a physician or book a visit."


def tell_of_unwatched(session: Session, *, first: UUID, last: UUID, by: Actor, now: datetime) -> None:
    """Open a task for each such patient between two ids, and take those off the list that are none any more."""
    unwatched = set(_unwatched(session, first=first, last=last, now=now))
    told = set(_told(session, first=first, last=last))
    for patient_id in sorted(unwatched - told):
        worklist.open_item(
            session,
            kind=WorkKind.CHECK_UNWATCHED,
            dedupe_key=_key(patient_id),
            reason=SAYS,
            subject_kind="patient",
            subject_id=patient_id,
            patient_id=patient_id,
            now=now,
            by=by,
        )
    for patient_id in sorted(told - unwatched):
        worklist.close_for(session, dedupe_key=_key(patient_id), by=by, now=now)


def _unwatched(session: Session, *, first: UUID, last: UUID, now: datetime) -> list[UUID]:
    """Return who has a flag to be decided and no active physician in the care team."""
    team = (
        exists()
        .where(CareTeamMember.patient_id == Flag.patient_id, CareTeamMember.starts_at <= now)
        .where(or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now))
        .where(Physician.id == CareTeamMember.physician_id, Physician.is_active)
    )
    waits = (Flag.state == FlagState.OPEN, Flag.level >= Level.REVIEW, Flag.patient_id.between(first, last))
    return list(session.scalars(select(Flag.patient_id).where(*waits, ~team).distinct()))


def _told(session: Session, *, first: UUID, last: UUID) -> list[UUID]:
    about = WorkItem.subject_id
    standing = (WorkItem.kind == WorkKind.CHECK_UNWATCHED, WorkItem.state == State.OPEN, about.between(first, last))
    return [each for each in session.scalars(select(about).where(*standing)) if each is not None]


def _key(patient_id: UUID) -> str:
    return f"{WorkKind.CHECK_UNWATCHED}:{patient_id}"
