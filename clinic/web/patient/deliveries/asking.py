"""Asking for the next delivery: that the address is right and that an adult can sign."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.medication.actions.requests import request_refill, withdraw_request
from clinic.medication.errors import WrongState
from clinic.medication.queries.verdicts import request_of
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, NoFields, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, reader, seen, taken
from clinic.web.patient.deliveries.forms import NextForm, YesNo
from clinic.web.patient.deliveries.overview import may_ask


@blueprint.get("/my-deliveries/next")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_delivery() -> ResponseReturnValue:
    """Show where the next delivery would go."""
    return _asking(blank_form())


@blueprint.post("/my-deliveries/next")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_request() -> ResponseReturnValue:
    """Take the request in; whether and when something leaves is decided at the clinic."""

    def act(session: Session, patient: Patient, form: NextForm) -> str:
        if not may_ask(session, patient.id) and request_of(session, patient.id) is None:
            raise WrongState("The next delivery is being prepared already.")
        is_right = form.is_address_right is YesNo.YES
        request_refill(
            session,
            patient_id=patient.id,
            is_address_right=is_right,
            is_adult_available=form.is_adult_available is YesNo.YES,
            by=actor(),
            now=now(),
        )
        if not is_right:
            return _(
                "Thank you, we have your request. Please enter your address under \u201cYour address\u201d, or call us."
            )
        return _("Thank you, we have your request.")

    return taken(NextForm, act, _asking)


@blueprint.post("/my-deliveries/withdraw")
@policy.patient_link(PURPOSE)
def withdraw_delivery() -> ResponseReturnValue:
    """Take a request back that nobody has answered yet; pressing twice is fine."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        asked = request_of(session, people.lock_patient(session, reader(session).id).id)
        if asked is not None:
            withdraw_request(session, request_id=asked.id, by=actor(), now=now())
    flash(_("Your request is taken back."))
    return see_other("patient.deliveries")


def _asking(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        if not (may_ask(session, patient.id) or form.has_errors):
            return see_other("patient.deliveries")
        return render_template("patient/deliveries/next.html", patient=patient, form=form), form.status
