"""Workers, people and a bank at one invoice at once, on real commits: charged once, nothing stuck."""

import pytest
from sqlalchemy import text

from clinic.billing.actions.cards import forget_card
from clinic.billing.actions.voiding import void_invoice
from clinic.billing.errors import PaymentUnderWay, WrongState
from clinic.billing.jobs.charging import charge_due, pay_now
from tests.conftest import TestClock
from tests.domains.billing.payment_makers import CASHIER, DECLINED, Till
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.scheduling.crowd import DEADLOCKS, together


@pytest.fixture
def till(database) -> Till:
    with database.sessions() as session:
        yield Till(session, database.begin, TestClock(NOW))


def test_many_workers_at_once_charge_each_invoice_once(till, database):
    invoices = [till.owing() for _ in range(3)]
    look = [lambda: charge_due(till.begin, till.gateways, clock=till.clock, by=CASHIER)] * 6
    assert not [each for each in together(*look) if isinstance(each, Exception)]
    till.session.expire_all()
    assert [till.states(each) for each in invoices] == [["succeeded"]] * 3
    assert till.charged() == [25_000] * 3
    with database.engine.connect() as connection:
        assert connection.scalar(text("select sum(amount_cents) from posting where account = 'cash'")) == 75_000
        assert connection.scalar(DEADLOCKS) == 0


def test_two_who_press_at_once_a_new_card_and_a_void_end_in_one_payment_or_none(till, database):
    invoice = till.owing(DECLINED)
    till.work()
    row, by = till.membership(invoice), till.patient_of(till.membership(invoice))
    till.session.commit()

    def void():
        with database.begin(by=COORDINATOR) as session:
            void_invoice(session, invoice.id, reason="Agreed", by=COORDINATOR, now=NOW)

    def forget():
        with database.begin(by=by) as session:
            forget_card(session, row.patient_id, by=by, now=NOW)

    press = [lambda: pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=by)] * 2
    answers = together(*press, lambda: till.card(row), void, forget)
    refused = [each for each in answers if isinstance(each, Exception)]
    assert all(isinstance(each, PaymentUnderWay | WrongState) for each in refused), refused
    till.session.rollback()
    for _ in range(3):
        till.wait(minutes=3)
    states = till.states(invoice)
    assert states.count("succeeded") == len(till.charged()) == (invoice.state == "paid")
    assert not {"pending", "processing"} & set(states)
