"""Memberships through anything in any order: no month twice, no cent lost, nothing charged where nothing may be."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from clinic.billing.actions.approving import approve
from clinic.billing.actions.changing import change_plan, lower_now, withdraw_change
from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.dunned import hand_off
from clinic.billing.actions.ending import cancel, stop, withdraw_cancel
from clinic.billing.actions.holding import hold, release
from clinic.billing.actions.news import take_news
from clinic.billing.actions.pausing import pause, resume, withdraw_pause
from clinic.billing.actions.refunds import refund_invoice
from clinic.billing.actions.renewing import go_on
from clinic.billing.actions.voiding import void_invoice, write_off
from clinic.billing.jobs.charging import charge_due, confirm_payment, pay_now
from clinic.billing.jobs.refunding import send_refunds
from clinic.billing.jobs.renewing import renew_due
from clinic.billing.jobs.watching import watch_memberships
from clinic.billing.models import Invoice, Payment, Subscription
from clinic.billing.queries.payments import method_in_use
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.documents import CreditKind
from clinic.gateways.payments import GatewayRefused, GatewayUnclear
from clinic.gateways.payments.bank import Bank, BankRefusal
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.gateways.payments.stripe_webhooks import event_of
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.dispatch import run_outbox
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.reactions import standing_orders
from tests.domains.billing.billing_makers import KEEPER, Life
from tests.domains.billing.billing_truths import Truths
from tests.domains.billing.payment_makers import ASKS_WHEN_THERE, CASHIER, DECLINED, GOOD
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING

WHO = st.integers(0, 1)
PLANS = st.sampled_from(["care_only", "starter", "standard", "intensive"])
FIRST_CARDS = st.sampled_from([GOOD, GOOD, GOOD, ASKS_WHEN_THERE, "4000000000001505"])
CARDS = st.sampled_from([GOOD, GOOD, DECLINED, ASKS_WHEN_THERE, "4100000000000019", "4000000000001505"])
CODES = st.sampled_from([None, "insufficient_funds", "lost_card", "try_again_later"])
CENTS = st.integers(1, 40_000)
BECAUSE = "Agreed with the patient by telephone."


class Killed(BaseException):
    """A worker that dies between two of its transactions."""


class Membership(Truths):
    """Two patients, one bank, workers that die; every rule may be refused, and then nothing has changed."""

    world: Callable[[], tuple[Life, list[UUID]]]

    def __init__(self) -> None:
        super().__init__()
        self.life, self.people = type(self).world()
        self.life.clock.instant = NOW
        self.life.gateway = SandboxGateway(Bank(self.life.clock))
        bound = self.life.session.get_bind()
        assert isinstance(bound, Connection)
        self.savepoint = bound.begin_nested()

    def teardown(self) -> None:
        try:
            for _ in range(2):
                self.days_pass(1)
            self.all_is_true()
        finally:
            self.session.rollback()
            self.savepoint.rollback()
            self.session.expire_all()

    def me(self, who: int) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.people[who], name="Patient")

    def mine(self, who: int) -> Subscription | None:
        return living(self.session, self.people[who])

    def attempt(self, action: Callable[..., object], subject: UUID | None, /, **wanted: object) -> None:
        """Do it whole or not at all, as a page does."""
        if subject is None:
            return
        with suppress(DomainError), whole(self.session):
            action(self.session, subject, **({"by": COORDINATOR, "now": self.life.clock()} | wanted))
        self.session.commit()
        self.session.expire_all()

    def about(self, who: int, action: Callable[..., object], **wanted: object) -> None:
        row = self.mine(who)
        self.attempt(action, row.id if row else None, **wanted)

    def invoice_of(self, who: int, place: int) -> UUID | None:
        wanted = select(Invoice.id).where(Invoice.patient_id == self.people[who]).order_by(Invoice.number.desc())
        found = self.session.scalars(wanted).all()
        return found[place % len(found)] if found else None

    @initialize(plans=st.tuples(PLANS, PLANS), cards=st.tuples(FIRST_CARDS, FIRST_CARDS), months=st.integers(0, 2))
    def both_join(self, plans: tuple[str, str], cards: tuple[str, str], months: int) -> None:
        for who in (0, 1):
            self.join(who, plans[who], cards[who])
        self.workers_look(99)
        for _ in range(months):
            self.days_pass(31)

    @rule(who=WHO, code=CODES, days=st.integers(0, 32))
    def a_card_goes_bad_or_good(self, who: int, code: str | None, days: int) -> None:
        card = method_in_use(self.session, self.people[who])
        if card is not None:
            self.life.bank.tell(card.gateway_method_id, charge_code=code)
            self.days_pass(days)

    @rule(who=WHO, plan=PLANS, number=CARDS)
    def join(self, who: int, plan: str, number: str) -> None:
        if self.mine(who) is None:
            treated = self.life.plans[who]
            row = self.life.wanted(treated, plan_code=plan)
            with suppress(GatewayUnclear):
                self.life.card(row, number)
            self.about(who, approve, by=self.life.by)

    @rule(days=st.sampled_from([1, 1, 3, 7, 8, 14, 22, 31, 31, 31, 75]))
    def days_pass(self, days: int) -> None:
        self.life.clock.advance(days=days)
        self.workers_look(99)

    @rule(steps=st.integers(0, 99))
    def workers_look(self, steps: int) -> None:
        """Let workers do what is due; after `steps` of their transactions they die and others go on later."""
        begin, left = self.life.begin, [steps]

        @contextmanager
        def dying(*, by: Actor) -> Iterator[Session]:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            with begin(by=by) as session:
                yield session

        mortal: Callable[..., AbstractContextManager[Session]] = dying
        looked = {"clock": self.life.clock, "by": KEEPER}
        with suppress(Killed):
            renew_due(mortal, **looked)
            watch_memberships(mortal, **looked)
            for _ in range(2):
                run_outbox(mortal, standing_orders(RING), on_parked=lambda *_: None, **looked)
                charge_due(mortal, self.life.gateways, clock=self.life.clock, by=CASHIER)
                send_refunds(mortal, self.life.gateways, clock=self.life.clock, by=CASHIER)
        self.session.expire_all()

    @rule(fault=st.sampled_from(["before", "after"]), times=st.integers(1, 3))
    def answers_get_lost(self, fault: str, times: int) -> None:
        self.life.gateway.faults.extend([fault] * times)

    @rule(places=st.lists(st.integers(0, 99), max_size=5))
    def reports_come_in_any_order_and_again(self, places: list[int]) -> None:
        told = self.life.bank.events
        for place in places if told else ():
            event = event_of(json.dumps(told[place % len(told)]).encode())
            take_news(self.session, event=event, source="sandbox", by=CASHIER, now=self.life.clock())
        self.session.commit()

    @rule(who=WHO, number=CARDS)
    def another_card(self, who: int, number: str) -> None:
        row = self.mine(who)
        if row is not None:
            with suppress(GatewayUnclear):
                self.life.card(row, number)

    @rule(who=WHO, place=st.integers(0, 2))
    def somebody_presses_pay(self, who: int, place: int) -> None:
        found = self.invoice_of(who, place)
        if found is not None:
            with suppress(DomainError):
                pay_now(self.life.begin, self.life.gateways, found, clock=self.life.clock, by=self.me(who))
            self.session.expire_all()

    @rule(who=WHO, is_confirmed=st.booleans())
    def the_bank_asks_the_patient(self, who: int, *, is_confirmed: bool) -> None:
        wanted = select(Payment).where(Payment.patient_id == self.people[who], Payment.state == "requires_action")
        payment = self.session.scalar(wanted.limit(1))
        if payment is None or payment.gateway_payment_id is None:
            return
        looked = {"return_url": "https://clinic.example.org", "clock": self.life.clock, "by": self.me(who)}
        with suppress(GatewayUnclear, GatewayRefused, BankRefusal, DomainError):
            if confirm_payment(self.life.begin, self.life.gateways, payment.id, **looked):
                self.life.bank.answer_challenge(payment.gateway_payment_id, is_confirmed=is_confirmed)
        self.session.expire_all()

    @rule(who=WHO, plan=PLANS)
    def plan_changes(self, who: int, plan: str) -> None:
        self.about(who, change_plan, plan_code=plan, by=self.me(who))
        self.workers_look(len(plan))

    @rule(who=WHO, plan=PLANS)
    def physician_lowers(self, who: int, plan: str) -> None:
        self.about(who, lower_now, plan_code=plan, reason=BECAUSE, by=self.life.by)

    @rule(who=WHO, days=st.sampled_from([0, 3, 20, 40, 95]))
    def physician_holds(self, who: int, days: int) -> None:
        self.about(who, hold, reason=BECAUSE, by=self.life.by)
        self.life.clock.advance(days=days)
        self.workers_look(99)
        self.about(who, release, by=self.life.by)

    @rule(who=WHO, days=st.integers(10, 120))
    def patient_pauses(self, who: int, days: int) -> None:
        today = self.life.clock().date()
        self.about(who, pause, resume_on=today + timedelta(days=days), by=self.me(who))

    @rule(who=WHO, verb=st.sampled_from([withdraw_pause, withdraw_cancel, withdraw_change, resume, go_on]))
    def somebody_thinks_again(self, who: int, verb: Callable[..., object]) -> None:
        self.about(who, verb, by=self.me(who) if verb is not go_on else COORDINATOR)

    @rule(who=WHO, is_now=st.booleans())
    def patient_cancels(self, who: int, *, is_now: bool) -> None:
        self.about(who, cancel, is_now=is_now, by=self.me(who))

    @rule(who=WHO)
    def physician_stops(self, who: int) -> None:
        self.about(who, stop, reason=BECAUSE, by=self.life.by)

    @rule(who=WHO)
    def physician_hands_over(self, who: int) -> None:
        self.about(who, hand_off, note=BECAUSE, by=self.life.by)

    @rule(who=WHO, place=st.integers(0, 3), cents=CENTS)
    def money_goes_back(self, who: int, place: int, cents: int) -> None:
        self.attempt(refund_invoice, self.invoice_of(who, place), amount_cents=cents, reason=BECAUSE)

    @rule(who=WHO, place=st.integers(0, 3), cents=CENTS, kind=st.sampled_from([CreditKind.CREDIT, CreditKind.OFFSET]))
    def something_is_let_off(self, who: int, place: int, cents: int, kind: CreditKind) -> None:
        self.attempt(issue_credit_note, self.invoice_of(who, place), kind=kind, amount_cents=cents, reason=BECAUSE)

    @precondition(lambda self: self.steps % 4 == 0)
    @rule(who=WHO, verb=st.sampled_from([void_invoice, write_off]))
    def an_invoice_is_given_up(self, who: int, verb: Callable[..., object]) -> None:
        self.attempt(verb, self.invoice_of(who, 0), reason=BECAUSE)


@pytest.fixture
def world(session, begin, clock):
    life = Life(session, begin, clock)
    life.plans = [life.plan(), life.plan()]
    session.commit()
    return life, [each.patient_id for each in life.plans]


def test_no_month_is_paid_twice_and_no_cent_is_lost_whatever_happens_in_whatever_order(world):
    machine = type("World", (Membership,), {"world": staticmethod(lambda: world)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
