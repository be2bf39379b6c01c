"""An invoice as a PDF: typst sets what it gets as data, so that nothing in it can be taken for markup."""

import json
from datetime import date
from functools import cache
from pathlib import Path

import typst

from clinic.billing.queries.invoice_pages import InvoicePage
from clinic.billing.rules.line_words import day_text, days_text
from clinic.billing.rules.money import shown
from clinic.billing.rules.payments import PaymentState
from clinic.runtime import ClinicFacts
from clinic.web.documents.invoice_words import CREDITS, STATES, WORDS


def invoice_pdf(page: InvoicePage, *, language: str, clinic: ClinicFacts, today: date) -> bytes:
    """Return the file in `en` or `es`; it names plans, days and amounts, and nothing clinical."""
    data = _data(page, language) | {
        "clinic": clinic.name,
        "issuer": [clinic.name, clinic.phone, clinic.email],
        "printed": _said("printed", language).format(on=day_text(today, language)),
    }
    made = typst.compile(_template(), sys_inputs={"data": json.dumps(data)}, ignore_system_fonts=True, format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("one document was asked for")
    return made


def invoice_file_name(page: InvoicePage) -> str:
    """Return the name under which the file is saved, such as invoice-INV-000123.pdf."""
    return f"invoice-{page.row.number_text}.pdf"


@cache
def _template() -> bytes:
    return Path(__file__).with_name("invoice.typ").read_bytes()


def _said(key: str, language: str) -> str:
    return WORDS[key].words(language)


def _data(page: InvoicePage, language: str) -> dict[str, object]:
    """Return everything that the page shows as plain words."""
    head = [_said("item", language), _said("amount", language)]
    sections = {"payments": _payments(page, language), "credits": _credits(page, language)}
    return {
        "language": language,
        "title": f"{_said('title', language)} {page.row.number_text}",
        "from": _said("from", language),
        "to": _said("to", language),
        "billed": page.billed_to,
        "facts": _facts(page, language),
        "what": _said("what", language),
        "head": head,
        "lines": [[line.said.words(language), shown(line.cents)] for line in page.lines],
        "sums": _sums(page, language),
        "total": [_said("total", language), shown(page.row.total_cents)],
        "sections": [
            {"name": _said(key, language), "head": head, "rows": rows} for key, rows in sections.items() if rows
        ],
        "page": _said("page", language),
        "notes": [_said("statement", language), _said("kept", language)],
    }


def _facts(page: InvoicePage, language: str) -> list[list[str]]:
    row = page.row
    days = {"issued": row.issued_on, "due": row.due_on, "paid_on": row.paid_on}
    found = [[_said(key, language), day_text(day, language)] for key, day in days.items() if day is not None]
    found += [
        [_said("days", language), days_text(row.period, language)],
        [_said("state", language), STATES[row.state].words(language)],
    ]
    if row.open_cents:
        found.append([_said("open", language), shown(row.open_cents)])
    return found


def _sums(page: InvoicePage, language: str) -> list[list[str]]:
    less = {"discount": -page.discount_cents, "balance": -page.balance_cents, "tax": page.tax_cents}
    found = {"subtotal": page.subtotal_cents, **{key: cents for key, cents in less.items() if cents}}
    return [[_said(key, language), shown(cents)] for key, cents in found.items()] if len(found) > 1 else []


def _payments(page: InvoicePage, language: str) -> list[list[str]]:
    """Return what came in; attempts that brought nothing are no part of a document."""
    return [
        [
            _said("card", language).format(brand=each.brand.title(), last4=each.last4, on=day_text(each.on, language)),
            shown(each.cents),
        ]
        for each in page.payments
        if each.state is PaymentState.SUCCEEDED
    ]


def _credits(page: InvoicePage, language: str) -> list[list[str]]:
    return [
        [
            _said("credit", language).format(
                number=each.number_text,
                on=day_text(each.on, language),
                kind=CREDITS[each.kind].words(language),
                reason=each.reason,
            ),
            shown(-each.cents),
        ]
        for each in page.credits
    ]
