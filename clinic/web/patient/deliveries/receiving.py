"""A parcel in the patient's hands, or one that did not come."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.medication.actions.parcels import dispute_delivery
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.queries.parcels import receipts_of
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, own_parcel, seen, taken
from clinic.web.patient.deliveries.forms import MissingForm, ReceiptForm, YesNo
from clinic.web.patient.deliveries.overview import parcel_of


@blueprint.get("/my-deliveries/<uuid:shipment_id>/confirm")
@policy.patient_link(PURPOSE, audit=SEEN)
def confirm_delivery(shipment_id: UUID) -> ResponseReturnValue:
    """Ask what is in a parcel."""
    return _confirming(shipment_id, blank_form())


@blueprint.post("/my-deliveries/<uuid:shipment_id>/confirm")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_receipt(shipment_id: UUID) -> ResponseReturnValue:
    """Take the patient's word on a parcel, once."""

    def act(session: Session, patient: Patient, form: ReceiptForm) -> str:
        parcel = own_parcel(session, patient, shipment_id)
        if receipts_of(session, parcel.id):
            return _("You told us before. To change it, please call us.")
        found = Found(
            lot_number=form.lot_number,
            counted=form.counted,
            is_seal_intact=form.is_seal_intact is YesNo.YES,
            is_locked_away=form.is_locked_away,
        )
        receipt = confirm_receipt(session, shipment_id=parcel.id, found=found, by=actor(), now=now())
        if receipt.is_match:
            return _("Thank you. It is confirmed.")
        return _("Thank you. This is not what was packed. Use nothing of it until we have talked.")

    return taken(ReceiptForm, act, lambda form: _confirming(shipment_id, form))


@blueprint.get("/my-deliveries/<uuid:shipment_id>/missing")
@policy.patient_link(PURPOSE, audit=SEEN)
def miss_delivery(shipment_id: UUID) -> ResponseReturnValue:
    """Ask once more before a parcel is reported as not there."""
    return _missing(shipment_id, blank_form())


@blueprint.post("/my-deliveries/<uuid:shipment_id>/missing")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_missing(shipment_id: UUID) -> ResponseReturnValue:
    """Take the patient's word that a parcel did not come."""

    def act(session: Session, patient: Patient, form: MissingForm) -> str:
        parcel = own_parcel(session, patient, shipment_id)
        dispute_delivery(session, shipment_id=parcel.id, words=form.about or "", by=actor(), now=now())
        return _("Thank you. We look into it and call you.")

    return taken(MissingForm, act, lambda form: _missing(shipment_id, form))


def _confirming(shipment_id: UUID, form: FormState) -> ResponseReturnValue:
    return _page("patient/deliveries/confirm.html", shipment_id, form)


def _missing(shipment_id: UUID, form: FormState) -> ResponseReturnValue:
    return _page("patient/deliveries/missing.html", shipment_id, form)


def _page(template: str, shipment_id: UUID, form: FormState) -> ResponseReturnValue:
    """Return a page about a parcel of which the patient has said nothing yet; else lead back to all of them."""
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        parcel = parcel_of(session, own_parcel(session, patient, shipment_id))
        if not (parcel.may_confirm or form.has_errors):
            return see_other("patient.deliveries")
        return render_template(template, parcel=parcel, form=form), form.status
