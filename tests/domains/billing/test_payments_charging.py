"""Collecting an invoice: one attempt at a time, whatever the bank answers, and whenever its answer is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.billing.actions.collecting import open_payment
from clinic.billing.actions.ending import cancel
from clinic.billing.actions.payments import apply_result
from clinic.billing.actions.voiding import void_invoice
from clinic.billing.actions.withdrawing import stop_collecting
from clinic.billing.errors import PaymentUnderWay, WrongState
from clinic.billing.jobs.charging import confirm_payment, look_at_payment, pay_now
from clinic.billing.models import Payment, PaymentEvent, PaymentMethod
from clinic.billing.rules.payments import DECLINES, UNKNOWN_DECLINE
from clinic.gateways.payments import GatewayRefused, PaymentResult, PaymentWord, RefusalKind
from clinic.kernel.outbox import Outbox
from clinic.kernel.transaction import undone
from tests.domains.billing.payment_makers import ASKS_WHEN_THERE, CASHIER, DECLINED, GOOD, Till
from tests.domains.scheduling.calendar_makers import COORDINATOR


@pytest.fixture
def till(session, begin, clock) -> Till:
    return Till(session, begin, clock)


def test_an_approved_membership_is_charged_once_and_becomes_active(till: Till) -> None:
    invoice = till.owing()
    assert till.work() == 1
    assert (till.states(invoice), invoice.state, till.membership(invoice).state) == (["succeeded"], "paid", "active")
    assert till.payment(invoice).idempotency_key == f"inv:{invoice.id}:a:1"
    till.wait(days=2)
    assert till.charged() == [25_000]


def test_a_card_declined_in_each_way_leaves_the_invoice_open_with_its_next_day(till: Till) -> None:
    invoice = till.owing()
    till.gateway.faults.append("before")
    till.work()
    payment = till.payment(invoice)
    in_three_days = payment.created_at.date() + timedelta(days=3)
    for code, known in (DECLINES | {"a_new_code": UNKNOWN_DECLINE}).items():
        with undone(till.session):
            result = failed(payment, code)
            apply_result(till.session, payment.id, result=result, learned_by="answer", by=CASHIER, now=till.clock())
            assert (payment.state, payment.decline_code, payment.is_hard) == ("failed", code, known.is_hard)
            assert (invoice.state, till.tasks()) == ("open", ["payment_failed"])
            assert invoice.next_attempt_on == (None if known.is_hard else in_three_days)
            told = select(Outbox.subject_id).where(Outbox.topic == "payment.failed")
            assert till.session.scalars(told).all() == [payment.id]


def failed(payment: Payment, code: str) -> PaymentResult:
    """Return what a gateway says of a card that its bank declined."""
    return PaymentResult(
        payment_id="pi_1",
        state=PaymentWord.FAILED,
        cents=payment.amount_cents,
        reference=str(payment.id),
        decline_code=code,
        created_at=payment.created_at,
    )


def test_a_soft_decline_is_tried_on_three_seven_and_fourteen_days_and_no_more(till: Till) -> None:
    invoice = till.owing(DECLINED)
    tried = []
    for _ in range(20):
        till.work()
        tried.append(len(till.states(invoice)))
        till.clock.advance(days=1)
    assert tried == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4]
    assert till.charged() == []


def test_another_card_is_asked_at_once_and_the_old_one_forgotten(till: Till) -> None:
    invoice = till.owing(DECLINED)
    till.work()
    till.card(till.membership(invoice))
    till.work()
    assert (till.states(invoice), invoice.state, till.charged()) == (["failed", "succeeded"], "paid", [25_000])
    assert till.tasks() == []


@pytest.mark.parametrize("fault", ["before", "after"])
def test_an_answer_that_is_lost_is_looked_up_and_the_card_is_charged_once(till: Till, fault: str) -> None:
    invoice = till.owing()
    till.gateway.faults.append(fault)
    till.work()
    assert till.states(invoice) == ["processing"]
    with pytest.raises(PaymentUnderWay):
        open_payment(till.session, invoice.id, is_scheduled=False, by=COORDINATOR, now=till.clock())
    with pytest.raises(PaymentUnderWay):
        stop_collecting(till.session, invoice, by=COORDINATOR, now=till.clock())
    till.wait(minutes=3)
    assert (till.states(invoice), till.charged()) == (["succeeded"], [25_000])


def test_what_the_gateway_never_heard_of_is_asked_under_the_same_key_for_a_day_and_then_given_up(till: Till) -> None:
    invoice = till.owing()
    till.gateway.faults += ["before"] * 40
    for _ in range(30):
        till.wait(hours=1)
    assert till.states(invoice)[0] == "canceled"
    assert till.states(invoice)[1:] == ["processing"]
    till.gateway.faults.clear()
    till.wait(hours=2)
    assert (till.states(invoice), till.charged()) == (["canceled", "succeeded"], [25_000])


def test_what_is_not_wanted_any_more_is_looked_up_and_not_asked_for_again(till: Till) -> None:
    never_heard, charged = till.owing(), till.owing()
    for invoice, fault in ((never_heard, "before"), (charged, "after")):
        till.gateway.faults.append(fault)
        look_at_payment(till.begin, till.gateways, till.payment(invoice).id, clock=till.clock, by=CASHIER)
        by = till.patient_of(till.membership(invoice))
        cancel(till.session, invoice.subscription_id, by=by, now=till.clock())
    till.session.commit()
    till.wait(minutes=5)
    assert (till.states(never_heard), till.states(charged)) == (["canceled"], ["succeeded"])
    assert (never_heard.state, till.charged()) == ("void", [25_000])


def test_a_worker_that_dies_between_any_two_steps_charges_once(till: Till) -> None:
    invoice = till.owing()
    payment = till.payment(invoice)
    # Asked and then dead: the bank did it, and nobody wrote it down.
    till.gateway.faults.append("after")
    till.work()
    # Dead again right after the lease was taken.
    payment.next_look_at = till.clock() + timedelta(minutes=2)
    till.session.commit()
    till.work()
    assert till.states(invoice) == ["processing"]
    till.wait(minutes=5)
    assert (till.states(invoice), till.charged()) == (["succeeded"], [25_000])


def test_one_customer_who_fails_never_stops_the_rest(till: Till) -> None:
    broken, good = till.owing(), till.owing()
    till.payment(broken).amount_cents = 7
    till.session.commit()
    card = till.payment(broken).method_id
    till.bank.cards.detach(till.session.get_one(PaymentMethod, card).gateway_method_id)
    till.work()
    assert (good.state, till.states(broken)) == ("paid", ["processing"])
    assert "payment_unmatched" in till.tasks()


def test_a_gateway_that_is_away_is_not_asked_for_everybody(till: Till) -> None:
    invoices = [till.owing() for _ in range(4)]
    till.gateway.faults += ["before"] * 4
    assert till.work() == 2
    assert sorted(till.states(each)[0] for each in invoices) == ["pending", "pending", "processing", "processing"]


class Refusing:
    """A gateway that refuses what is asked of it, in one way."""

    name = "sandbox"

    def __init__(self, kind: RefusalKind) -> None:
        self.kind = kind

    def __getattr__(self, _name: str):
        def refuse(*_: object, **__: object) -> None:
            raise GatewayRefused(self.kind, code="no_such_thing")

        return refuse


def test_a_card_that_the_gateway_does_not_know_is_a_decline_and_a_wrong_key_is_not(till: Till) -> None:
    invoice = till.owing()
    till.work({"sandbox": Refusing(RefusalKind.KEY)})
    assert (till.states(invoice), invoice.state, till.tasks()) == (["processing"], "open", ["payment_unmatched"])
    till.wait(minutes=20)
    assert till.charged() == [25_000]
    other = till.owing()
    till.work({"sandbox": Refusing(RefusalKind.MISSING)})
    assert (till.payment(other).state, till.payment(other).is_hard) == ("failed", True)


def news(till: Till, payment: Payment, state: str, **changes: object) -> PaymentResult:
    """Return what a gateway might say of a payment."""
    return replace(till.gateway.payment(payment.gateway_payment_id or ""), state=PaymentWord(state), **changes)


def test_old_and_doubled_news_change_nothing(till: Till) -> None:
    invoice = till.owing(DECLINED)
    till.work()
    payment = till.payment(invoice)
    for state, kept in [("processing", "failed"), ("canceled", "failed"), ("succeeded", "succeeded")] + [
        (old, "succeeded") for old in ("failed", "requires_action", "canceled", "succeeded")
    ]:
        result = news(till, payment, state)
        apply_result(till.session, payment.id, result=result, learned_by="webhook", by=CASHIER, now=till.clock())
        assert payment.state == kept
    events = select(PaymentEvent.to_state).where(PaymentEvent.payment_id == payment.id).order_by(PaymentEvent.at)
    assert sorted(till.session.scalars(events)) == ["failed", "pending", "processing", "succeeded"]
    assert (invoice.state, till.membership(invoice).state) == ("paid", "active")


@pytest.mark.parametrize("change", [{"cents": 1}, {"reference": "another clinic's"}, {"payment_id": "pi_other"}])
def test_an_answer_that_cannot_be_about_a_payment_is_left_to_a_person(till: Till, change: dict[str, object]) -> None:
    invoice = till.owing(DECLINED)
    till.work()
    payment = till.payment(invoice)
    result = news(till, payment, "succeeded", **change)
    apply_result(till.session, payment.id, result=result, learned_by="poll", by=CASHIER, now=till.clock())
    assert (payment.state, invoice.state) == ("failed", "open")
    assert till.tasks() == ["payment_failed", "payment_unmatched"]


def test_the_patients_bank_confirms_a_payment_and_gives_up_one_that_waits_three_days(till: Till) -> None:
    invoice = till.owing(ASKS_WHEN_THERE)
    by, row = till.patient_of(till.membership(invoice)), till.membership(invoice)
    stop_collecting(till.session, invoice, by=by, now=till.clock())
    till.session.commit()
    payment = pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=by)
    assert payment.state == "requires_action"
    url = confirm_payment(
        till.begin, till.gateways, payment.id, return_url="https://clinic.example.org", clock=till.clock, by=by
    )
    assert url is not None
    till.wait(hours=73)
    assert till.states(invoice)[:2] == ["canceled", "canceled"]
    till.clock.advance(days=1)
    again = till.owing(ASKS_WHEN_THERE)
    stop_collecting(till.session, again, by=by, now=till.clock())
    till.session.commit()
    patient = till.patient_of(till.membership(again))
    payment = pay_now(till.begin, till.gateways, again.id, clock=till.clock, by=patient)
    till.bank.answer_challenge(payment.gateway_payment_id or "", is_confirmed=True)
    seen = look_at_payment(till.begin, till.gateways, payment.id, clock=till.clock, by=patient)
    assert (seen.state, row.state) == ("succeeded", "incomplete")


def test_what_waits_for_the_bank_makes_way_for_another_card(till: Till) -> None:
    invoice = till.owing(ASKS_WHEN_THERE)
    by = till.patient_of(till.membership(invoice))
    stop_collecting(till.session, invoice, by=by, now=till.clock())
    till.session.commit()
    first = pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=by)
    till.card(till.membership(invoice), GOOD)
    till.work()
    assert (till.states(invoice), till.charged()) == (["canceled", "canceled", "succeeded"], [25_000])
    assert till.gateway.payment(first.gateway_payment_id or "").state is PaymentWord.CANCELED


def test_an_invoice_that_is_void_is_collected_no_more_and_leaves_the_list(till: Till) -> None:
    invoice = till.owing(DECLINED)
    till.work()
    void_invoice(till.session, invoice.id, reason="Agreed", by=COORDINATOR, now=till.clock())
    till.session.commit()
    till.wait(days=30)
    assert (till.states(invoice), till.tasks()) == (["failed"], [])


def test_a_person_is_told_why_nothing_can_be_asked(till: Till) -> None:
    invoice = till.owing("4100000000000019")
    with pytest.raises(PaymentUnderWay, match="under way"):
        pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=COORDINATOR)
    till.work()
    with pytest.raises(WrongState, match="0019 was refused for good"):
        pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=COORDINATOR)
    till.card(till.membership(invoice))
    till.work()
    with pytest.raises(WrongState, match="any more"):
        pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=COORDINATOR)
