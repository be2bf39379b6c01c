"""Where a membership can go, what nobody withholds, when a card is asked again, and what a decline means."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.billing.errors import WrongState
from clinic.billing.models import payments as payment_tables
from clinic.billing.models import plans as plan_tables
from clinic.billing.models import subscriptions as subscription_tables
from clinic.billing.rules.capabilities import ALWAYS, GRACE_DAYS, Capability, capabilities
from clinic.billing.rules.dunning import Attempt, may_cancel_on, next_attempt_on, suspends_on
from clinic.billing.rules.entitlements import Entitlement, upgraded
from clinic.billing.rules.payments import DECLINES, UNDER_WAY, PaymentState, after_news, decline
from clinic.billing.rules.subscriptions import CHARGED, LIVE, NEXT, Event, SubscriptionState, after

S, E = SubscriptionState, Event
DAY = date(2026, 3, 1)


def test_states_are_those_of_the_database():
    assert {f"'{state}'" for state in S} == set(subscription_tables.STATES.split(", "))
    assert {f"'{state}'" for state in LIVE} == set(subscription_tables.LIVE.split(", "))
    assert {f"'{state}'" for state in PaymentState} == set(payment_tables.PAYMENT_STATES.split(", "))
    assert {f"'{state}'" for state in UNDER_WAY} == set(payment_tables.UNDER_WAY.split(", "))
    assert {f"'{key}'" for key in Entitlement} == set(plan_tables.KEYS.split(", "))


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_event_leads_on_or_is_refused_with_what_to_do(state, event):
    if (state, event) in NEXT:
        assert after(state, event, held_from=S.PAST_DUE) in S
    else:
        with pytest.raises(WrongState, match=r"This membership .+\. .+\."):
            after(state, event)


def test_BIL_S2_what_is_over_stays_over_and_everything_else_can_end():
    assert not {state for state, _ in NEXT} & {S.CANCELED, S.EXPIRED}
    for state in LIVE:
        assert {after(state, event, held_from=S.ACTIVE) for event in E if (state, event) in NEXT} & {
            S.CANCELED,
            S.EXPIRED,
        }


def test_a_release_goes_back_to_where_the_hold_came_from():
    assert after(S.MEDICAL_HOLD, E.RELEASED, held_from=S.PAST_DUE) is S.PAST_DUE
    with pytest.raises(ValueError, match="knows where"):
        after(S.MEDICAL_HOLD, E.RELEASED)


def test_BIL_S4_no_card_is_asked_while_a_membership_waits_rests_or_is_over():
    assert CHARGED & {S.PENDING, S.PAUSED, S.MEDICAL_HOLD, S.SUSPENDED, S.CANCELED, S.EXPIRED} == set()


@pytest.mark.parametrize(("state", "days"), list(product([None, *S], [0, GRACE_DAYS, GRACE_DAYS + 1, 400])))
def test_BIL_S10_no_state_and_no_debt_takes_away_what_is_always_there(state, days):
    assert capabilities(state, days_past_due=days) >= ALWAYS


@pytest.mark.parametrize(
    ("state", "days", "sold"),
    [
        (S.ACTIVE, 0, {Capability.NEW_SHIPMENT, Capability.NEW_SESSION, Capability.UPGRADE}),
        (S.PAST_DUE, GRACE_DAYS, {Capability.NEW_SHIPMENT, Capability.NEW_SESSION}),
        (S.PAST_DUE, GRACE_DAYS + 1, set()),
        (S.SUSPENDED, 22, set()),
        (S.PAUSED, 0, set()),
        (S.MEDICAL_HOLD, 0, set()),
        (S.CANCELED, 0, set()),
        (None, 0, set()),
    ],
)
def test_what_is_sold_depends_on_the_state(state, days, sold):
    assert capabilities(state, days_past_due=days) - ALWAYS == sold


def failed(*after_days: int, is_hard: bool = False, card: str = "first") -> list[Attempt]:
    return [Attempt(DAY + timedelta(days=days), is_hard, card) for days in after_days]


@pytest.mark.parametrize(
    ("attempts", "card", "next_on"),
    [
        ([], "first", DAY + timedelta(days=2)),
        (failed(0), "first", DAY + timedelta(days=3)),
        (failed(0, 3), "first", DAY + timedelta(days=7)),
        (failed(7, 3, 0), "first", DAY + timedelta(days=14)),
        (failed(0, 3, 7, 14), "first", None),
        (failed(0, 9), "first", DAY + timedelta(days=14)),
        (failed(0, is_hard=True), "first", None),
        (failed(0, is_hard=True), "second", DAY + timedelta(days=2)),
        (failed(0), None, None),
    ],
)
def test_a_failed_invoice_is_tried_again_on_fixed_days_and_never_after_a_hard_decline(attempts, card, next_on):
    assert next_attempt_on(attempts, card=card, today=DAY + timedelta(days=2)) == next_on


def test_BIL_S11_there_are_four_attempts_at_most_each_later_than_the_one_before():
    attempts: list[Attempt] = []
    today = DAY
    while (on := next_attempt_on(attempts, card="first", today=today)) is not None:
        assert not attempts or on > attempts[-1].on
        attempts.append(Attempt(on, is_hard=False, card="first"))
        today = on
    assert [(each.on - DAY).days for each in attempts] == [0, 3, 7, 14]


def test_a_hopeless_card_suspends_sooner_and_nothing_is_canceled_before_a_month():
    assert suspends_on(DAY, failed(0), card="first") == DAY + timedelta(days=21)
    assert suspends_on(DAY, failed(0, is_hard=True), card="first") == DAY + timedelta(days=7)
    assert suspends_on(DAY, failed(0, is_hard=True), card="second") == DAY + timedelta(days=21)
    assert may_cancel_on(DAY) == DAY + timedelta(days=30)


@given(st.lists(st.sampled_from(PaymentState), min_size=1), st.randoms())
def test_BIL_S8_news_in_any_order_and_twice_end_in_the_same_state(news, random):
    def told(words):
        known = PaymentState.PENDING
        for word in words:
            known = after_news(known, word)
        return known

    assert told(news) == told(random.sample(news * 2, 2 * len(news)))


def test_what_succeeded_never_fails_and_what_failed_may_still_succeed():
    assert after_news(PaymentState.SUCCEEDED, PaymentState.FAILED) is PaymentState.SUCCEEDED
    assert after_news(PaymentState.FAILED, PaymentState.SUCCEEDED) is PaymentState.SUCCEEDED


def test_every_decline_has_words_for_everybody_and_tells_no_thief():
    for code, meaning in DECLINES.items():
        assert all(meaning[1:]), code
        assert meaning.en != meaning.es
    for code in ("stolen_card", "lost_card", "fraudulent", "pickup_card"):
        assert not {"stolen", "lost", "fraud"} & set(decline(code).en.lower().split())
    assert decline("a new code").is_hard is False
    assert decline(None) is decline("never heard of")


@given(
    st.dictionaries(st.sampled_from(Entitlement), st.none() | st.integers(min_value=0, max_value=9)),
    st.dictionaries(st.sampled_from(Entitlement), st.none() | st.integers(min_value=0, max_value=9)),
)
def test_BIL_S7_an_upgrade_never_lowers_a_ceiling_of_the_period(old, new):
    found = upgraded(old, new)
    assert all(most is None or (old.get(key, 0) is not None and most >= old.get(key, 0)) for key, most in found.items())
