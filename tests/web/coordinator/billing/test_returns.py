"""Money that goes back: looked at before it is sent, never more than came in, and never twice."""

import pytest

from clinic.billing.models import CreditNote, Invoice
from tests.domains.billing.payment_makers import DECLINED, Till
from tests.web.html import Browser, Page

WHY = "A visit was moved"


@pytest.fixture
def paid(till: Till) -> Invoice:
    invoice = till.owing()
    till.work()
    return invoice


def asking(desk: Browser, invoice: Invoice, words: str = "Refund to the card") -> Page:
    return desk.get(f"/invoices/{invoice.id}").click(words)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("300", "At most $250.00 of this invoice can go back; $300.00 is more"),
        ("12.345", "fraction of a cent"),
        ("0", "Write an amount from $0.01"),
        ("some", "Write an amount in dollars"),
        ("", "Write how much goes back"),
    ],
)
def test_an_amount_that_cannot_go_back_is_refused_at_its_box_and_the_reason_stays(desk, till, paid, amount, said):
    page = asking(desk, paid).form("return").submit(amount=amount, reason=WHY)
    assert said in page.errors["amount"]
    assert page.form("return").values["reason"] == [WHY]
    assert till.refunds() == []


def test_a_refund_is_looked_at_first_and_then_goes_back_once(desk: Browser, till: Till, paid):
    seen = asking(desk, paid).form("return").submit(amount="50", reason=WHY)
    assert "Nothing is sent yet." in seen.text
    assert "Left afterwards$200.00" in seen.text
    assert till.refunds() == []
    sent = seen.form("return").submit()
    assert "$50.00 go back to the card." in " ".join(sent.toasts)
    again = seen.form("return").submit()
    assert "Something of this invoice changed since the page was shown: $200.00" in again.errors[""]
    till.work()
    assert [(each.amount_cents, each.state) for each in till.refunds()] == [(5_000, "succeeded")]
    assert "$50.00, Nov 23, 2026" in desk.get(f"/invoices/{paid.id}").text


def test_an_amount_that_changes_after_the_look_is_looked_at_again(desk: Browser, till: Till, paid):
    seen = asking(desk, paid).form("return").submit(amount="50", reason=WHY)
    assert "Left afterwards$190.00" in seen.form("return").submit(amount="60").text
    assert till.refunds() == []


def test_a_credit_waits_for_the_next_invoice_and_something_comes_off_an_open_one(desk: Browser, till: Till, paid):
    seen = asking(desk, paid, "Credit for the next invoice").form("return").submit(amount="20", reason=WHY)
    assert "The next invoice uses it." in " ".join(seen.form("return").submit().toasts)
    assert "Credit note$20.00" in desk.get(f"/patients/{paid.patient_id}/billing").text
    owed = till.owing(DECLINED)
    till.work()
    seen = asking(desk, owed, "Take something off").form("return").submit(amount="50", reason=WHY)
    assert "not asked for any more" in " ".join(seen.form("return").submit().toasts)
    assert "$200.00 is open" in desk.get(f"/invoices/{owed.id}").text
    kinds = {each.invoice_id: each.kind for each in till.session.query(CreditNote)}
    assert kinds == {paid.id: "credit", owed.id: "offset"}
