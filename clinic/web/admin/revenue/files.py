"""A month's journal, invoices and payments as files for bookkeeping; records by number, nobody by name."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from flask import Response
from sqlalchemy.orm import Session

from clinic.billing.queries.exports import (
    INVOICES_HEAD,
    JOURNAL_HEAD,
    PAYMENTS_HEAD,
    Row,
    invoice_rows,
    journal_rows,
    payment_rows,
)
from clinic.billing.rules.months import Month
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.web.admin import blueprint
from clinic.web.admin.revenue.showing import MonthQuery, clinic_day, month_text
from clinic.web.frame import policy
from clinic.web.frame.csv_file import csv_file, csv_text
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime


class _Table(NamedTuple):
    head: tuple[str, ...]
    rows: Callable[[Session, Month], Iterator[Row]]


_TABLES: Mapping[str, _Table] = MappingProxyType(
    {
        "journal": _Table(JOURNAL_HEAD, lambda session, month: journal_rows(session, **_days(month))),
        "invoices": _Table(INVOICES_HEAD, lambda session, month: invoice_rows(session, **_days(month))),
        "payments": _Table(PAYMENTS_HEAD, lambda session, month: payment_rows(session, **_days(month))),
    }
)


@blueprint.get("/admin/revenue/<any(journal, invoices, payments):table>.csv")
@policy.staff(Role.ADMIN, fresh_mfa=True, audit="revenue.exported")
def revenue_file(table: str) -> Response:
    """Return one table of a month as comma-separated values."""
    month = read_query(MonthQuery).of(clinic_day())
    with runtime().begin(by=actor()) as session:
        rows = list(_TABLES[table].rows(session, month))
        journal.note(
            session,
            "revenue.exported",
            subject_kind="month",
            subject_id=None,
            at=now(),
            table=table,
            month=month_text(month),
            rows=len(rows),
        )
    return csv_file(f"{table}-{month_text(month)}.csv", csv_text(_TABLES[table].head, rows, has_mark=True))


def _days(month: Month) -> dict[str, date]:
    return {"first_on": month.first_on, "end_on": month.end_on}
