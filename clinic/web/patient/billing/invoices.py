"""The own invoices: a list, each one line by line, and as a file to keep."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import make_response, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.billing.errors import UnknownInvoice
from clinic.billing.queries.invoice_pages import InvoicePage, invoice_page, invoices_of
from clinic.billing.queries.payments import method_in_use
from clinic.kernel import journal
from clinic.people.models import Patient
from clinic.web.documents.invoice_pdf import invoice_file_name, invoice_pdf
from clinic.web.documents.invoice_words import CREDITS
from clinic.web.frame import policy
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import PURPOSE, SEEN, nowhere, seen, today
from clinic.web.patient.billing.overview import listed
from clinic.web.patient.billing.owing import owed, why_of
from clinic.web.patient.billing.showing import SumRow
from clinic.web.patient.billing.wording import PAYMENTS, TOTALS, invoice_look
from clinic.web.patient.deliveries.finding import reader

READ = "invoice.viewed"


class Moved(NamedTuple):
    """Money that moved for an invoice, or was to: the day, cents, what became of it and why."""

    on: date
    cents: int
    words: str
    why: str | None = None


@blueprint.get("/my-plan/invoices")
@policy.patient_link(PURPOSE, audit=SEEN)
def own_invoices() -> str:
    """Show every invoice, the newest first."""
    with runtime().begin(by=actor()) as session:
        rows = invoices_of(session, seen(session).id)
        return render_template("patient/billing/invoices.html", invoices=listed(rows))


@blueprint.get("/my-plan/invoices/<uuid:invoice_id>")
@policy.patient_link(PURPOSE, audit=READ)
def own_invoice(invoice_id: UUID) -> str:
    """Show one invoice line by line."""
    with runtime().begin(by=actor()) as session:
        patient = reader(session)
        page = _read(session, patient, invoice_id)
        return render_template(
            "patient/billing/invoice.html",
            row=page.row,
            look=invoice_look(page.row.state),
            rows=_rows(page),
            paid=_paid(page),
            back=[Moved(each.on, each.cents, CREDITS[each.kind].words(language())) for each in page.credits],
            owed=owed(session, page.row.id, language=language()),
            waits_from=None,
            has_card=method_in_use(session, patient.id) is not None,
        )


@blueprint.get("/my-plan/invoices/<uuid:invoice_id>.pdf")
@policy.patient_link(PURPOSE, audit=READ)
def own_invoice_pdf(invoice_id: UUID) -> Response:
    """Return one invoice as a file."""
    with runtime().begin(by=actor()) as session:
        page = _read(session, reader(session), invoice_id)
    answer = make_response(invoice_pdf(page, language=language(), clinic=runtime().clinic, today=today()))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{invoice_file_name(page)}"'
    return answer


def require_own(session: Session, patient: Patient, invoice_id: UUID) -> InvoicePage:
    """Return one of the patient's own invoices; anybody else's is as if it did not exist."""
    try:
        page = invoice_page(session, invoice_id)
    except UnknownInvoice as error:
        raise nowhere() from error
    if page.patient_id != patient.id or page.row.issued_on is None:
        raise nowhere()
    return page


def _read(session: Session, patient: Patient, invoice_id: UUID) -> InvoicePage:
    """Return one of the patient's own invoices, and note that it was read."""
    page = require_own(session, patient, invoice_id)
    whose = {"subject_kind": "invoice", "subject_id": page.row.id, "patient_ids": (patient.id,)}
    journal.note(session, READ, at=now(), **whose)  # type: ignore[arg-type]
    return page


def _rows(page: InvoicePage) -> list[SumRow]:
    """Return the lines, and what they come to."""
    rows = [SumRow(line.said.words(language()), line.cents) for line in page.lines]
    rows.append(SumRow(str(TOTALS["total"]), page.row.total_cents, is_total=True))
    if 0 < page.row.open_cents < page.row.total_cents:
        rows.append(SumRow(str(TOTALS["open"]), page.row.open_cents, is_total=True))
    return rows


def _paid(page: InvoicePage) -> list[Moved]:
    found = []
    for each in page.payments:
        words = f"{PAYMENTS[each.state]}, {each.brand.title()} {each.last4}"
        found.append(Moved(each.on, each.cents, words, why_of(each.state, each.decline_code, language=language())))
    return found
