"""Adding, correcting and renewing the licenses of physicians."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.people import actions, queries
from clinic.people.models import Licence, Physician
from clinic.people.rules import STATES, NewLicence
from clinic.watching import close_renewed, renewals_due
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    Line,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other


class State(StrEnum):
    """The states that the clinic serves."""

    FLORIDA = "FL"
    NEW_JERSEY = "NJ"


class LicenceForm(FormModel):
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
    if isinstance(form, FormErrors):
        return _show(_physician(physician_id), None, form)
    try:
        with runtime().begin(by=actor()) as session:
            due = renewals_due(session, now=now())
            actions.add_licence(session, physician_id=physician_id, new=form.new(), by=actor(), now=now())
            close_renewed(session, due_before=due, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show(_physician(physician_id), None, form.refused(refusal))
    flash("License added.")
    return see_other("admin.physician", physician_id=physician_id)


@blueprint.get("/physicians/licenses/<uuid:licence_id>")
@policy.staff(Role.ADMIN)
def licence(licence_id: UUID) -> ResponseReturnValue:
    """Show a saved license in boxes."""
    physician, found = _licence(licence_id)
    return _show(physician, found, filled({name: getattr(found, name) for name in LicenceForm.model_fields}))


@blueprint.post("/physicians/licenses/<uuid:licence_id>")
@policy.staff(Role.ADMIN)
def save_licence(licence_id: UUID) -> ResponseReturnValue:
    """Save a corrected or renewed license, or show what to put right or what a colleague saved meanwhile."""
    form = read_form(SavedLicenceForm)
    physician, found = _licence(licence_id)
    if isinstance(form, FormErrors):
        return _show(physician, found, form, version=form.value("version"))
    try:
        with runtime().begin(by=actor()) as session:
            due = renewals_due(session, now=now())
            actions.edit_licence(
                session, licence_id=licence_id, new=form.new(), version=form.version, by=actor(), now=now()
            )
            close_renewed(session, due_before=due, by=actor(), now=now())
    except ChangedMeanwhile as refusal:
        return _show(*_licence(licence_id), form.refused(refusal), is_changed=True)
    except (Invalid, Conflict) as refusal:
        return _show(physician, found, form.refused(refusal), version=str(form.version))
    flash("License saved.")
    return see_other("admin.physician", physician_id=physician.id)


def _physician(physician_id: UUID) -> Physician:
    with runtime().begin(by=actor()) as session:
        return queries.physician(session, physician_id)


def _licence(licence_id: UUID) -> tuple[Physician, Licence]:
    with runtime().begin(by=actor()) as session:
        found = queries.licence(session, licence_id)
        return queries.physician(session, found.physician_id), found


def _show(
    physician: Physician,
    licence: Licence | None,
    form: FormState,
    *,
    version: str | None = None,
    is_changed: bool = False,
) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    page = render_template(
        "admin/physicians/license.html",
        physician=physician,
        licence=licence,
        form=form,
        version=version or (licence.version if licence else None),
        states=list(STATES.items()),
        is_changed=is_changed,
    )
    return page, form.status
