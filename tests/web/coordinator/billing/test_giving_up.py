"""An invoice that nobody will pay: written off with a reason, and only once nothing is collected for it any more."""

from clinic.billing.actions.moves import enter
from clinic.billing.models import Invoice
from clinic.billing.rules.subscriptions import Event
from tests.domains.billing.payment_makers import CASHIER, DECLINED, Till
from tests.web.html import Browser


def test_a_loss_is_written_off_once_with_a_reason_and_leaves_the_board(desk: Browser, till: Till):
    invoice = till.owing(DECLINED)
    till.work()
    address = f"/invoices/{invoice.id}"
    assert "Write it off" not in desk.get(address).text
    assert "Nothing to write off" in desk.get(f"{address}/write-off").text
    enter(till.session, till.membership(invoice), Event.UNPAID, by=CASHIER, now=till.clock())
    till.session.commit()
    asking = desk.get(address).click("Write it off")
    refused = asking.form("write-off").submit(reason="")
    assert "why nobody will pay it" in refused.errors["reason"]
    lost = asking.form("write-off").submit(reason="Moved away")
    assert "$250.00 are written off." in " ".join(lost.toasts)
    assert till.session.get_one(Invoice, invoice.id, populate_existing=True).state == "uncollectible"
    assert till.tasks() == []
    again = asking.form("write-off").submit(reason="Moved away")
    assert "INV-000001 was written off" in again.errors[""]
