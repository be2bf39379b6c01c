"""The on-call rota: two weeks at a glance with their gaps, shifts put on and taken off, and everybody's phone."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import NonexistentLocalTime, in_zone, to_instant
from clinic.oncall import actions, queries
from clinic.oncall.errors import ShiftRefused
from clinic.oncall.rules import ROTA_SHOWS, Place
from clinic.web.admin import blueprint
from clinic.web.admin.on_call_days import days_of
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    LocalTime,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

_EVENING, _MORNING = time(17), time(8)


class ShiftForm(FormModel):
    """A new shift as typed, its times on the clinic's clock."""

    staff_id: UUID
    place: Place
    starts_on: IsoDate
    starts_at: LocalTime
    ends_on: IsoDate
    ends_at: LocalTime

    words: ClassVar[dict[str, str]] = {
        "staff_id": "Choose who is on call.",
        "place": "Choose whether the person is first in line or the backup.",
        "starts_on": "Enter the day on which the shift begins.",
        "starts_at": "Enter when it begins, like 17:00.",
        "ends_on": "Enter the day on which the shift ends.",
        "ends_at": "Enter when it ends, like 08:00.",
    }

    def span(self, zone: str) -> tuple[datetime, datetime]:
        """Return both instants; a time that the clocks jump over is refused at its box."""
        return (
            _instant(self.starts_on, self.starts_at, zone=zone, field="starts_at"),
            _instant(self.ends_on, self.ends_at, zone=zone, field="ends_at"),
        )


class ShownShift(FormModel):
    """A shift as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/on-call")
@policy.staff(Role.ADMIN)
def on_call() -> ResponseReturnValue:
    """Show the rota of the next two weeks."""
    return _show(None)


@blueprint.post("/admin/on-call")
@policy.staff(Role.ADMIN)
def add_shift() -> ResponseReturnValue:
    """Put somebody on the rota."""
    form = read_form(ShiftForm)
    if isinstance(form, FormErrors):
        return _show(form)
    zone = runtime().clinic.zone
    try:
        starts_at, ends_at = form.span(zone)
        with runtime().begin(by=actor()) as session:
            added = actions.add_shift(
                session,
                staff_id=form.staff_id,
                place=form.place,
                starts_at=starts_at,
                ends_at=ends_at,
                zone=zone,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return _show(form.refused(refusal))
    flash(f"{added.name} is on the rota.{'' if added.e164 else ' There is no phone yet, so calls go by e-mail.'}")
    return see_other("admin.on_call")


@blueprint.post("/admin/on-call/shifts/<uuid:shift_id>/remove")
@policy.staff(Role.ADMIN)
def remove_shift(shift_id: UUID) -> ResponseReturnValue:
    """Take a shift off the rota."""
    form = read_form(ShownShift)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("admin.on_call")
    try:
        with runtime().begin(by=actor()) as session:
            actions.remove_shift(session, shift_id=shift_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        flash(told(refusal), "error")
    else:
        flash("The shift is off the rota.")
    return see_other("admin.on_call")


def _instant(day: date, at: time, *, zone: str, field: str) -> datetime:
    try:
        return to_instant(day, at, zone)
    except NonexistentLocalTime as missing:
        raise ShiftRefused(missing.message, field=field) from missing


def _show(form: FormState | None) -> ResponseReturnValue:
    zone = runtime().clinic.zone
    today, until = in_zone(now(), zone).date(), now() + ROTA_SHOWS
    with runtime().begin(by=actor()) as session:
        shifts = queries.shifts_between(session, since=now(), until=until)
        gaps, people = queries.gaps(session, since=now(), until=until), queries.contacts(session)
        page = render_template(
            "admin/on_call/index.html",
            form=form or _usual(),
            days=days_of(shifts, gaps, first_day=today, last_day=in_zone(until, zone).date(), zone=zone),
            gaps=gaps,
            shifts=shifts,
            people=people,
            choices=[(str(one.staff_id), one.name) for one in people],
            places=[(place.value, place.words) for place in Place],
            zone=zone,
        )
    return page, form.status if form else HTTPStatus.OK


def _usual() -> FormState:
    """Return the form with the coming night, which is what is usually missing."""
    today = in_zone(now(), runtime().clinic.zone).date()
    return blank_form(
        place=Place.FIRST.value,
        starts_on=str(today),
        starts_at=f"{_EVENING:%H:%M}",
        ends_on=str(today + timedelta(days=1)),
        ends_at=f"{_MORNING:%H:%M}",
    )
