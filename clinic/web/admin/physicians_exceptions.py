"""Closing a stretch of a physician's time or opening an extra one, whatever the week says."""

from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, DomainError, Invalid, NotFound
from clinic.kernel.localtime import NonexistentLocalTime, first_instant_of, to_instant
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import actions
from clinic.scheduling.errors import HoursRefused
from clinic.scheduling.rules.availability import OverrideKind
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    Line,
    LocalTime,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_A_DAY = timedelta(days=1)


class ExceptionForm(FormModel):
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


class Seen(FormModel):
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
    """Close the stretch or open it; visits within it stay and are listed on the physician's page."""
    form = read_form(ExceptionForm)
    physician = _physician(physician_id)
    if isinstance(form, FormErrors):
        return _show(physician, form)
    try:
        _add(physician, form)
    except (Invalid, Conflict) as refusal:
        return _show(physician, form.refused(refusal))
    flash("Time closed." if form.kind is OverrideKind.CLOSED else "Extra hours added.")
    return see_other("admin.physician", physician_id=physician_id)


@blueprint.post("/physicians/<uuid:physician_id>/exceptions/<uuid:override_id>/remove")
@policy.staff(Role.ADMIN)
def remove_exception(physician_id: UUID, override_id: UUID) -> ResponseReturnValue:
    """Take an exception back."""
    form = read_form(Seen)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("admin.physician", physician_id=physician_id)
    try:
        with runtime().begin(by=actor()) as session:
            actions.remove_override(session, override_id=override_id, version=form.version, by=actor(), now=now())
    except NotFound:
        raise
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("Exception removed. The week's own hours hold again.")
    return see_other("admin.physician", physician_id=physician_id)


def _add(physician: Physician, form: ExceptionForm) -> None:
    starts_at, ends_at = form.stretch(physician.zone)
    with runtime().begin(by=actor()) as session:
        actions.add_override(
            session,
            physician_id=physician.id,
            kind=form.kind,
            starts_at=starts_at,
            ends_at=ends_at,
            note=form.note or "",
            by=actor(),
            now=now(),
        )


def _instant(day: date, at: time, zone: str, *, field: str) -> datetime:
    try:
        return to_instant(day, at, zone)
    except NonexistentLocalTime as refusal:
        raise NonexistentLocalTime(refusal.message, field=field) from refusal


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return people.physician(session, physician_id)


def _show(physician: Physician, form: FormState) -> ResponseReturnValue:
    kinds = [
        (OverrideKind.CLOSED, "Closed", "Vacation, a meeting: no visits, whatever the week says."),
        (OverrideKind.EXTRA, "Extra hours", "Open on a day or at a time the week does not have."),
    ]
    return render_template("admin/physicians/exception.html", physician=physician, form=form, kinds=kinds), form.status
