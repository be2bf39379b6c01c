"""The patient's own address in the intake: right as it is, or another one in Florida or New Jersey."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from clinic.kernel.errors import Conflict, Invalid
from clinic.people.actions.patients import change_address
from clinic.people.rules import STATES, counties
from clinic.people.rules.addresses import NewAddress
from clinic.people.rules.counties import CENTRAL, EASTERN
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.address import OwnAddressForm
from clinic.web.patient.deliveries.wording import refused
from clinic.web.patient.intake.finding import PURPOSE, SEEN, reader, seen

ZONES = ((EASTERN, _l("Eastern time (Port St. Joe and the coast)")), (CENTRAL, _l("Central time (Wewahitchka)")))


class PlaceForm(OwnAddressForm):
    """Where the patient lives, and in Gulf County on which time."""

    zone: Line | None = None


@blueprint.get("/my-intake/address")
@policy.patient_link(PURPOSE, audit=SEEN)
def intake_address() -> ResponseReturnValue:
    """Show the address on record in boxes."""
    return _page(None)


@blueprint.post("/my-intake/address")
@policy.patient_link(PURPOSE, audit=SEEN)
def save_intake_address() -> ResponseReturnValue:
    """Save the address, if the clinic serves it."""
    with runtime().begin(by=actor()) as session:
        reader(session)
    form = read_form(PlaceForm)
    if isinstance(form, FormErrors):
        return _page(form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = reader(session)
            new = NewAddress(**form.model_dump())
            change_address(session, patient_id=patient.id, new=new, version=patient.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _page(form.refused(refused(refusal)))
    flash(_("Saved."))
    return see_other("patient.intake")


def _page(form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        _found, patient = seen(session)
        kept = ("address_line", "city", "state", "postal_code", "county_fips", "zone")
        states = [(state, _(name)) for state, name in STATES.items()]
        page = render_template(
            "patient/intake/address.html",
            form=form or blank_form(**{name: getattr(patient, name) for name in kept}),
            states=states,
            zones=ZONES,
            counties=[(name, [(each.fips, each.name) for each in counties(state)]) for state, name in states],
        )
    return page, form.status if form else 200
