"""Writes down every change of a visit: a history row, a new version, an audit entry."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.journal import note
from clinic.kernel.outbox import publish
from clinic.scheduling.actions.invitations import invite
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.changes import FREEING, UNSEEN_ELSEWHERE, Change

APPOINTMENT_CHANGED = "appointment.changed"
TIME_FREED = "time.freed"
"""The fact that a visit or hold gave up a time that is still ahead; its history says which."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a visit was before a change."""

    state: str | None = None
    starts_at: datetime | None = None
    physician_id: UUID | None = None

    @classmethod
    def of(cls, visit: Appointment) -> "Before":
        """Remember what the visit is now."""
        return cls(visit.state, visit.starts_at, visit.physician_id)


def write_down(
    session: Session,
    visit: Appointment,
    change: Change,
    *,
    before: Before,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Add the history row and the audit entry of one change that was already made to the row.

    The patient's calendar is told by e-mail; who follows visits elsewhere learns of it once a transaction.
    """
    if before.state is not None:
        visit.touch(by=by, now=now)
    _add(session, visit, change, before=before, by=by, now=now, reason=reason)
    invite(session, visit, change, before=before.starts_at, reason=reason, by=by, now=now)
    if change not in UNSEEN_ELSEWHERE:
        publish(session, APPOINTMENT_CHANGED, subject_id=visit.id, now=now)
    if change in FREEING and before.starts_at is not None and before.starts_at > now:
        publish(session, TIME_FREED, subject_id=visit.id, now=now)


def remark(
    session: Session, visit: Appointment, change: Change, *, by: Actor, now: datetime, reason: str | None = None
) -> None:
    """Say more about the change that was just written down; the visit's version stays."""
    _add(session, visit, change, before=Before.of(visit), by=by, now=now, reason=reason)


def _add(
    session: Session,
    visit: Appointment,
    change: Change,
    *,
    before: Before,
    by: Actor,
    now: datetime,
    reason: str | None,
) -> None:
    session.add(
        AppointmentHistory(
            appointment_id=visit.id,
            at=now,
            actor_kind=by.kind.value,
            actor_id=by.id,
            actor_name=by.name,
            change=change.value,
            from_state=before.state,
            to_state=visit.state,
            from_starts_at=before.starts_at,
            to_starts_at=visit.starts_at,
            from_physician_id=before.physician_id,
            to_physician_id=visit.physician_id,
            sequence=visit.sequence,
            reason=reason,
        )
    )
    note(
        session,
        f"appointment.{change.value}",
        subject_kind="appointment",
        subject_id=visit.id,
        at=now,
        patient_ids=(visit.patient_id,),
        **_details(visit, before, reason=reason),
    )


def _details(visit: Appointment, before: Before, *, reason: str | None) -> dict[str, object]:
    details: dict[str, object] = {"state": visit.state, "starts_at": visit.starts_at.isoformat()}
    details["physician_id"] = str(visit.physician_id)
    if before.starts_at not in {None, visit.starts_at}:
        assert before.starts_at is not None
        details["from_starts_at"] = before.starts_at.isoformat()
    if before.physician_id not in {None, visit.physician_id}:
        details["from_physician_id"] = str(before.physician_id)
    if reason:
        details["reason"] = reason
    return details
