"""Adding a pharmacy's license to send into a state, and saying when one ends."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.medication.actions import pharmacies as actions
from clinic.medication.models import PharmacyLicence
from clinic.medication.queries.pharmacies import pharmacy_license as license_by_id
from clinic.medication.rules.registering import NewPharmacyLicense
from clinic.people.rules import STATES
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import pharmacy_found
from clinic.web.admin.physicians_licences import State
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class PharmacyLicenseForm(FormModel):
    """A pharmacy's license as typed."""

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

    def new(self) -> NewPharmacyLicense:
        """Return the license as the domain takes it."""
        return NewPharmacyLicense(
            state=self.state.value, number=self.number, valid_from=self.valid_from, valid_until=self.valid_until
        )


class EndForm(FormModel):
    """The last day of what was saved."""

    valid_until: IsoDate
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {"valid_until": "Enter the last day on which it holds."}


@blueprint.get("/pharmacies/<uuid:pharmacy_id>/licenses/new")
@policy.staff(Role.ADMIN)
def new_pharmacy_license(pharmacy_id: UUID) -> ResponseReturnValue:
    """Ask for a license."""
    return _show_new(pharmacy_id, blank_form())


@blueprint.post("/pharmacies/<uuid:pharmacy_id>/licenses/new")
@policy.staff(Role.ADMIN)
def add_pharmacy_license(pharmacy_id: UUID) -> ResponseReturnValue:
    """Add the license; the pharmacy can send into that state on its days."""
    form = read_form(PharmacyLicenseForm)
    if isinstance(form, FormErrors):
        return _show_new(pharmacy_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.record_pharmacy_license(session, pharmacy_id=pharmacy_id, new=form.new(), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show_new(pharmacy_id, form.refused(refusal))
    flash("License added.")
    return see_other("admin.pharmacy", pharmacy_id=pharmacy_id)


@blueprint.get("/pharmacies/licenses/<uuid:pharmacy_licence_id>")
@policy.staff(Role.ADMIN)
def pharmacy_license(pharmacy_licence_id: UUID) -> ResponseReturnValue:
    """Show when a license ends, to be changed."""
    return _show_end(pharmacy_licence_id, blank_form(valid_until=_license(pharmacy_licence_id).valid_until))


@blueprint.post("/pharmacies/licenses/<uuid:pharmacy_licence_id>")
@policy.staff(Role.ADMIN)
def end_pharmacy_license(pharmacy_licence_id: UUID) -> ResponseReturnValue:
    """Save another last day; what is sent after it waits."""
    form = read_form(EndForm)
    if isinstance(form, FormErrors):
        return _show_end(pharmacy_licence_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            saved = actions.end_pharmacy_license(
                session,
                license_id=pharmacy_licence_id,
                valid_until=form.valid_until,
                version=form.version,
                by=actor(),
                now=now(),
            )
            pharmacy_id = saved.pharmacy_id
    except (Invalid, Conflict) as refusal:
        return _show_end(pharmacy_licence_id, form.refused(refusal))
    flash("License saved.")
    return see_other("admin.pharmacy", pharmacy_id=pharmacy_id)


def _license(license_id: UUID) -> PharmacyLicence:
    with runtime().begin(by=actor()) as session:
        return license_by_id(session, license_id)


def _show_new(pharmacy_id: UUID, form: FormState) -> ResponseReturnValue:
    page = render_template(
        "admin/pharmacies/license.html",
        pharmacy=pharmacy_found(pharmacy_id),
        form=form,
        states=list(STATES.items()),
    )
    return page, form.status


def _show_end(license_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the last day with the license as it is now."""
    found = _license(license_id)
    page = render_template(
        "admin/pharmacies/end_license.html",
        pharmacy=pharmacy_found(found.pharmacy_id),
        licence=found,
        state=STATES[found.state],
        form=form,
    )
    return page, form.status
