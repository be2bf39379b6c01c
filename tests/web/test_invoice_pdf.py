"""The printed invoice: the same lines and sums as the page, in both languages, with nothing clinical in it."""

from datetime import date
from io import BytesIO

from pypdf import PdfReader

from clinic.billing.queries.invoice_pages import invoice_page
from clinic.runtime import ClinicFacts
from clinic.web.documents.invoice_pdf import invoice_file_name, invoice_pdf
from tests.domains.billing.document_makers import Desk

CLINIC = ClinicFacts(
    name="Demo Home Clinic",
    phone="(305) 555-0100",
    email="desk@example.org",
    zone="America/New_York",
    public_base_url="http://localhost",
)


def printed(page, language):
    made = invoice_pdf(page, language=language, clinic=CLINIC, today=date(2026, 11, 26))
    (only,) = PdfReader(BytesIO(made)).pages
    return only.extract_text()


def test_an_invoice_is_printed_in_both_languages_line_by_line(session):
    desk = Desk(session)
    desk.patient.legal_last_name = "#Invented *b*"
    row = desk.paid(off=1_000)
    desk.credit(row, 1_500, reason="A visit #was moved")
    page = invoice_page(session, row.id)
    assert invoice_file_name(page) == "invoice-INV-000001.pdf"
    english, spanish = printed(page, "en"), printed(page, "es")
    for said in (
        "Invoice INV-000001", "Ana #Invented *b*", "Membership Starter, Nov 23, 2026 to Dec 22, 2026 $250.00",
        "Discount on Starter, Nov 23, 2026 to Dec 22, 2026 \u2212$25.00", "Total $225.00", "Visa card ending in 4242",
        "CN-000001, Nov 23, 2026: put on your balance. A visit #was moved \u2212$15.00", "CLINIC CARE",
    ):  # fmt: skip
        assert said in english
    for said in ("Factura INV-000001", "Membresía Inicial, 23 nov 2026 a 22 dic 2026 $250.00", "Pagada", "$225.00"):
        assert said in spanish
    assert "ketamine" not in (english + spanish).lower()
