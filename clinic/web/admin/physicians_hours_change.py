"""Changing weekly hours from a day on, and giving days of the week the hours of another."""

from datetime import timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import HoursRefused
from clinic.scheduling.models import AvailabilityRule
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_hours import hours_found, physician_of, today_of
from clinic.web.admin.physicians_words import WEEKDAYS, Weekday, clock, times_of
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import (
    FormErrors,
    FormState,
    IsoDate,
    LocalTime,
    Many,
    Tick,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now
from clinic.web.stranding import Confirmed, past, save

_A_DAY = timedelta(days=1)
_DAYS = list(zip(Weekday, WEEKDAYS, strict=True))


class ChangeForm(Confirmed):
    """What weekly hours become, and from which day on."""

    from_day: IsoDate
    weekday: Weekday
    starts_at_local: LocalTime
    ends_at_local: LocalTime
    effective_until: IsoDate | None = None
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "from_day": "Enter the first day on which the new hours hold.",
        "weekday": "Choose the day of the week.",
        "starts_at_local": "Enter when the hours begin, like 09:00.",
        "ends_at_local": "Enter when the hours end, like 17:00.",
        "effective_until": "Enter the last day as a date, or leave it empty.",
    }


class CopyForm(Confirmed):
    """Which day of the week is copied to which, from when on, and what becomes of the hours that are there."""

    source: Weekday
    weekday: Many[Weekday]
    effective_from: IsoDate
    replaces: Tick

    words: ClassVar[dict[str, str]] = {
        "source": "Choose the day whose hours are copied.",
        "weekday": "Choose at least one day to copy them to.",
        "effective_from": "Enter the first day on which the copied hours hold.",
    }


@blueprint.get("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>/change")
@policy.staff(Role.ADMIN)
def changed_hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Ask what weekly hours become, and from when on."""
    physician, rule = hours_found(physician_id, rule_id)
    form = blank_form(
        from_day=max(today_of(physician), rule.effective_from),
        weekday=list(Weekday)[rule.weekday],
        starts_at_local=rule.starts_at_local,
        ends_at_local=rule.ends_at_local,
        effective_until=rule.effective_until,
    )
    return _show_change(physician_id, rule_id, form)


@blueprint.post("/physicians/<uuid:physician_id>/hours/<uuid:rule_id>/change")
@policy.staff(Role.ADMIN)
def change_hours(physician_id: UUID, rule_id: UUID) -> ResponseReturnValue:
    """Change weekly hours from a day on; up to the day before the old ones hold."""
    form = read_form(ChangeForm)
    physician, _ = hours_found(physician_id, rule_id)
    show = partial(_show_change, physician_id, rule_id)
    if isinstance(form, FormErrors):
        return show(form)
    if form.from_day < today_of(physician):
        return show(form.refused(past("from_day")))
    change = partial(
        actions.change_hours,
        rule_id=rule_id,
        from_day=form.from_day,
        weekday=form.weekday.number,
        starts_at_local=form.starts_at_local,
        ends_at_local=form.ends_at_local,
        effective_until=form.effective_until,
        version=form.version,
        by=actor(),
        now=now(),
    )
    times = f"{clock(form.starts_at_local)} to {clock(form.ends_at_local)}"
    said = f"{WEEKDAYS[form.weekday.number]}, {times} from {day_text(form.from_day)}"
    return save(change, form, hours_step(physician, show, what=said, done=f"{said}."))


@blueprint.get("/physicians/<uuid:physician_id>/hours/copy")
@policy.staff(Role.ADMIN)
def copied_hours(physician_id: UUID) -> ResponseReturnValue:
    """Ask which day of the week is copied to which."""
    physician = physician_of(physician_id)
    return _show_copy(physician, blank_form(effective_from=today_of(physician)))


@blueprint.post("/physicians/<uuid:physician_id>/hours/copy")
@policy.staff(Role.ADMIN)
def copy_hours(physician_id: UUID) -> ResponseReturnValue:
    """Copy a day's hours to other days of the week, all of them or none."""
    form = read_form(CopyForm)
    physician = physician_of(physician_id)
    if isinstance(form, FormErrors):
        return _show_copy(physician, form)
    refusal = _refusal(form, physician)
    if refusal is not None:
        return _show_copy(physician, form.refused(refusal))
    said = f"The hours of {WEEKDAYS[form.source.number]} are copied"
    step = hours_step(physician, partial(_show_copy, physician), what=said, done="Hours copied.")
    return save(partial(_copy, form=form, physician=physician), form, step)


def _refusal(form: CopyForm, physician: Physician) -> DomainError | None:
    if not form.weekday:
        return Invalid(form.words["weekday"], field="weekday")
    if form.source in form.weekday:
        return Invalid("A day is not copied to itself. Choose other days.", field="weekday")
    return past("effective_from") if form.effective_from < today_of(physician) else None


def _copy(session: Session, *, form: CopyForm, physician: Physician) -> None:
    rules = [
        rule
        for rule in queries.hours_of(session, physician.id)
        if rule.effective_until is None or rule.effective_until >= form.effective_from
    ]
    wanted = [rule for rule in rules if rule.weekday == form.source.number]
    if not wanted:
        raise HoursRefused("That day has no hours from then on. Choose another day.", field="source")
    targets = {day.number for day in form.weekday}
    if form.replaces:
        for rule in rules:
            if rule.weekday in targets:
                _end(session, rule, form)
    for weekday in sorted(targets):
        for rule in wanted:
            _add(session, rule, weekday=weekday, form=form)


def _end(session: Session, rule: AvailabilityRule, form: CopyForm) -> None:
    actions.end_hours(session, rule_id=rule.id, last_day=form.effective_from - _A_DAY, by=actor(), now=now())


def _add(session: Session, rule: AvailabilityRule, *, weekday: int, form: CopyForm) -> None:
    try:
        actions.add_hours(
            session,
            physician_id=rule.physician_id,
            weekday=weekday,
            starts_at_local=rule.starts_at_local,
            ends_at_local=rule.ends_at_local,
            effective_from=max(rule.effective_from, form.effective_from),
            effective_until=rule.effective_until,
            by=actor(),
            now=now(),
        )
    except HoursRefused as refusal:
        raise HoursRefused(f"{refusal.message} Or tick that copied hours replace them.", field="weekday") from refusal


def _show_change(physician_id: UUID, rule_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form with the hours as they are now, which after a colleague's change is not as they were."""
    physician, rule = hours_found(physician_id, rule_id)
    page = render_template(
        "admin/physicians/change_hours.html",
        physician=physician,
        rule=rule,
        which=f"{WEEKDAYS[rule.weekday]}, {times_of(rule)}",
        days=_DAYS,
        form=form,
    )
    return page, form.status


def _show_copy(physician: Physician, form: FormState) -> ResponseReturnValue:
    page = render_template("admin/physicians/copy_hours.html", physician=physician, days=_DAYS, form=form)
    return page, form.status
