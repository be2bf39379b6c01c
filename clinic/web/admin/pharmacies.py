"""Pharmacies: the list, one with its licenses, adding one, changing its details, and letting it take no new orders."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import in_zone
from clinic.medication.actions import pharmacies as actions
from clinic.medication.models import Pharmacy
from clinic.medication.queries import pharmacies as queries
from clinic.medication.rules.registering import NewPharmacy
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies_words import CHANNELS, DatedRow, dated_rows, states_of
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_BOXES = ("name", "phone", "address", "dea_number", "channel")


class PharmacyForm(FormModel):
    """A pharmacy's details as typed."""

    name: Annotated[Line, Field(max_length=120)]
    phone: Line
    address: Line
    dea_number: Annotated[Line, Field(max_length=40)]
    channel: Line

    words: ClassVar[dict[str, str]] = {
        "name": "Enter the name as it stands on its license.",
        "phone": "Enter the number at which the pharmacy is reached.",
        "address": "Enter the address that every order carries.",
        "dea_number": "Enter the DEA number from the certificate.",
        "channel": "Choose how this pharmacy is told of fills.",
    }

    def new(self) -> NewPharmacy:
        """Return the details as the domain takes them."""
        return NewPharmacy(
            name=self.name,
            phone=self.phone,
            address=self.address,
            dea_number=self.dea_number,
            channel=self.channel,
        )


class SavedPharmacyForm(PharmacyForm):
    """A pharmacy's details as typed over saved ones."""

    version: WholeNumber


class Retirement(FormModel):
    """The pharmacy as it was shown."""

    version: WholeNumber


@blueprint.get("/pharmacies")
@policy.staff(Role.ADMIN)
def pharmacies() -> str:
    """List the pharmacies, those that take no new orders last."""
    with runtime().begin(by=actor()) as session:
        found = queries.pharmacies(session, includes_retired=True)
        rows = [(each, states_of(_licenses(session, each))) for each in found]
    return render_template("admin/pharmacies/index.html", rows=rows)


@blueprint.get("/pharmacies/<uuid:pharmacy_id>")
@policy.staff(Role.ADMIN)
def pharmacy(pharmacy_id: UUID) -> ResponseReturnValue:
    """Show one pharmacy with the states into which it may send."""
    return _shown(pharmacy_id, blank_form())


@blueprint.get("/pharmacies/new")
@policy.staff(Role.ADMIN)
def new_pharmacy() -> ResponseReturnValue:
    """Ask which pharmacy it is."""
    return _show(None, blank_form(channel="manual"))


@blueprint.post("/pharmacies/new")
@policy.staff(Role.ADMIN)
def add_pharmacy() -> ResponseReturnValue:
    """Add the pharmacy; it may send nowhere until a license is added."""
    form = read_form(PharmacyForm)
    if isinstance(form, FormErrors):
        return _show(None, form)
    try:
        with runtime().begin(by=actor()) as session:
            pharmacy_id = actions.add_pharmacy(session, new=form.new(), by=actor(), now=now()).id
    except (Invalid, Conflict) as refusal:
        return _show(None, form.refused(refusal))
    flash("Pharmacy added. Licenses come next: without one it may send nowhere.")
    return see_other("admin.pharmacy", pharmacy_id=pharmacy_id)


@blueprint.get("/pharmacies/<uuid:pharmacy_id>/edit")
@policy.staff(Role.ADMIN)
def edit_pharmacy(pharmacy_id: UUID) -> ResponseReturnValue:
    """Show the saved details in boxes."""
    found = pharmacy_found(pharmacy_id)
    return _show(found, filled({name: getattr(found, name) for name in _BOXES}))


@blueprint.post("/pharmacies/<uuid:pharmacy_id>/edit")
@policy.staff(Role.ADMIN)
def save_pharmacy(pharmacy_id: UUID) -> ResponseReturnValue:
    """Save the details; orders that were signed keep what they said."""
    form = read_form(SavedPharmacyForm)
    found = pharmacy_found(pharmacy_id)
    if isinstance(form, FormErrors):
        return _show(found, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.change_pharmacy(
                session, pharmacy_id=pharmacy_id, new=form.new(), version=form.version, by=actor(), now=now()
            )
    except (Invalid, Conflict) as refusal:
        return _show(found, form.refused(refusal))
    flash("Changes saved.")
    return see_other("admin.pharmacy", pharmacy_id=pharmacy_id)


@blueprint.post("/pharmacies/<uuid:pharmacy_id>/retire")
@policy.staff(Role.ADMIN)
def retire_pharmacy(pharmacy_id: UUID) -> ResponseReturnValue:
    """Let the pharmacy take no new orders; what is under way there goes on."""
    form = read_form(Retirement)
    if isinstance(form, FormErrors):
        return _shown(pharmacy_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.retire_pharmacy(session, pharmacy_id=pharmacy_id, version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _shown(pharmacy_id, form.refused(refusal))
    flash("It takes no new orders. What is under way there goes on.")
    return see_other("admin.pharmacy", pharmacy_id=pharmacy_id)


def pharmacy_found(pharmacy_id: UUID) -> Pharmacy:
    """Return the pharmacy, or raise UnknownPharmacy."""
    with runtime().begin(by=actor()) as session:
        return queries.pharmacy(session, pharmacy_id)


def today() -> date:
    """Return the clinic's own day."""
    return in_zone(now(), runtime().clinic.zone).date()


def _licenses(session: Session, found: Pharmacy) -> list[DatedRow]:
    return dated_rows(queries.licenses_of(session, found.id), today=today())


def _shown(pharmacy_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = queries.pharmacy(session, pharmacy_id)
        page = render_template(
            "admin/pharmacies/pharmacy.html",
            pharmacy=found,
            form=form,
            zone=runtime().clinic.zone,
            licenses=_licenses(session, found),
            channel=next(words for value, words, _ in CHANNELS if value == found.channel),
        )
    return page, form.status


def _show(found: Pharmacy | None, form: FormState) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    is_changed = form.status == HTTPStatus.CONFLICT and bool(form.problems) and found is not None
    page = render_template(
        "admin/pharmacies/details.html",
        pharmacy=pharmacy_found(found.id) if found else None,
        form=form,
        channels=CHANNELS,
        is_changed=is_changed,
    )
    return page, form.status
