"""Discounts by code, and hardship rates that one person asks for, another approves and somebody looks at again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.billing.actions.discounts import (
    NewDiscount,
    end_discount,
    give_discount,
    new_discount,
    take_discount_back,
)
from clinic.billing.actions.ending import cancel
from clinic.billing.actions.hardship import (
    approve_hardship,
    ask_hardship,
    decline_hardship,
    end_hardship,
    extend_hardship,
    withdraw_hardship,
)
from clinic.billing.actions.invoices import issue_invoice
from clinic.billing.errors import DiscountRefused, WrongState
from clinic.billing.jobs.telling import EVERY, tell_members_when_due
from clinic.billing.models import DiscountRedemption
from clinic.billing.queries.discounts import discount_of, hardship_of, rebate_for, uses_of
from clinic.billing.rules.discounts import Rebate
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.invoices import month
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.errors import Forbidden
from clinic.kernel.ids import new_id
from clinic.worklist.models import WorkItem
from tests.domains.billing.document_makers import Desk, days_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic
from tests.domains.treatment.plan_makers import ADMIN

TODAY = date(2026, 11, 23)
REVIEW = date(2027, 2, 23)
OTHER_ADMIN = Actor(kind=ActorKind.STAFF, id=new_id(), name="Ben Admin", roles=frozenset({Role.ADMIN}))
SPRING = NewDiscount(
    code="spring25",
    name="Spring",
    basis_points=2_500,
    amount_cents=None,
    periods=1,
    most_redemptions=1,
    valid_from_on=TODAY,
    valid_until_on=TODAY + timedelta(days=30),
)


def tasks(session) -> list[str]:
    wanted = select(WorkItem.kind).where(WorkItem.state == "open", WorkItem.kind.like("hardship%"))
    return sorted(session.scalars(wanted))


def given(desk, code="SPRING25"):
    return give_discount(desk.session, desk.row.id, code=code, by=COORDINATOR, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"basis_points": 0}, "percent", "from 1 to 100 percent"),
        ({"basis_points": 10_001}, "percent", "from 1 to 100 percent"),
        ({"amount_cents": 100}, "percent", "not both"),
        ({"basis_points": None, "amount_cents": 50_001}, "amount", r"\$500.01 is more than the \$500.00 of the plan"),
        ({"periods": 0}, "periods", "1 to 24 months"),
        ({"most_redemptions": 0}, "most_redemptions", "1 to 100,000 memberships"),
        ({"valid_until_on": TODAY - timedelta(days=1)}, "valid_until_on", "before the first"),
        ({"code": "with space"}, "code", "3 to 20 letters"),
        ({"name": " "}, "name", "1 to 60 letters"),
        ({"name": "For depression"}, "name", "Take out .depression."),
    ],
)
def test_a_discount_that_cannot_be_is_refused_at_its_box(session, changes, field, told):
    wanted = {name: getattr(SPRING, name) for name in NewDiscount.__slots__} | changes
    with pytest.raises(DiscountRefused, match=told) as refused:
        new_discount(session, new=NewDiscount(**wanted), by=ADMIN, now=NOW)
    assert refused.value.field == field


def test_a_discount_counts_once_its_month_is_paid_and_ends_after_its_last(session):
    new_discount(session, new=SPRING, by=ADMIN, now=NOW)
    clinic = Clinic(session)
    desk = Desk(session, clinic=clinic)
    held = given(desk, " spring25 ")
    assert rebate_for(session, desk.row.id, period=days_of(0)) == (Rebate(basis_points=2_500, periods=1), held.id)
    with pytest.raises(DiscountRefused, match="two do not add up"):
        given(desk)
    with pytest.raises(DiscountRefused, match="given to all of its 1 memberships"):
        given(Desk(session, clinic=clinic))
    for number, used in ((0, 1), (1, 1)):
        period = days_of(number)
        rebate = rebate_for(session, desk.row.id, period=period)
        lines = month(25_000, desk.price.id, period=period, rebate=rebate[0] if rebate else None)
        asked = {"kind": InvoiceKind.RENEWAL, "lines": lines, "period": period, "due_on": period.start_on}
        redemption_id = rebate[1] if rebate else None
        invoice = issue_invoice(session, desk.row, **asked, redemption_id=redemption_id, by=COORDINATOR, now=NOW)
        assert desk.pay(invoice)
        assert (invoice.discount_cents, held.periods_used) == (6_250 * (number == 0), used)
    assert held.ended_at == NOW
    assert rebate_for(session, desk.row.id, period=days_of(0)) == (Rebate(basis_points=2_500, periods=1), held.id)
    assert uses_of(session, held.discount_id) == 1


def test_a_code_is_given_from_its_first_to_its_last_day_and_never_above_the_plan(session):
    ahead = {name: getattr(SPRING, name) for name in NewDiscount.__slots__}
    new_discount(
        session, new=NewDiscount(**ahead | {"code": "LATER", "valid_from_on": date(2026, 12, 1)}), by=ADMIN, now=NOW
    )
    over = new_discount(session, new=NewDiscount(**ahead | {"code": "OVER"}), by=ADMIN, now=NOW)
    end_discount(session, over.id, today=TODAY, version=over.version, by=ADMIN, now=NOW)
    fixed = {"code": "BIG", "basis_points": None, "amount_cents": 30_000}
    new_discount(session, new=NewDiscount(**ahead | fixed), by=ADMIN, now=NOW)
    desk = Desk(session)
    for code, told in (("NONE", "no discount with this code"), ("LATER", "from December 1, 2026 on")):
        with pytest.raises(DiscountRefused, match=told):
            given(desk, code)
    with pytest.raises(DiscountRefused, match=r"\$300.00 is more than the \$250.00 of the plan"):
        given(desk, "BIG")
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(DiscountRefused, match="could be given until November 23, 2026"):
        give_discount(session, desk.row.id, code="OVER", by=COORDINATOR, now=tomorrow)
    held = given(desk, "OVER")
    take_discount_back(session, held.id, by=COORDINATOR, now=NOW)
    assert (discount_of(session, desk.row.id), uses_of(session, over.id)) == (None, 0)


def test_a_hardship_rate_is_approved_by_another_person_and_takes_a_codes_place(session):
    new_discount(session, new=SPRING, by=ADMIN, now=NOW)
    desk = Desk(session)
    given(desk)
    asked = {"reason": "job_lost", "basis_points": 5_000, "now": NOW}
    with pytest.raises(DiscountRefused, match="25, 50, 75 or 100 percent"):
        ask_hardship(session, desk.row.id, **asked | {"basis_points": 3_000}, by=COORDINATOR)
    request = ask_hardship(session, desk.row.id, **asked, by=ADMIN)
    with pytest.raises(DiscountRefused, match="asked for already"):
        ask_hardship(session, desk.row.id, **asked, by=COORDINATOR)
    assert tasks(session) == ["hardship_request"]
    approval = {"review_on": REVIEW, "version": request.version, "now": NOW}
    for by, told in ((ADMIN, "You asked for this rate yourself"), (COORDINATOR, "An administrator approves")):
        with pytest.raises(Forbidden, match=told):
            approve_hardship(session, request.id, **approval, by=by)
    with pytest.raises(DiscountRefused, match="within six months"):
        approve_hardship(session, request.id, **approval | {"review_on": date(2027, 5, 24)}, by=OTHER_ADMIN)
    held = approve_hardship(session, request.id, **approval, by=OTHER_ADMIN)
    assert rebate_for(session, desk.row.id, period=days_of(0)) == (Rebate(basis_points=5_000), held.id)
    seen = discount_of(session, desk.row.id)
    assert seen is not None
    assert (seen.name, seen.is_hardship, seen.review_on) == ("Reduced rate", True, REVIEW)
    assert tasks(session) == []
    with pytest.raises(DiscountRefused, match="An administrator ends a hardship rate"):
        take_discount_back(session, held.id, by=COORDINATOR, now=NOW)
    with pytest.raises(WrongState, match="was approved already"):
        decline_hardship(session, request.id, version=request.version, by=OTHER_ADMIN, now=NOW)


def test_a_hardship_rate_is_looked_at_again_two_weeks_before_its_day_and_ends_with_the_membership(
    session, begin, clock
):
    clock.instant = NOW
    desk = Desk(session)
    declined = ask_hardship(session, desk.row.id, reason="other", basis_points=10_000, by=COORDINATOR, now=NOW)
    decline_hardship(session, declined.id, version=declined.version, by=ADMIN, now=NOW)
    withdrawn = ask_hardship(session, desk.row.id, reason="other", basis_points=10_000, by=COORDINATOR, now=NOW)
    withdraw_hardship(session, withdrawn.id, by=COORDINATOR, now=NOW)
    request = ask_hardship(session, desk.row.id, reason="income", basis_points=10_000, by=COORDINATOR, now=NOW)
    approval = {"review_on": REVIEW, "version": request.version, "by": ADMIN}
    held = approve_hardship(session, request.id, **approval, now=NOW + timedelta(minutes=1))
    session.commit()

    def looked(**span):
        clock.advance(seconds=EVERY.total_seconds(), **span)
        tell_members_when_due(begin, ring=RING, clock=clock, by=system("Memberships"))
        session.expire_all()
        return tasks(session)

    assert looked(days=77) == []
    assert looked(days=1) == ["hardship_review"]
    extend_hardship(session, held.id, review_on=date(2027, 8, 1), by=ADMIN, now=clock())
    session.commit()
    assert looked() == []
    newest = hardship_of(session, desk.row.id)
    assert newest is not None
    assert newest.state == "approved"
    cancel(session, desk.row.id, by=COORDINATOR, now=clock())
    session.commit()
    looked()
    assert session.get_one(DiscountRedemption, held.id).ended_at is not None
    assert end_hardship(session, held.id, by=ADMIN, now=clock()).ended_at is not None
    with pytest.raises(WrongState, match="membership is over"):
        ask_hardship(session, desk.row.id, reason="income", basis_points=2_500, by=COORDINATOR, now=clock())
