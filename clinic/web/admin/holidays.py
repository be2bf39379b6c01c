"""The public holidays of one year, to be taken as closures in one go."""

from functools import partial
from typing import Annotated, ClassVar

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.kernel.localtime import in_zone
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import ClosureRefused
from clinic.web.admin import blueprint
from clinic.web.admin.closures_words import holiday_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, Many, NoFields, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.stranding import Confirmed, Step, save

_YEARS_AHEAD = 3
_LONGEST_KEY = 200


class Taken(Confirmed):
    """The holidays that were ticked."""

    holiday: Many[Annotated[str, Field(max_length=_LONGEST_KEY)]]

    words: ClassVar[dict[str, str]] = {"holiday": "Tick at least one holiday, or say that there are none."}


@blueprint.get("/admin/closures/holidays/<int:year>")
@policy.staff(Role.ADMIN)
def holidays(year: int) -> ResponseReturnValue:
    """Show the holidays of a year with a tick each, those taken already without one."""
    return _show(year, blank_form())


@blueprint.post("/admin/closures/holidays/<int:year>")
@policy.staff(Role.ADMIN)
def take_holidays(year: int) -> ResponseReturnValue:
    """Close on the holidays that were ticked, after showing the visits that this strands."""
    _require_near(year)
    form = read_form(Taken)
    if isinstance(form, FormErrors):
        return _show(year, form)
    if not form.holiday:
        return _show(year, form.refused(Invalid(form.words["holiday"], field="holiday")))
    number = len(form.holiday)
    counted = f"{number} {'holiday' if number == 1 else 'holidays'} of {year}"
    step = Step(
        show=partial(_show, year),
        physician_id=None,
        what=f"Closed on {counted}",
        done=f"Closed on {counted}.",
        leave=lambda: see_other("admin.closures"),
        back=(url_for("admin.holidays", year=year), f"Holidays of {year}"),
    )
    return save(partial(_take, keys=form.holiday), form, step)


@blueprint.post("/admin/closures/holidays/<int:year>/none")
@policy.staff(Role.ADMIN)
def take_no_holidays(year: int) -> ResponseReturnValue:
    """Say that the clinic closes on none of a year's holidays."""
    read_form(NoFields)
    _require_near(year)
    try:
        with runtime().begin(by=actor()) as session:
            actions.take_no_holidays(session, year=year, by=actor(), now=now())
    except DomainError as refusal:
        flash(refusal.message, "error")
        return see_other("admin.holidays", year=year)
    flash(f"No holidays in {year}. You can still take some later.")
    return see_other("admin.closures")


def _take(session: Session, *, keys: tuple[str, ...]) -> None:
    try:
        actions.take_holidays(session, keys=keys, by=actor(), now=now())
    except ClosureRefused as refusal:
        raise ClosureRefused(refusal.message, field="holiday") from refusal


def _require_near(year: int) -> None:
    today = in_zone(now(), runtime().clinic.zone).date()
    if not today.year <= year <= today.year + _YEARS_AHEAD:
        abort(404)


def _show(year: int, form: FormState) -> ResponseReturnValue:
    _require_near(year)
    today = in_zone(now(), runtime().clinic.zone).date()
    with runtime().begin(by=actor()) as session:
        rows = queries.holidays_of(session, year=year)
    offered = [(row.key, *holiday_words(row)) for row in rows if not row.is_taken and row.day >= today]
    page = render_template(
        "admin/closures/holidays.html",
        year=year,
        form=form,
        offered=offered,
        taken=[holiday_words(row) for row in rows if row.is_taken],
        over=[holiday_words(row) for row in rows if not row.is_taken and row.day < today],
        years=[today.year + ahead for ahead in range(_YEARS_AHEAD + 1)],
    )
    return page, form.status
