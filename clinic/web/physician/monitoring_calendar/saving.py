"""Writing the next version of the calendar from a form, with every refusal at its box."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.monitoring.actions.policies import change_calendar
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.rules.calendar_data import to_content
from clinic.web.frame.forms import FormModel, Line, WholeNumber
from clinic.web.frame.requests import actor, now, runtime, see_other


class CalendarForm(FormModel):
    """What every form of the calendar has; `version` numbers what it was filled from."""

    reason: Annotated[Line, Field(max_length=300)]
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "reason": "Say in a few words why it changes.",
        "reason.long": "This is too long. Use at most 300 characters.",
    }


Again = Callable[..., ResponseReturnValue]
"""Shows the form once more: with a FormErrors, and whether a colleague was faster."""


def saved(form: CalendarForm, put: Callable[[dict[str, Any]], None], *, again: Again) -> ResponseReturnValue:
    """Write the calendar as `put` leaves its content, and go to the list; or show the form with what is wrong."""
    try:
        with runtime().begin(by=actor()) as session:
            content = to_content(calendar_policy(session))
            put(content)
            calendar = change_calendar(
                session, content=content, reason=form.reason, seen_number=form.version, by=actor(), now=now()
            )
    except ChangedMeanwhile as refusal:
        return again(form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        refusal.field = _box(form, refusal)
        return again(form.refused(refusal))
    is_new = calendar.version != form.version
    flash(f"Calendar version {calendar.version} counts from now on." if is_new else "Nothing was different.")
    return see_other("physician.monitoring_calendar")


def _box(form: CalendarForm, refusal: Invalid | Conflict) -> str | None:
    """Return the box that a refusal is about; a row's own refusals stand above its form."""
    return refusal.field if refusal.field in type(form).model_fields else None
