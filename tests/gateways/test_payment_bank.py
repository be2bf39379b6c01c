"""The pretend bank: what each number does, what comes due by the clock, and what a kill leaves of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic.billing.rules.payments import DECLINES
from clinic.gateways.payments import CardWord, GatewayCard, GatewayRefused, GatewayUnclear, PaymentWord, RefundWord
from clinic.gateways.payments.bank import Bank, BankRefusal
from clinic.gateways.payments.bank.numbers import CONDUCTS
from clinic.gateways.payments.sandbox import SandboxGateway
from tests.gateways.given_cards import given_card

GOOD, BACK = "4242424242424242", "https://clinic.example.org"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Town:
    """A bank with a clock that is moved by hand, and one customer."""

    now: datetime = NOW
    journal: Path | None = None

    def __post_init__(self) -> None:
        self.bank = Bank(lambda: self.now, journal=self.journal)
        self.gateway = SandboxGateway(self.bank)
        self.customer = self.gateway.create_customer("patient", key="patient")

    def pay(self, method: str, key: str = "inv:1:a:1", cents: int = 25_000) -> PaymentWord:
        asked = {"customer": self.customer, "method": method, "cents": cents, "reference": key}
        return self.gateway.charge(**asked, key=key, is_scheduled=True).state

    def card(self, number: str) -> GatewayCard:
        return given_card(self.gateway, self.bank, customer=self.customer, number=number)

    def said(self, kind: str) -> list[str]:
        return [event["type"] for event in self.bank.events if event["data"]["object"]["object"] == kind]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.mark.parametrize("number", [number for number in CONDUCTS if CONDUCTS[number].save_code])
def test_a_card_that_cannot_be_saved_leaves_the_page_open_with_a_code_we_have_words_for(
    town: Town, number: str
) -> None:
    started = town.gateway.begin_card(town.customer, key="setup", return_url=BACK)
    town.bank.enter_card(started.setup_id, number)
    found = town.gateway.card_of(started.setup_id)
    assert (found.state, found.card) == (CardWord.REQUIRES_ACTION, None)
    assert found.decline_code in DECLINES
    town.bank.enter_card(started.setup_id, GOOD)
    assert town.gateway.card_of(started.setup_id).state is CardWord.SUCCEEDED


@pytest.mark.parametrize("code", sorted(DECLINES))
def test_a_saved_card_can_be_told_to_be_declined_in_each_way_that_there_is(town: Town, code: str) -> None:
    card = town.card(GOOD)
    town.bank.tell(card.method_id, charge_code=code)
    waits = PaymentWord.REQUIRES_ACTION if code == "authentication_required" else PaymentWord.FAILED
    assert town.pay(card.method_id) is waits
    town.bank.tell(card.method_id, charge_code=None)
    assert town.pay(card.method_id, "inv:1:a:2") is PaymentWord.SUCCEEDED
    with pytest.raises(BankRefusal):
        town.bank.tell(card.method_id, later="never", color="red")


@pytest.mark.parametrize(
    ("number", "word"), [("4000000000001505", PaymentWord.SUCCEEDED), ("4000000000001604", PaymentWord.FAILED)]
)
def test_a_payment_that_takes_an_hour_ends_by_the_clock(town: Town, number: str, word: PaymentWord) -> None:
    card = town.card(number)
    assert town.pay(card.method_id) is PaymentWord.PROCESSING
    (paid,) = town.gateway.payments_of("inv:1:a:1", customer=town.customer)
    town.now += HOUR - timedelta(seconds=1)
    assert town.gateway.payment(paid.payment_id).state is PaymentWord.PROCESSING
    town.now += timedelta(seconds=1)
    assert town.gateway.payment(paid.payment_id).state is word


@pytest.mark.parametrize(
    ("number", "word"), [("4000000000007726", RefundWord.SUCCEEDED), ("4000000000005126", RefundWord.FAILED)]
)
def test_a_refund_that_takes_an_hour_ends_by_the_clock_and_a_failed_one_can_be_made_again(
    town: Town, number: str, word: RefundWord
) -> None:
    card = town.card(number)
    town.pay(card.method_id)
    (paid,) = town.gateway.payments_of("inv:1:a:1", customer=town.customer)
    refund = town.gateway.refund(paid.payment_id, 25_000, key="refund", reference="refund")
    assert refund.state is RefundWord.PROCESSING
    town.now += HOUR
    found = town.gateway.refund_of(refund.refund_id)
    assert (found.state, found.failure_code is not None) == (word, word is RefundWord.FAILED)
    if word is RefundWord.FAILED:
        town.gateway.refund(paid.payment_id, 25_000, key="again", reference="again")
    else:
        with pytest.raises(GatewayRefused):
            town.gateway.refund(paid.payment_id, 1, key="again", reference="again")


def test_a_bank_that_asks_only_a_patient_who_is_there_lets_a_scheduled_payment_pass(town: Town) -> None:
    card = town.card("4000002500003155")
    assert town.pay(card.method_id) is PaymentWord.SUCCEEDED
    asked = {"customer": town.customer, "method": card.method_id, "cents": 500, "reference": "r", "key": "there"}
    assert town.gateway.charge(**asked, is_scheduled=False).state is PaymentWord.REQUIRES_ACTION


def test_a_payment_can_be_disputed_and_a_page_runs_out_after_a_day(town: Town) -> None:
    started = town.gateway.begin_card(town.customer, key="setup", return_url=BACK)
    card = town.card("4000000000000259")
    assert town.pay(card.method_id) is PaymentWord.SUCCEEDED
    assert town.said("dispute") == ["charge.dispute.created"]
    town.now += 24 * HOUR
    assert town.gateway.card_of(started.setup_id).state is CardWord.FAILED
    with pytest.raises(BankRefusal):
        town.bank.enter_card(started.setup_id, GOOD)


def test_a_question_that_is_lost_does_nothing_and_a_lost_answer_is_found_under_its_key(town: Town) -> None:
    card = town.card(GOOD)
    town.gateway.faults = ["before", "after"]
    for found in (0, 1):
        with pytest.raises(GatewayUnclear):
            town.pay(card.method_id)
        assert len(town.gateway.payments_of("inv:1:a:1", customer=town.customer)) == found
    assert town.pay(card.method_id) is PaymentWord.SUCCEEDED
    assert len(town.gateway.payments_of("inv:1:a:1", customer=town.customer)) == 1


def test_a_key_is_forgotten_after_a_day_as_the_real_one_is(town: Town) -> None:
    card = town.card(GOOD)
    town.pay(card.method_id)
    town.now += 24 * HOUR
    town.pay(card.method_id)
    assert len(town.gateway.payments_of("inv:1:a:1", customer=town.customer)) == 2


def test_a_bank_that_is_killed_knows_everything_again_but_half_a_line(tmp_path: Path) -> None:
    town = Town(journal=tmp_path / "bank.jsonl")
    card = town.card("4000000000001505")
    town.pay(card.method_id)
    town.bank.vault.close()
    with (tmp_path / "bank.jsonl").open("ab") as journal:
        journal.write(b'{"thing": {"id": "pi_half')
    again = Town(now=NOW + HOUR, journal=tmp_path / "bank.jsonl")
    (paid,) = again.gateway.payments_of("inv:1:a:1", customer=again.customer)
    assert paid.state is PaymentWord.SUCCEEDED
    assert again.pay(card.method_id) is PaymentWord.PROCESSING
    assert len(again.gateway.payments_of("inv:1:a:1", customer=again.customer)) == 1
    assert again.bank.events[: len(town.bank.events)] == town.bank.events
    again.bank.vault.close()
