"""Makes memberships with invoices, and payments as a gateway's answers leave them, for tests of documents."""

from datetime import date, timedelta

from sqlalchemy import select

from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.enrolling import enroll
from clinic.billing.actions.invoices import issue_invoice
from clinic.billing.actions.moves import enter
from clinic.billing.actions.paying import take_payment
from clinic.billing.models import GatewayCustomer, Payment, PaymentMethod, PlanPrice, Refund
from clinic.billing.queries.balances import open_cents
from clinic.billing.rules.discounts import Rebate
from clinic.billing.rules.documents import CreditKind, InvoiceKind
from clinic.billing.rules.invoices import month
from clinic.billing.rules.periods import Period
from clinic.billing.rules.subscriptions import Event
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import months_after
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

TODAY = date(2026, 11, 23)
ZONE = "America/New_York"


def days_of(number):
    """Return the period that begins so many months after today."""
    return Period(months_after(TODAY, number), months_after(TODAY, number + 1))


class Desk:
    """One patient's membership and what the desk does with its documents, all at one time."""

    def __init__(self, session, *, plan_code="starter", clinic=None, now=NOW):
        self.session, self.now = session, now
        self.patient = (clinic or Clinic(session)).patient(agrees=False)
        self.row = enroll(session, self.patient.id, plan_code=plan_code, zone=ZONE, by=COORDINATOR, now=now)
        self.price = session.get_one(PlanPrice, self.row.price_id)
        self.month = 0

    def issue(self, *, kind=InvoiceKind.RENEWAL, off=None, lines=None, period=None):
        """Issue an invoice of the next month, `off` basis points less, or of other lines."""
        days = period or days_of(self.month)
        self.month += period is None
        rebate = None if off is None else Rebate(basis_points=off)
        found = lines or month(self.price.amount_cents, self.price.id, period=days, rebate=rebate)
        asked = {"kind": kind, "lines": found, "period": days, "due_on": days.start_on}
        return issue_invoice(self.session, self.row, **asked, by=COORDINATOR, now=self.now)

    def attempt(self, row, *, cents=None, state="succeeded"):
        """Return a payment as the gateway's answer left it; nothing was done about it yet."""
        asked = cents or open_cents(self.session, row.id)
        count = len(self.session.scalars(select(Payment.id).where(Payment.invoice_id == row.id)).all()) + 1
        paid = Payment(
            id=new_id(), invoice_id=row.id, patient_id=row.patient_id, method_id=self.card().id, attempt=count
        )
        paid.gateway, paid.idempotency_key, paid.amount_cents = "sandbox", f"inv:{row.id}:a:{count}", asked
        paid.state, paid.state_since, paid.is_scheduled = state, self.now, True
        paid.created_at = paid.updated_at = self.now
        self.session.add(paid)
        self.session.flush()
        return paid

    def pay(self, row, *, cents=None):
        """Take a payment for an invoice and tell whether it paid it."""
        return take_payment(self.session, row, self.attempt(row, cents=cents), by=COORDINATOR, now=self.now)

    def paid(self, **wanted):
        """Return an invoice that a card paid."""
        row = self.issue(**wanted)
        assert self.pay(row)
        return row

    def credit(self, row, cents, *, kind=CreditKind.CREDIT, reason="A visit was moved"):
        asked = {"kind": kind, "amount_cents": cents, "reason": reason}
        return issue_credit_note(self.session, row.id, **asked, by=COORDINATOR, now=self.now)

    def refund(self, row, cents, *, state="pending"):
        """Return a refund of an invoice's payment with its credit note, on its way."""
        note = self.credit(row, cents, kind=CreditKind.REFUND)
        paid = self.session.scalars(select(Payment).where(Payment.invoice_id == row.id)).one()
        back = Refund(id=new_id(), payment_id=paid.id, credit_note_id=note.id, gateway="sandbox", amount_cents=cents)
        back.idempotency_key, back.state = f"ref:{back.id}", state
        back.state_since = back.created_at = back.updated_at = self.now
        self.session.add(back)
        self.session.flush()
        return back

    def card(self):
        found = self.session.scalar(select(PaymentMethod).where(PaymentMethod.patient_id == self.patient.id))
        if found is None:
            customer = GatewayCustomer(id=new_id(), patient_id=self.patient.id, gateway="sandbox", created_at=self.now)
            found = PaymentMethod(id=new_id(), patient_id=self.patient.id, customer_id=customer.id, gateway="sandbox")
            found.gateway_method_id, found.brand, found.last4 = f"pm_{found.id}", "visa", "4242"
            found.expires_month, found.expires_year = 12, 2030
            found.created_at = found.updated_at = self.now
            self.session.add_all([customer, found])
            self.session.flush()
        return found

    def over(self):
        """Let the membership be over, so that nothing of it is collected."""
        enter(self.session, self.row, Event.DECLINED, by=COORDINATOR, now=self.now)
        return self

    def wait(self, **span):
        """Let time pass."""
        self.now += timedelta(**span)
