"""The taper of a plan with its steps, and the limits that each step is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.treatment.models import PlanChange, TaperPlan, TaperStep
from clinic.treatment.queries.plans import changes_of
from clinic.treatment.rules.tapers import DECIDED, Limits

RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaperView:
    """A taper with its steps in order; `reasons` are what was written down with each step's number, newest first."""

    taper: TaperPlan
    steps: tuple[TaperStep, ...]
    reasons: Mapping[int, tuple[PlanChange, ...]]

    @property
    def is_running(self) -> bool:
        """Tell whether it goes on."""
        return self.taper.state == RUNNING

    @property
    def next_step(self) -> TaperStep | None:
        """Return the first step that nobody has decided about, if the taper goes on."""
        return next((step for step in self.steps if step.state not in DECIDED), None) if self.is_running else None


def taper_of(session: Session, plan_id: UUID) -> TaperView | None:
    """Return the plan's taper that runs, else the last one, or None."""
    wanted = select(TaperPlan).where(TaperPlan.plan_id == plan_id)
    newest = wanted.order_by((TaperPlan.state == RUNNING).desc(), TaperPlan.created_at.desc(), TaperPlan.id)
    found = session.scalar(newest.limit(1))
    if found is None:
        return None
    return TaperView(taper=found, steps=tuple(steps_of(session, found.id)), reasons=_reasons(session, found))


def steps_of(session: Session, taper_id: UUID) -> list[TaperStep]:
    """Return the steps of a taper in their order."""
    wanted = select(TaperStep).where(TaperStep.taper_id == taper_id).order_by(TaperStep.number)
    return list(session.scalars(wanted))


def taper_limits(session: Session) -> Limits:
    """Return what the clinic's physicians set as limits of a step."""
    keys = (
        PolicyKey.TAPER_PHQ9_RISE,
        PolicyKey.TAPER_SDS,
        PolicyKey.TAPER_CRAVING,
        PolicyKey.TAPER_READING_DAYS,
    )
    numbers = numbers_of(session, keys)
    rise, sds, craving, days = (numbers[key] for key in keys)
    return Limits(phq9_rise=rise, sds=sds, craving=craving, days=days)


def field_of_step(number: int) -> str:
    """Return the name under which a plan's history keeps what was decided about a step."""
    return f"taper_step_{number}"


def _reasons(session: Session, taper: TaperPlan) -> dict[int, tuple[PlanChange, ...]]:
    changes = [change for change in changes_of(session, taper.plan_id) if change.at >= taper.created_at]
    numbers = [step.number for step in steps_of(session, taper.id)]
    return {one: tuple(change for change in changes if field_of_step(one) in change.fields) for one in numbers}
