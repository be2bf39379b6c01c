"""Texts about memberships: what is told once, what is told anew, and what is dropped since it is no longer true."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.billing.actions.approving import approve
from clinic.billing.actions.pausing import pause, resume
from clinic.billing.actions.telling import send_link
from clinic.billing.actions.withdrawing import stop_collecting
from clinic.billing.jobs.charging import pay_now
from clinic.billing.jobs.renewing import renew_due
from clinic.billing.jobs.telling import EVERY, tell_members_when_due
from clinic.billing.models import PaymentMethod
from clinic.kernel.actor import system
from clinic.kernel.dispatch import run_outbox
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.reactions import GUARDS, standing_orders
from tests.domains.billing.payment_makers import ASKS_WHEN_THERE, DECLINED, Till
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from workers.work import report_parked

TELLER = system("Memberships")


@pytest.fixture
def till(session, begin, clock) -> Till:
    return Till(session, begin, clock)


def texts(till: Till) -> list[Message]:
    """React to what happened and return the texts about memberships, the oldest first."""
    run_outbox(till.begin, standing_orders(RING), clock=till.clock, by=TELLER, on_parked=report_parked)
    till.session.expire_all()
    wanted = select(Message).where(Message.template_key.like("PAY_%"))
    return list(till.session.scalars(wanted.order_by(Message.created_at, Message.due_at)))


def judged(till: Till, text: Message) -> object:
    seen = Planned(
        message_id=text.id,
        template_key=text.template_key,
        subject_kind=text.subject_kind,
        subject_id=text.subject_id,
        subject_version=None,
        due_at=text.due_at,
        expires_at=text.expires_at,
    )
    return GUARDS[text.subject_kind](till.session, seen, till.clock())


def looked(till: Till, **span: float) -> list[str]:
    till.clock.advance(seconds=EVERY.total_seconds(), **span)
    tell_members_when_due(till.begin, ring=RING, clock=till.clock, by=TELLER)
    return [text.template_key for text in texts(till)]


def test_a_declined_card_is_told_until_the_money_came_and_then_thanked_for(till: Till):
    invoice = till.owing(DECLINED)
    till.work()
    failed = texts(till)[-1]
    assert (failed.template_key, failed.subject_id, judged(till, failed)) == ("PAY_FAILED", invoice.id, Send())
    again = send_link(till.session, invoice.patient_id, ring=RING, by=COORDINATOR, now=till.clock())
    assert again == "PAY_FAILED"
    till.card(till.membership(invoice))
    till.work()
    receipt = texts(till)[-1]
    assert (receipt.template_key, judged(till, receipt)) == ("PAY_RECEIPT", Send())
    assert judged(till, failed) == Drop("payment_settled")
    assert send_link(till.session, invoice.patient_id, ring=RING, by=COORDINATOR, now=till.clock()) is None


def test_a_bank_that_wants_a_step_is_told_of_a_quarter_of_an_hour_later(till: Till):
    invoice = till.owing(ASKS_WHEN_THERE)
    stop_collecting(till.session, invoice, by=COORDINATOR, now=till.clock())
    till.session.commit()
    by = till.patient_of(till.membership(invoice))
    assert pay_now(till.begin, till.gateways, invoice.id, clock=till.clock, by=by).state == "requires_action"
    (text,) = [each for each in texts(till) if each.template_key == "PAY_ACTION"]
    assert text.due_at == till.clock() + timedelta(minutes=15)
    assert judged(till, text) == Send()
    assert send_link(till.session, invoice.patient_id, ring=RING, by=COORDINATOR, now=till.clock()) == "PAY_ACTION"


def test_setting_up_is_asked_for_once_and_only_while_something_is_missing(till: Till):
    row = till.pending()
    (text,) = texts(till)
    assert (text.template_key, text.subject_id, judged(till, text)) == ("PAY_JOIN", row.id, Send())
    assert send_link(till.session, row.patient_id, ring=RING, by=COORDINATOR, now=till.clock()) == "PAY_JOIN"
    till.card(row)
    assert len(texts(till)) == len(("first", "once more"))
    assert judged(till, text) == Drop("membership_changed")
    assert send_link(till.session, row.patient_id, ring=RING, by=COORDINATOR, now=till.clock()) is None


def test_a_card_that_ends_and_a_pause_that_ends_are_told_of_once(till: Till):
    row = till.pending()
    till.card(row)
    invoice = approve(till.session, row.id, by=till.clinic.doctor, now=till.clock())
    till.session.commit()
    texts(till)
    till.work()
    row = till.membership(invoice)
    assert row.state == "active"
    card = till.session.scalars(select(PaymentMethod)).one()
    card.expires_year, card.expires_month = 2026, 11
    till.session.commit()
    assert looked(till).count("PAY_CARD_ENDS") == looked(till).count("PAY_CARD_ENDS") == 1
    assert row.period_end_on is not None
    resume_on = row.period_end_on + timedelta(days=31)
    pause(till.session, row.id, resume_on=resume_on, by=till.patient_of(row), now=till.clock())
    till.session.commit()
    assert "PAY_RESUMES" not in looked(till, days=20)
    till.clock.advance(days=11)
    renew_due(till.begin, clock=till.clock, by=TELLER)
    assert "PAY_RESUMES" not in looked(till)
    assert looked(till, days=29).count("PAY_RESUMES") == looked(till).count("PAY_RESUMES") == 1
    told = texts(till)[-1]
    assert judged(till, told) == Send()
    resume(till.session, row.id, by=till.patient_of(row), now=till.clock())
    assert judged(till, told) == Drop("membership_changed")
