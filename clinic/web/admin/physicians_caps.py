"""The most visits that a physician takes in a day or a week: setting a cap, changing it, taking it back."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import UnknownCap
from clinic.scheduling.models import VisitCap
from clinic.scheduling.rules.caps import CapPer, cap_words
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_hours import past
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, IsoDate, Line, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.stranding import Confirmed, Step, save

_SAVED = ("most", "effective_from", "effective_until")


class CapDates(Confirmed):
    """How many visits, and when that holds."""

    most: WholeNumber
    effective_from: IsoDate
    effective_until: IsoDate | None = None

    words: ClassVar[dict[str, str]] = {
        "most": "Enter a whole number from 0 to 200.",
        "effective_from": "Enter the first day on which the cap holds.",
        "effective_until": "Enter the last day as a date, or leave it empty.",
    }


class NewCap(CapDates):
    """A cap as typed; without a kind it counts every visit."""

    visit_type_code: Line | None = None
    per: CapPer

    words: ClassVar[dict[str, str]] = {**CapDates.words, "per": "Choose whether it counts a day or a week."}


class SavedCap(CapDates):
    """A cap as typed over a saved one."""

    version: WholeNumber


class Seen(Confirmed):
    """The cap as it was shown."""

    version: WholeNumber


@blueprint.get("/physicians/<uuid:physician_id>/caps/new")
@policy.staff(Role.ADMIN)
def new_cap(physician_id: UUID) -> ResponseReturnValue:
    """Ask for a cap."""
    physician = _physician(physician_id)
    return _show_new(physician, blank_form(per=CapPer.DAY, effective_from=_today(physician)))


@blueprint.post("/physicians/<uuid:physician_id>/caps/new")
@policy.staff(Role.ADMIN)
def add_cap(physician_id: UUID) -> ResponseReturnValue:
    """Set a cap, after showing the visits that are too many under it."""
    form = read_form(NewCap)
    physician = _physician(physician_id)
    if isinstance(form, FormErrors):
        return _show_new(physician, form)
    if form.effective_from < _today(physician):
        return _show_new(physician, form.refused(past("effective_from")))
    change = partial(
        actions.set_cap,
        physician_id=physician_id,
        visit_type_code=form.visit_type_code,
        per=form.per,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        by=actor(),
        now=now(),
    )
    return save(change, form, _step(physician, partial(_show_new, physician), _said(form.most, form.per), verb="set"))


@blueprint.get("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>")
@policy.staff(Role.ADMIN)
def cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Show a cap in boxes."""
    found = _cap(physician_id, cap_id)
    return _show(physician_id, cap_id, filled({name: getattr(found, name) for name in _SAVED}))


@blueprint.post("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>")
@policy.staff(Role.ADMIN)
def change_cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Change a cap, after showing the visits that are too many under it."""
    physician, found = _physician(physician_id), _cap(physician_id, cap_id)
    form = read_form(SavedCap)
    show = partial(_show, physician_id, cap_id)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(
        actions.change_cap,
        cap_id=cap_id,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return save(change, form, _step(physician, show, _said(form.most, found.per), verb="saved"))


@blueprint.post("/physicians/<uuid:physician_id>/caps/<uuid:cap_id>/remove")
@policy.staff(Role.ADMIN)
def remove_cap(physician_id: UUID, cap_id: UUID) -> ResponseReturnValue:
    """Take a cap back; visits that were too many fit again."""
    physician, found = _physician(physician_id), _cap(physician_id, cap_id)
    form = read_form(Seen)
    show = partial(_show, physician_id, cap_id)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(actions.remove_cap, cap_id=cap_id, version=form.version, by=actor(), now=now())
    return save(change, form, _step(physician, show, _said(found.most, found.per), verb="removed"))


def _said(most: int, per: str) -> str:
    return f"Cap of {cap_words(most, per)}"


def _step(physician: Physician, show: Callable[[FormState], ResponseReturnValue], said: str, *, verb: str) -> Step:
    return hours_step(physician, show, what=f"{said} is {verb}", done=f"{said}: {verb}.")


def _today(physician: Physician) -> date:
    return in_zone(now(), physician.zone).date()


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return people.physician(session, physician_id)


def _cap(physician_id: UUID, cap_id: UUID) -> VisitCap:
    with runtime().begin(by=actor()) as session:
        found = queries.cap(session, cap_id)
    if found.physician_id != physician_id:
        raise UnknownCap("There is no such cap. It may have been removed already.")
    return found


def _show_new(physician: Physician, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        kinds = [(kind.code, kind.name) for kind in queries.visit_types(session)]
    pers = [(CapPer.DAY, "A day", "Each day for itself."), (CapPer.WEEK, "A week", "Monday to Sunday.")]
    page = render_template(
        "admin/physicians/cap.html", physician=physician, cap=None, form=form, kinds=kinds, pers=pers
    )
    return page, form.status


def _show(physician_id: UUID, cap_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form with the cap as it is now, which after a colleague's change is not as it was."""
    physician, cap = _physician(physician_id), _cap(physician_id, cap_id)
    with runtime().begin(by=actor()) as session:
        kind = queries.visit_type(session, cap.visit_type_code).name if cap.visit_type_code else None
    said = _said(cap.most, cap.per) + (f" ({kind})" if kind else "")
    page = render_template("admin/physicians/cap.html", physician=physician, cap=cap, form=form, said=said)
    return page, form.status
