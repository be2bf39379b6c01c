"""Lives three years of memberships through the database, day by day, and prints what a month of one costs.

People join on every day of a month, the last ones among them. Each day workers renew, charge and look; on some
days no worker runs, and some cards go bad until their owner enters another. At the end the books, the bank and the days
of every membership are looked at: no day is missing or asked for twice, nobody paid twice. `--members N` says how many,
40 if it is not given.
"""

import argparse
import sys
import time as stopwatch
from datetime import timedelta
from itertools import count
from random import Random

import ground
from sqlalchemy import func, select

from clinic.billing.actions.plans import install_plans
from clinic.billing.jobs.charging import charge_due
from clinic.billing.jobs.renewing import renew_due
from clinic.billing.models import Invoice, Payment, Subscription
from tests.conftest import TestClock
from tests.domains.billing.billing_makers import KEEPER, Life
from tests.domains.billing.billing_truths import Truths
from tests.domains.billing.payment_makers import CASHIER, DECLINED, GOOD
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

DAYS = 3 * 365 + 1
"""With a February of 29 days in their midst."""
JOINING_DAYS = 31
DOWN, GOES_BAD = 0.03, 0.002
"""How likely no worker runs on a day, and a card goes bad on one."""


def live(life: Life, members: int, chance: Random) -> tuple[list[Subscription], float]:
    """Let everybody join and three years pass; return the memberships and the seconds that renewing alone took."""
    rows: list[Subscription] = []
    renewing = 0.0
    for day in range(DAYS):
        life.clock.advance(days=1)
        if day < JOINING_DAYS:
            rows += [life.member() for number in range(members) if number % JOINING_DAYS == day]
        for row in rows:
            if chance.random() < GOES_BAD:
                life.card(row, DECLINED)
        if chance.random() < DOWN:
            continue
        begun = stopwatch.perf_counter()
        renew_due(life.begin, clock=life.clock, by=KEEPER)
        renewing += stopwatch.perf_counter() - begun
        life.look()
        mend(life, chance)
    return rows, renewing


def mend(life: Life, chance: Random) -> None:
    """Let some of those whose card was refused enter another one, before the clinic gives up."""
    life.session.expire_all()
    for row in life.session.scalars(select(Subscription).where(Subscription.state == "past_due")).all():
        if chance.random() < 0.5:
            life.card(row, GOOD)
            life.collect()


def main() -> None:
    """Live, look, and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=40)
    asked.add_argument("--short", action="store_true")
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    members = 4 if told.short else told.members
    with ground.ground(physicians=1, patients=1) as place:
        with place.begin(by=COORDINATOR) as session:
            install_plans(session, by=COORDINATOR, now=NOW)
        with place.session() as session:
            life = Life(session, place.begin, TestClock(NOW))
            life.clinic.clinic.numbers = count(50)  # the first ones are those of the ground's own patients
            ground.say(f"{members} members, {DAYS:,} days, seed {told.seed}; {ground.load()}")
            begun = stopwatch.perf_counter()
            rows, renewing = live(life, members, Random(told.seed))  # noqa: S311 - lives made up alike in every run
            spent = stopwatch.perf_counter() - begun
            charge_due(life.begin, life.gateways, clock=life.clock, by=CASHIER)
            true_of(life, rows)
            report(life, rows, spent, renewing)


def true_of(life: Life, rows: list[Subscription]) -> None:
    """Look at everything that must be true, and that every membership came to the last day."""
    truths = object.__new__(Truths)  # its invariants alone, without a machine that makes things happen
    truths.life, truths.people = life, [row.patient_id for row in rows]
    truths.all_is_true()
    today = life.clock().date()
    for row in rows:
        again = life.again(row)
        assert again.state in {"active", "past_due"}, (again.state, again.id)
        assert again.period_end_on is not None
        assert again.period_end_on >= today - timedelta(days=2)


def report(life: Life, rows: list[Subscription], spent: float, renewing: float) -> None:
    """Print the table."""
    months = life.session.scalar(select(func.count()).select_from(Invoice)) or 0
    failed = life.session.scalar(select(func.count()).select_from(Payment).where(Payment.state == "failed")) or 0
    ground.say(f"{len(rows)} memberships, {months:,} invoices, {failed:,} payments refused; every look found all true")
    ground.say("| | time | an invoice | to renewing alone |")
    ground.say("|---|---|---|---|")
    for name, taken in (("renewing alone", renewing), ("all that workers do", spent)):
        ground.say(f"| {name} | {taken:.1f} s | {1000 * taken / months:.1f} ms | **{taken / renewing:.2f}** |")


if __name__ == "__main__":
    sys.exit(main())
