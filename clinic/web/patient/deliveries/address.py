"""The patient's own address: that it is right, or the right one instead."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from clinic.medication.actions.addresses import correct_address, say_address
from clinic.people.models import Patient
from clinic.people.rules import STATES, counties
from clinic.people.rules.addresses import NewAddress
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, FormState, Line, NoFields, blank_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, seen, taken
from clinic.web.patient.deliveries.wording import PLACE


class OwnAddressForm(FormModel):
    """Where the patient lives now."""

    address_line: Line
    city: Line
    state: Line
    postal_code: Line
    county_fips: Line

    words: ClassVar[Mapping[str, Any]] = {
        "address_line": PLACE["address_line"],
        "city": PLACE["city"],
        "state": _l("Choose the state."),
        "postal_code": PLACE["postal_code"],
        "county_fips": PLACE["county_fips"],
    }


@blueprint.get("/my-deliveries/address")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_address() -> ResponseReturnValue:
    """Show the address on record with empty boxes for another one."""
    return _asking(blank_form())


@blueprint.post("/my-deliveries/address")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_address() -> ResponseReturnValue:
    """Take the right address in, if the clinic sends there."""

    def act(session: Session, patient: Patient, form: OwnAddressForm) -> str:
        new = NewAddress(**form.model_dump())
        whose = {"patient_id": patient.id, "version": patient.version}
        correct_address(session, new=new, **whose, by=actor(), now=now())  # type: ignore[arg-type]
        return _("Thank you. We have your new address.")

    return taken(OwnAddressForm, act, _asking)


@blueprint.post("/my-deliveries/address/confirm")
@policy.patient_link(PURPOSE, audit=SEEN)
def confirm_own_address() -> ResponseReturnValue:
    """Keep that the address on record is right; pressing twice is fine."""

    def act(session: Session, patient: Patient, _form: NoFields) -> str:
        say_address(session, patient_id=patient.id, is_right=True, by=actor(), now=now())
        return _("Thank you. The address is confirmed.")

    return taken(NoFields, act, _asking)


def _asking(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        states = [(state, _(name)) for state, name in STATES.items()]
        page = render_template(
            "patient/deliveries/address.html",
            patient=patient,
            form=form,
            states=states,
            counties=[(name, [(each.fips, each.name) for each in counties(state)]) for state, name in states],
        )
    return page, form.status
