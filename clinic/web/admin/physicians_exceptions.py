"""Closing a stretch of a physician's time or opening an extra one, whatever the week says."""

from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.kernel.localtime import NonexistentLocalTime, first_instant_of, to_instant
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import HoursRefused, UnknownHours
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.rules.availability import OverrideKind
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import exception_rows
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormState,
    IsoDate,
    Line,
    LocalTime,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.stranding import Confirmed, save

_A_DAY = timedelta(days=1)


class ExceptionForm(Confirmed):
    """A stretch of local time as typed; without times it is whole days, without a last day one day."""

    kind: OverrideKind
    first_day: IsoDate
    last_day: IsoDate | None = None
    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    note: Annotated[Line, Field(max_length=120)] | None = None

    words: ClassVar[dict[str, str]] = {
        "kind": "Choose whether this time is closed or extra.",
        "first_day": "Enter the day, or the first of several.",
        "last_day": "Enter the last day as a date, or leave it empty for one day.",
        "starts_at": "Enter when it begins, like 09:00, or leave both times empty for whole days.",
        "ends_at": "Enter when it ends, like 17:00, or leave both times empty for whole days.",
    }

    def stretch(self, zone: str) -> tuple[datetime, datetime]:
        """Return first and last instant, or raise HoursRefused or NonexistentLocalTime at the box that is wrong."""
        last_day = self.last_day or self.first_day
        if last_day < self.first_day:
            raise HoursRefused("The last day must not be before the first one.", field="last_day")
        if MAXYEAR in {last_day.year, self.first_day.year} or self.first_day.year < now().year - 1:
            raise HoursRefused("Check the year.", field="first_day")
        if self.starts_at is None and self.ends_at is None:
            return self._whole_days(last_day, zone)
        if self.starts_at is None or self.ends_at is None:
            missing = "starts_at" if self.starts_at is None else "ends_at"
            raise HoursRefused(self.words[missing], field=missing)
        begin = _instant(self.first_day, self.starts_at, zone, field="starts_at")
        return begin, _instant(last_day, self.ends_at, zone, field="ends_at")

    def _whole_days(self, last_day: date, zone: str) -> tuple[datetime, datetime]:
        if self.kind is OverrideKind.EXTRA:
            raise HoursRefused(
                "Extra hours need a time at which they begin and one at which they end.", field="starts_at"
            )
        return first_instant_of(self.first_day, zone), first_instant_of(last_day + _A_DAY, zone)


class Seen(Confirmed):
    """The exception as it was shown."""

    version: WholeNumber


@blueprint.get("/physicians/<uuid:physician_id>/exceptions/new")
@policy.staff(Role.ADMIN)
def new_exception(physician_id: UUID) -> ResponseReturnValue:
    """Ask for a stretch that is closed or extra."""
    return _show(_physician(physician_id), blank_form(kind=OverrideKind.CLOSED))


@blueprint.post("/physicians/<uuid:physician_id>/exceptions/new")
@policy.staff(Role.ADMIN)
def add_exception(physician_id: UUID) -> ResponseReturnValue:
    """Close the stretch or open it, after showing the visits that this strands."""
    form = read_form(ExceptionForm)
    physician = _physician(physician_id)
    show = partial(_show, physician)
    if isinstance(form, FormErrors):
        return show(form)
    try:
        starts_at, ends_at = form.stretch(physician.zone)
    except Invalid as refusal:
        return show(form.refused(refusal))
    change = partial(
        actions.add_override,
        physician_id=physician.id,
        kind=form.kind,
        starts_at=starts_at,
        ends_at=ends_at,
        note=form.note or "",
        by=actor(),
        now=now(),
    )
    done = "Time closed." if form.kind is OverrideKind.CLOSED else "Extra hours added."
    return save(change, form, hours_step(physician, show, what="An exception is added", done=done))


@blueprint.get("/physicians/<uuid:physician_id>/exceptions/<uuid:override_id>")
@policy.staff(Role.ADMIN)
def exception(physician_id: UUID, override_id: UUID) -> ResponseReturnValue:
    """Ask whether an exception is taken back."""
    return _show_removal(physician_id, override_id, blank_form())


@blueprint.post("/physicians/<uuid:physician_id>/exceptions/<uuid:override_id>")
@policy.staff(Role.ADMIN)
def remove_exception(physician_id: UUID, override_id: UUID) -> ResponseReturnValue:
    """Take an exception back, after showing the visits that this strands."""
    form = read_form(Seen)
    physician = _physician(physician_id)
    _exception(physician_id, override_id)
    show = partial(_show_removal, physician_id, override_id)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(actions.remove_override, override_id=override_id, version=form.version, by=actor(), now=now())
    done = "Exception removed. The hours of the week hold again."
    return save(change, form, hours_step(physician, show, what="An exception is removed", done=done))


def _instant(day: date, at: time, zone: str, *, field: str) -> datetime:
    try:
        return to_instant(day, at, zone)
    except NonexistentLocalTime as refusal:
        raise NonexistentLocalTime(refusal.message, field=field) from refusal


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return people.physician(session, physician_id)


def _exception(physician_id: UUID, override_id: UUID) -> AvailabilityOverride:
    with runtime().begin(by=actor()) as session:
        ahead = queries.overrides_of(session, physician_id=physician_id, since=now())
    for found in ahead:
        if found.id == override_id:
            return found
    raise UnknownHours("There is no such exception. It may have been removed already, or be over.")


def _show_removal(physician_id: UUID, override_id: UUID, form: FormState) -> ResponseReturnValue:
    physician = _physician(physician_id)
    (row,) = exception_rows([_exception(physician_id, override_id)], zone=physician.zone)
    page = render_template("admin/physicians/remove_exception.html", physician=physician, row=row, form=form)
    return page, form.status


def _show(physician: Physician, form: FormState) -> ResponseReturnValue:
    kinds = [
        (OverrideKind.CLOSED, "Closed", "Vacation, a meeting: no visits, whatever the week says."),
        (OverrideKind.EXTRA, "Extra hours", "Open on a day or at a time the week does not have."),
    ]
    return render_template("admin/physicians/exception.html", physician=physician, form=form, kinds=kinds), form.status
