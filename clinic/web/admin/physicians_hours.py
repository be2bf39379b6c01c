"""Adding weekly hours of physicians, letting them end, and copying one day of the week to others."""

from datetime import date, timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.models import AvailabilityRule
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import WEEKDAYS, Weekday, times_of
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import (
    FormErrors,
    FormState,
    IsoDate,
    LocalTime,
    Many,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.stranding import Confirmed, past, save

_A_DAY = timedelta(days=1)


class HoursForm(Confirmed):
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

    def add(self, session: Session, *, physician_id: UUID) -> None:
        """Add the hours on every day that was chosen."""
        actions.add_hours_on(
            session,
            physician_id=physician_id,
            weekdays=[day.number for day in self.weekday],
            starts_at_local=self.starts_at_local,
            ends_at_local=self.ends_at_local,
            effective_from=self.effective_from,
            effective_until=self.effective_until,
            by=actor(),
            now=now(),
        )


class LastDay(Confirmed):
    """Until when hours hold, and the hours as they were shown."""

    last_day: IsoDate
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {"last_day": "Enter the last day on which these hours hold."}


@blueprint.get("/physicians/<uuid:physician_id>/hours/new")
@policy.staff(Role.ADMIN)
def new_hours(physician_id: UUID) -> ResponseReturnValue:
    """Ask for weekly hours."""
    found = physician_of(physician_id)
    return _show_new(found, blank_form(effective_from=today_of(found)))


@blueprint.post("/physicians/<uuid:physician_id>/hours/new")
@policy.staff(Role.ADMIN)
def add_hours(physician_id: UUID) -> ResponseReturnValue:
    """Add the hours on all the days that were chosen, or on none."""
    form = read_form(HoursForm)
    physician = physician_of(physician_id)
    if isinstance(form, FormErrors):
        return _show_new(physician, form)
    if not form.weekday:
        return _show_new(physician, form.refused(Invalid(form.words["weekday"], field="weekday")))
    if form.effective_from < today_of(physician):
        return _show_new(physician, form.refused(past("effective_from")))
    step = hours_step(physician, partial(_show_new, physician), what="Hours are added", done="Hours added.")
    return save(partial(form.add, physician_id=physician_id), form, step)


@blueprint.get("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>")
@policy.staff(Role.ADMIN)
def hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Ask for the last day of weekly hours."""
    physician, rule = hours_found(physician_id, rule_id)
    return _show_end(physician_id, rule_id, blank_form(last_day=rule.effective_until or today_of(physician)))


@blueprint.post("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>")
@policy.staff(Role.ADMIN)
def end_hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Let weekly hours end; with a last day before their first one they never were."""
    form = read_form(LastDay)
    physician, rule = hours_found(physician_id, rule_id)
    show = partial(_show_end, physician_id, rule_id)
    if isinstance(form, FormErrors):
        return show(form)
    if rule.effective_from <= today_of(physician) and form.last_day < today_of(physician) - _A_DAY:
        return show(form.refused(past("last_day")))
    change = partial(
        actions.end_hours, rule_id=rule_id, last_day=form.last_day, version=form.version, by=actor(), now=now()
    )
    ended = _ended(rule, form.last_day)
    return save(change, form, hours_step(physician, show, what=ended, done=f"{ended}."))


def today_of(physician: Physician) -> date:
    """Return today's date where the physician works."""
    return in_zone(now(), physician.zone).date()


def physician_of(physician_id: UUID) -> Physician:
    """Return the physician, or raise PhysicianNotFound."""
    with runtime().begin(by=actor()) as session:
        return people.physician(session, physician_id)


def hours_found(physician_id: UUID, rule_id: UUID) -> tuple[Physician, AvailabilityRule]:
    """Return the physician with weekly hours of this physician, or raise UnknownHours."""
    with runtime().begin(by=actor()) as session:
        rule = queries.hours(session, physician_id=physician_id, rule_id=rule_id)
        return people.physician(session, physician_id), rule


def _ended(rule: AvailabilityRule, last_day: date) -> str:
    which = f"{WEEKDAYS[rule.weekday]}, {times_of(rule)}"
    if last_day < rule.effective_from:
        return f"{which}: removed"
    return f"{which}: the last day is {day_text(last_day)}"


def _show_new(physician: Physician, form: FormState) -> ResponseReturnValue:
    days = list(zip(Weekday, WEEKDAYS, strict=True))
    return render_template("admin/physicians/hours.html", physician=physician, form=form, days=days), form.status


def _show_end(physician_id: UUID, rule_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form with the hours as they are now, which after a colleague's change is not as they were."""
    physician, rule = hours_found(physician_id, rule_id)
    page = render_template(
        "admin/physicians/end_hours.html",
        physician=physician,
        rule=rule,
        weekday=WEEKDAYS[rule.weekday],
        times=times_of(rule),
        form=form,
        day_before=None if rule.effective_from == date.min else rule.effective_from - _A_DAY,
        has_begun=rule.effective_from <= today_of(physician),
    )
    return page, form.status
