"""Prices: a new one for who joins, and moving members to it only after a notice that arrived."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.actions.plans import install_plans
from clinic.billing.actions.prices import (
    NewPrice,
    announce_price_change,
    new_price,
    record_told,
    withdraw_price_change,
)
from clinic.billing.errors import PriceRefused
from clinic.billing.jobs.telling import EVERY, tell_members_when_due
from clinic.billing.models import PlanPrice, PriceNotice, Subscription
from clinic.billing.queries.plans import entitlements_of, plan_of_code, plans_on_sale, price_on, prices_of
from clinic.billing.queries.prices import announced_of, preview_price_change, price_for, told_of
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.prices import applies
from clinic.billing.sending import price_notice_guard
from clinic.kernel.actor import Actor, system
from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.actions.results import take
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from tests.domains.billing.payment_makers import Till
from tests.domains.scheduling.calendar_makers import NOW, RING
from tests.domains.treatment.plan_makers import ADMIN

TODAY = date(2026, 11, 23)
IN_TIME = TODAY + timedelta(days=30)
TELLER = system("Memberships")


@pytest.fixture
def till(session, begin, clock) -> Till:
    return Till(session, begin, clock)


def raised(session: Session, cents: int = 27_500, *, code: str = "starter", by: Actor = ADMIN) -> PlanPrice:
    """Set a plan's price for new members from today on."""
    plan = plan_of_code(session, code)
    newest = prices_of(session, plan.id)[0]
    new = NewPrice(cents=cents, valid_from_on=TODAY, entitlements=entitlements_of(session, newest.id))
    return new_price(session, plan.id, new=new, based_on=newest.id, today=TODAY, by=by, now=NOW)


def member(till: Till) -> Subscription:
    """Return a membership that has paid its first month."""
    invoice = till.owing()
    till.work()
    return till.membership(invoice)


def told(till: Till) -> list[Message]:
    """Let the worker tell members and return the texts about the price."""
    till.clock.advance(seconds=EVERY.total_seconds())
    tell_members_when_due(till.begin, ring=RING, clock=till.clock, by=TELLER)
    till.session.expire_all()
    return list(till.session.scalars(select(Message).where(Message.template_key == "PAY_PRICE")))


def judged(till: Till, text: Message) -> object:
    seen = Planned(
        message_id=text.id,
        template_key=text.template_key,
        subject_kind=text.subject_kind,
        subject_id=text.subject_id,
        subject_version=None,
        due_at=text.due_at,
        expires_at=text.expires_at,
    )
    return price_notice_guard(till.session, seen, till.clock())


def test_a_new_clinic_sells_four_plans_and_the_intensive_month_goes_on_as_starter(session):
    install_plans(session, by=ADMIN, now=NOW)  # Once more, as every release does.
    sold = plans_on_sale(session, on=TODAY)
    assert [(each.code, each.cents) for each in sold] == [
        *(("care_only", 7_500), ("starter", 25_000), ("standard", 35_000), ("intensive", 50_000))
    ]
    assert all(set(each.entitlements) == set(Entitlement) for each in sold)
    assert plan_of_code(session, "intensive").followed_by_id == plan_of_code(session, "starter").id


def test_a_member_pays_a_new_price_only_thirty_days_after_the_text_arrived(till: Till):
    row = member(till)
    old, new = till.session.get_one(PlanPrice, row.price_id), raised(till.session)
    assert price_on(till.session, old.plan_id, on=TODAY) == new
    assert price_for(till.session, row, renews_on=date(2030, 1, 1)) == old
    preview = preview_price_change(till.session, old.id, to_cents=new.amount_cents, effective_on=IN_TIME)
    assert [each.subscription_id for each in preview.affected] == [row.id]
    assert preview.monthly_cents == 2_500
    change = announce_price_change(till.session, old.id, effective_on=IN_TIME, today=TODAY, by=ADMIN, now=NOW)
    till.session.commit()
    (text,) = told(till)
    assert judged(till, text) == Send()
    assert price_for(till.session, row, renews_on=date(2030, 1, 1)) == old
    till.clock.advance(days=2)
    take(till.session, text, sid="SM1", status="delivered", by=TELLER, now=till.clock())
    till.session.commit()
    assert len(told(till)) == 1
    seen = announced_of(till.session, row)
    assert seen is not None
    assert (seen.told_on, seen.applies_from) == (TODAY + timedelta(days=2), date(2027, 1, 23))
    renewals = [date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 23)]
    assert [price_for(till.session, row, renews_on=day) == new for day in renewals] == [False, False, True, True]
    assert judged(till, text) == Drop("membership_changed")
    withdraw_price_change(till.session, change.id, version=change.version, by=ADMIN, now=till.clock())
    assert price_for(till.session, row, renews_on=date(2030, 1, 1)) == old
    assert judged(till, text) == Drop("price_withdrawn")


def test_who_cannot_be_texted_is_told_by_a_person_and_the_days_count_from_then(till: Till):
    row = member(till)
    raised(till.session)
    change = announce_price_change(till.session, row.price_id, effective_on=IN_TIME, today=TODAY, by=ADMIN, now=NOW)
    till.session.commit()
    told(till)
    notice = till.session.scalars(select(PriceNotice)).one()
    till.clock.advance(days=10)
    record_told(till.session, notice.id, by=ADMIN, now=till.clock())
    (seen,) = told_of(till.session, change)
    assert (seen.told_by, seen.arrived_on, seen.has_moved) == (ADMIN.name, TODAY + timedelta(days=10), False)
    assert price_for(till.session, row, renews_on=date(2027, 1, 1)).id == row.price_id
    assert price_for(till.session, row, renews_on=date(2027, 1, 2)).id == change.to_price_id


def test_a_change_too_soon_a_second_one_at_once_and_one_to_nowhere_are_refused(session):
    old = price_on(session, plan_of_code(session, "starter").id, on=TODAY)
    asked = {"effective_on": IN_TIME, "today": TODAY, "by": ADMIN, "now": NOW}
    with pytest.raises(PriceRefused, match="newest price of this plan already"):
        announce_price_change(session, old.id, **asked)
    raised(session)
    with pytest.raises(PriceRefused, match=r"told 30 days before. Choose December 23, 2026 or later"):
        announce_price_change(session, old.id, **asked | {"effective_on": IN_TIME - timedelta(days=1)})
    with pytest.raises(PriceRefused, match=r"at most a year ahead. Choose a day until November 23, 2027"):
        announce_price_change(session, old.id, **asked | {"effective_on": date(9999, 12, 31)})
    announce_price_change(session, old.id, **asked)
    with pytest.raises(PriceRefused, match=r"to \$275.00 is announced already. Withdraw it first"):
        announce_price_change(session, old.id, **asked)


def test_a_price_beside_another_of_the_same_day_or_over_a_colleagues_is_refused(session):
    before = price_on(session, plan_of_code(session, "starter").id, on=TODAY)
    raised(session)
    with pytest.raises(PriceRefused, match=r"got its price of \$275.00 today"):
        raised(session, 28_000)
    new = NewPrice(cents=1, valid_from_on=TODAY, entitlements={})
    with pytest.raises(ChangedMeanwhile, match=r"set a price of \$275.00 meanwhile"):
        new_price(session, before.plan_id, new=new, based_on=before.id, today=TODAY, by=ADMIN, now=NOW)


@pytest.mark.parametrize(
    ("told_on", "renews_on", "is_new"),
    [
        (None, date(2027, 6, 1), False),
        (date(2026, 11, 1), date(2026, 12, 31), False),
        (date(2026, 11, 1), date(2027, 1, 1), True),
        (date(2026, 12, 15), date(2027, 1, 13), False),
        (date(2026, 12, 15), date(2027, 1, 14), True),
    ],
)
def test_the_later_of_the_day_and_thirty_days_of_notice_decides(told_on, renews_on, is_new):
    assert applies(effective_on=date(2027, 1, 1), told_on=told_on, renews_on=renews_on) is is_new
