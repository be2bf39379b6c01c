"""Makes memberships that pay: a card at the sandbox's bank, a physician's yes, and the worker that takes it there.

Everything goes through the product's own actions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.actions.approving import approve
from clinic.billing.actions.cards import ask_card, card_came, card_started, customer_made
from clinic.billing.actions.collecting import collect
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.jobs.charging import charge_due
from clinic.billing.jobs.refunding import send_refunds
from clinic.billing.models import Invoice, Payment, PaymentMethod, Refund, Subscription
from clinic.billing.queries.payments import customer_of, payments_of
from clinic.gateways.payments import PaymentGateway
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.transaction import Beginner
from clinic.worklist.models import WorkItem
from tests.conftest import TestClock
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic

GOOD = "4242424242424242"
DECLINED = "4000000000000341"
ASKS_WHEN_THERE = "4000002500003155"
CASHIER = system("Payments")
ZONE = "America/New_York"


@dataclass
class Till:
    """A clinic with one bank: memberships, cards by their numbers, and the worker's looks on a clock."""

    session: Session
    begin: Beginner
    clock: TestClock
    name: str = "sandbox"
    gateway: SandboxGateway = field(init=False)
    clinic: CourseClinic = field(init=False)

    def __post_init__(self) -> None:
        self.clock.instant = NOW
        self.gateway = SandboxGateway(Bank(self.clock), name=self.name)
        self.clinic = CourseClinic(self.session)

    @property
    def bank(self) -> Bank:
        return self.gateway.bank

    @property
    def gateways(self) -> Mapping[str, PaymentGateway]:
        return {self.name: self.gateway}

    def patient_of(self, row: Subscription) -> Actor:
        """Return a membership's patient as somebody at the own page."""
        return Actor(kind=ActorKind.PATIENT, id=row.patient_id, name="Patient")

    def card(self, row: Subscription, number: str = GOOD) -> PaymentMethod:
        """Let the patient of a membership enter a card."""
        by, now = self.patient_of(row), self.clock()
        setup = ask_card(self.session, row.patient_id, gateway=self.name, by=by, now=now)
        customer = customer_of(self.session, row.patient_id, self.name)
        assert customer is not None
        token = customer.gateway_customer_id or self.gateway.create_customer(str(customer.id), key=str(customer.id))
        customer_made(self.session, customer.id, token=token)
        started = self.gateway.begin_card(token, key=str(setup.id), return_url="https://clinic.example.org")
        card_started(self.session, setup.id, started=started, now=now)
        self.enter(started.setup_id, number)
        card = card_came(self.session, setup.id, result=self.gateway.card_of(started.setup_id), by=by, now=now)
        assert card is not None
        self.session.commit()
        return card

    def enter(self, page: str, number: str) -> None:
        """Be the person at the bank's page, who confirms a card where the bank asks."""
        self.bank.enter_card(page, number)
        if self.gateway.card_of(page).card is None:
            self.bank.answer_setup(page, is_confirmed=True)

    def pending(self) -> Subscription:
        """Return the membership of a new patient, who agreed to its renewal."""
        plan = self.clinic.plan()
        by, now = Actor(kind=ActorKind.PATIENT, id=plan.patient_id, name="Patient"), self.clock()
        row = enroll(self.session, plan.patient_id, plan_code="starter", zone=ZONE, by=by, now=now)
        said = {"wording": "It renews by itself.", "language": "en", "address": "203.0.113.7"}
        consent_to_renewal(self.session, row.id, **said, by=by, now=now)
        return row

    def owing(self, number: str = GOOD) -> Invoice:
        """Return the first invoice of a membership that a physician approved, with its attempt stored."""
        row = self.pending()
        self.card(row, number)
        invoice = approve(self.session, row.id, by=self.clinic.doctor, now=self.clock())
        assert collect(self.session, invoice.id, by=CASHIER, now=self.clock()) is not None
        self.session.commit()
        return invoice

    def work(self, gateways: Mapping[str, PaymentGateway] | None = None) -> int:
        """Let a worker look once for payments and refunds."""
        gateways = self.gateways if gateways is None else gateways
        done = charge_due(self.begin, gateways, clock=self.clock, by=CASHIER)
        done += send_refunds(self.begin, gateways, clock=self.clock, by=CASHIER)
        self.session.expire_all()
        return done

    def wait(self, **span: float) -> None:
        """Let time pass and a worker look."""
        self.clock.advance(**span)
        self.work()

    def payment(self, invoice: Invoice) -> Payment:
        """Return the newest attempt at an invoice."""
        return payments_of(self.session, invoice.id)[-1]

    def states(self, invoice: Invoice) -> list[str]:
        """Return what became of each attempt at an invoice."""
        return [each.state for each in payments_of(self.session, invoice.id)]

    def membership(self, invoice: Invoice) -> Subscription:
        """Return the membership that an invoice is for."""
        return self.session.get_one(Subscription, invoice.subscription_id)

    def charged(self) -> list[int]:
        """Return the cents that the bank has for the clinic, payment by payment."""
        since = self.clock() - timedelta(days=400)
        return [each.cents for each in self.gateway.payments_since(since) if each.state.value == "succeeded"]

    def refunds(self) -> list[Refund]:
        """Return every refund."""
        return list(self.session.scalars(select(Refund).order_by(Refund.created_at)))

    def tasks(self) -> list[str]:
        """Return the kinds of the open tasks about money."""
        wanted = select(WorkItem.kind).where(WorkItem.state == "open", WorkItem.kind.like("payment%"))
        return sorted(self.session.scalars(wanted))
