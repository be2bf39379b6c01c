"""Days on which the clinic sees nobody: the list, a new closure, changing one and taking it back."""

from datetime import date
from functools import partial
from typing import Annotated, ClassVar
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people.rules import STATES
from clinic.scheduling import actions, queries
from clinic.scheduling.models import ClinicClosure
from clinic.web.admin import blueprint
from clinic.web.admin.closures_words import closure_row, closure_rows, days_in_words
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormState,
    IsoDate,
    Line,
    LocalTime,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.stranding import Confirmed, Step, save

_BOXES = ("name", "state", "first_day", "last_day", "starts_at_local", "ends_at_local")


class ClosureForm(Confirmed):
    """A closure as typed; without a last day it is one day, without times whole days, without a state for all."""

    name: Annotated[Line, Field(max_length=80)]
    state: Line | None = None
    first_day: IsoDate
    last_day: IsoDate | None = None
    starts_at_local: LocalTime | None = None
    ends_at_local: LocalTime | None = None

    words: ClassVar[dict[str, str]] = {
        "name": "Enter what it is, like Inventory or Thanksgiving.",
        "name.long": "This is too long. Use at most 80 characters.",
        "first_day": "Enter the day, or the first of several.",
        "last_day": "Enter the last day as a date, or leave it empty for one day.",
        "starts_at_local": "Enter when it begins, like 12:00, or leave both times empty for whole days.",
        "ends_at_local": "Enter when it ends, like 17:00, or leave both times empty for whole days.",
    }

    def add(self, session: Session) -> None:
        """Add the closure."""
        actions.add_closure(
            session,
            name=self.name,
            state=self.state,
            first_day=self.first_day,
            last_day=self.last_day or self.first_day,
            starts_at_local=self.starts_at_local,
            ends_at_local=self.ends_at_local,
            by=actor(),
            now=now(),
        )

    def told(self) -> str:
        """Return the closure in words: `Closed for Inventory, Nov 26, 2026`."""
        return f"Closed for {self.name}, {days_in_words(self.first_day, self.last_day or self.first_day)}"


class SavedClosureForm(ClosureForm):
    """A closure as typed over a saved one."""

    version: WholeNumber

    def change(self, session: Session, *, closure_id: UUID) -> None:
        """Change the saved closure to this one."""
        actions.change_closure(
            session,
            closure_id=closure_id,
            name=self.name,
            state=self.state,
            first_day=self.first_day,
            last_day=self.last_day or self.first_day,
            starts_at_local=self.starts_at_local,
            ends_at_local=self.ends_at_local,
            version=self.version,
            by=actor(),
            now=now(),
        )


class Removal(Confirmed):
    """The closure as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/closures")
@policy.staff(Role.ADMIN, Role.COORDINATOR, Role.PHYSICIAN)
def closures() -> str:
    """List closures to come, and those that are over."""
    today = _today()
    with runtime().begin(by=actor()) as session:
        ahead, over = closure_rows(queries.closures(session), today=today)
        undecided = [year for year in (today.year, today.year + 1) if not queries.holidays_decided(session, year=year)]
    return render_template(
        "admin/closures/index.html",
        ahead=ahead,
        over=over,
        undecided=undecided,
        year=today.year,
        may_edit=actor().has(Role.ADMIN),
    )


@blueprint.get("/admin/closures/new")
@policy.staff(Role.ADMIN)
def new_closure() -> ResponseReturnValue:
    """Ask when the clinic is closed."""
    return _show(None, blank_form())


@blueprint.post("/admin/closures/new")
@policy.staff(Role.ADMIN)
def add_closure() -> ResponseReturnValue:
    """Close the clinic, after showing the visits that this strands."""
    form = read_form(ClosureForm)
    if isinstance(form, FormErrors):
        return _show(None, form)
    return save(form.add, form, _step(partial(_show, None), form.told(), "Closure added."))


@blueprint.get("/admin/closures/<uuid:closure_id>")
@policy.staff(Role.ADMIN)
def closure(closure_id: UUID) -> ResponseReturnValue:
    """Show a closure in boxes."""
    found = _closure(closure_id)
    return _show(closure_id, filled({name: getattr(found, name) for name in _BOXES}))


@blueprint.post("/admin/closures/<uuid:closure_id>")
@policy.staff(Role.ADMIN)
def change_closure(closure_id: UUID) -> ResponseReturnValue:
    """Change a closure, after showing the visits that this strands."""
    _closure(closure_id)
    form = read_form(SavedClosureForm)
    if isinstance(form, FormErrors):
        return _show(closure_id, form)
    change = partial(form.change, closure_id=closure_id)
    return save(change, form, _step(partial(_show, closure_id), form.told(), "Closure saved."))


@blueprint.post("/admin/closures/<uuid:closure_id>/remove")
@policy.staff(Role.ADMIN)
def remove_closure(closure_id: UUID) -> ResponseReturnValue:
    """Take a closure back; visits on its days fit again."""
    found = _closure(closure_id)
    form = read_form(Removal)
    if isinstance(form, FormErrors):
        return _show(closure_id, form)
    change = partial(actions.remove_closure, closure_id=closure_id, version=form.version, by=actor(), now=now())
    step = _step(partial(_show, closure_id), f"{found.name} is taken back", f"{found.name} was taken back.")
    return save(change, form, step)


def _step(show: "partial[ResponseReturnValue]", what: str, done: str) -> Step:
    return Step(
        show=show,
        physician_id=None,
        what=what,
        done=done,
        leave=lambda: see_other("admin.closures"),
        back=(url_for("admin.closures"), "Closures"),
    )


def _today() -> date:
    return in_zone(now(), runtime().clinic.zone).date()


def _closure(closure_id: UUID) -> ClinicClosure:
    with runtime().begin(by=actor()) as session:
        return queries.closure(session, closure_id)


def _show(closure_id: UUID | None, form: FormState) -> ResponseReturnValue:
    """Show the form with the closure as it is now, which after a colleague's change is not as it was."""
    found = _closure(closure_id) if closure_id else None
    page = render_template(
        "admin/closures/closure.html",
        closure=found,
        saved=closure_row(found, today=_today()) if found else None,
        form=form,
        states=list(STATES.items()),
    )
    return page, form.status
