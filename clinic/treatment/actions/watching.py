"""Keeping plans on their dates: a task opens while there is time to act, and leaves once its reason is gone."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID
from zlib import crc32

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant, next_open
from clinic.people.queries.pauses import care_pauses
from clinic.people.rules.counties import EASTERN
from clinic.treatment.actions.locking import lock_plan
from clinic.treatment.actions.resting import is_kept, keep_pause
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.drift import DriftRow, drift_board, drift_row
from clinic.treatment.queries.legal import BasisEnd, ends_ahead
from clinic.treatment.rules.drift import DriftStatus, Finding
from clinic.treatment.rules.phases import Phase
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import closed_by_person, open_keys
from clinic.worklist.rules import WorkKind

AT_ONCE = 500
"""So many new tasks at most in one look, the most urgent ones, so that nobody waits for a long transaction."""

_NOON = time(12)
_A_WEEK = timedelta(days=7)
_S = DriftStatus

_KINDS: Mapping[DriftStatus, WorkKind] = MappingProxyType(
    {
        _S.PHYSICIAN_GONE: WorkKind.PLAN_PHYSICIAN_GONE,
        _S.COURSE_BROKEN: WorkKind.COURSE_BROKEN,
        _S.RESTART_NEEDS_VISIT: WorkKind.RESTART_NEEDS_VISIT,
        _S.OVERDUE: WorkKind.NEXT_DATES_DUE,
        _S.IN_WINDOW: WorkKind.NEXT_DATES_DUE,
        _S.UPCOMING_UNBOOKED: WorkKind.NEXT_DATES_DUE,
        _S.REVIEW_DUE: WorkKind.REVIEW_DUE,
        _S.EVALUATION_WAITING: WorkKind.REVIEW_DUE,
        _S.AFTERCARE_DUE: WorkKind.AFTERCARE_DUE,
    }
)
"""Which task a finding becomes; a visit without an outcome is on the list of the day already."""

_OF_PLANS = frozenset(_KINDS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    kind: WorkKind
    key: str
    reason: str
    due_at: datetime
    subject_kind: str
    subject_id: UUID
    patient_id: UUID | None


def watch_courses(session: Session, *, now: datetime, by: Actor, at_once: int = AT_ONCE) -> None:
    """Open the tasks that plans and legal bases ask for now, at most `at_once`, and close those whose reason is gone.

    Running it again changes nothing. What a person took off the list is not asked again until something else is true.
    """
    rows = drift_board(session, now=now)
    _keep_pauses(session, rows, now=now)
    tasks = [task for row in rows for task in _of_plan(row, now=now)]
    tasks += [_of_end(end, now=now) for end in ends_ahead(session, now=now) if end.is_warning and end.concerns_anybody]
    standing = _standing(session, _OF_PLANS | {WorkKind.LEGAL_BASIS_ENDING})
    _settle(session, tasks, standing, at_once=at_once, by=by, now=now)


def watch_course(session: Session, *, plan: TreatmentPlan, now: datetime, by: Actor) -> None:
    """Do the same at once for one plan, for example after its dates changed; one that has ended has no tasks."""
    tasks: list[_Task] = []
    found = None if plan.phase == Phase.ENDED else drift_row(session, plan, now=now)
    keep_pause(session, plan, found, now=now)
    if found is not None:
        tasks = list(_of_plan(found, now=now))
    standing = {key for key in _standing(session, _OF_PLANS) if f":{plan.id}:" in key}
    _settle(session, tasks, standing, at_once=AT_ONCE, by=by, now=now)


def _keep_pauses(session: Session, rows: Iterable[DriftRow], *, now: datetime) -> None:
    """Write anew, one plan at a time and locked, what is not so any more; the rest costs one statement."""
    board = list(rows)
    known = care_pauses(session, [row.patient_id for row in board])
    for row in board:
        if is_kept(known.get(row.patient_id), row.restart):
            continue
        plan = lock_plan(session, row.plan_id)
        found = None if plan.phase == Phase.ENDED else drift_row(session, plan, now=now)
        keep_pause(session, plan, found, now=now)


def _settle(
    session: Session, tasks: Iterable[_Task], standing: Collection[str], *, at_once: int, by: Actor, now: datetime
) -> None:
    wanted = {task.key: task for task in tasks}
    for key in sorted(set(standing) - wanted.keys()):
        close_for(session, dedupe_key=key, by=by, now=now)
    missing = wanted.keys() - set(standing)
    refused = closed_by_person(session, keys=sorted(missing))
    urgent = sorted((wanted[key] for key in missing - refused), key=lambda task: (task.due_at, task.key))[:at_once]
    # In one order, so that two who look at once wait for each other instead of both being stuck.
    for task in sorted(urgent, key=lambda task: task.key):
        _open(session, task, by=by, now=now)


def _standing(session: Session, kinds: Iterable[WorkKind]) -> set[str]:
    return set(open_keys(session, *sorted(kinds)))


def _open(session: Session, task: _Task, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=task.kind,
        dedupe_key=task.key,
        reason=task.reason,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        patient_id=task.patient_id,
        due_at=task.due_at,
        now=now,
        by=by,
    )


def _of_plan(row: DriftRow, *, now: datetime) -> Iterator[_Task]:
    for found in row.findings:
        kind = _KINDS.get(found.status)
        # A date that is booked too late is one of those that no longer fit; there is nothing more to book.
        is_late = found.status in {_S.OVERDUE, _S.REVIEW_DUE} and found.booked_on is not None
        if kind is None or found.due_on is None or is_late:
            continue
        yield _Task(
            kind=kind,
            key=f"{kind}:{row.plan_id}:{_occasion(row, found)}",
            reason=found.sentence,
            # Somebody has to be reached, so no task is due at night where the patient lives.
            due_at=max(edge_instant(found.due_on, _NOON, row.zone), next_open(now, row.zone)),
            subject_kind="patient",
            subject_id=row.patient_id,
            patient_id=row.patient_id,
        )


def _occasion(row: DriftRow, found: Finding) -> str:
    """Return what makes this task another one than the last of its kind: its window, is that over, what is wrong."""
    match found.status:
        case _S.PHYSICIAN_GONE:
            return str(row.physician_id)
        case _S.COURSE_BROKEN:
            return f"{found.due_on}:{crc32(found.sentence.encode()):08x}"
        case _S.RESTART_NEEDS_VISIT:
            return f"{row.last_taken_at:%Y-%m-%d}"
        case _S.OVERDUE:
            return f"{found.window_until}:over"
        case _:
            return str(found.window_until or found.due_on)


def _of_end(end: BasisEnd, *, now: datetime) -> _Task:
    kind = WorkKind.LEGAL_BASIS_ENDING
    return _Task(
        kind=kind,
        key=f"{kind}:{end.basis.id}:{end.ends_on}",
        reason=end.sentence,
        due_at=max(now, min(now + _A_WEEK, edge_instant(end.ends_on, _NOON, EASTERN))),
        subject_kind="legal_basis",
        subject_id=end.basis.id,
        patient_id=None,
    )
