"""Looking at patients: signs become flags, flags bring people; whatever happens twice has no effect twice."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.monitoring.actions.flags import look_again, raise_signals
from clinic.monitoring.queries.flags import FlagRow, due_of, open_flags_of
from clinic.monitoring.queries.policies import signal_policy
from clinic.monitoring.rules.evidence import Evidence
from clinic.monitoring.rules.flags import FlagState, Lapse, facts_of_key
from clinic.monitoring.rules.signals import Evaluation, Level, Signal, SignalPolicy, Standing, escalated, evaluate
from clinic.people.queries import lock_patient
from clinic.people.rules.counties import EASTERN
from clinic.scheduling.queries.closures import closures
from clinic.vigilance.calling import call_about_flag
from clinic.vigilance.gathering import gather

ESCALATIONS = ("E01", "E02")
_STANDS_FOR = timedelta(days=90)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look brought: new flags, those open again, and those that lapsed."""

    new_flags: tuple[UUID, ...] = ()
    reopened: tuple[UUID, ...] = ()
    lapsed: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at one patient."""

    patient_id: UUID
    policy: SignalPolicy
    evaluation: Evaluation
    today: date
    closed: Collection[date]
    by: Actor
    now: datetime


def look_at(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> Looked:
    """Evaluate the rules for one patient, raise what is new, look again at what is due, and call where it is urgent."""
    lock_patient(session, patient_id)
    return look_at_many(session, [patient_id], by=by, now=now)[patient_id]


def look_at_many(session: Session, patient_ids: Sequence[UUID], *, by: Actor, now: datetime) -> dict[UUID, Looked]:
    """Do the same for many patients, whose evidence is read together; patients are locked in the order of their ids."""
    if not patient_ids:
        return {}
    policy = signal_policy(session)
    closed = _closed_days(session, now=now)
    found = gather(session, patient_ids, now=now)
    return {
        patient_id: _look(session, _of(found[patient_id], policy, closed, by=by, now=now))
        for patient_id in sorted(found)
    }


def _of(evidence: Evidence, policy: SignalPolicy, closed: Collection[date], *, by: Actor, now: datetime) -> _Look:
    return _Look(
        patient_id=evidence.patient_id,
        policy=policy,
        evaluation=evaluate(policy, evidence),
        today=evidence.today,
        closed=closed,
        by=by,
        now=now,
    )


def _look(session: Session, look: _Look) -> Looked:
    new = _raise(session, look, look.evaluation.signals)
    reopened, lapsed = _look_again(session, look)
    new += _raise(session, look, escalated(look.policy, _standing(session, look), look.today))
    if new or reopened:
        fresh = {*new, *reopened}
        for row in open_flags_of(session, look.patient_id):
            if row.id in fresh and row.level == Level.URGENT:
                call_about_flag(session, row, by=look.by, now=look.now)
    return Looked(new_flags=tuple(new), reopened=tuple(reopened), lapsed=tuple(lapsed))


def _raise(session: Session, look: _Look, signals: Sequence[Signal]) -> list[UUID]:
    raised = raise_signals(
        session,
        patient_id=look.patient_id,
        signals=signals,
        policy_number=look.policy.number,
        closed_days=look.closed,
        by=look.by,
        now=look.now,
    )
    return [each.flag_id for each in raised]


def _look_again(session: Session, look: _Look) -> tuple[list[UUID], list[UUID]]:
    due = due_of(session, look.patient_id, today=look.today)
    current = _current(session, look) if due else []
    reopened: list[UUID] = []
    lapsed: list[UUID] = []
    for row in due:
        why = _lapse(look, row, current)
        state = look_again(session, flag_id=row.id, lapse=why, by=look.by, now=look.now, closed_days=look.closed)
        (reopened if state is FlagState.OPEN else lapsed).append(row.id)
    return reopened, lapsed


def _current(session: Session, look: _Look) -> list[Signal]:
    """Return what the rules see today, old signs that newer facts no longer show left out."""
    together = escalated(look.policy, _standing(session, look), look.today)
    return [each for each in (*look.evaluation.signals, *together) if each.is_current]


def _lapse(look: _Look, row: FlagRow, current: Sequence[Signal]) -> Lapse | None:
    """Return why a settled flag does not come back, or None when its rule still sees it.

    A rule that has nothing to look at any more cannot say that all is well, so its flag comes back.
    """
    setting = look.policy.rules.get(row.rule_id)
    if setting is None or not setting.is_on:
        return Lapse.RULE_OFF
    if row.rule_id in look.evaluation.no_data:
        return None
    seen = [facts_of_key(each.facts_key) for each in current if each.rule_id == row.rule_id]
    if facts_of_key(row.facts_key) in seen:
        return None
    return Lapse.OTHER_FACTS if seen else Lapse.NOT_TRUE


def _standing(session: Session, look: _Look) -> list[Standing]:
    rows = [row for row in open_flags_of(session, look.patient_id) if row.raised_at >= look.now - _STANDS_FOR]
    used = {each for row in rows if row.rule_id in ESCALATIONS for each in row.escalates}
    return [
        Standing(
            flag_id=row.id,
            rule_id=row.rule_id,
            domain=row.domain,
            level=Level(row.level),
            raised_on=in_zone(row.raised_at, EASTERN).date(),
            is_used=row.id in used,
        )
        for row in rows
    ]


def _closed_days(session: Session, *, now: datetime) -> frozenset[date]:
    return frozenset(_days((one.first_day, one.last_day) for one in closures(session, since=now.date())))


def _days(spans: Iterable[tuple[date, date]]) -> Iterable[date]:
    for first, last in spans:
        for offset in range((last - first).days + 1):
            yield first + offset * _A_DAY
