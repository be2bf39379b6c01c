"""Refunds, cards, disputes, and the nightly comparison: in any order, twice, or about somebody else's money."""

import random
from itertools import permutations

import pytest
from sqlalchemy import select

from clinic.billing.actions.cards import forget_card
from clinic.billing.actions.news import take_news
from clinic.billing.actions.refunds import apply_refund, refund_invoice
from clinic.billing.actions.withdrawing import stop_collecting
from clinic.billing.errors import PaymentUnderWay, RefundRefused, UnknownSetup
from clinic.billing.jobs.cards import begin_card, keep_cards, look_at_card
from clinic.billing.jobs.reconciling import reconcile_when_due
from clinic.billing.models import CardSetup, Invoice, PaymentMethod
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.payments import card_seen, refundable_cents
from clinic.gateways.payments import EventKind, GatewayEvent, RefundWord
from clinic.kernel.ids import new_id
from clinic.kernel.tables import Inbox
from clinic.worklist.models import WorkItem
from tests.domains.billing.payment_makers import CASHIER, DECLINED, GOOD, Till
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.gateways.given_cards import given_card

COMES_BACK = "4000000000005126"


@pytest.fixture
def till(session, begin, clock) -> Till:
    return Till(session, begin, clock)


def paid(till: Till, number: str = GOOD) -> Invoice:
    invoice = till.owing(number)
    till.work()
    assert invoice.state == "paid"
    return invoice


def refund(till: Till, invoice: Invoice, cents: int):
    made = refund_invoice(
        till.session, invoice.id, amount_cents=cents, reason="Agreed", by=COORDINATOR, now=till.clock()
    )
    till.session.commit()
    return made


def test_parts_of_a_payment_go_back_to_its_card_and_never_more_than_came(till: Till) -> None:
    invoice = paid(till)
    made = [refund(till, invoice, cents) for cents in (10_000, 14_999)]
    till.work()
    assert [each.state for each in made] == ["succeeded", "succeeded"]
    assert refundable_cents(till.session, invoice.id) == 1
    with pytest.raises(RefundRefused, match=r"At most \$0\.01"):
        refund(till, invoice, 2)
    till.session.rollback()
    with pytest.raises(RefundRefused, match="No card paid"):
        refund(till, till.owing(), 1)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_refund_whose_answer_is_lost_is_made_once(till: Till, fault: str) -> None:
    invoice = paid(till)
    made = refund(till, invoice, 5_000)
    till.gateway.faults.append(fault)
    till.work()
    assert made.state == "processing"
    till.wait(minutes=5)
    token = till.payment(invoice).gateway_payment_id or ""
    assert (made.state, [each.cents for each in till.gateway.refunds_of(token)]) == ("succeeded", [5_000])


def test_a_refund_that_the_bank_sends_back_is_kept_for_the_patient_and_a_person_told(till: Till) -> None:
    invoice = paid(till, COMES_BACK)
    made = refund(till, invoice, 5_000)
    till.work()
    assert made.state == "processing"
    till.wait(hours=2)
    assert (made.state, made.failure_code) == ("failed", "expired_or_canceled_card")
    assert (balance_cents(till.session, invoice.patient_id), till.tasks()) == (5_000, ["payment_unmatched"])


def test_news_of_a_refund_counts_whatever_order_it_comes_in(till: Till) -> None:
    for order in permutations(("processing", "succeeded", "failed")):
        invoice = paid(till)
        made = refund(till, invoice, 5_000)
        till.work()
        result = till.gateway.refund_of(made.gateway_refund_id or "")
        for state in order * 2:
            said = type(result)(
                refund_id=result.refund_id,
                payment_id=result.payment_id,
                cents=result.cents,
                reference=result.reference,
                state=RefundWord(state),
            )
            apply_refund(till.session, made.id, result=said, by=CASHIER, now=till.clock())
        assert (made.state, balance_cents(till.session, invoice.patient_id)) == ("failed", 5_000)


def test_a_card_is_entered_on_the_gateways_page_and_used_from_then_on(till: Till) -> None:
    row = till.pending()
    till.session.commit()
    by = till.patient_of(row)
    started = begin_card(
        till.begin,
        till.gateway,
        row.patient_id,
        return_url_of=lambda setup_id: f"https://clinic.example.org/{setup_id}",
        clock=till.clock,
        by=by,
    )
    hands = {"clock": till.clock, "by": by}
    assert look_at_card(till.begin, till.gateways, started.setup_id, **hands).state == "requires_action"
    token = till.session.get_one(CardSetup, started.setup_id).gateway_setup_id or ""
    till.bank.enter_card(token, "4000000000000002")
    assert look_at_card(till.begin, till.gateways, started.setup_id, **hands).decline_code == "generic_decline"
    assert card_seen(till.session, row.patient_id) is None
    till.bank.enter_card(token, GOOD)
    till.clock.advance(minutes=5)
    assert keep_cards(till.begin, till.gateways, clock=till.clock, by=CASHIER) == 1
    seen = card_seen(till.session, row.patient_id)
    assert seen is not None
    assert seen.last4 == "4242"
    assert look_at_card(till.begin, till.gateways, started.setup_id, **hands).state == "succeeded"
    with pytest.raises(UnknownSetup):
        look_at_card(till.begin, till.gateways, new_id(), **hands)


def test_a_page_that_nobody_finishes_is_over_after_a_day(till: Till) -> None:
    row = till.pending()
    till.session.commit()
    begin_card(till.begin, till.gateway, row.patient_id, return_url_of=str, clock=till.clock, by=till.patient_of(row))
    for _ in range(30):
        till.clock.advance(hours=1)
        keep_cards(till.begin, till.gateways, clock=till.clock, by=CASHIER)
    setup = till.session.scalars(select(CardSetup)).one()
    till.session.refresh(setup)
    assert (setup.state, setup.next_look_at) == ("failed", None)


def test_a_forgotten_card_is_forgotten_at_the_gateway_but_never_while_it_is_asked(till: Till) -> None:
    invoice = till.owing()
    with pytest.raises(PaymentUnderWay):
        forget_card(till.session, invoice.patient_id, by=COORDINATOR, now=till.clock())
    till.work()
    forget_card(till.session, invoice.patient_id, by=COORDINATOR, now=till.clock())
    till.session.commit()
    keep_cards(till.begin, till.gateways, clock=till.clock, by=CASHIER)
    card = till.session.scalars(select(PaymentMethod)).one()
    till.session.refresh(card)
    assert card.next_look_at is None
    assert till.bank.vault.get(card.gateway_method_id, "payment_method")["customer"] is None


def event(kind: EventKind, **changes: str | None) -> GatewayEvent:
    return GatewayEvent(**({"event_id": str(new_id()), "kind": kind, "said": kind.value} | changes))


def take(till: Till, said: GatewayEvent) -> bool:
    is_ours = take_news(till.session, event=said, source="sandbox", by=CASHIER, now=till.clock())
    till.session.commit()
    return is_ours


def test_reports_in_any_order_and_any_number_end_where_the_bank_is(till: Till) -> None:
    chance = random.Random(7)  # noqa: S311 - an order that can be repeated
    invoice = till.owing("4000000000001505")
    till.work()
    payment = till.payment(invoice)
    assert payment.state == "processing"
    said = [event(EventKind.PAYMENT, payment_id=payment.gateway_payment_id, reference=str(payment.id))] * 2
    said += [event(EventKind.PAYMENT, payment_id=payment.gateway_payment_id)]
    chance.shuffle(said)
    assert [take(till, each) for each in said].count(True) == 2
    till.work()
    assert till.payment(invoice).state == "processing"
    till.clock.advance(hours=2)
    take(till, event(EventKind.PAYMENT, reference=str(payment.id)))
    till.work()
    assert (till.states(invoice), till.charged()) == (["succeeded"], [25_000])
    assert till.session.query(Inbox).count() == 3


def test_a_report_about_what_ended_here_asks_and_charges_nothing(till: Till) -> None:
    invoice = till.owing()
    stop_collecting(till.session, invoice, by=COORDINATOR, now=till.clock())
    assert take(till, event(EventKind.PAYMENT, reference=str(till.payment(invoice).id)))
    till.work()
    assert (till.states(invoice), till.payment(invoice).next_look_at, till.charged()) == (["canceled"], None, [])


def test_somebody_elses_money_is_kept_ignored_and_told_once(till: Till) -> None:
    for _ in range(3):
        assert not take(till, event(EventKind.PAYMENT, payment_id="pi_other", reference=str(new_id())))
    assert not take(till, event(EventKind.REFUND, refund_id="re_other", reference="not even an id"))
    assert not take(till, event(EventKind.CARD, setup_id="cs_other"))
    assert not take(till, event(EventKind.OTHER))
    assert (till.tasks(), till.session.query(Inbox).count()) == (["payment_unmatched"], 6)


def test_a_disputed_payment_is_a_persons_task_and_changes_no_money(till: Till) -> None:
    invoice = paid(till)
    payment = till.payment(invoice)
    for _ in range(2):
        assert take(till, event(EventKind.DISPUTE, payment_id=payment.gateway_payment_id, dispute_id="du_1"))
    task = till.session.scalars(select(WorkItem)).all()[-1]
    assert (till.tasks(), task.patient_id) == (["payment_disputed"], invoice.patient_id)
    assert (payment.state, till.membership(invoice).state) == ("succeeded", "active")


def test_the_night_shows_what_does_not_fit_and_mends_nothing(till: Till) -> None:
    fits, other = paid(till), till.owing(DECLINED)
    till.work()
    stray = till.gateway.create_customer("somebody", key="stray")
    card = given_card(till.gateway, till.gateway.bank, customer=stray, number=GOOD)
    till.gateway.charge(
        customer=stray, method=card.method_id, cents=900, reference="x", key="stray charge", is_scheduled=True
    )
    till.clock.advance(hours=2)
    hands = {"clock": till.clock, "by": CASHIER}
    assert reconcile_when_due(till.begin, till.gateways, **hands) == 1
    assert reconcile_when_due(till.begin, till.gateways, **hands) == 0
    token = till.payment(other).gateway_payment_id or ""
    declined = till.session.get_one(PaymentMethod, till.payment(other).method_id).gateway_method_id
    till.bank.tell(declined, charge_code=None)
    till.gateway.confirm(token, method=declined, key="by hand", return_url="https://clinic.example.org")
    till.clock.advance(days=1)
    assert reconcile_when_due(till.begin, till.gateways, **hands) == 2
    assert (till.states(fits), till.states(other)) == (["succeeded"], ["failed"])
    assert till.tasks() == ["payment_failed", "payment_unmatched", "payment_unmatched"]
