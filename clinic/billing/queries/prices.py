"""Changes of price: which price a renewal is at, who is affected, and who has been told."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.billing.errors import UnknownPlan
from clinic.billing.models import PlanPrice, PriceChange, PriceNotice, Subscription, SubscriptionAnchor
from clinic.billing.queries.plans import price
from clinic.billing.rules.periods import Period, Segment, periods, today_in
from clinic.billing.rules.prices import applies, earliest_renewal
from clinic.billing.rules.subscriptions import LIVE, SubscriptionState
from clinic.people.models import Patient

_S = SubscriptionState
MOVING = LIVE - {_S.PENDING}
"""States of members whom a change of price reaches; who only joined is told once the membership runs."""

_ON_ITS_WAY = func.coalesce(Subscription.next_price_id, Subscription.price_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a member is told of a change of price; `applies_from` is None while no renewal can be foreseen.

    `notice_id` is None until the worker has planned the text.
    """

    notice_id: UUID | None
    from_cents: int
    to_cents: int
    effective_on: date
    told_on: date | None
    applies_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One member whom a change of price reaches, by the number of the record."""

    subscription_id: UUID
    patient_id: UUID
    record_number: str
    state: str
    renews_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePreview:
    """Whom a change would reach: a month more or less for all of them in cents, and each of them."""

    from_cents: int
    to_cents: int
    effective_on: date
    affected: tuple[Affected, ...]
    ending: int

    @property
    def monthly_cents(self) -> int:
        """Return what all of them pay more a month, below nothing for less."""
        return len(self.affected) * (self.to_cents - self.from_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far one member is with a change: the notice and whether the new price is paid."""

    member: Affected
    notice_id: UUID | None
    arrived_on: date | None
    told_by: str | None
    has_moved: bool


def price_change(session: Session, change_id: UUID) -> PriceChange:
    """Return an announced change, or raise UnknownPlan."""
    found = session.get(PriceChange, change_id)
    if found is None:
        raise UnknownPlan("There is no such change of price. Open the plan again.")
    return found


def open_change(session: Session, from_price_id: UUID) -> PriceChange | None:
    """Return the change that is announced for members with a version of a price."""
    wanted = select(PriceChange).where(PriceChange.from_price_id == from_price_id, PriceChange.withdrawn_at.is_(None))
    return session.scalar(wanted)


def changes_of(session: Session, plan_id: UUID) -> list[PriceChange]:
    """Return every change of a plan's prices, the newest first."""
    wanted = select(PriceChange).join(PlanPrice, PlanPrice.id == PriceChange.from_price_id)
    return list(session.scalars(wanted.where(PlanPrice.plan_id == plan_id).order_by(PriceChange.created_at.desc())))


def price_for(session: Session, subscription: Subscription, *, renews_on: date) -> PlanPrice:
    """Return the price of a renewal: the one that was chosen, moved on by changes whose notice arrived in time."""
    found = price(session, subscription.next_price_id or subscription.price_id)
    while (moved := _moved(session, subscription, found, renews_on=renews_on)) is not None:
        found = moved
    return found


def announced_of(session: Session, subscription: Subscription) -> Announced | None:
    """Return the change of price that a member is told of and does not pay yet, None without one."""
    if subscription.is_ending or subscription.state not in MOVING:
        return None
    old = price(session, subscription.next_price_id or subscription.price_id)
    change = open_change(session, old.id)
    if change is None:
        return None
    notice = _notice(session, subscription, change)
    told_on = _told_on(session, subscription, change)
    return Announced(
        notice_id=notice.id if notice else None,
        from_cents=old.amount_cents,
        to_cents=price(session, change.to_price_id).amount_cents,
        effective_on=change.effective_on,
        told_on=told_on,
        applies_from=_first_renewal(session, subscription, change, told_on=told_on),
    )


def preview_price_change(session: Session, from_price_id: UUID, *, to_cents: int, effective_on: date) -> PricePreview:
    """Return whom moving the members of a version to another price would reach; raises UnknownPlan."""
    old = price(session, from_price_id)
    ending = select(func.count()).select_from(affected_by(old.id, is_ending=True).subquery())
    return PricePreview(
        from_cents=old.amount_cents,
        to_cents=to_cents,
        effective_on=effective_on,
        affected=tuple(_members(session, affected_by(old.id))),
        ending=session.scalar(ending) or 0,
    )


def affected_by(from_price_id: UUID, *, is_ending: bool = False) -> Select[UUID]:
    """Return the statement of the living memberships that renew at a version of a price, or end before they would."""
    return select(Subscription.id).where(
        Subscription.state.in_(sorted(MOVING)),
        _ON_ITS_WAY == from_price_id,  # noqa: SIM300 - a column, not a constant
        Subscription.is_ending.is_(is_ending),
    )


def members_at(session: Session, price_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many living memberships have each version of a price."""
    wanted = select(Subscription.price_id, func.count()).where(
        Subscription.price_id.in_(price_ids), Subscription.state.in_(sorted(LIVE))
    )
    rows = session.execute(wanted.group_by(Subscription.price_id))
    return {row[0]: row[1] for row in rows}


def told_of(session: Session, change: PriceChange) -> list[Told]:
    """Return everybody whom a change reaches or reached, those who have not heard of it first."""
    notices = {
        row.subscription_id: row
        for row in session.scalars(select(PriceNotice).where(PriceNotice.change_id == change.id))
    }
    reached = select(PriceNotice.subscription_id).where(PriceNotice.change_id == change.id)
    everybody = affected_by(change.from_price_id).union(reached).subquery()
    found = [
        _told(member, notices.get(member.subscription_id), has_moved=price_id == change.to_price_id, zone=zone)
        for member, price_id, zone in _rows(session, select(everybody.c.id))
    ]
    return sorted(found, key=lambda each: (each.arrived_on is not None, each.member.record_number))


def _told(member: Affected, notice: PriceNotice | None, *, has_moved: bool, zone: str) -> Told:
    arrived_at = notice.arrived_at if notice else None
    return Told(
        member=member,
        notice_id=notice.id if notice else None,
        arrived_on=today_in(zone, arrived_at) if arrived_at else None,
        told_by=notice.told_by if notice else None,
        has_moved=has_moved,
    )


def _members(session: Session, wanted: Select[UUID]) -> list[Affected]:
    return [member for member, _, _ in _rows(session, wanted)]


def _rows(session: Session, wanted: Select[UUID]) -> list[tuple[Affected, UUID, str]]:
    rows = session.execute(
        select(Subscription, Patient)
        .join(Patient, Patient.id == Subscription.patient_id)
        .where(Subscription.id.in_(wanted))
        .order_by(Patient.record_number, Subscription.id)
    )
    return [
        (
            Affected(
                subscription_id=member.id,
                patient_id=patient.id,
                record_number=patient.record_number,
                state=member.state,
                renews_on=member.period_end_on if member.state in {_S.ACTIVE, _S.PAST_DUE} else None,
            ),
            member.price_id,
            member.zone,
        )
        for member, patient in rows
    ]


def _moved(session: Session, subscription: Subscription, old: PlanPrice, *, renews_on: date) -> PlanPrice | None:
    """Return the price that a change moves a renewal to, None where it stays."""
    change = open_change(session, old.id)
    if change is None:
        return None
    told_on = _told_on(session, subscription, change)
    is_due = applies(effective_on=change.effective_on, told_on=told_on, renews_on=renews_on)
    return price(session, change.to_price_id) if is_due else None


def _told_on(session: Session, subscription: Subscription, change: PriceChange) -> date | None:
    notice = _notice(session, subscription, change)
    return None if notice is None or notice.arrived_at is None else today_in(subscription.zone, notice.arrived_at)


def _notice(session: Session, subscription: Subscription, change: PriceChange) -> PriceNotice | None:
    wanted = select(PriceNotice).where(
        PriceNotice.change_id == change.id, PriceNotice.subscription_id == subscription.id
    )
    return session.scalar(wanted)


def _first_renewal(
    session: Session, subscription: Subscription, change: PriceChange, *, told_on: date | None
) -> date | None:
    """Return the first renewal at the new price as far as it can be foreseen."""
    if told_on is None or subscription.state not in {_S.ACTIVE, _S.PAST_DUE}:
        return None
    earliest = earliest_renewal(effective_on=change.effective_on, told_on=told_on)
    return next((each.start_on for each in _coming(session, subscription) if each.start_on >= earliest), None)


def _coming(session: Session, subscription: Subscription) -> list[Period]:
    """Return the months after the running period, two years of them."""
    newest = select(SubscriptionAnchor).where(SubscriptionAnchor.subscription_id == subscription.id)
    anchor = session.scalar(newest.order_by(SubscriptionAnchor.number.desc()).limit(1))
    end_on = subscription.period_end_on
    if anchor is None or end_on is None:
        return []
    counts_from = end_on if anchor.days is not None else anchor.anchor_on
    until = end_on.replace(year=end_on.year + 2, day=1)
    return [each for each in periods(Segment(counts_from), until=until) if each.start_on >= end_on]
