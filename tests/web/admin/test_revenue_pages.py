"""Income for administrators: a month in figures, its close, the check, and files that are written down."""

import pytest

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from tests.domains.billing.payment_makers import DECLINED, Till
from tests.web.html import Browser


@pytest.fixture
def morgan(sign_in_as) -> Browser:
    return sign_in_as(Role.ADMIN, name="Morgan Ellery")


@pytest.fixture
def month(till: Till) -> Till:
    """A month in which one card paid and another did not."""
    till.owing()
    till.owing(DECLINED)
    till.work()
    return till


def test_a_month_shows_what_was_charged_what_came_in_and_what_is_open(morgan: Browser, month: Till):
    page = morgan.get("/admin/revenue")
    for words in ("Charged$500.00", "Came in$250.00", "Starter2$500.00", "Not due yet, or due today1$250.00"):
        assert words in page.text
    assert "Nothing is missing" in page.text
    assert "Every entry comes to nothing" in page.text
    before = morgan.get("/admin/revenue", month="2026-10")
    assert "October 2026" in before.text
    assert "Charged$0.00" in before.text
    assert "There is no month 2026-13" in morgan.get("/admin/revenue", month="2026-13").text


@pytest.mark.parametrize(
    ("table", "rows"),
    [("journal", ["INV-000001", "250.00"]), ("invoices", ["INV-000002"]), ("payments", ["INV-000001"])],
)
def test_each_file_has_its_rows_names_nobody_and_is_written_down(morgan: Browser, month: Till, table, rows):
    answer = morgan.client.get(f"/admin/revenue/{table}.csv?month=2026-11")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{table}-2026-11.csv"'
    assert all(row in text for row in rows)
    assert "=" not in text
    (kept,) = month.session.query(AuditEvent).filter(AuditEvent.action == "revenue.exported")
    assert kept.details["table"] == table
    assert kept.details["rows"] == len(text.splitlines()) - 1


def test_who_is_no_administrator_sees_no_income(desk: Browser):
    assert desk.get("/admin/revenue").status == 403
    assert desk.get("/admin/revenue/journal.csv").status == 403
