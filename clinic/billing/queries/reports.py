"""Reports of a clinic's income: what a month brought by plan, how old open invoices are, and who came and left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.billing.rules.journal import Account
from clinic.billing.rules.line_words import Said
from clinic.billing.rules.months import AGES, Age, Month, age_of

_BY_ACCOUNT = text("""
    select p.account, sum(p.amount_cents), coalesce(sum(p.amount_cents) filter (where p.amount_cents > 0), 0)
    from posting p join journal_entry e on e.id = p.entry_id
    where e.entered_on >= :first and e.entered_on < :end group by p.account
""")
# An invoice counts in the month of its entry and is taken back in the month in which it became void.
_BY_PLAN = text("""
    select plan.code, plan.name, plan.name_es, count(distinct l.invoice_id) filter (where l.kind = 'membership'),
      coalesce(sum(sign * l.amount_cents) filter (where l.kind in ('membership', 'unused')), 0),
      -coalesce(sum(sign * l.amount_cents) filter (where l.kind = 'discount'), 0)
    from (select source_id, case memo when 'issued' then 1 else -1 end as sign from journal_entry
          where source_kind = 'invoice' and memo in ('issued', 'void')
            and entered_on >= :first and entered_on < :end) e
    join invoice_line l on l.invoice_id = e.source_id
    left join invoice_line source on source.id = l.source_line_id
    join plan_price price on price.id = coalesce(l.price_id, source.price_id)
    join billing_plan plan on plan.id = price.plan_id
    group by plan.position, plan.code, plan.name, plan.name_es order by plan.position, plan.code
""")
_OPEN_BY_DAY = text("""
    select i.due_on, count(*), sum(i.total_cents - coalesce(n.off, 0))
    from invoice i
    left join (select invoice_id, sum(total_cents) as off from credit_note where kind = 'offset' group by invoice_id) n
      on n.invoice_id = i.id
    where i.state = 'open' group by i.due_on order by i.due_on
""")
# By the days of each subscription's own zone; a subscription counts from the day of its first payment to its end.
_LIFE = """
    select s.id, min((e.at at time zone s.zone)::date) filter (where e.to_state = 'active') as came_on,
      min((s.ended_at at time zone s.zone)::date) as left_on,
      min(e.event) filter (where e.to_state = s.state and e.from_state is distinct from e.to_state) as left_by
    from subscription s join subscription_event e on e.subscription_id = s.id group by s.id
"""
_COMINGS_AND_GOINGS = text(f"""
    select count(*) filter (where came_on < :first and (left_on is null or left_on >= :first)),
      count(*) filter (where came_on >= :first and came_on < :end),
      count(*) filter (where left_on >= :first and left_on < :end),
      count(*) filter (where came_on < :first and left_on >= :first and left_on < :end)
    from ({_LIFE}) life where came_on is not null
""")  # noqa: S608 - put together from constants
_LEFT_BY = text(f"""
    select left_by, count(*) from ({_LIFE}) life where came_on is not null and left_on >= :first and left_on < :end
    group by left_by order by count(*) desc, left_by
""")  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIncome:
    """What one plan brought in a month: invoices with it, cents before discounts, and discounts."""

    code: str
    name: Said
    invoices: int
    charged_cents: int
    discount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """A month's income in cents above nothing; void invoices are taken out where they became void."""

    month: Month
    charged_cents: int
    discount_cents: int
    given_back_cents: int
    written_off_cents: int
    cash_in_cents: int
    cash_back_cents: int
    plans: tuple[PlanIncome, ...]

    @property
    def net_cents(self) -> int:
        """Return what is left of what was charged."""
        return self.charged_cents - self.discount_cents - self.given_back_cents - self.written_off_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenByAge:
    """How many invoices are open so long, and for how many cents."""

    age: Age
    invoices: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """Open invoices by age, every age named."""

    today: date
    ages: tuple[OpenByAge, ...]

    @property
    def cents(self) -> int:
        """Return the cents of all open invoices."""
        return sum(each.cents for each in self.ages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Paying memberships at the beginning of a month, those that began and ended in it, and by which event.

    `lost` ended and had been there at the beginning, so that a rate never counts who came and left within the month.
    """

    month: Month
    at_start: int
    came: int
    left: int
    lost: int
    left_by: Mapping[str, int]

    @property
    def rate_basis_points(self) -> int | None:
        """Return the share of the beginning's memberships that ended, None of nothing."""
        return None if not self.at_start else (2 * 10_000 * self.lost + self.at_start) // (2 * self.at_start)


def revenue(session: Session, *, month: Month) -> Revenue:
    """Return a month's income by the journal, and by plan."""
    rows = session.execute(_BY_ACCOUNT, _edges(month)).all()
    net = {Account(account): int(cents) for account, cents, _ in rows}
    came = {Account(account): int(debit) for account, _, debit in rows}
    cash_in = came.get(Account.CASH, 0)
    return Revenue(
        month=month,
        charged_cents=-net.get(Account.REVENUE_MEMBERSHIP, 0),
        discount_cents=net.get(Account.CONTRA_DISCOUNT, 0),
        given_back_cents=net.get(Account.CONTRA_REFUND, 0),
        written_off_cents=net.get(Account.WRITE_OFF, 0),
        cash_in_cents=cash_in,
        cash_back_cents=cash_in - net.get(Account.CASH, 0),
        plans=_plans(session, month),
    )


def ageing(session: Session, *, today: date) -> Ageing:
    """Return the open invoices by how long ago they were due."""
    invoices, cents = dict.fromkeys(AGES, 0), dict.fromkeys(AGES, 0)
    for due_on, count, total in session.execute(_OPEN_BY_DAY):
        age = age_of(due_on, today)
        invoices[age] += count
        cents[age] += int(total)
    ages = tuple(OpenByAge(age=age, invoices=invoices[age], cents=cents[age]) for age in AGES)
    return Ageing(today=today, ages=ages)


def churn(session: Session, *, month: Month) -> Churn:
    """Return who came and left in a month."""
    at_start, came, left, lost = session.execute(_COMINGS_AND_GOINGS, _edges(month)).one()
    by: dict[str, int] = dict(session.execute(_LEFT_BY, _edges(month)).all())
    return Churn(month=month, at_start=at_start, came=came, left=left, lost=lost, left_by=by)


def _plans(session: Session, month: Month) -> tuple[PlanIncome, ...]:
    return tuple(
        PlanIncome(
            code=code,
            name=Said(name, name_es),
            invoices=invoices,
            charged_cents=int(charged),
            discount_cents=int(discount),
        )
        for code, name, name_es, invoices, charged, discount in session.execute(_BY_PLAN, _edges(month))
    )


def _edges(month: Month) -> dict[str, date]:
    return {"first": month.first_on, "end": month.end_on}
