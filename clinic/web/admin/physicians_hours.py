"""Adding weekly hours of physicians and letting them end."""

from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.models import AvailabilityRule
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import WEEKDAYS, times_of
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    LocalTime,
    Many,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_A_DAY = timedelta(days=1)


class Weekday(StrEnum):
    """The days of the week in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Return 0 for Monday."""
        return list(Weekday).index(self)


class HoursForm(FormModel):
    """The same hours on one or several days of the week, as typed."""

    weekday: Many[Weekday]
    starts_at_local: LocalTime
    ends_at_local: LocalTime
    effective_from: IsoDate
    effective_until: IsoDate | None = None

    words: ClassVar[dict[str, str]] = {
        "weekday": "Choose at least one day of the week.",
        "starts_at_local": "Enter when the hours begin, like 09:00.",
        "ends_at_local": "Enter when the hours end, like 17:00.",
        "effective_from": "Enter the first day on which these hours hold.",
        "effective_until": "Enter the last day as a date, or leave it empty.",
    }


class LastDay(FormModel):
    """Until when hours hold, and the hours as they were shown."""

    last_day: IsoDate
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {"last_day": "Enter the last day on which these hours hold."}


@blueprint.get("/physicians/<uuid:physician_id>/hours/new")
@policy.staff(Role.ADMIN)
def new_hours(physician_id: UUID) -> ResponseReturnValue:
    """Ask for weekly hours."""
    found = _physician(physician_id)
    return _show_new(found, blank_form(effective_from=_today(found)))


@blueprint.post("/physicians/<uuid:physician_id>/hours/new")
@policy.staff(Role.ADMIN)
def add_hours(physician_id: UUID) -> ResponseReturnValue:
    """Add the hours on all the days that were chosen, or on none."""
    form = read_form(HoursForm)
    if isinstance(form, FormErrors):
        return _show_new(_physician(physician_id), form)
    if not form.weekday:
        return _show_new(_physician(physician_id), form.refused(Invalid(form.words["weekday"], field="weekday")))
    try:
        with runtime().begin(by=actor()) as session:
            for day in form.weekday:
                actions.add_hours(
                    session,
                    physician_id=physician_id,
                    weekday=day.number,
                    starts_at_local=form.starts_at_local,
                    ends_at_local=form.ends_at_local,
                    effective_from=form.effective_from,
                    effective_until=form.effective_until,
                    by=actor(),
                    now=now(),
                )
    except (Invalid, Conflict) as refusal:
        return _show_new(_physician(physician_id), form.refused(refusal))
    flash("Hours added.")
    return see_other("admin.physician", physician_id=physician_id)


@blueprint.get("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>")
@policy.staff(Role.ADMIN)
def hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Ask for the last day of weekly hours."""
    physician, rule = _hours(physician_id, rule_id)
    return _show_end(physician, rule, blank_form(last_day=rule.effective_until or _today(physician)))


@blueprint.post("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>")
@policy.staff(Role.ADMIN)
def end_hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Let weekly hours end; with a last day before their first one they never were."""
    form = read_form(LastDay)
    physician, rule = _hours(physician_id, rule_id)
    if isinstance(form, FormErrors):
        return _show_end(physician, rule, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.end_hours(
                session, rule_id=rule_id, last_day=form.last_day, version=form.version, by=actor(), now=now()
            )
    except (Invalid, Conflict) as refusal:
        return _show_end(*_hours(physician_id, rule_id), form.refused(refusal))
    flash(_ended(rule, form.last_day))
    return see_other("admin.physician", physician_id=physician_id)


def _ended(rule: AvailabilityRule, last_day: date) -> str:
    which = f"{WEEKDAYS[rule.weekday]}, {times_of(rule)}"
    if last_day < rule.effective_from:
        return f"{which}: removed."
    return f"{which}: the last day is {day_text(last_day)}."


def _today(physician: Physician) -> date:
    return in_zone(now(), physician.zone).date()


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return people.physician(session, physician_id)


def _hours(physician_id: UUID, rule_id: UUID) -> tuple[Physician, AvailabilityRule]:
    with runtime().begin(by=actor()) as session:
        rule = queries.hours(session, physician_id=physician_id, rule_id=rule_id)
        return people.physician(session, physician_id), rule


def _show_new(physician: Physician, form: FormState) -> ResponseReturnValue:
    days = list(zip(Weekday, WEEKDAYS, strict=True))
    return render_template("admin/physicians/hours.html", physician=physician, form=form, days=days), form.status


def _show_end(physician: Physician, rule: AvailabilityRule, form: FormState) -> ResponseReturnValue:
    page = render_template(
        "admin/physicians/end_hours.html",
        physician=physician,
        rule=rule,
        weekday=WEEKDAYS[rule.weekday],
        times=times_of(rule),
        form=form,
        day_before=None if rule.effective_from == date.min else rule.effective_from - _A_DAY,
        has_begun=rule.effective_from <= _today(physician),
    )
    return page, form.status
