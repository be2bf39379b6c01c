"""The board of failed payments and one invoice at the desk: why, whose turn it is, and what helps."""

import pytest

from clinic.billing.models import Invoice, PaymentMethod
from clinic.kernel.actor import Role
from tests.domains.billing.payment_makers import DECLINED, Till
from tests.web.html import Browser


def page_of(invoice: Invoice) -> str:
    return f"/invoices/{invoice.id}"


@pytest.fixture
def declined(till: Till) -> Invoice:
    invoice = till.owing(DECLINED)
    till.work()
    return invoice


def test_who_owes_stands_on_the_board_with_why_and_when_it_is_tried_again(desk: Browser, till: Till, declined):
    till.clock.advance(minutes=12)
    page = desk.get("/payments")
    (row,) = page.texts("tbody tr")
    for words in ("$250.00", "Visa ending 0341", "tried 1 time", "Tried again", "First payment due", "12 min"):
        assert words in row
    assert "Payments 1 waiting" in page.texts("nav.menu a")
    assert "1 tried again by themselves" in page.texts("nav.counts a")
    assert desk.get("/payments", turn="card").texts("tbody tr") == []


def test_a_bank_that_wants_a_step_is_the_patients_turn(desk: Browser, till: Till):
    invoice = till.owing()
    card = till.session.get_one(PaymentMethod, till.payment(invoice).method_id)
    till.bank.tell(card.gateway_method_id, charge_code="authentication_required")
    till.work()
    assert "3-D Secure" in desk.get("/payments", turn="bank").text
    refused = desk.get(page_of(invoice))
    assert "try" not in refused.forms
    assert "A payment is under way." in refused.text


def test_trying_again_tells_what_the_bank_said_and_another_card_pays(desk: Browser, till: Till, declined):
    page = desk.get(page_of(declined)).form("try").submit()
    assert "Declined" in " ".join(page.toasts)
    till.card(till.membership(declined))
    old_page = page.form("try").submit()
    assert "under way" in " ".join(old_page.toasts)
    till.work()
    assert till.charged() == [25_000]
    paid = desk.get(page_of(declined))
    assert "is open" not in paid.text
    assert desk.get("/payments").h1 == "Payments"
    assert "Nobody owes anything" in desk.get("/payments").text


def test_the_link_is_texted_again_and_where_nothing_is_to_be_done_that_is_said(desk: Browser, till: Till, declined):
    assert "on its way" in " ".join(desk.get(page_of(declined)).form("link").submit().toasts)
    page = desk.get("/payments")
    till.card(till.membership(declined))
    till.work()
    assert "nothing to text" in " ".join(page.form(f"link-{declined.id}").submit().toasts)


def test_the_invoice_is_a_file_and_an_unknown_one_is_none(desk: Browser, declined, sign_in_as):
    file = desk.client.get(f"{page_of(declined)}/invoice.pdf")
    assert file.data[:5] == b"%PDF-"
    assert desk.get("/invoices/01900000-0000-7000-8000-000000000000").status == 404
    assert sign_in_as(Role.PHYSICIAN, name="Amara Okafor").get(page_of(declined)).status == 403
