"""What is not paid, changed, held, paused, canceled and stopped does to a membership, and where the money goes."""

from datetime import date

import pytest

from clinic.billing.actions.changing import change_plan, lower_now, withdraw_change
from clinic.billing.actions.collecting import open_payment
from clinic.billing.actions.dunned import hand_off
from clinic.billing.actions.ending import cancel, stop, withdraw_cancel
from clinic.billing.actions.holding import hold, release
from clinic.billing.actions.pausing import pause, resume, withdraw_pause
from clinic.billing.actions.restarting import invoice_to_collect
from clinic.billing.errors import ChangeRefused, NotYourMembership, PaymentUnderWay, PeriodRefused, WrongState
from clinic.billing.models import PlanPrice
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.changes import preview_change
from clinic.billing.queries.plans import plan_of_price
from clinic.worklist.rules import WorkKind
from tests.domains.billing.billing_makers import Life
from tests.domains.billing.payment_makers import CASHIER, DECLINED, GOOD
from tests.domains.scheduling.calendar_makers import COORDINATOR

WHY = "A reason for the record."


@pytest.fixture
def life(session, begin, clock) -> Life:
    return Life(session, begin, clock)


def now_and(life, by=COORDINATOR):
    return {"by": by, "now": life.clock()}


def unpaid(life: Life) -> object:
    """Return a membership whose first renewal was declined by its card just now."""
    row = life.member()
    life.bank.tell(life.card(row, DECLINED).gateway_method_id, charge_code="insufficient_funds")
    life.now_on("2026-12-23")
    life.look()
    return life.again(row)


def test_a_higher_plan_counts_once_it_is_paid_and_costs_what_the_preview_said(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=10)
    seen = preview_change(life.session, row.id, plan_code="standard", now=life.clock())
    assert (seen.is_now, seen.due_cents, seen.starts_on) == (True, 6_666, date(2026, 12, 3))
    invoice = change_plan(life.session, row.id, plan_code="standard", **now_and(life))
    assert (invoice.total_cents, life.again(row).price_id == seen.price_id) == (6_666, False)
    life.collect()
    assert life.again(row).price_id == seen.price_id
    assert (row.period_start_on, row.period_end_on) == (date(2026, 11, 23), date(2026, 12, 23))
    life.now_on("2026-12-23")
    life.look()
    assert life.charged() == [25_000, 6_666, 35_000]


def test_a_higher_plan_that_is_not_paid_does_not_happen(life: Life) -> None:
    row = life.member()
    life.bank.tell(life.card(row).gateway_method_id, charge_code="insufficient_funds")
    change_plan(life.session, row.id, plan_code="intensive", **now_and(life))
    life.collect()
    row = life.again(row)
    assert (row.state, plan_of_price(life.session, row.price_id).code) == ("active", "starter")
    assert life.billed(row)[-1][:2] == ("change", "void")


def test_nothing_is_changed_while_a_payment_for_another_plan_is_under_way(life: Life) -> None:
    row = life.member()
    invoice = change_plan(life.session, row.id, plan_code="standard", **now_and(life))
    payment = open_payment(life.session, invoice.id, is_scheduled=True, by=CASHIER, now=life.clock())
    payment.state = "processing"
    life.session.flush()
    with pytest.raises(PaymentUnderWay):
        change_plan(life.session, row.id, plan_code="intensive", **now_and(life))
    assert invoice.state == "open"


def test_a_lower_plan_begins_with_the_next_month_unless_it_is_withdrawn(life: Life) -> None:
    row = life.member(plan_code="standard")
    assert change_plan(life.session, row.id, plan_code="starter", **now_and(life)) is None
    withdraw_change(life.session, row.id, **now_and(life))
    with pytest.raises(WrongState, match="No change"):
        withdraw_change(life.session, row.id, **now_and(life))
    change_plan(life.session, row.id, plan_code="starter", **now_and(life))
    with pytest.raises(ChangeRefused, match="Standard is the plan that runs"):
        change_plan(life.session, row.id, plan_code="standard", **now_and(life))
    life.now_on("2026-12-23")
    life.look()
    assert life.charged() == [35_000, 25_000]


def test_the_intensive_month_is_followed_by_a_lower_plan_unless_it_is_kept(life: Life) -> None:
    row = life.member(plan_code="intensive")
    assert plan_of_price(life.session, life.again(row).next_price_id).code == "starter"
    life.now_on("2026-12-23")
    life.look()
    assert (life.charged(), life.again(row).next_price_id) == ([50_000, 25_000], None)


def test_a_physician_lowers_a_plan_now_and_the_rest_pays_the_next_month(life: Life) -> None:
    row = life.member(plan_code="intensive")
    life.clock.advance(days=15)
    with pytest.raises(NotYourMembership):
        lower_now(life.session, row.id, plan_code="starter", reason=WHY, **now_and(life))
    lower_now(life.session, row.id, plan_code="starter", reason=WHY, **now_and(life, life.by))
    assert (life.again(row).price_id, balance_cents(life.session, row.patient_id)) == (price(life, "starter"), 12_500)
    life.now_on("2026-12-23")
    life.look()
    assert (life.charged(), balance_cents(life.session, row.patient_id)) == ([50_000, 12_500], 0)


def price(life: Life, code: str):
    prices = life.session.query(PlanPrice).all()
    return next(each.id for each in prices if plan_of_price(life.session, each.id).code == code)


def test_a_hold_moves_the_end_by_exactly_its_days_and_moves_no_money(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=10)
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.pass_days(2)
    life.clock.advance(days=18)
    life.look()
    assert (life.again(row).state, row.frozen_days, len(life.invoices(row))) == ("medical_hold", 20, 1)
    release(life.session, row.id, **now_and(life, life.by))
    assert (row.state, row.period_start_on, row.period_end_on) == ("active", date(2026, 12, 23), date(2027, 1, 12))
    life.now_on("2027-01-12")
    life.look()
    assert life.billed(row)[1:] == [("renewal", "paid", "2027-01-12", 25_000)]
    assert life.again(row).period_end_on == date(2027, 2, 12)


def test_what_a_hold_left_is_changed_at_the_price_of_its_days(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=10)
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.clock.advance(days=5)
    release(life.session, row.id, **now_and(life, life.by))
    life.clock.advance(days=5)
    seen = preview_change(life.session, row.id, plan_code="standard", now=life.clock())
    assert (seen.due_cents, seen.starts_on) == (5_000, date(2026, 12, 13))


def test_a_hold_and_its_release_on_one_day_change_no_day(life: Life) -> None:
    row = life.member()
    for verb, said in ((hold, {"reason": WHY}), (release, {})):
        verb(life.session, row.id, **said, **now_and(life, life.by))
    assert (row.state, row.period_end_on) == ("active", date(2026, 12, 23))
    with pytest.raises(WrongState, match="not on hold"):
        release(life.session, row.id, **now_and(life, life.by))


def test_a_hold_of_more_than_ninety_days_ends_the_membership_and_gives_the_rest_back(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=15)
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.clock.advance(days=80)
    life.look()
    assert life.asked(WorkKind.HOLD_ENDS) == ["hold_ends"]
    life.clock.advance(days=11)
    life.look()
    assert (life.again(row).state, life.credits(row)) == ("canceled", [("refund", 12_500)])
    assert (life.asked(WorkKind.HOLD_ENDS), [each.state for each in life.refunds()]) == ([], ["succeeded"])


def test_a_pause_begins_with_the_end_of_the_month_and_a_new_month_after_it(life: Life) -> None:
    row = life.member()
    for day in (date(2026, 12, 23), date(2027, 3, 24)):
        with pytest.raises(PeriodRefused, match="Choose a day between"):
            pause(life.session, row.id, resume_on=day, **now_and(life))
    pause(life.session, row.id, resume_on=date(2027, 1, 10), **now_and(life))
    withdraw_pause(life.session, row.id, **now_and(life))
    pause(life.session, row.id, resume_on=date(2027, 1, 15), **now_and(life))
    assert row.state == "active"
    life.now_on("2026-12-24")
    life.look()
    assert (life.again(row).state, len(life.invoices(row))) == ("paused", 1)
    life.now_on("2027-01-15")
    life.look()
    assert (life.again(row).state, row.period_start_on, row.resume_on) == ("active", date(2027, 1, 15), None)
    assert life.charged() == [25_000, 25_000]
    with pytest.raises(WrongState):
        resume(life.session, row.id, **now_and(life))


def test_a_cancel_keeps_the_paid_days_and_beats_a_pause(life: Life) -> None:
    row = life.member()
    pause(life.session, row.id, resume_on=date(2027, 1, 15), **now_and(life))
    cancel(life.session, row.id, **now_and(life, life.patient_of(row)))
    assert (row.state, row.is_ending, row.is_pausing) == ("active", True, False)
    withdraw_cancel(life.session, row.id, **now_and(life))
    cancel(life.session, row.id, **now_and(life))
    life.now_on("2026-12-23")
    life.look()
    assert (life.again(row).state, life.charged()) == ("canceled", [25_000])
    with pytest.raises(WrongState, match="Begin a new one"):
        cancel(life.session, row.id, **now_and(life))


def test_an_unpaid_month_is_suspended_after_twenty_one_days_and_ends_only_after_the_hand_over(life: Life) -> None:
    row = unpaid(life)
    assert (row.state, row.past_due_since) == ("past_due", life.clock())
    life.clock.advance(days=20)
    life.look()
    assert life.again(row).state == "past_due"
    life.clock.advance(days=1)
    life.look()
    assert (life.again(row).state, life.asked(WorkKind.FINANCIAL_HAND_OFF)) == ("suspended", ["financial_hand_off"])
    life.clock.advance(days=20)
    life.look()
    assert life.again(row).state == "suspended"
    hand_off(life.session, row.id, note="Spoke about the way on.", **now_and(life, life.by))
    assert (row.state, [each.state for each in life.invoices(row)]) == ("canceled", ["paid", "void"])
    assert life.asked(WorkKind.FINANCIAL_HAND_OFF) == []


def test_a_hand_over_before_the_thirtieth_day_lets_it_end_on_that_day(life: Life) -> None:
    row = unpaid(life)
    life.clock.advance(days=21)
    life.look()
    hand_off(life.session, row.id, note="Spoke about the way on.", **now_and(life, life.by))
    life.clock.advance(days=8)
    life.look()
    assert life.again(row).state == "suspended"
    life.clock.advance(days=1)
    life.look()
    assert life.again(row).state == "canceled"


def test_a_suspended_membership_begins_again_with_a_new_card_and_the_unpaid_month_is_not_asked_for(life: Life) -> None:
    row = unpaid(life)
    life.clock.advance(days=21)
    life.look()
    life.clock.advance(days=3)
    life.card(row, GOOD)
    life.collect()
    row = life.again(row)
    assert (row.state, row.period_start_on, row.past_due_since) == ("active", date(2027, 1, 16), None)
    assert [each[:3] for each in life.billed(row)] == [
        ("first", "paid", "2026-11-23"),
        ("renewal", "void", "2026-12-23"),
        ("first", "paid", "2027-01-16"),
    ]
    assert invoice_to_collect(life.session, row.id, **now_and(life)) is None


def test_a_past_due_month_that_is_paid_late_keeps_its_days(life: Life) -> None:
    row = unpaid(life)
    life.clock.advance(days=5)
    life.card(row, GOOD)
    life.collect()
    row = life.again(row)
    assert (row.state, row.period_start_on, row.past_due_since) == ("active", date(2026, 12, 23), None)


def test_a_hold_stops_dunning_and_the_days_of_a_payment_that_is_due(life: Life) -> None:
    row = unpaid(life)
    life.clock.advance(days=2)
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.clock.advance(days=30)
    life.look()
    assert (life.again(row).state, len(life.states(life.invoices(row)[-1]))) == ("medical_hold", 1)
    release(life.session, row.id, **now_and(life, life.by))
    assert (row.state, (life.clock() - row.past_due_since).days) == ("past_due", 2)


def test_a_physician_stops_it_and_the_unused_days_of_both_plans_go_back(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=10)
    change_plan(life.session, row.id, plan_code="standard", **now_and(life))
    life.collect()
    life.clock.advance(days=5)
    with pytest.raises(NotYourMembership):
        stop(life.session, row.id, reason=WHY, **now_and(life))
    stop(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.collect()
    assert life.again(row).state == "canceled"
    assert sum(cents for _, cents in life.credits(row)) == 17_500
    assert [each.state for each in life.refunds()] == ["succeeded", "succeeded"]


def test_no_payment_under_way_holds_a_stop_up_and_money_that_comes_later_goes_back(life: Life) -> None:
    row = life.wanted()
    invoice = life.approved(row)
    life.gateway.faults.append("after")
    life.collect()
    assert life.states(invoice) == ["processing"]
    stop(life.session, row.id, reason=WHY, **now_and(life, life.by))
    assert (row.state, invoice.state) == ("expired", "open")
    for _ in range(3):
        life.clock.advance(minutes=10)
        life.collect()
    assert (life.again(row).state, life.states(invoice)) == ("expired", ["succeeded"])
    assert ([each.amount_cents for each in life.refunds()], [each.state for each in life.refunds()]) == (
        [25_000],
        ["succeeded"],
    )
