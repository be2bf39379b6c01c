"""Tasks about gates: one a gate with an owner and a deadline, closed when a later check finds the gate met."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import reasons_of
from clinic.readiness.queries.sessions import Asked
from clinic.readiness.rules.codes import GateCode, Owner
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason
from clinic.readiness.rules.moments import due_of
from clinic.readiness.rules.wording import for_coordinator, for_physician
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

KINDS = {Owner.COORDINATOR: WorkKind.READINESS_OPEN, Owner.PHYSICIAN: WorkKind.READINESS_DECISION}

_HAS_ITS_OWN = frozenset({GateCode.CONSENTS_MISSING, GateCode.CHECKLIST_STOPPED})
"""Forms before a session, and a checklist that says no session today, have tasks of their own."""

_PREFIX = "readiness:"


def follow_tasks(
    session: Session, asked: Asked, check: ReadinessCheck, *, by: Actor, now: datetime, is_new_moment: bool
) -> None:
    """Open a task for every gate that is not met, and close those whose gate is.

    What a person closed stays closed until the next moment, or until somebody asks again.
    """
    left = [each for each in reasons_of(check) if each.code not in check.overridden]
    wanted = {_key(check.appointment_id, each.code): each for each in left if each.code not in _HAS_ITS_OWN}
    for key in _open_about(session, check.appointment_id):
        if key not in wanted:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)
    kept_closed = set() if is_new_moment else tasks.closed_by_person(session, keys=wanted)
    for key, reason in wanted.items():
        if key not in kept_closed:
            _open(session, asked, check, reason=reason, key=key, by=by, now=now)


def close_tasks(session: Session, appointment_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take every task about the gates of a visit off the list: it began, or it will not take place then."""
    for key in _open_about(session, appointment_id):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)


def close_gone(session: Session, coming: Collection[UUID], *, by: Actor, now: datetime) -> None:
    """Take the tasks about sessions that are not among the coming ones any more off the list."""
    still = {str(each) for each in coming}
    for key in tasks.open_keys(session, *KINDS.values()):
        if key.removeprefix(_PREFIX).partition(":")[0] not in still:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)


def _open(
    session: Session, asked: Asked, check: ReadinessCheck, *, reason: Reason, key: str, by: Actor, now: datetime
) -> None:
    owner = reason.gate.owner
    worklist.open_item(
        session,
        kind=KINDS[owner],
        dedupe_key=key,
        reason=for_physician(reason) if owner is Owner.PHYSICIAN else for_coordinator(reason),
        subject_kind="appointment",
        subject_id=check.appointment_id,
        patient_id=check.patient_id,
        due_at=due_of(Moment(check.moment), now=now, starts_at=asked.starts_at),
        now=now,
        by=by,
    )


def _open_about(session: Session, appointment_id: UUID) -> list[str]:
    return tasks.open_about(session, *KINDS.values(), subject_id=appointment_id)


def _key(appointment_id: UUID, code: GateCode) -> str:
    return f"{_PREFIX}{appointment_id}:{code.value}"
