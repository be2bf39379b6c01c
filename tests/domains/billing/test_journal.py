"""The journal over a long, random life of documents: it comes to nothing and agrees with them after every step."""

from random import Random

import pytest
from sqlalchemy import create_engine, func, select, text

from clinic.billing.actions.paying import refund_failed, take_payment, take_refund
from clinic.billing.actions.voiding import void_invoice, write_off
from clinic.billing.models import Invoice, Payment, Refund
from clinic.billing.queries.balances import creditable_cents, open_cents
from clinic.billing.queries.books import FaultKind, journal_check, month_end
from clinic.billing.queries.standing import standing_lines
from clinic.billing.rules.documents import CreditKind, InvoiceKind
from clinic.billing.rules.invoices import upgrade
from clinic.billing.rules.months import month_of
from clinic.kernel.errors import DomainError
from tests.domains.billing.document_makers import TODAY, Desk, days_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic


class Life:
    """What a desk does with documents, chosen by chance; what is refused changes nothing."""

    def __init__(self, session, seed):
        clinic = Clinic(session)
        self.session, self.chance = session, Random(seed)  # noqa: S311 - alike in every run
        self.desks = [Desk(session, clinic=clinic).over(), Desk(session, clinic=clinic, plan_code="intensive")]
        self.verbs = [
            self.issue, self.issue, self.pay, self.pay, self.fail, self.arrive_late, self.credit, self.let_off,
            self.refund, self.settle_refund, self.void, self.give_up, self.upgrade,
        ]  # fmt: skip

    def step(self):
        self.desk = self.chance.choice(self.desks)
        verb = self.chance.choice(self.verbs)
        try:
            with self.session.begin_nested():
                verb()
        except DomainError:
            self.session.expire_all()
        else:
            return verb.__name__
        return None

    def rows(self, state):
        wanted = select(Invoice).where(Invoice.state == state, Invoice.patient_id == self.desk.patient.id)
        return list(self.session.scalars(wanted.order_by(Invoice.number)))

    def one(self, state):
        found = self.rows(state)
        return self.chance.choice(found) if found else self.issue()

    def cents(self, most):
        return self.chance.choice([1, 37, max(1, most // 3), most, most + 1])

    def issue(self):
        return self.desk.issue(off=self.chance.choice([None, 1, 2_500, 3_333, 9_999, 10_000]))

    def pay(self):
        row = self.one("open")
        if row.state == "open" and not self.under_way(row):
            self.desk.pay(row)

    def fail(self):
        row = self.one("open")
        if row.state == "open":
            self.desk.attempt(row, state="failed")

    def arrive_late(self):
        """A payment that failed succeeds after all, whatever became of its invoice meanwhile."""
        wanted = select(Payment).join(Invoice, Invoice.id == Payment.invoice_id).where(Payment.state == "failed")
        for late in self.session.scalars(wanted.where(Invoice.patient_id == self.desk.patient.id).limit(1)):
            row = self.session.get_one(Invoice, late.invoice_id)
            if self.under_way(row):
                return
            late.state = "succeeded"
            self.session.flush()
            take_payment(self.session, row, late, by=COORDINATOR, now=self.desk.now)

    def under_way(self, row):
        taken = select(func.count()).where(Payment.invoice_id == row.id, Payment.state == "succeeded")
        return self.session.scalar(taken)

    def credit(self):
        row = self.one("paid")
        self.desk.credit(row, self.cents(creditable_cents(self.session, row.id)))

    def let_off(self):
        row = self.one("open")
        self.desk.credit(row, self.cents(open_cents(self.session, row.id)), kind=CreditKind.OFFSET)

    def refund(self):
        row = self.one("paid")
        captured = self.session.scalar(
            select(Payment.amount_cents).where(Payment.invoice_id == row.id, Payment.state == "succeeded")
        )
        back = self.session.scalar(
            select(func.coalesce(func.sum(Refund.amount_cents), 0))
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.invoice_id == row.id)
        )
        if captured and captured > back:
            self.desk.refund(row, min(self.cents(captured - back), captured - back))

    def settle_refund(self):
        for refund in self.session.scalars(select(Refund).where(Refund.state != "failed").limit(1)):
            refund.state = self.chance.choice(["succeeded", "failed"])
            self.session.flush()
            verb = take_refund if refund.state == "succeeded" else refund_failed
            verb(self.session, refund, by=COORDINATOR, now=self.desk.now)

    def void(self):
        void_invoice(self.session, self.one("open").id, reason="Canceled", by=COORDINATOR, now=self.desk.now)

    def give_up(self):
        write_off(self.session, self.one("open").id, reason="Moved", by=COORDINATOR, now=self.desk.now)

    def upgrade(self):
        period = days_of(max(0, self.desk.month - 1))
        for standing in standing_lines(self.session, self.desk.row, period):
            day = self.chance.choice([standing.service.start_on, standing.service.end_on])
            lines = upgrade(standing, 60_000, self.desk.price.id, period=standing.service, day=day, rebate=None)
            if day < standing.service.end_on:
                self.desk.issue(kind=InvoiceKind.CHANGE, lines=lines, period=standing.service)


def assert_sound(session):
    check = journal_check(session)
    assert check.faults == ()
    assert sum(check.accounts.values()) == 0
    settled = month_end(session, month=month_of(TODAY)).settled
    assert settled.is_whole
    assert settled.invoiced == session.scalar(select(func.coalesce(func.sum(Invoice.total_cents), 0)))


@pytest.mark.parametrize("seed", [11, 23])
def test_after_every_step_the_books_come_to_nothing_and_agree_with_the_documents(session, seed):
    life = Life(session, seed)
    done = set()
    for _ in range(70):
        done.add(life.step())
        assert_sound(session)
    session.execute(text("set constraints all immediate"))
    assert len(done - {None}) >= 9


def test_the_check_names_what_differs(database):
    with database.begin(by=COORDINATOR) as session:
        desk = Desk(session)
        row = desk.paid()
        desk.credit(row, 1_000)
        patient_id = desk.patient.id
    owner = create_engine(database.owner_url)
    with owner.begin() as connection:
        connection.execute(text("alter table posting disable trigger user"))
        connection.execute(text("update posting set amount_cents = -900 where account = 'patient_credit'"))
        connection.execute(text("update document_counter set next_number = 5 where series = 'invoice'"))
    owner.dispose()
    with database.begin(by=COORDINATOR) as session:
        faults = {(each.kind, each.patient_id, each.journal, each.documents) for each in journal_check(session).faults}
    assert faults == {
        (FaultKind.ENTRY_NOT_ZERO, patient_id, 100, 0),
        (FaultKind.BALANCE, patient_id, -900, 1_000),
        (FaultKind.NUMBERS, None, 4, 1),
    }
