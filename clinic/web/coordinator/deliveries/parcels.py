"""One parcel: where it is by the carrier's and everybody's word, and what a person found out about it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.medication.actions.claims import tell_pharmacy_of_claim
from clinic.medication.actions.parcels import StaffWord, dispute_delivery, staff_report, tell_pharmacy_of_parcel
from clinic.medication.models import Shipment, SupplyClaim, TrackingEvent
from clinic.medication.queries import parcels as queries
from clinic.medication.queries.fills import fill as fill_by_id
from clinic.medication.queries.pharmacies import pharmacy
from clinic.medication.rules.parcels import ParcelWord, ShipmentState
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.deliveries.words import PARCEL_NEXT, STAFF_CHOICES, parcel_word, said_word
from clinic.web.frame import policy
from clinic.web.frame.form_state import with_prefix
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, Note, Tick, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_REPORT, _DISPUTE = "report", "dispute"
_AT_HOME = frozenset({ShipmentState.DELIVERED, ShipmentState.DELIVERED_UNSIGNED, ShipmentState.CONFIRMED})
_PHARMACY_HEARS = frozenset({ShipmentState.LOST, ShipmentState.DISPUTED})


class ReportForm(FormModel):
    """What a person found out about a parcel, and how."""

    status: ParcelWord
    has_signature: Tick
    reason: Annotated[Note, Field(max_length=1000)]

    words: ClassVar[dict[str, str]] = {
        "status": "Choose what happened to the parcel.",
        "reason": "Write how you know, for example whom you called.",
    }


class DisputeForm(FormModel):
    """What the patient says of a parcel that did not come."""

    words_said: Annotated[Note, Field(max_length=1000)] = ""


@blueprint.get("/deliveries/<uuid:shipment_id>")
@policy.staff(Role.COORDINATOR, audit="parcel.viewed")
def parcel(shipment_id: UUID) -> ResponseReturnValue:
    """Show one parcel with everything that was said of it."""
    return _page(shipment_id)


@blueprint.post("/deliveries/<uuid:shipment_id>/report")
@policy.staff(Role.COORDINATOR, audit="parcel.viewed")
def report_parcel(shipment_id: UUID) -> ResponseReturnValue:
    """Write down what somebody found out; it counts over what the carrier said before."""
    form = read_form(ReportForm)
    if isinstance(form, FormErrors):
        return _page(shipment_id, _REPORT, form)
    said = StaffWord(status=form.status, reason=form.reason, has_signature=form.has_signature)
    try:
        with runtime().begin(by=actor()) as session:
            staff_report(session, shipment_id=shipment_id, said=said, by=actor(), now=now())
    except DomainError as refusal:
        return _page(shipment_id, _REPORT, form.refused(refusal))
    flash("Written down.")
    return see_other("coordinator.parcel", shipment_id=shipment_id)


@blueprint.post("/deliveries/<uuid:shipment_id>/dispute")
@policy.staff(Role.COORDINATOR, audit="parcel.viewed")
def dispute_parcel(shipment_id: UUID) -> ResponseReturnValue:
    """Take the patient's word that a delivered parcel did not come."""
    form = read_form(DisputeForm)
    if isinstance(form, FormErrors):
        return _page(shipment_id, _DISPUTE, form)
    try:
        with runtime().begin(by=actor()) as session:
            dispute_delivery(session, shipment_id=shipment_id, words=form.words_said, by=actor(), now=now())
    except DomainError as refusal:
        return _page(shipment_id, _DISPUTE, form.refused(refusal))
    flash("A case is open. Tell the pharmacy today and ask the carrier who signed. Nothing is sent again by itself.")
    return see_other("coordinator.parcel", shipment_id=shipment_id)


@blueprint.post("/deliveries/<uuid:shipment_id>/pharmacy-told")
@policy.staff(Role.COORDINATOR, audit="parcel.viewed")
def pharmacy_told(shipment_id: UUID) -> ResponseReturnValue:
    """Write down that the pharmacy was told of the parcel now, and of the case about it."""
    form = read_form(NoFields)
    if isinstance(form, FormErrors):
        return _page(shipment_id, _REPORT, form)
    with runtime().begin(by=actor()) as session:
        told = tell_pharmacy_of_parcel(session, shipment_id=shipment_id, by=actor(), now=now())
        for claim in _open_claims(session, told):
            tell_pharmacy_of_claim(session, claim_id=claim.id, by=actor(), now=now())
    flash("Written down: the pharmacy was told.")
    return see_other("coordinator.parcel", shipment_id=shipment_id)


def _page(shipment_id: UUID, name: str = "", form: FormState | None = None) -> ResponseReturnValue:
    forms = {each: blank_form(prefix=each) for each in (_REPORT, _DISPUTE)}
    if form is not None:
        forms[name] = with_prefix(form, name)
    with runtime().begin(by=actor()) as session:
        found = queries.shipment(session, shipment_id)
        page = render_template(
            "coordinator/deliveries/parcel.html",
            forms=forms,
            failed=form if isinstance(form, FormErrors) else None,
            **_shown(session, found),
        )
    return page, form.status if form else 200


def _shown(session: Session, found: Shipment) -> dict[str, object]:
    """Return what the page shows of a parcel, and note that it was seen."""
    patient = people.patient_for(session, actor=actor(), patient_id=found.patient_id, now=now())
    journal.note(
        session, "parcel.viewed", subject_kind="shipment", subject_id=found.id, at=now(), patient_ids=(patient.id,)
    )
    state = ShipmentState(found.state)
    return {
        "parcel": found,
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "word": parcel_word(found.state),
        "next_step": PARCEL_NEXT.get(state, ""),
        "choices": STAFF_CHOICES,
        "may_report": state is not ShipmentState.CONFIRMED,
        "may_dispute": state in _AT_HOME,
        "must_tell": state in _PHARMACY_HEARS and found.pharmacy_told_at is None,
        "pharmacy": pharmacy(session, fill_by_id(session, found.fill_id).pharmacy_id),
        "receipts": queries.receipts_of(session, found.id),
        "claims": _open_claims(session, found),
        "history": _history(queries.tracking_of(session, found.id)),
    }


def _open_claims(session: Session, found: Shipment) -> list[SupplyClaim]:
    """Return the open cases about a parcel."""
    everything = queries.claims_of(session, found.patient_id)
    return [each for each in everything if each.shipment_id == found.id and each.settled_at is None]


def _history(told: Sequence[TrackingEvent]) -> list[dict[str, object]]:
    return [
        {"at": each.at, "what": said_word(each.status), "detail": _detail(each), "who": _who(each)}
        for each in reversed(told)
    ]


def _detail(told: TrackingEvent) -> str:
    """Return what was said besides the word, and where."""
    is_news = told.detail != said_word(told.status)
    return ", ".join(part for part in (told.detail if is_news else None, told.place) if part)


def _who(told: TrackingEvent) -> str:
    """Return who said it; the carrier's own word only where we have none for it."""
    if told.source == "staff":
        return told.actor_name
    return f"the carrier, \u201c{told.word}\u201d" if told.status == ParcelWord.UNKNOWN else "the carrier"
