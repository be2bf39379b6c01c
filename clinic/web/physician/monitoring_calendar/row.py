"""Changing one row of the calendar: when it asks, what, whether it is required, and when somebody calls."""

from typing import Annotated, Any, ClassVar

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.monitoring.errors import UnknownRule
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.rules.calendar import Anchor, Calendar, Row
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, Line, Many, Tick, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.monitoring_calendar.saving import CalendarForm, saved
from clinic.web.physician.monitoring_calendar.words import asked_when, names

_WITHOUT_DAYS = {Anchor.BEFORE, Anchor.EVENING}
_AGAIN = {Anchor.PHASE, Anchor.INTAKE}


class RowForm(CalendarForm):
    """One row as typed; boxes that a row does not have are left out."""

    days: WholeNumber | None = None
    every_days: WholeNumber | None = None
    ask: Many[Annotated[Line, Field(max_length=40)]]
    ask_for_pain: Many[Annotated[Line, Field(max_length=40)]]
    is_required: Tick
    closes_after_hours: WholeNumber
    call_after_hours: WholeNumber | None = None
    call_within_hours: WholeNumber | None = None

    words: ClassVar[dict[str, str]] = {
        **CalendarForm.words,
        "days": "Enter a whole number of days.",
        "every_days": "Enter a whole number of days, or leave it empty.",
        "closes_after_hours": "Enter a whole number of hours from 4 to 720.",
        "call_after_hours": "Enter a whole number of hours, or leave it empty.",
        "call_within_hours": "Enter a whole number of business hours, or leave it empty.",
    }

    def put_into(self, row: dict[str, Any]) -> None:
        """Write what was typed over a row's content; who a call is for stays as it was."""
        wanted = {"ask": list(self.ask), "is_required": self.is_required, "closes_after_hours": self.closes_after_hours}
        given = {"days": self.days, "every_days": self.every_days, "ask_for_pain": list(self.ask_for_pain) or None}
        call = {"after_hours": self.call_after_hours, "within_hours": self.call_within_hours}
        only = (row.get("call") or {}).get("only")
        for name in (*given, "call"):
            row.pop(name, None)
        row.update(wanted | {name: value for name, value in given.items() if value is not None})
        if any(value is not None for value in call.values()):
            row["call"] = call | ({"only": only} if only else {})


@blueprint.get("/monitoring-calendar/<calendar_row>")
@policy.staff(Role.PHYSICIAN)
def monitoring_calendar_row(calendar_row: str) -> ResponseReturnValue:
    """Show one row in boxes."""
    with runtime().begin(by=actor()) as session:
        calendar = calendar_policy(session)
    return _show(calendar_row, filled({"version": calendar.version, **_boxes(_row(calendar, calendar_row))}))


@blueprint.post("/monitoring-calendar/<calendar_row>")
@policy.staff(Role.PHYSICIAN)
def change_monitoring_calendar_row(calendar_row: str) -> ResponseReturnValue:
    """Write the calendar's next version with another row."""
    with runtime().begin(by=actor()) as session:
        _row(calendar_policy(session), calendar_row)
    form = read_form(RowForm)
    if isinstance(form, FormErrors):
        return _show(calendar_row, form)

    def put(content: dict[str, Any]) -> None:
        form.put_into(next(row for row in content["rows"] if row["key"] == calendar_row))

    return saved(form, put, again=lambda errors, **how: _show(calendar_row, errors, **how))


def _row(calendar: Calendar, row_key: str) -> Row:
    found = calendar.row(row_key)
    if found is None:
        raise UnknownRule("There is no such row. Open the calendar and choose one.")
    return found


def _boxes(row: Row) -> dict[str, object]:
    return {
        "days": row.days,
        "every_days": "" if row.every_days is None else row.every_days,
        "ask": row.ask,
        "ask_for_pain": row.ask_for_pain,
        "is_required": "yes" if row.is_required else "",
        "closes_after_hours": row.closes_after_hours,
        "call_after_hours": "" if row.call is None else row.call.after_hours,
        "call_within_hours": "" if row.call is None else row.call.within_hours,
    }


def _show(row_key: str, form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        calendar = calendar_policy(session)
        titles = names(session, calendar)
    row = _row(calendar, row_key)
    page = render_template(
        "physician/monitoring_calendar/row.html",
        row=row,
        when=asked_when(row),
        form=form,
        version=calendar.version if is_stale else form.value("version"),
        has_days=row.anchor not in _WITHOUT_DAYS,
        has_again=row.anchor in _AGAIN,
        asks=_options(row.ask, titles),
        asks_for_pain=_options(row.ask_for_pain, titles),
    )
    return page, form.status


def _options(chosen: tuple[str, ...], titles: dict[str, str]) -> list[tuple[str, str]]:
    """Return key and title of what can be asked, in the order in which the row asks it now."""
    rest = sorted((key for key in titles if key not in chosen), key=lambda key: titles[key].lower())
    return [(key, titles.get(key, key)) for key in (*chosen, *rest)]
