"""What is sold: plans with the price of a day, and what a price entitles to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from clinic.billing.errors import UnknownPlan
from clinic.billing.models import BillingPlan, PlanEntitlement, PlanPrice
from clinic.billing.rules.entitlements import Entitlement

_UNKNOWN = "There is no such plan. Open the list of plans again."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOnSale:
    """A plan with one version of its price in cents a month, and the ceilings of that version."""

    plan_id: UUID
    price_id: UUID
    code: str
    name: str
    name_es: str
    meaning: str
    meaning_es: str
    cents: int
    entitlements: Mapping[Entitlement, int | None]

    def named(self, language: str) -> str:
        """Return the plan's name in a language."""
        return self.name_es if language == "es" else self.name

    def meant(self, language: str) -> str:
        """Return the plan's meaning in a language."""
        return self.meaning_es if language == "es" else self.meaning


def plan(session: Session, plan_id: UUID) -> BillingPlan:
    """Return a plan, also one that is not sold any more, or raise UnknownPlan."""
    found = session.get(BillingPlan, plan_id)
    if found is None:
        raise UnknownPlan(_UNKNOWN)
    return found


def all_plans(session: Session) -> list[BillingPlan]:
    """Return every plan, those that are sold first, each group in its own order."""
    order = BillingPlan.retired_at.is_not(None), BillingPlan.position, BillingPlan.code
    return list(session.scalars(select(BillingPlan).order_by(*order)))


def plan_of_code(session: Session, code: str) -> BillingPlan:
    """Return the plan with a code if it is sold, or raise UnknownPlan."""
    wanted = select(BillingPlan).where(BillingPlan.code == code, BillingPlan.retired_at.is_(None))
    found = session.scalar(wanted)
    if found is None:
        raise UnknownPlan(_UNKNOWN)
    return found


def price(session: Session, price_id: UUID) -> PlanPrice:
    """Return one version of a price, or raise UnknownPlan."""
    found = session.get(PlanPrice, price_id)
    if found is None:
        raise UnknownPlan("There is no such price. Open the plan again.")
    return found


def prices_of(session: Session, plan_id: UUID) -> list[PlanPrice]:
    """Return every version of a plan's price, the newest first."""
    return list(
        session.scalars(select(PlanPrice).where(PlanPrice.plan_id == plan_id).order_by(PlanPrice.number.desc()))
    )


def price_on(session: Session, plan_id: UUID, *, on: date) -> PlanPrice:
    """Return the price at which a plan is sold on a day, or raise UnknownPlan."""
    found = session.scalar(select(PlanPrice).where(PlanPrice.plan_id == plan_id, *_sold(on)))
    if found is None:
        raise UnknownPlan("This plan has no price on that day. Choose another plan.")
    return found


def plans_on_sale(session: Session, *, on: date) -> tuple[PlanOnSale, ...]:
    """Return what can be subscribed to on a day, in the order of the plans."""
    return _read(session, _joined().where(BillingPlan.retired_at.is_(None), *_sold(on)))


def plan_of_price(session: Session, price_id: UUID) -> PlanOnSale:
    """Return the plan of any version of a price with that version, or raise UnknownPlan."""
    found = _read(session, _joined().where(PlanPrice.id == price_id))
    if not found:
        raise UnknownPlan("There is no such price. Open the plan again.")
    return found[0]


def entitlements_of(session: Session, price_id: UUID) -> dict[Entitlement, int | None]:
    """Return the ceilings of one version of a price; a key that is missing is a ceiling of nothing."""
    return _entitlements(session, [price_id]).get(price_id, {})


def _sold(on: date) -> tuple[ColumnElement[bool], ...]:
    until = PlanPrice.valid_until_on
    return PlanPrice.valid_from_on <= on, or_(until.is_(None), until >= on)


def _joined() -> Select[BillingPlan, PlanPrice]:
    joined = select(BillingPlan, PlanPrice).join(PlanPrice, PlanPrice.plan_id == BillingPlan.id)
    return joined.order_by(BillingPlan.position, BillingPlan.code)


def _read(session: Session, wanted: Select[BillingPlan, PlanPrice]) -> tuple[PlanOnSale, ...]:
    rows = [(sold, priced) for sold, priced in session.execute(wanted)]
    ceilings = _entitlements(session, [priced.id for _, priced in rows])
    return tuple(
        PlanOnSale(
            plan_id=sold.id,
            price_id=priced.id,
            code=sold.code,
            name=sold.name,
            name_es=sold.name_es,
            meaning=sold.meaning,
            meaning_es=sold.meaning_es,
            cents=priced.amount_cents,
            entitlements=ceilings.get(priced.id, {}),
        )
        for sold, priced in rows
    )


def _entitlements(session: Session, price_ids: Iterable[UUID]) -> dict[UUID, dict[Entitlement, int | None]]:
    found: dict[UUID, dict[Entitlement, int | None]] = {}
    for row in session.scalars(select(PlanEntitlement).where(PlanEntitlement.price_id.in_(list(price_ids)))):
        found.setdefault(row.price_id, {})[Entitlement(row.key)] = row.most
    return found
