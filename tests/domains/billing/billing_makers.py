"""Makes memberships that live: joined, approved and paid, and days that pass with everything workers do on them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clinic.billing.actions.approving import approve
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.jobs.renewing import renew_due
from clinic.billing.jobs.watching import watch_memberships
from clinic.billing.models import CreditNote, Invoice, Subscription, SubscriptionEvent
from clinic.billing.queries.subscriptions import history, subscription
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.dispatch import run_outbox
from clinic.kernel.outbox import Outbox
from clinic.people.models import Patient
from clinic.reactions import standing_orders
from clinic.treatment.models import TreatmentPlan
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.domains.billing.payment_makers import GOOD, ZONE, Till
from tests.domains.scheduling.calendar_makers import RING

KEEPER = system("Memberships")
WORDS = "It renews by itself each month until you cancel."


@dataclass
class Life(Till):
    """A clinic with memberships; `by` is everybody's physician, days are those of New York."""

    @property
    def by(self) -> Actor:
        """Return the physician of every patient."""
        return self.clinic.doctor

    def now_on(self, day: date | str) -> None:
        """Move the clock to a later day, at the same hour, without anything that workers do."""
        wanted = date.fromisoformat(day) if isinstance(day, str) else day
        self.clock.advance(days=(wanted - self.clock().date()).days)

    def plan(self) -> TreatmentPlan:
        """Return the plan of treatment of a new patient."""
        return self.clinic.plan()

    def wanted(self, plan: TreatmentPlan | None = None, *, plan_code: str = "starter") -> Subscription:
        """Return the membership of a patient who agreed to its renewal."""
        patient_id = (plan or self.plan()).patient_id
        by, now = Actor(kind=ActorKind.PATIENT, id=patient_id, name="Patient"), self.clock()
        row = enroll(self.session, patient_id, plan_code=plan_code, zone=ZONE, by=by, now=now)
        said = {"wording": WORDS, "language": "en", "address": "203.0.113.7"}
        consent_to_renewal(self.session, row.id, **said, by=by, now=now)
        return row

    def approved(self, row: Subscription, *, number: str = GOOD) -> Invoice:
        """Let a card be entered and a physician say yes; return the first invoice, which nobody collected yet."""
        self.card(row, number)
        invoice = approve(self.session, row.id, by=self.by, now=self.clock())
        self.session.commit()
        return invoice

    def member(
        self, *, plan_code: str = "starter", number: str = GOOD, plan: TreatmentPlan | None = None
    ) -> Subscription:
        """Return a membership whose first month was asked of a card, and paid if the card is good."""
        row = self.wanted(plan, plan_code=plan_code)
        self.approved(row, number=number)
        self.collect()
        return row

    def collect(self) -> None:
        """Let workers react to facts and go to the bank until nothing is due."""
        self.session.commit()
        orders = standing_orders(RING)
        while run_outbox(self.begin, orders, clock=self.clock, by=KEEPER, on_parked=lambda *_: None) + self.work():
            pass
        failed = select(Outbox.topic, Outbox.last_error_code).where(Outbox.last_error_code.is_not(None))
        assert self.session.execute(failed).all() == []

    def look(self) -> None:
        """Let workers do all that is due now."""
        self.session.commit()
        renew_due(self.begin, clock=self.clock, by=KEEPER)
        watch_memberships(self.begin, clock=self.clock, by=KEEPER)
        self.collect()

    def pass_days(self, days: int) -> None:
        """Let days pass, with what workers do on each."""
        for _ in range(days):
            self.clock.advance(days=1)
            self.look()

    def again(self, row: Subscription) -> Subscription:
        """Return a membership as the database has it."""
        self.session.expire_all()
        return subscription(self.session, row.id)

    def patient(self, row: Subscription) -> Patient:
        """Return whose membership it is."""
        return self.session.get_one(Patient, row.patient_id)

    def invoices(self, row: Subscription) -> list[Invoice]:
        """Return the invoices of a membership, the first one first."""
        wanted = select(Invoice).where(Invoice.subscription_id == row.id)
        return list(self.session.scalars(wanted.order_by(Invoice.number)))

    def billed(self, row: Subscription) -> list[tuple[str, str, str, int]]:
        """Return kind, state, first day and cents of each invoice."""
        return [(each.kind, each.state, str(each.period_start_on), each.total_cents) for each in self.invoices(row)]

    def credits(self, row: Subscription) -> list[tuple[str, int]]:
        """Return kind and cents of each credit note."""
        wanted = select(CreditNote).join(Invoice).where(Invoice.subscription_id == row.id)
        return [(each.kind, each.total_cents) for each in self.session.scalars(wanted.order_by(CreditNote.number))]

    def events(self, row: Subscription) -> list[str]:
        """Return what happened to a membership."""
        return [each.event for each in history(self.session, row.id)]

    def asked(self, *kinds: WorkKind) -> list[str]:
        """Return the kinds of the open tasks about memberships among these."""
        wanted = select(WorkItem.kind).where(WorkItem.state == "open", WorkItem.kind.in_(kinds))
        return sorted(self.session.scalars(wanted))

    def last_event(self, row: Subscription) -> SubscriptionEvent:
        """Return what happened last."""
        return history(self.session, row.id)[-1]
