"""Reports and rows for bookkeeping: a month's income, open invoices by age, who came and left, and files of them."""

from datetime import date, timedelta
from decimal import Decimal

from clinic.billing.actions.moves import enter, runs
from clinic.billing.actions.paying import take_refund
from clinic.billing.actions.voiding import void_invoice
from clinic.billing.queries.books import month_end
from clinic.billing.queries.exports import (
    INVOICES_HEAD,
    JOURNAL_HEAD,
    PAYMENTS_HEAD,
    invoice_rows,
    journal_rows,
    payment_rows,
)
from clinic.billing.queries.reports import ageing, churn, revenue
from clinic.billing.rules.documents import CreditKind
from clinic.billing.rules.months import AGES, Month
from clinic.billing.rules.subscriptions import Event
from clinic.web.frame.csv_file import csv_text
from tests.domains.billing.document_makers import TODAY, Desk, days_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


def test_a_months_income_is_told_by_plan_and_a_void_invoice_in_its_own_month(session):
    clinic = Clinic(session)
    desk, other = Desk(session, clinic=clinic), Desk(session, clinic=clinic, plan_code="intensive")
    desk.paid(off=1_000)
    refund = other.refund(other.paid(), 10_000, state="succeeded")
    take_refund(session, refund, by=COORDINATOR, now=NOW)
    void = desk.issue()
    found = revenue(session, month=NOVEMBER)
    assert [(one.code, one.invoices, one.charged_cents, one.discount_cents) for one in found.plans] == [
        ("starter", 2, 50_000, 2_500),
        ("intensive", 1, 50_000, 0),
    ]
    assert (found.charged_cents, found.discount_cents, found.given_back_cents) == (100_000, 2_500, 10_000)
    assert (found.cash_in_cents, found.cash_back_cents, found.net_cents) == (72_500, 10_000, 87_500)
    later = NOW + timedelta(days=10)
    void_invoice(session, void.id, reason="Canceled", by=COORDINATOR, now=later)
    assert revenue(session, month=NOVEMBER) == found
    assert revenue(session, month=DECEMBER).net_cents == -25_000
    assert [one.charged_cents for one in revenue(session, month=DECEMBER).plans] == [-25_000]


def test_open_invoices_are_counted_by_what_they_still_ask_for_and_since_when(session):
    desk = Desk(session)
    first = desk.issue()
    desk.credit(first, 10_000, kind=CreditKind.OFFSET)
    desk.issue()
    found = ageing(session, today=days_of(1).start_on + timedelta(days=7))
    assert [(each.age, each.invoices, each.cents) for each in found.ages if each.invoices] == [
        (AGES[1], 1, 25_000),
        (AGES[4], 1, 15_000),
    ]
    assert found.cents == 40_000


def test_who_left_is_counted_against_who_was_there_when_the_month_began(session):
    clinic = Clinic(session)
    rows = [Desk(session, clinic=clinic).row for _ in range(4)]
    staying, leaving, passing, waiting = rows
    month = runs(days_of(0))
    early, late = NOW, NOW + timedelta(days=12)

    def move(row, event, at, **columns):
        enter(session, row, event, by=COORDINATOR, now=at, columns=columns)

    for row, at in ((staying, early), (leaving, early), (passing, late)):
        move(row, Event.APPROVED, at, approved_at=at)
        move(row, Event.PAID, at, **month)
    move(leaving, Event.STOPPED, late)
    move(passing, Event.CANCELED, late + timedelta(days=1))
    move(waiting, Event.DECLINED, late)
    found = churn(session, month=DECEMBER)
    assert (found.at_start, found.came, found.left, found.lost) == (2, 1, 2, 1)
    assert (found.rate_basis_points, dict(found.left_by)) == (5_000, {"canceled": 1, "stopped": 1})
    assert (churn(session, month=NOVEMBER).came, churn(session, month=NOVEMBER).rate_basis_points) == (2, None)


def test_a_month_is_closed_with_every_account_and_the_numbers_of_its_documents(session):
    desk = Desk(session)
    desk.credit(desk.paid(), 1_000)
    desk.issue()
    desk.wait(days=10)
    desk.issue()
    found = month_end(session, month=DECEMBER)
    owed = next(each for each in found.accounts if each.account == "receivable")
    assert (owed.opening, owed.debit, owed.credit, owed.closing) == (24_000, 25_000, 0, 49_000)
    assert (found.settled.opening, found.settled.invoiced, found.settled.closing) == (24_000, 25_000, 49_000)
    assert found.settled.is_whole
    assert [(each.first, each.last, each.count) for each in found.documents] == [(3, 3, 1), (None, None, 0)]
    assert found.check.is_sound


def test_rows_for_bookkeeping_name_numbers_and_never_a_person(session):
    desk = Desk(session)
    row = desk.paid(off=1_000)
    desk.credit(row, 500)
    take_refund(session, desk.refund(row, 1_000, state="succeeded"), by=COORDINATOR, now=NOW)
    desk.issue()
    span = {"first_on": date(2026, 11, 1), "end_on": date(2026, 12, 1)}
    ledger = list(journal_rows(session, **span))
    assert sum(each[6] or 0 for each in ledger) == sum(each[7] or 0 for each in ledger)
    assert {each[2] for each in ledger} == {"INV-000001", "INV-000002", "CN-000001", "CN-000002"}
    first, second = invoice_rows(session, **span)
    assert first[:4] == ("INV-000001", TODAY, TODAY, desk.patient.record_number)
    assert first[9:] == tuple(map(Decimal, ("250.00", "25.00", "0.00", "0.00", "225.00", "0.00", "225.00", "0.00")))
    assert second[9:] == tuple(map(Decimal, ("250.00", "0.00", "5.00", "0.00", "245.00", "0.00", "0.00", "245.00")))
    money = list(payment_rows(session, **span))
    assert [(each[1], each[2], each[5]) for each in money] == [
        ("payment", "INV-000001", Decimal("225.00")),
        ("refund", "INV-000001", Decimal("-10.00")),
    ]
    written = csv_text(PAYMENTS_HEAD, money)
    assert ",-10.00," in written
    for head, rows in ((JOURNAL_HEAD, ledger), (INVOICES_HEAD, [first, second]), (PAYMENTS_HEAD, money)):
        assert {len(each) for each in rows} == {len(head)}
    assert "Invented" not in csv_text(JOURNAL_HEAD, ledger) + written
