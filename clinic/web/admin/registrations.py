"""A physician's registrations to prescribe: the list, adding one, and saying when one ends."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.medication.actions import registrations as actions
from clinic.medication.models import PrescriberRegistration
from clinic.medication.queries import registrations as queries
from clinic.medication.rules.registering import NewRegistration, RegistrationKind
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.people.rules import STATES
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.pharmacies_licenses import EndForm
from clinic.web.admin.pharmacies_words import KINDS, dated_rows
from clinic.web.admin.physicians_licences import State
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class RegistrationForm(FormModel):
    """A registration as typed."""

    kind: RegistrationKind
    state: State
    number: Annotated[Line, Field(max_length=40)]
    address: Line
    valid_from: IsoDate
    valid_until: IsoDate

    words: ClassVar[dict[str, str]] = {
        "kind": "Choose who registers.",
        "state": "Choose the state.",
        "number": "Enter the number as it stands on the certificate.",
        "address": "Enter the registered address.",
        "valid_from": "Enter the first day on which it holds.",
        "valid_until": "Enter the last day on which it holds.",
    }

    def new(self) -> NewRegistration:
        """Return the registration as the domain takes it."""
        return NewRegistration(
            kind=self.kind.value,
            state=self.state.value,
            number=self.number,
            address=self.address,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@blueprint.get("/physicians/<uuid:physician_id>/registrations")
@policy.staff(Role.ADMIN)
def registrations(physician_id: UUID) -> str:
    """List where and until when a physician is registered to prescribe."""
    with runtime().begin(by=actor()) as session:
        physician = people.physician(session, physician_id)
        rows = dated_rows(queries.registrations_of(session, physician_id), today=today())
    return render_template("admin/registrations/index.html", physician=physician, rows=rows)


@blueprint.get("/physicians/<uuid:physician_id>/registrations/new")
@policy.staff(Role.ADMIN)
def new_registration(physician_id: UUID) -> ResponseReturnValue:
    """Ask for a registration."""
    return _show_new(physician_id, blank_form())


@blueprint.post("/physicians/<uuid:physician_id>/registrations/new")
@policy.staff(Role.ADMIN)
def add_registration(physician_id: UUID) -> ResponseReturnValue:
    """Add the registration."""
    form = read_form(RegistrationForm)
    if isinstance(form, FormErrors):
        return _show_new(physician_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.record_registration(session, physician_id=physician_id, new=form.new(), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show_new(physician_id, form.refused(refusal))
    flash("Registration added.")
    return see_other("admin.registrations", physician_id=physician_id)


@blueprint.get("/physicians/registrations/<uuid:registration_id>")
@policy.staff(Role.ADMIN)
def registration(registration_id: UUID) -> ResponseReturnValue:
    """Show when a registration ends, to be changed."""
    _, found = _found(registration_id)
    return _show_end(registration_id, blank_form(valid_until=found.valid_until))


@blueprint.post("/physicians/registrations/<uuid:registration_id>")
@policy.staff(Role.ADMIN)
def end_registration(registration_id: UUID) -> ResponseReturnValue:
    """Save another last day; nothing is ordered after it."""
    form = read_form(EndForm)
    if isinstance(form, FormErrors):
        return _show_end(registration_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            saved = actions.end_registration(
                session,
                registration_id=registration_id,
                valid_until=form.valid_until,
                version=form.version,
                by=actor(),
                now=now(),
            )
            physician_id = saved.physician_id
    except (Invalid, Conflict) as refusal:
        return _show_end(registration_id, form.refused(refusal))
    flash("Registration saved.")
    return see_other("admin.registrations", physician_id=physician_id)


def _found(registration_id: UUID) -> tuple[Physician, PrescriberRegistration]:
    with runtime().begin(by=actor()) as session:
        found = queries.registration(session, registration_id)
        return people.physician(session, found.physician_id), found


def _show_new(physician_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        physician = people.physician(session, physician_id)
    page = render_template(
        "admin/registrations/registration.html",
        physician=physician,
        form=form,
        kinds=KINDS,
        states=list(STATES.items()),
    )
    return page, form.status


def _show_end(registration_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the last day with the registration as it is now."""
    physician, found = _found(registration_id)
    page = render_template(
        "admin/registrations/end.html",
        physician=physician,
        registration=found,
        kind=dict(KINDS)[found.kind],
        state=STATES[found.state],
        form=form,
    )
    return page, form.status
