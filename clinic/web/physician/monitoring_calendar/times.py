"""Changing the calendar's hours: when check-ins open, how far ahead they are planned, and when somebody calls."""

from typing import Any, ClassVar

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, LocalTime, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.monitoring_calendar.saving import CalendarForm, saved

_TIMES = ("day_from", "day_until", "evening_from", "evening_until")
_NUMBERS = ("evening_after_minutes", "horizon_days", "calls_after_missed")


class TimesForm(CalendarForm):
    """The calendar's own settings as typed."""

    day_from: LocalTime
    day_until: LocalTime
    evening_from: LocalTime
    evening_until: LocalTime
    evening_after_minutes: WholeNumber
    horizon_days: WholeNumber
    calls_after_missed: WholeNumber

    words: ClassVar[dict[str, str]] = {
        **CalendarForm.words,
        **dict.fromkeys(_TIMES, "Enter a time, like 09:00."),
        "evening_after_minutes": "Enter a whole number of minutes from 0 to 360.",
        "horizon_days": "Enter a whole number of days from 14 to 120.",
        "calls_after_missed": "Enter a whole number from 1 to 10.",
    }


@blueprint.get("/monitoring-calendar/hours")
@policy.staff(Role.PHYSICIAN)
def monitoring_calendar_hours() -> ResponseReturnValue:
    """Show the calendar's hours in boxes."""
    with runtime().begin(by=actor()) as session:
        calendar = calendar_policy(session)
    known: dict[str, object] = {name: f"{getattr(calendar, name):%H:%M}" for name in _TIMES}
    known |= {name: getattr(calendar, name) for name in _NUMBERS}
    return _show(filled({"version": calendar.version, **known}))


@blueprint.post("/monitoring-calendar/hours")
@policy.staff(Role.PHYSICIAN)
def change_monitoring_calendar_hours() -> ResponseReturnValue:
    """Write the calendar's next version with other hours."""
    form = read_form(TimesForm)
    if isinstance(form, FormErrors):
        return _show(form)

    def put(content: dict[str, Any]) -> None:
        content.update({name: f"{getattr(form, name):%H:%M}" for name in _TIMES})
        content.update({name: getattr(form, name) for name in _NUMBERS})

    return saved(form, put, again=_show)


def _show(form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        calendar = calendar_policy(session)
    page = render_template(
        "physician/monitoring_calendar/hours.html",
        form=form,
        version=calendar.version if is_stale else form.value("version"),
    )
    return page, form.status
