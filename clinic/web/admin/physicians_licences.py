"""Adding, correcting and renewing the licenses of physicians; visits left without one are shown first."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Annotated, ClassVar
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people import actions, queries
from clinic.people.models import Licence, Physician
from clinic.people.rules import STATES, NewLicence
from clinic.scheduling.actions import UNLICENSED
from clinic.watching import close_renewed, renewals_due
from clinic.web.admin import blueprint
from clinic.web.admin.saving_hours import hours_step
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import FormErrors, FormState, IsoDate, Line, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.stranding import Confirmed, Step, save

_SAVED = ("state", "number", "valid_from", "valid_until")


class State(StrEnum):
    """The states that the clinic serves."""

    FLORIDA = "FL"
    NEW_JERSEY = "NJ"


class LicenceForm(Confirmed):
    """A license as typed."""

    state: State
    number: Annotated[Line, Field(max_length=40)]
    valid_from: IsoDate
    valid_until: IsoDate

    words: ClassVar[dict[str, str]] = {
        "state": "Choose the state.",
        "number": "Enter the license number as it stands on the license.",
        "valid_from": "Enter the first day on which the license holds.",
        "valid_until": "Enter the last day on which the license holds.",
    }

    def new(self) -> NewLicence:
        """Return the license as the domain takes it."""
        return NewLicence(
            state=self.state.value, number=self.number, valid_from=self.valid_from, valid_until=self.valid_until
        )


class SavedLicenceForm(LicenceForm):
    """A license as typed over a saved one."""

    version: WholeNumber


@blueprint.get("/physicians/<uuid:physician_id>/licenses/new")
@policy.staff(Role.ADMIN)
def new_licence(physician_id: UUID) -> ResponseReturnValue:
    """Ask for a license."""
    return _show(_physician(physician_id), None, blank_form())


@blueprint.post("/physicians/<uuid:physician_id>/licenses/new")
@policy.staff(Role.ADMIN)
def add_licence(physician_id: UUID) -> ResponseReturnValue:
    """Add a license; patients in that state can be booked at once."""
    form = read_form(LicenceForm)
    physician = _physician(physician_id)
    show = partial(_show, physician, None)
    if isinstance(form, FormErrors):
        return show(form)
    add = partial(actions.add_licence, physician_id=physician_id, new=form.new(), by=actor(), now=now())
    return save(partial(_renew, add), form, _step(physician, show, form, done="License added."))


@blueprint.get("/physicians/licenses/<uuid:licence_id>")
@policy.staff(Role.ADMIN)
def licence(licence_id: UUID) -> ResponseReturnValue:
    """Show a saved license in boxes."""
    physician, found = _licence(licence_id)
    return _show(physician, found, filled({name: getattr(found, name) for name in _SAVED}))


@blueprint.post("/physicians/licenses/<uuid:licence_id>")
@policy.staff(Role.ADMIN)
def save_licence(licence_id: UUID) -> ResponseReturnValue:
    """Save a corrected, shortened or renewed license, after showing the visits that it leaves without one."""
    form = read_form(SavedLicenceForm)
    physician, _ = _licence(licence_id)
    if isinstance(form, FormErrors):
        return _show_saved(licence_id, form)
    edit = partial(
        actions.edit_licence, licence_id=licence_id, new=form.new(), version=form.version, by=actor(), now=now()
    )
    show = partial(_show_saved, licence_id)
    return save(partial(_renew, edit), form, _step(physician, show, form, done="License saved."))


def _renew(change: Callable[[Session], object], session: Session) -> None:
    """Make the change; the tasks about licenses that were due before, and are not any more, leave the list."""
    due = renewals_due(session, now=now())
    change(session)
    close_renewed(session, due_before=due, by=actor(), now=now())


def _step(
    physician: Physician, show: Callable[[FormState], ResponseReturnValue], form: LicenceForm, *, done: str
) -> Step:
    what = f"{STATES[form.state]} license from {day_text(form.valid_from)} to {day_text(form.valid_until)}"
    return replace(hours_step(physician, show, what=what, done=done), trouble=UNLICENSED)


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return queries.physician(session, physician_id)


def _licence(licence_id: UUID) -> tuple[Physician, Licence]:
    with runtime().begin(by=actor()) as session:
        found = queries.licence(session, licence_id)
        return queries.physician(session, found.physician_id), found


def _show_saved(licence_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form with the license as it is now; after a colleague's change saving again is a decision."""
    physician, found = _licence(licence_id)
    return _show(physician, found, form, is_changed=form.value("version") != str(found.version))


def _show(
    physician: Physician, licence: Licence | None, form: FormState, *, is_changed: bool = False
) -> ResponseReturnValue:
    page = render_template(
        "admin/physicians/license.html",
        physician=physician,
        licence=licence,
        form=form,
        states=list(STATES.items()),
        is_changed=is_changed,
    )
    return page, form.status
