"""Plans: what a new clinic sells, the words of a plan, and selling it no more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.billing.actions.prices import add_price
from clinic.billing.errors import PlanRefused
from clinic.billing.models import BillingPlan
from clinic.billing.queries.plans import all_plans, plan
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.naming import clinical_word
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line

_SHIPPED_ON = date(2025, 12, 31)
"""The prices that come with the product count from the start, so that a demo clinic can have a past."""

_ONE_AT_A_TIME = func.pg_advisory_xact_lock(func.hashtext("billing.plans"))
_LONGEST_NAME = 40
_LONGEST_MEANING = 160
_NAMES = ("name", "name_es")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWords:
    """What patients read of a plan, in both languages, and the plan that follows a month of it."""

    name: str
    name_es: str
    meaning: str
    meaning_es: str
    followed_by_id: UUID | None


def install_plans(session: Session, *, by: Actor, now: datetime) -> None:
    """Add the four plans that come with the product where there is none; a clinic that has plans keeps its own."""
    session.execute(select(_ONE_AT_A_TIME))
    if session.scalar(select(BillingPlan.id).limit(1)) is not None:
        return
    made: dict[str, BillingPlan] = {}
    stored = json.loads((files("clinic.billing") / "data" / "plans.json").read_text(encoding="utf-8"))
    for position, facts in enumerate(stored):
        made[facts["code"]] = _install(session, facts, position=position, by=by, now=now)
    for facts in stored:
        if facts["followed_by"]:
            made[facts["code"]].followed_by_id = made[facts["followed_by"]].id
    session.flush()


def change_plan_words(
    session: Session, plan_id: UUID, *, words: PlanWords, version: int, by: Actor, now: datetime
) -> BillingPlan:
    """Save what patients read of a plan; members see it at once.

    Raises UnknownPlan, ChangedMeanwhile, and PlanRefused at a box.
    """
    row = _locked(session, plan_id, version=version)
    for box in ("name", "name_es", "meaning", "meaning_es"):
        setattr(row, box, _line(getattr(words, box), box))
    row.followed_by_id = _follower(session, row, words.followed_by_id)
    row.touch(by=by, now=now)
    _note(session, row, "plan.changed", now=now)
    return row


def retire_plan(session: Session, plan_id: UUID, *, version: int, by: Actor, now: datetime) -> BillingPlan:
    """Sell a plan to nobody new; who has it keeps it. Raises UnknownPlan, ChangedMeanwhile and PlanRefused."""
    row = _locked(session, plan_id, version=version)
    sold = [each for each in all_plans(session) if each.retired_at is None and each.id != row.id]
    if not sold:
        raise PlanRefused("This is the last plan that is sold. Sell another one first.")
    before = [each.name for each in sold if each.followed_by_id == row.id]
    if before:
        raise PlanRefused(f"{before[0]} goes on as this plan after a month. Choose another for that first.")
    row.retired_at = row.retired_at or now
    row.touch(by=by, now=now)
    _note(session, row, "plan.retired", now=now)
    return row


def sell_plan_again(session: Session, plan_id: UUID, *, version: int, by: Actor, now: datetime) -> BillingPlan:
    """Sell a retired plan again, at the price that it has; raises UnknownPlan and ChangedMeanwhile."""
    row = _locked(session, plan_id, version=version)
    row.retired_at = None
    row.touch(by=by, now=now)
    _note(session, row, "plan.sold_again", now=now)
    return row


def _install(session: Session, facts: Mapping[str, Any], *, position: int, by: Actor, now: datetime) -> BillingPlan:
    words = {box: facts[box] for box in ("code", "name", "name_es", "meaning", "meaning_es")}
    row = BillingPlan(id=new_id(), position=position, created_at=now, **words)
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    add_price(
        session,
        row,
        cents=facts["price_cents"],
        entitlements={Entitlement(key): most for key, most in facts["entitlements"].items()},
        valid_from_on=_SHIPPED_ON,
        by=by,
        now=now,
    )
    _note(session, row, "plan.added", now=now)
    return row


def _locked(session: Session, plan_id: UUID, *, version: int) -> BillingPlan:
    """Return the plan as it is now; all plans are locked in one order, since each may name another."""
    plan(session, plan_id)
    locked = select(BillingPlan).order_by(BillingPlan.id).with_for_update(key_share=True)
    rows = {row.id: row for row in session.scalars(locked.execution_options(populate_existing=True))}
    row = rows[plan_id]
    row.require_version(version)
    return row


def _line(typed: str, box: str) -> str:
    most = _LONGEST_NAME if box in _NAMES else _LONGEST_MEANING
    words = clean_line(typed)
    if not words or len(words) > most:
        raise PlanRefused(f"Write 1 to {most} letters.", field=box)
    if box in _NAMES and (told := clinical_word(words)):
        raise PlanRefused(f"Take out \u201c{told}\u201d: the name stands on invoices, which others see.", field=box)
    return words


def _follower(session: Session, row: BillingPlan, followed_by_id: UUID | None) -> UUID | None:
    if followed_by_id is None:
        return None
    next_one = plan(session, followed_by_id)
    if next_one.id == row.id or next_one.retired_at is not None:
        raise PlanRefused("Choose another plan that is sold, or none.", field="followed_by_id")
    return next_one.id


def _note(session: Session, row: BillingPlan, action: str, *, now: datetime) -> None:
    session.flush()
    journal.note(session, action, subject_kind="billing_plan", subject_id=row.id, at=now, name=row.name)
