"""Invoices and credit notes: what is written once, how it is settled, and what the database itself refuses."""

from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.journal import Source, enter
from clinic.billing.actions.moves import begin_segment
from clinic.billing.actions.paying import refund_failed, take_payment, take_refund
from clinic.billing.actions.voiding import void_invoice, write_off
from clinic.billing.errors import AmountRefused, PaymentUnderWay, RefundRefused, WrongState
from clinic.billing.models import CreditNote, Invoice, InvoiceLine
from clinic.billing.queries.balances import balance_cents, creditable_cents, open_cents, owed_cents
from clinic.billing.queries.books import journal_check
from clinic.billing.queries.invoice_pages import balance_moves, credit_notes_of, invoice_page, invoices_of
from clinic.billing.queries.standing import standing_lines
from clinic.billing.rules.documents import CreditKind, InvoiceKind
from clinic.billing.rules.invoices import Line, LineKind, unused_of, upgrade
from clinic.billing.rules.journal import Account
from clinic.billing.rules.periods import Segment
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox
from tests.domains.billing.document_makers import TODAY, Desk, days_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic
from tests.domains.scheduling.crowd import kinds, together


@pytest.fixture
def desk(session):
    found = Desk(session)
    yield found
    check = journal_check(session)
    assert check.faults == ()
    assert sum(check.accounts.values()) == 0
    session.execute(text("set constraints all immediate"))


def accounts(desk):
    return {account.value: cents for account, cents in journal_check(desk.session).accounts.items() if cents}


def invoice_of(desk, standing):
    return desk.session.get_one(InvoiceLine, standing.line_id).invoice_id


def topics(desk, row):
    return set(desk.session.scalars(select(Outbox.topic).where(Outbox.subject_id == row.id)))


def test_an_invoice_has_a_number_its_lines_an_entry_and_an_address(desk):
    row = desk.issue(off=1_000)
    assert (row.number, row.state, row.subtotal_cents, row.discount_cents, row.total_cents) == (
        1, "open", 25_000, 2_500, 22_500,
    )  # fmt: skip
    assert accounts(desk) == {"receivable": 22_500, "revenue_membership": -25_000, "contra_discount": 2_500}
    assert topics(desk, row) == {"invoice.issued"}
    page = invoice_page(desk.session, row.id)
    assert page.billed_to[0] == f"{desk.patient.legal_first_name} {desk.patient.legal_last_name}"
    assert [(line.said.en, line.cents) for line in page.lines] == [
        ("Membership Starter, Nov 23, 2026 to Dec 22, 2026", 25_000),
        ("Discount on Starter, Nov 23, 2026 to Dec 22, 2026", -2_500),
    ]
    assert (page.row.number_text, page.row.open_cents, row.next_attempt_on) == ("INV-000001", 22_500, TODAY)


def test_what_is_paid_asks_for_nothing_and_is_told_once(desk):
    row = desk.paid()
    assert (row.state, row.paid_at, row.next_attempt_on) == ("paid", desk.now, None)
    assert (open_cents(desk.session, row.id), owed_cents(desk.session, desk.patient.id)) == (0, 0)
    assert accounts(desk) == {"cash": 25_000, "revenue_membership": -25_000}
    assert "invoice.paid" in topics(desk, row)
    seen = invoice_page(desk.session, row.id).payments
    assert [(each.cents, each.last4, each.state.value) for each in seen] == [(25_000, "4242", "succeeded")]


def test_a_whole_discount_is_paid_without_any_card(desk):
    row = desk.issue(off=10_000)
    assert (row.total_cents, row.state, row.next_attempt_on) == (0, "paid", None)
    assert accounts(desk) == {"revenue_membership": -25_000, "contra_discount": 25_000}


def test_credit_pays_the_next_invoice_and_comes_back_when_that_is_void(desk):
    first = desk.paid()
    desk.credit(first, 4_000)
    second = desk.issue()
    assert (second.balance_cents, second.total_cents) == (4_000, 21_000)
    assert balance_cents(desk.session, desk.patient.id) == 0
    void_invoice(desk.session, second.id, reason="Issued by mistake", by=COORDINATOR, now=desk.now)
    assert balance_cents(desk.session, desk.patient.id) == 4_000
    assert [each.cents for each in balance_moves(desk.session, desk.patient.id)] == [4_000, -4_000, 4_000]
    assert (second.state, second.next_attempt_on) == ("void", None)
    assert [row.number_text for row in invoices_of(desk.session, desk.patient.id)] == ["INV-000002", "INV-000001"]


def test_less_than_a_card_takes_waits_on_the_balance_for_the_next_invoice(desk):
    few = [Line(kind=LineKind.MEMBERSHIP, amount=49, service=days_of(0), price_id=desk.price.id)]
    small = desk.issue(kind=InvoiceKind.CHANGE, lines=few, period=days_of(0))
    assert (small.state, small.total_cents, small.balance_cents) == ("paid", 0, 49)
    assert balance_cents(desk.session, desk.patient.id) == -49
    assert desk.issue().total_cents == 25_049
    assert balance_cents(desk.session, desk.patient.id) == 0


def test_a_void_invoice_takes_what_was_let_off_of_it_with_it(desk):
    row = desk.issue()
    desk.credit(row, 5_000, kind=CreditKind.OFFSET)
    assert open_cents(desk.session, row.id) == 20_000
    void_invoice(desk.session, row.id, reason="Canceled", by=COORDINATOR, now=desk.now)
    assert accounts(desk) == {}


def test_an_invoice_that_nobody_pays_is_written_off_as_a_loss(desk):
    row = desk.issue()
    desk.credit(row, 5_000, kind=CreditKind.OFFSET)
    with pytest.raises(WrongState, match="This membership still runs"):
        write_off(desk.session, row.id, reason="Moved away", by=COORDINATOR, now=desk.now)
    desk.over()
    write_off(desk.session, row.id, reason="Moved away", by=COORDINATOR, now=desk.now)
    assert accounts(desk) == {"revenue_membership": -25_000, "contra_refund": 5_000, "write_off": 20_000}
    with pytest.raises(WrongState, match="INV-000001 was written off"):
        void_invoice(desk.session, row.id, reason="Canceled", by=COORDINATOR, now=desk.now)
    with pytest.raises(AmountRefused):
        write_off(desk.session, desk.issue().id, reason=" ", by=COORDINATOR, now=desk.now)


def test_nothing_is_let_off_or_void_while_a_payment_may_still_come(desk):
    row = desk.issue()
    desk.attempt(row, state="processing")
    with pytest.raises(PaymentUnderWay):
        desk.credit(row, 5_000, kind=CreditKind.OFFSET)
    with pytest.raises(PaymentUnderWay):
        void_invoice(desk.session, row.id, reason="Canceled", by=COORDINATOR, now=desk.now)


def test_letting_all_of_it_off_settles_an_invoice(desk):
    row = desk.issue()
    desk.credit(row, 10_000, kind=CreditKind.OFFSET)
    with pytest.raises(RefundRefused, match=r"\$150\.00 of this invoice is open"):
        desk.credit(row, 15_001, kind=CreditKind.OFFSET)
    desk.credit(row, 15_000, kind=CreditKind.OFFSET)
    assert row.state == "paid"
    assert [each.number_text for each in credit_notes_of(desk.session, desk.patient.id)] == ["CN-000001", "CN-000002"]


def test_money_for_what_is_settled_otherwise_is_kept_for_the_patient(desk):
    void, less = desk.issue(), desk.issue()
    late, more = desk.attempt(void, state="failed"), desk.attempt(less, state="failed")
    void_invoice(desk.session, void.id, reason="Canceled", by=COORDINATOR, now=desk.now)
    desk.credit(less, 5_000, kind=CreditKind.OFFSET)
    late.state = more.state = "succeeded"
    desk.session.flush()
    assert not take_payment(desk.session, void, late, by=COORDINATOR, now=desk.now)
    assert take_payment(desk.session, less, more, by=COORDINATOR, now=desk.now)
    assert (void.state, less.state) == ("void", "paid")
    assert balance_cents(desk.session, desk.patient.id) == 30_000


def test_no_more_goes_back_than_a_line_holds(desk):
    row = desk.paid(off=2_000)
    desk.credit(row, 15_000)
    with pytest.raises(RefundRefused, match=r"At most \$50\.00 of this invoice can go back; \$50\.01 is more"):
        desk.credit(row, 5_001)
    desk.refund(row, 5_000)
    assert creditable_cents(desk.session, row.id) == 0


def test_a_refund_moves_money_when_the_bank_says_so_and_else_goes_on_the_balance(desk):
    row = desk.paid()
    there, failed, came_back = (desk.refund(row, cents) for cents in (5_000, 3_000, 2_000))
    assert accounts(desk)["cash"] == 25_000
    for refund, states in ((there, ["succeeded"]), (failed, ["failed"]), (came_back, ["succeeded", "failed"])):
        for state in states:
            refund.state = state
            desk.session.flush()
            verb = take_refund if state == "succeeded" else refund_failed
            for _told_twice in range(2):
                verb(desk.session, refund, by=COORDINATOR, now=desk.now)
    assert accounts(desk)["cash"] == 20_000
    assert balance_cents(desk.session, desk.patient.id) == 5_000
    kinds = [each.kind.value for each in invoice_page(desk.session, row.id).credits]
    assert kinds == ["refund", "credit", "credit"]


def test_a_change_takes_the_rest_of_its_line_out_of_what_stands_and_can_go_back(desk):
    row = desk.paid()
    day, period = date(2026, 12, 3), days_of(0)
    (standing,) = standing_lines(desk.session, desk.row, period)
    assert (standing.amount, standing.service, invoice_of(desk, standing)) == (
        25_000,
        period,
        row.id,
    )
    lines = upgrade(standing, 50_000, desk.price.id, period=period, day=day, rebate=None)
    more = desk.issue(kind=InvoiceKind.CHANGE, lines=lines, period=period)
    assert standing_lines(desk.session, desk.row, period) == (standing,)
    assert desk.pay(more)
    (now,) = standing_lines(desk.session, desk.row, period)
    assert (now.amount, invoice_of(desk, now)) == (33_333, more.id)
    assert creditable_cents(desk.session, row.id) == 25_000 - unused_of(standing, day)
    desk.credit(more, 10_000)
    assert standing_lines(desk.session, desk.row, period)[0].amount == 23_333


def test_a_month_stands_for_the_days_from_its_payment_and_moves_with_a_hold(desk):
    desk.paid(kind=InvoiceKind.FIRST)
    paid_on = days_of(0).start_on + timedelta(days=2)
    runs = begin_segment(desk.session, desk.row, Segment(paid_on), now=desk.now)
    (standing,) = standing_lines(desk.session, desk.row, runs)
    assert (standing.amount, standing.service) == (25_000, runs)
    rest = begin_segment(desk.session, desk.row, Segment(paid_on + timedelta(days=14), 20), now=desk.now)
    (moved,) = standing_lines(desk.session, desk.row, rest)
    assert moved.service.end_on == rest.end_on
    assert unused_of(moved, rest.start_on) == 16_667  # Twenty of thirty days.


def test_of_many_who_credit_one_line_at_once_only_so_many_do_as_it_holds(database):
    with database.begin(by=COORDINATOR) as session:
        row = Desk(session).paid()

    def credit():
        with database.begin(by=COORDINATOR) as session:
            asked = {"kind": CreditKind.CREDIT, "amount_cents": 10_000, "reason": "A visit was moved"}
            return issue_credit_note(session, row.id, **asked, by=COORDINATOR, now=NOW)

    assert kinds(together(*[credit] * 6)) == {"CreditNote": 2, "RefundRefused": 4}


CHANGES = [
    "update invoice set total_cents = total_cents - 1, subtotal_cents = subtotal_cents - 1",
    "update invoice set number = 77",
    "update invoice set due_on = due_on + 1",
    "update invoice set billed_to_sealed = null",
    "update invoice_line set amount_cents = 1",
    """insert into invoice_line (id, invoice_id, position, kind, amount_cents, service_start_on, service_end_on)
    select gen_random_uuid(), id, 9, 'membership', 1, period_start_on, period_end_on from invoice""",
    "delete from invoice",
    "delete from invoice_line",
    "update credit_note set total_cents = 1",
    "update posting set amount_cents = 1",
    "delete from posting",
    "update journal_entry set entered_on = entered_on + 1",
    """insert into credit_note_line (id, credit_note_id, source_line_id, amount_cents)
    select gen_random_uuid(), c.id, l.id, 24001 from credit_note c cross join invoice_line l""",
]


def test_the_database_itself_refuses_to_change_what_is_written(desk):
    desk.credit(desk.paid(), 1_000)
    for statement in CHANGES:
        refused = pytest.raises(DBAPIError, match=r"never change|permission denied|beyond its amount")
        with refused, desk.session.begin_nested():
            desk.session.execute(text(statement))


def test_an_owner_of_the_database_cannot_delete_a_numbered_invoice_either(database):
    with database.begin(by=COORDINATOR) as session:
        Desk(session).issue()
    engine = create_engine(database.owner_url)
    for table in ("invoice_line", "invoice"):
        with pytest.raises(IntegrityError, match="never change"), engine.begin() as owner:
            owner.execute(text(f"delete from {table}"))  # noqa: S608 - two names of our own
    engine.dispose()


def test_an_invoice_whose_lines_do_not_come_to_its_total_gets_no_number(desk):
    row = desk.issue()
    draft = {column.key: getattr(row, column.key) for column in Invoice.__table__.columns}
    draft |= {"id": new_id(), "kind": "change", "state": "draft", "number": None, "finalized_at": None}
    desk.session.execute(Invoice.__table__.insert().values(draft))
    numbered = text("update invoice set state = 'open', number = 9, finalized_at = now() where id = :id")
    with pytest.raises(IntegrityError, match="come to 0, not to 25000"), desk.session.begin_nested():
        desk.session.execute(numbered, {"id": draft["id"]})


def test_postings_that_do_not_come_to_nothing_are_refused_at_the_commit(database):
    def unbalanced():
        with database.begin(by=COORDINATOR) as session:
            desk = Desk(session)
            told = {"patient_id": desk.patient.id, "on": TODAY, "now": desk.now}
            enter(
                session,
                Source("invoice", new_id(), "issued"),
                {Account.CASH: 5, Account.REVENUE_MEMBERSHIP: -4},
                **told,
            )

    with pytest.raises(IntegrityError, match="do not come to nothing"):
        unbalanced()


def test_a_fact_is_entered_once(desk):
    row = desk.paid()
    told = {"patient_id": row.patient_id, "on": TODAY, "now": desk.now}
    with pytest.raises(IntegrityError, match="uq_journal_entry"), desk.session.begin_nested():
        enter(desk.session, Source("invoice", row.id, "issued"), {Account.CASH: 1, Account.WRITE_OFF: -1}, **told)


def test_numbers_have_no_gap_whoever_issues_and_whoever_fails(database):
    class Fails(Exception):
        """What goes wrong after the number was taken."""

    with database.begin(by=COORDINATOR) as session:
        clinic = Clinic(session)
        desks = [Desk(session, clinic=clinic) for _ in range(12)]

    def issue(desk, *, fails):
        def call():
            with database.begin(by=COORDINATOR) as session:
                desk.session, desk.row = session, session.get_one(type(desk.row), desk.row.id)
                number = desk.issue().number
                if fails:
                    raise Fails
                return number

        return call

    results = together(*(issue(desk, fails=place % 3 == 1) for place, desk in enumerate(desks)))
    assert sum(isinstance(each, Fails) for each in results) == 4
    assert sorted(each for each in results if isinstance(each, int)) == list(range(1, 9))
    with database.begin(by=COORDINATOR) as session:
        assert sorted(session.scalars(select(Invoice.number))) == list(range(1, 9))
        assert journal_check(session).is_sound
        assert session.scalars(select(CreditNote.id)).all() == []
        assert len(session.scalars(select(InvoiceLine.id)).all()) == 8
