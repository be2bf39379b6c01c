"""Saying that a physician is out, and closing a list."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.replacement.actions.opening import close_replacement, open_replacement
from clinic.replacement.errors import AbsenceRefused
from clinic.replacement.rules.absences import stretch
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    IsoInstant,
    LocalTime,
    NoFields,
    Tick,
    blank_form,
    read_form,
    read_query,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_FARTHEST = timedelta(days=2 * 366)


class AbsenceQuery(FormModel):
    """What the page that links here knows already: whose visits, and the starts of the first and the last of them."""

    physician: UUID | None = None
    first: IsoInstant | None = None
    last: IsoInstant | None = None


class AbsenceForm(FormModel):
    """Who is out and when; without times whole days, without a last day one day."""

    physician: UUID
    first_day: IsoDate
    last_day: IsoDate | None = None
    begins: LocalTime | None = None
    ends: LocalTime | None = None
    closes_hours: Tick

    words: ClassVar[Mapping[str, Any]] = {
        "physician": "Choose who is out.",
        "first_day": "Enter the day, or the first of several.",
        "last_day": "Enter the last day as a date, or leave it empty for one day.",
        "begins": "Enter when it begins, like 09:00, or leave both times empty for whole days.",
        "ends": "Enter when it ends, like 17:00, or leave both times empty for whole days.",
    }

    def stretch(self, zone: str) -> tuple[datetime, datetime]:
        """Return the instants in the physician's zone, or raise AbsenceRefused."""
        last_day = self.last_day or self.first_day
        return stretch((self.first_day, last_day), (self.begins, self.ends), zone=zone, now=now())


@blueprint.get("/replacements/new")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def new_replacement() -> ResponseReturnValue:
    """Ask who is out and when."""
    wanted = read_query(AbsenceQuery)
    mine = choices()
    chosen = wanted.physician or (mine[0].id if len(mine) == 1 else None)
    zone = next((each.zone for each in mine if each.id == chosen), runtime().clinic.zone)
    first_day = _day(wanted.first, zone) or in_zone(now(), zone).date()
    form = blank_form(physician=chosen, first_day=first_day, last_day=_day(wanted.last, zone), closes_hours="yes")
    return _show(form)


@blueprint.post("/replacements/new")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def add_replacement() -> ResponseReturnValue:
    """Find every visit of the absence a new place; nothing is moved before somebody approves it."""
    form = read_form(AbsenceForm)
    if isinstance(form, FormErrors):
        return _show(form)
    chosen = next((each for each in choices() if each.id == form.physician), None)
    if chosen is None:
        return _show(form.refused(AbsenceRefused("Choose who is out.", field="physician")))
    try:
        starts_at, ends_at = form.stretch(chosen.zone)
        with runtime().begin(by=actor()) as session:
            batch = open_replacement(
                session,
                physician_id=chosen.id,
                starts_at=starts_at,
                ends_at=ends_at,
                closes_hours=form.closes_hours,
                by=actor(),
                now=now(),
            )
            found = batch.id
    except DomainError as refusal:
        return _show(form.refused(refusal))
    return see_other("coordinator.replacement", replacement_id=found)


@blueprint.post("/replacements/<uuid:replacement_id>/close")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def close_list(replacement_id: UUID) -> ResponseReturnValue:
    """Close a list; what waits stays booked."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            close_replacement(session, replacement_id=replacement_id, by=actor(), now=now())
    except DomainError as refusal:
        if refusal.code in {"unknown_replacement", "replacement_not_allowed"}:
            raise
        flash(refusal.message, "error")
    else:
        flash("The list is closed. Visits without a new place stay booked as they are.")
    return see_other("coordinator.replacement", replacement_id=replacement_id)


def choices() -> list[Physician]:
    """Return whom the reader may call out: everybody for a coordinator, a physician only him- or herself."""
    with runtime().begin(by=actor()) as session:
        everybody = [each for each in people.all_physicians(session) if each.is_active]
    if actor().has(Role.COORDINATOR):
        return everybody
    return [each for each in everybody if each.staff_id == actor().id]


def _day(instant: datetime | None, zone: str) -> date | None:
    """Return the physician's day of an instant; far ones lead nowhere."""
    if instant is None or abs(instant - now()) > _FARTHEST:
        return None
    return in_zone(instant, zone).date()


def _show(form: FormState) -> ResponseReturnValue:
    physicians = [(str(each.id), each.full_name) for each in choices()]
    page = render_template("coordinator/replacements/new.html", form=form, physicians=physicians)
    return page, form.status
