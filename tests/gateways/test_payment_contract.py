"""The one contract of the port for money: every way to a gateway keeps to it, the client of Stripe on two servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from clinic.billing.rules.payments import DECLINES, PaymentState
from clinic.gateways.payments import (
    CardWord,
    GatewayRefused,
    PaymentResult,
    PaymentWord,
    RefundWord,
    RefusalKind,
)
from clinic.gateways.payments.stripe import StripeGateway
from tests.gateways.payment_wires import BACK, KEY, Wire, wire_of

GOOD, DECLINED = "4242424242424242", "4000000000000341"
ASKS, ASKS_AND_DECLINES = "4000002760003184", "4000008400001629"
EVERYWHERE = ["sandbox", "stand-in", "localstripe"]
OURS = ["sandbox", "stand-in"]
"""The other pretend Stripe has no pages, knows no keys, filters no lists, and gives back more than came in."""

everywhere = pytest.mark.parametrize("wire", EVERYWHERE, indirect=True)
on_ours = pytest.mark.parametrize("wire", OURS, indirect=True)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Wire]]:
    wires: dict[str, Wire] = {}
    with ExitStack() as stack:

        def give(kind: str) -> Wire:
            if kind not in wires:
                wires[kind] = stack.enter_context(wire_of(kind, tmp_path_factory.mktemp(kind)))
            return wires[kind]

        yield give


@pytest.fixture
def wire(request: pytest.FixtureRequest, opened: Callable[[str], Wire]) -> Wire:
    return opened(request.param)


def charged(wire: Wire, number: str, cents: int = 25_000, *, is_scheduled: bool = True) -> tuple[PaymentResult, str]:
    customer, card = wire.saved(number)
    name = wire.new("payment")
    paid = wire.gateway.charge(
        customer=customer, method=card.method_id, cents=cents, reference=name, key=name, is_scheduled=is_scheduled
    )
    assert (paid.cents, paid.reference) == (cents, name)
    return paid, card.method_id


def refusal_of(call: Callable[[], object]) -> GatewayRefused:
    with pytest.raises(GatewayRefused) as refused:
        call()
    return refused.value


def test_the_words_of_the_gateway_are_those_of_the_domain() -> None:
    assert {word.value for word in PaymentWord} == {state.value for state in PaymentState} - {"pending"}


@everywhere
def test_a_saved_card_is_known_by_what_a_person_knows_it_by(wire: Wire) -> None:
    _, card = wire.saved(GOOD)
    assert (card.brand, card.last4) == ("visa", "4242")
    assert 1 <= card.expires_month <= 12
    assert card.expires_year > 2026


@everywhere
def test_a_payment_that_succeeds_is_read_again_as_it_was_answered(wire: Wire) -> None:
    paid, _ = charged(wire, GOOD)
    assert (paid.state, paid.decline_code, paid.action_url) == (PaymentWord.SUCCEEDED, None, None)
    assert wire.gateway.payment(paid.payment_id) == paid
    assert paid.created_at.utcoffset() == timedelta(0)


@everywhere
def test_a_declined_card_is_an_answer_with_a_code_that_the_clinic_has_words_for(wire: Wire) -> None:
    paid, _ = charged(wire, DECLINED)
    assert paid.state is PaymentWord.FAILED
    assert paid.decline_code in DECLINES
    assert wire.gateway.payment(paid.payment_id) == paid


@everywhere
@pytest.mark.parametrize(
    ("number", "is_confirmed", "state"),
    [
        (ASKS, True, PaymentWord.SUCCEEDED),
        (ASKS, False, PaymentWord.FAILED),
        (ASKS_AND_DECLINES, True, PaymentWord.FAILED),
    ],
)
def test_a_bank_that_wants_the_patient_waits_for_her_answer(
    wire: Wire, number: str, *, is_confirmed: bool, state: PaymentWord
) -> None:
    paid, method = charged(wire, number)
    assert (paid.state, paid.decline_code) == (PaymentWord.REQUIRES_ACTION, None)
    wire.person.answer(wire.gateway, paid.payment_id, method, is_confirmed=is_confirmed)
    after = wire.gateway.payment(paid.payment_id)
    assert after.state is state
    assert (after.decline_code in DECLINES) is (state is PaymentWord.FAILED)


@everywhere
def test_a_payment_is_given_up_while_it_waits_and_not_once_it_ended(wire: Wire) -> None:
    waiting, _ = charged(wire, ASKS)
    assert wire.gateway.cancel(waiting.payment_id, key=wire.new("cancel")).state is PaymentWord.CANCELED
    paid, _ = charged(wire, GOOD)
    assert wire.gateway.cancel(paid.payment_id, key=wire.new("cancel")).state is PaymentWord.SUCCEEDED


@everywhere
def test_money_goes_back_in_parts_each_with_our_own_mark(wire: Wire) -> None:
    paid, _ = charged(wire, GOOD)
    parts = [
        wire.gateway.refund(paid.payment_id, cents, key=name, reference=name)
        for cents, name in ((100, wire.new("refund")), (24_900, wire.new("refund")))
    ]
    assert [(part.cents, part.state) for part in parts] == [(100, RefundWord.SUCCEEDED), (24_900, RefundWord.SUCCEEDED)]
    assert {part.reference for part in wire.gateway.refunds_of(paid.payment_id)} == {one.reference for one in parts}
    assert wire.gateway.refund_of(parts[0].refund_id) == parts[0]


@everywhere
def test_a_stranger_is_refused_as_missing_and_forgetting_a_card_twice_is_no_failure(wire: Wire) -> None:
    assert refusal_of(lambda: wire.gateway.payment("pi_nobodys")).kind is RefusalKind.MISSING
    _, card = wire.saved(GOOD)
    wire.gateway.detach(card.method_id)
    wire.gateway.detach(card.method_id)


@pytest.mark.parametrize("wire", ["stand-in", "localstripe"], indirect=True)
def test_a_wrong_key_is_told_from_a_wrong_question(wire: Wire) -> None:
    stranger = StripeGateway(api_key="nothing", base_url=wire.address)
    refused = refusal_of(lambda: stranger.create_customer("anybody", key="anything"))
    assert refused.kind is RefusalKind.KEY
    assert KEY not in str(refused)


@on_ours
def test_more_than_came_in_never_goes_back(wire: Wire) -> None:
    paid, _ = charged(wire, GOOD)
    wire.gateway.refund(paid.payment_id, 24_000, key=wire.new("refund"), reference="one")
    above = refusal_of(lambda: wire.gateway.refund(paid.payment_id, 1_001, key=wire.new("refund"), reference="two"))
    assert above.kind is RefusalKind.REQUEST
    assert len(wire.gateway.refunds_of(paid.payment_id)) == 1


@on_ours
def test_a_key_does_its_work_once_and_is_refused_for_another_question(wire: Wire) -> None:
    customer, card = wire.saved(GOOD)
    asked = {"customer": customer, "method": card.method_id, "reference": "row", "is_scheduled": True}
    key = wire.new("key")
    first, again = (wire.gateway.charge(**asked, cents=7_500, key=key) for _ in range(2))
    assert first == again
    other = refusal_of(lambda: wire.gateway.charge(**asked, cents=7_600, key=key))
    assert other.kind is RefusalKind.REQUEST
    assert wire.gateway.payments_of("row", customer=customer) == (first,)
    refunds = [wire.gateway.refund(first.payment_id, 500, key=f"{key}:r", reference="back") for _ in range(2)]
    assert refunds[0] == refunds[1]
    assert len(wire.gateway.refunds_of(first.payment_id)) == 1


@on_ours
def test_a_declined_answer_is_replayed_under_its_key_as_well(wire: Wire) -> None:
    customer, card = wire.saved(DECLINED)
    asked = {"customer": customer, "method": card.method_id, "cents": 9_900, "reference": "row", "is_scheduled": True}
    key = wire.new("key")
    assert wire.gateway.charge(**asked, key=key) == wire.gateway.charge(**asked, key=key)
    assert len(wire.gateway.payments_of("row", customer=customer)) == 1


@on_ours
def test_payments_are_found_by_our_mark_and_since_a_moment_oldest_first(wire: Wire) -> None:
    made = [charged(wire, GOOD, cents)[0] for cents in (5_000, 6_000, 7_000)]
    listed = [one.payment_id for one in wire.gateway.payments_since(made[0].created_at)]
    assert [one for one in listed if one in {each.payment_id for each in made}] == [one.payment_id for one in made]
    assert wire.gateway.payments_since(datetime(2100, 1, 1, tzinfo=UTC)) == ()
    found = wire.gateway.payments_since(datetime(2000, 1, 1, tzinfo=UTC))
    assert all(one.created_at <= two.created_at for one, two in pairwise(found))


@on_ours
def test_the_page_for_a_card_waits_until_somebody_enters_one(wire: Wire) -> None:
    customer = wire.customer()
    started = wire.gateway.begin_card(customer, key=wire.new("setup"), return_url=BACK)
    assert wire.gateway.card_of(started.setup_id).state is CardWord.REQUIRES_ACTION
    assert started.url.startswith("http")


@on_ours
def test_a_patient_who_is_there_gets_the_banks_page_with_the_answer(wire: Wire) -> None:
    customer, card = wire.saved(ASKS)
    name = wire.new("payment")
    paid = wire.gateway.charge(
        customer=customer,
        method=card.method_id,
        cents=500,
        reference=name,
        key=name,
        is_scheduled=False,
        return_url=BACK,
    )
    assert paid.state is PaymentWord.REQUIRES_ACTION
    assert paid.action_url is not None
    assert paid.action_url.endswith(paid.payment_id)


@on_ours
def test_less_than_the_smallest_charge_and_another_customers_card_are_refused(wire: Wire) -> None:
    customer, card = wire.saved(GOOD)
    asked = {"method": card.method_id, "reference": "row", "is_scheduled": True}
    least = refusal_of(lambda: wire.gateway.charge(customer=customer, cents=49, key=wire.new("key"), **asked))
    assert (least.kind, least.code) == (RefusalKind.REQUEST, "amount_too_small")
    other = wire.customer()
    foreign = refusal_of(lambda: wire.gateway.charge(customer=other, cents=500, key=wire.new("key"), **asked))
    assert foreign.kind is RefusalKind.REQUEST
