"""Opening and ending a physician's access to a patient's record."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.errors import CareTeamMemberNotFound
from clinic.people.models import CareTeamMember
from clinic.people.rules import CareReason

_OF_SUBJECT = select(CareTeamMember).where(CareTeamMember.subject_id == bindparam("of_subject")).with_for_update()
_SHORTEST = timedelta(microseconds=1)


def join_care_team(
    session: Session,
    *,
    patient_id: UUID,
    physician_id: UUID,
    reason: CareReason,
    starts_at: datetime,
    ends_at: datetime | None,
    subject_id: UUID | None,
    by: Actor,
    now: datetime,
) -> CareTeamMember:
    """Let a physician see a patient's record in `[starts_at, ends_at)`; without an end until somebody ends it.

    `subject_id` is the visit or plan that gives the reason: asking again for the same one moves its one place in the
    team, so a visit or plan that goes to another physician takes the access along. The caller holds its locks.
    """
    member = _of_subject(session, subject_id) or CareTeamMember(id=new_id(), patient_id=patient_id)
    member.physician_id = physician_id
    member.reason = reason
    member.starts_at, member.ends_at = starts_at, ends_at
    member.subject_id = subject_id
    session.add(member)
    session.flush()
    _note(session, "care_team.joined", member, by=by, now=now)
    return member


def leave_care_team(session: Session, *, member_id: UUID, by: Actor, now: datetime) -> CareTeamMember:
    """End one place in a care team now; raises CareTeamMemberNotFound."""
    member = session.get(CareTeamMember, member_id, with_for_update=True, populate_existing=True)
    if member is None:
        raise CareTeamMemberNotFound("We have no such place in a care team.")
    _end(session, member, by=by, now=now)
    return member


def end_visit_access(session: Session, *, subject_id: UUID, by: Actor, now: datetime) -> None:
    """End the access that a visit gave, if it gave any: the visit was canceled."""
    member = _of_subject(session, subject_id)
    if member is not None:
        _end(session, member, by=by, now=now)


def _end(session: Session, member: CareTeamMember, *, by: Actor, now: datetime) -> None:
    if member.ends_at is not None and member.ends_at <= now:
        return
    # A place that has not begun, or begins this instant, is left with no time in it that could still come.
    member.starts_at = min(member.starts_at, now - _SHORTEST)
    member.ends_at = now
    session.flush()
    _note(session, "care_team.left", member, by=by, now=now)


def _of_subject(session: Session, subject_id: UUID | None) -> CareTeamMember | None:
    if subject_id is None:
        return None
    return session.scalar(_OF_SUBJECT, {"of_subject": subject_id})


def _note(session: Session, action: str, member: CareTeamMember, *, by: Actor, now: datetime) -> None:
    journal.note(
        session,
        action,
        subject_kind="care_team_member",
        subject_id=member.id,
        at=now,
        patient_ids=(member.patient_id,),
        physician_id=str(member.physician_id),
        reason=str(member.reason),
        asked_by=by.name,
        starts_at=member.starts_at.isoformat(),
        ends_at=member.ends_at.isoformat() if member.ends_at else None,
    )
