"""Ending a course step by step, as one physician writes it: begin, take, hold or skip a step, stop, complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.kernel.text import clean_note
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.actions.ledger import note_plan, write_pairs
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.actions.phases import enter_phase
from clinic.treatment.actions.taper_ends import STOPPED
from clinic.treatment.errors import StepNotNext, TaperOver, TaperRefused, TaperRuns, UnknownTaper
from clinic.treatment.models import TaperPlan, TaperStep, TreatmentPlan
from clinic.treatment.queries.sessions import progress
from clinic.treatment.queries.tapers import RUNNING, field_of_step, steps_of, taper_of
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import within, written_reason
from clinic.treatment.rules.tapers import (
    DECIDED,
    LONGEST_GAP,
    Gate,
    Returned,
    StepState,
    checked_gaps,
    checked_return,
    days_from,
)

_GAPS = "taper.gaps_days"
_LONGEST_RELAPSE_PLAN, _LONGEST_DIRECTION = 4000, 500


class Asked(TypedDict):
    """What every decision about a taper carries: which one, the version that was shown, who and when."""

    taper_id: UUID
    version: int
    by: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A taper that goes on, locked with its plan, and who decides when; `today` is the patient's."""

    session: Session
    by: Actor
    now: datetime
    plan: TreatmentPlan
    taper: TaperPlan
    steps: tuple[TaperStep, ...]
    today: date


def start_taper(
    session: Session,
    *,
    plan_id: UUID,
    gaps_days: Sequence[int],
    reason: str,
    version: int,
    by: Actor,
    now: datetime,
    directions: Sequence[str] = (),
    relapse_plan: str | None = None,
) -> TaperPlan:
    """Let a plan end by steps with these growing gaps, which become the plan's own numbers; it enters the taper.

    `directions` are the physician's own words for each step. Raises PhysicianDecides, PhaseNotPossible, PlanOver,
    TaperRuns, TaperRefused, ReasonTooShort and ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    gaps, words = checked_gaps(gaps_days), _directions(directions, steps=len(gaps_days))
    known = taper_of(session, plan.id)
    if known is not None and known.is_running:
        raise TaperRuns("This plan has a taper already. Go on with that one, or stop it first.")
    why = written_reason(reason) or ""
    own = {**plan.adjustments, _GAPS: list(gaps)}
    change_plan(session, plan_id=plan.id, adjustments=own, reason=why, version=plan.version, by=by, now=now)
    if plan.phase != Phase.TAPER:
        enter_phase(session, plan_id=plan.id, phase=Phase.TAPER, reason=why, version=plan.version, by=by, now=now)
    taper = TaperPlan(id=new_id(), plan_id=plan.id, state=RUNNING, created_at=now)
    taper.started_on, taper.relapse_plan = _today(session, plan, now), _relapse_plan(relapse_plan)
    taper.touch(by=by, now=now)
    session.add(taper)
    session.flush()
    _add_steps(session, taper, _days(session, plan, gaps, now=now), gaps=gaps, words=words, by=by, now=now)
    note_plan(session, plan, "taper.started", now=now, steps=len(gaps))
    return taper


def take_step(
    session: Session, *, number: int, gate: Gate, reason: str | None = None, **asked: Unpack[Asked]
) -> TaperStep:
    """Take the next step; `gate` is what was looked at, and where it is not open the physician says why all the same.

    Raises StepNotNext, ReasonTooShort, TaperOver, PhysicianDecides and ChangedMeanwhile.
    """
    held = _held(session, asked)
    step = _next(held, number)
    why = written_reason(reason, is_needed=not gate.is_open)
    _decide(held, step, StepState.DONE, gate=gate, reason=why)
    _replan(held, step, from_day=held.today)
    session.flush()
    return step


def hold_step(
    session: Session, *, number: int, gate: Gate, until: date, reason: str, **asked: Unpack[Asked]
) -> TaperStep:
    """Stay where the patient is until a day, when the step is looked at again; later steps move along.

    Raises TaperRefused for a day that has been, StepNotNext, ReasonTooShort, TaperOver and ChangedMeanwhile.
    """
    held = _held(session, asked)
    step = _next(held, number)
    if not held.today < until <= held.today + timedelta(days=LONGEST_GAP):
        raise TaperRefused("Choose a day after today, within a year.", field="until")
    step.planned_on = until
    _decide(held, step, StepState.HELD, gate=gate, reason=written_reason(reason))
    _replan(held, step, from_day=until)
    session.flush()
    return step


def skip_step(session: Session, *, number: int, gate: Gate, reason: str, **asked: Unpack[Asked]) -> TaperStep:
    """Leave a step out: the next one is counted from where this one was."""
    held = _held(session, asked)
    step = _next(held, number)
    _decide(held, step, StepState.SKIPPED, gate=gate, reason=written_reason(reason))
    _replan(held, step, from_day=step.planned_on - timedelta(days=step.gap_days))
    session.flush()
    return step


def change_relapse_plan(session: Session, *, relapse_plan: str | None, **asked: Unpack[Asked]) -> TaperPlan:
    """Keep what is done if things get worse; raises PlanRefused, TaperOver and ChangedMeanwhile."""
    held = _held(session, asked)
    held.taper.relapse_plan = _relapse_plan(relapse_plan)
    _save(held, "taper.relapse_plan_changed")
    return held.taper


def stop_taper(
    session: Session,
    *,
    reason: str,
    next_phase: Phase | None = None,
    cancel_visits: bool = False,
    **asked: Unpack[Asked],
) -> TaperPlan:
    """Stop a taper before its end; the plan stays where it is, so that other steps can be written, or goes on.

    Raises what `enter_phase` raises, ReasonTooShort, TaperOver and ChangedMeanwhile.
    """
    held = _held(session, asked)
    why = written_reason(reason)
    held.taper.state, held.taper.ended_on, held.taper.reason = STOPPED, held.today, why
    _save(held, "taper.stopped")
    if next_phase is not None and next_phase != held.plan.phase:
        _enter(held, next_phase, reason=why, cancel_visits=cancel_visits)
    return held.taper


def complete_taper(
    session: Session, *, units_left: int, returned: Returned, cancel_visits: bool = False, **asked: Unpack[Asked]
) -> TaperPlan:
    """End a taper whose steps are all decided, with what was left at home and what became of it; aftercare begins.

    Raises StepNotNext while steps are left, TaperRefused, VisitsRemain, TaperOver and ChangedMeanwhile.
    """
    held = _held(session, asked)
    if any(step.state not in DECIDED for step in held.steps):
        raise StepNotNext("Steps are left. Take or skip them first, or stop the taper.")
    checked_return(units_left, returned)
    held.taper.units_left, held.taper.returned = units_left, returned
    held.taper.state, held.taper.ended_on = "completed", held.today
    _save(held, "taper.completed")
    if held.plan.phase == Phase.TAPER:
        _enter(held, Phase.AFTERCARE, reason=None, cancel_visits=cancel_visits)
    return held.taper


def _held(session: Session, asked: Asked) -> _Held:
    found = session.get(TaperPlan, asked["taper_id"])
    if found is None:
        raise UnknownTaper("There is no such taper. Open the patient\u2019s record again.")
    plan = lock_plan(session, found.plan_id)
    require_physician(session, by=asked["by"], patient_id=plan.patient_id, now=asked["now"])
    taper = session.get(TaperPlan, found.id, with_for_update=True, populate_existing=True)
    assert taper is not None
    if taper.state != RUNNING:
        raise TaperOver("This taper is over, so it stays as it is. Open the page again.")
    taper.require_version(asked["version"])
    return _Held(
        session=session,
        by=asked["by"],
        now=asked["now"],
        plan=plan,
        taper=taper,
        steps=tuple(steps_of(session, taper.id)),
        today=_today(session, plan, asked["now"]),
    )


def _next(held: _Held, number: int) -> TaperStep:
    step = next((each for each in held.steps if each.state not in DECIDED), None)
    if step is None or step.number != number:
        raise StepNotNext("Another step comes first. Open the page again.")
    return step


def _decide(held: _Held, step: TaperStep, state: StepState, *, gate: Gate, reason: str | None) -> None:
    """Keep what was decided with what was looked at; why stands sealed in the plan's history."""
    before = step.state
    step.state, step.gate, step.decided_at = state, gate.kept(), held.now
    step.touch(by=held.by, now=held.now)
    held.taper.touch(by=held.by, now=held.now)
    pairs: dict[str, list[object]] = {field_of_step(step.number): [before, state.value]}
    write_pairs(held.session, held.plan, pairs, reason=reason, by=held.by, now=held.now)


def _replan(held: _Held, decided: TaperStep, *, from_day: date) -> None:
    """Move the steps after this one, each by its gap."""
    later = [step for step in held.steps if step.number > decided.number]
    for step, day in zip(later, days_from(from_day, [step.gap_days for step in later]), strict=True):
        step.planned_on = max(day, held.today)


def _save(held: _Held, action: str) -> None:
    held.taper.touch(by=held.by, now=held.now)
    held.session.flush()
    note_plan(held.session, held.plan, action, now=held.now)


def _enter(held: _Held, phase: Phase, *, reason: str | None, cancel_visits: bool) -> None:
    enter_phase(
        held.session,
        plan_id=held.plan.id,
        phase=phase,
        reason=reason,
        version=held.plan.version,
        by=held.by,
        now=held.now,
        cancel_visits=cancel_visits,
    )


def _days(session: Session, plan: TreatmentPlan, gaps: Sequence[int], *, now: datetime) -> list[date]:
    """Return the day of each step, the first one counted from the last session and never in the past."""
    zone, today = patient_by_id(session, plan.patient_id).zone, _today(session, plan, now)
    last_at = progress(session, plan, now=now).last_taken_at
    last_on = in_zone(last_at, zone).date() if last_at else today
    first = max(today, last_on + timedelta(days=gaps[0]))
    return [first, *days_from(first, gaps[1:])]


def _add_steps(
    session: Session,
    taper: TaperPlan,
    days: Sequence[date],
    *,
    gaps: Sequence[int],
    words: Sequence[str | None],
    by: Actor,
    now: datetime,
) -> None:
    for number, (gap, day, said) in enumerate(zip(gaps, days, words, strict=True), start=1):
        step = TaperStep(id=new_id(), taper_id=taper.id, number=number, gap_days=gap, planned_on=day, created_at=now)
        step.direction, step.state, step.gate, step.decided_at = said, StepState.WAITING, None, None
        step.touch(by=by, now=now)
        session.add(step)
    session.flush()


def _directions(typed: Sequence[str], *, steps: int) -> list[str | None]:
    """Return one text or nothing for each step; raises TaperRefused for more texts than steps."""
    if len(typed) > steps:
        raise TaperRefused(f"There are {steps} steps and {len(typed)} lines. Write one line for a step.", field="words")
    clean = [within(clean_note(each, field="words"), _LONGEST_DIRECTION, field="words") or None for each in typed]
    return [*clean, *[None] * (steps - len(clean))]


def _relapse_plan(typed: str | None) -> str | None:
    return within(clean_note(typed or "", field="relapse_plan"), _LONGEST_RELAPSE_PLAN, field="relapse_plan") or None


def _today(session: Session, plan: TreatmentPlan, now: datetime) -> date:
    return in_zone(now, patient_by_id(session, plan.patient_id).zone).date()
