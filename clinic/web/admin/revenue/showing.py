"""A month's income on one page: figures, open invoices by age, who came and left, the journal's check and the close."""

from datetime import date
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.billing.queries.books import MonthEnd, month_end
from clinic.billing.queries.reports import ageing, churn
from clinic.billing.rules.months import Month, month_named, month_of
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people.queries import PatientRow, rows_of
from clinic.web.admin import blueprint
from clinic.web.admin.revenue.words import ACCOUNTS, FAULTS, age_words, left_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, Line, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.worklist.queries import ItemRow, open_items
from clinic.worklist.rules import WorkKind

_MOST_TASKS = 200


class MonthQuery(FormModel):
    """The month as year and month, the present one where none is named."""

    month: Line = ""

    def of(self, today: date) -> Month:
        """Return the month that is asked for, or raise PeriodRefused."""
        return month_named(self.month) if self.month else month_of(today)


@blueprint.get("/admin/revenue")
@policy.staff(Role.ADMIN, audit="revenue.viewed")
def revenue() -> str:
    """Show one month and how the books stand now."""
    today = clinic_day()
    month = read_query(MonthQuery).of(today)
    with runtime().begin(by=actor()) as session:
        close = month_end(session, month=month)
        records = _records(session, close)
        journal.note(
            session,
            "revenue.viewed",
            subject_kind="month",
            subject_id=None,
            at=now(),
            patient_ids=tuple(records),
            month=month_text(month),
        )
        return render_template(
            "admin/revenue/index.html",
            month=month,
            this=month_text(month),
            before=month_text(month.moved(-1)),
            after=month_text(month.moved(1)) if month < month_of(today) else None,
            is_over=month < month_of(today),
            close=close,
            income=close.revenue,
            ageing=ageing(session, today=today),
            churn=(gone := churn(session, month=month)),
            left=[(left_words(event), count) for event, count in gone.left_by.items()],
            records={key: row.record_number for key, row in records.items()},
            unmatched=_unmatched(session),
            zone=runtime().clinic.zone,
            words={"account": ACCOUNTS, "fault": FAULTS, "age": age_words},
        )


def clinic_day() -> date:
    """Return the clinic's own day."""
    return in_zone(now(), runtime().clinic.zone).date()


def month_text(month: Month) -> str:
    """Return `2026-11`."""
    return f"{month.first_on:%Y-%m}"


def _records(session: Session, close: MonthEnd) -> dict[UUID, PatientRow]:
    """Return the records that the check names."""
    return rows_of(session, {each.patient_id for each in close.check.faults if each.patient_id})


def _unmatched(session: Session) -> list[ItemRow]:
    """Return the open tasks about money at the gateway that nobody here knows."""
    items = open_items(session, roles={Role.ADMIN}, limit=_MOST_TASKS)
    return [each for each in items if each.kind is WorkKind.PAYMENT_UNMATCHED]
