"""Looking at patients: signs become flags, flags bring people; whatever happens twice has no effect twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.monitoring.actions.flags import look_again, raise_signals
from clinic.monitoring.queries.flags import FlagRow, open_and_due, open_flags_of
from clinic.monitoring.queries.policies import signal_policy
from clinic.monitoring.rules.evidence import Evidence
from clinic.monitoring.rules.flags import FlagState, Lapse, facts_of_key
from clinic.monitoring.rules.signals import Evaluation, Level, Signal, SignalPolicy, Standing, escalated, evaluate
from clinic.people.queries import lock_patient
from clinic.people.rules.counties import EASTERN
from clinic.scheduling.queries.closures import closures
from clinic.vigilance.calling import call_about_flag
from clinic.vigilance.gathering import gather, gather_of

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
    """One look at one patient: the flags that are open, and the settled ones whose day has come."""

    patient_id: UUID
    policy: SignalPolicy
    evaluation: Evaluation
    standing: tuple[FlagRow, ...]
    due: tuple[FlagRow, ...]
    today: date
    closed: Collection[date]
    by: Actor
    now: datetime


def look_at(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> Looked:
    """Evaluate the rules for one patient, raise what is new, look again at what is due, and call where it is urgent."""
    zone = lock_patient(session, patient_id).zone
    return _look_at(session, gather_of(session, {patient_id: zone}, now=now), by=by, now=now)[patient_id]


def look_at_many(session: Session, patient_ids: Sequence[UUID], *, by: Actor, now: datetime) -> dict[UUID, Looked]:
    """Do the same for many patients, whose evidence is read together; patients are locked in the order of their ids."""
    return _look_at(session, gather(session, patient_ids, now=now), by=by, now=now)


def _look_at(session: Session, found: Mapping[UUID, Evidence], *, by: Actor, now: datetime) -> dict[UUID, Looked]:
    if not found:
        return {}
    policy = signal_policy(session)
    evaluations = {patient_id: evaluate(policy, found[patient_id]) for patient_id in sorted(found)}
    standing, due = open_and_due(session, evaluations, today=max(each.today for each in found.values()))
    is_any = standing or due or any(each.signals for each in evaluations.values())
    closed = _closed_days(session, now=now) if is_any else frozenset[date]()
    looked = {}
    for patient_id, evaluation in evaluations.items():
        today = found[patient_id].today
        look = _Look(
            patient_id=patient_id,
            policy=policy,
            evaluation=evaluation,
            standing=tuple(row for row in standing if row.patient_id == patient_id),
            due=tuple(row for row in due if row.patient_id == patient_id and _has_come(row, today)),
            today=today,
            closed=closed,
            by=by,
            now=now,
        )
        looked[patient_id] = _look(session, look)
    return looked


def _has_come(row: FlagRow, today: date) -> bool:
    return row.look_again_on is not None and row.look_again_on <= today


def _look(session: Session, look: _Look) -> Looked:
    new = _raise(session, look, look.evaluation.signals)
    look = _anew(session, look) if new else look
    reopened, lapsed = _look_again(session, look)
    look = _anew(session, look) if reopened else look
    together = _raise(session, look, escalated(look.policy, _standing(look), look.today))
    look = _anew(session, look) if together else look
    fresh = {*new, *reopened, *together}
    for row in look.standing:
        if row.id in fresh and row.level == Level.URGENT:
            call_about_flag(session, row, by=look.by, now=look.now)
    return Looked(new_flags=(*new, *together), reopened=tuple(reopened), lapsed=tuple(lapsed))


def _anew(session: Session, look: _Look) -> _Look:
    """Return the look with the flags that are open now, after it changed some."""
    return replace(look, standing=tuple(open_flags_of(session, look.patient_id)))


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
    current = _current(look) if look.due else []
    reopened: list[UUID] = []
    lapsed: list[UUID] = []
    for row in look.due:
        why = _lapse(look, row, current)
        state = look_again(session, flag_id=row.id, lapse=why, by=look.by, now=look.now, closed_days=look.closed)
        (reopened if state is FlagState.OPEN else lapsed).append(row.id)
    return reopened, lapsed


def _current(look: _Look) -> list[Signal]:
    """Return what the rules see today, old signs that newer facts no longer show left out."""
    together = escalated(look.policy, _standing(look), look.today)
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


def _standing(look: _Look) -> list[Standing]:
    rows = [row for row in look.standing if row.raised_at >= look.now - _STANDS_FOR]
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
