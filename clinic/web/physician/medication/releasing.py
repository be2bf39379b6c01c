"""Deciding about the next shipment: every reason against it, what a physician sets aside and why, or a no."""

from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.medication.actions.fills import Released, cancel_fill, decline_shipment, release_fill, request_fill
from clinic.medication.errors import UnknownFill, WrongState
from clinic.medication.models import Fill
from clinic.medication.queries.fills import fill_under_way, fills_of, next_number
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.verdicts import decisions_of, open_reasons_of, reasons_of, request_of
from clinic.medication.rules.fills import FillState, may_cancel
from clinic.medication.rules.reasons import said_to_physician
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    Many,
    Note,
    WholeNumber,
    blank_form,
    read_form,
    with_prefix,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.against import shown
from clinic.web.physician.medication.reading import cover_notice, fill_to_decide, reasons_now
from clinic.web.physician.medication.supply import supply_of
from clinic.web.physician.medication.words import LOOKS, fill_name
from clinic.web.physician.plans.reading import own_patient, seen_patient

_DECISIONS_SHOWN = 5


class ReleaseForm(FormModel):
    """Which fill of the order was shown, the codes that are set aside, and why."""

    number: WholeNumber
    overrides: Many[Line]
    reason: Note | None = None


class DeclineForm(FormModel):
    """The request as it was shown, and the answer."""

    request_id: UUID
    version: WholeNumber
    answer: Note

    words: ClassVar[dict[str, str]] = {"answer": "Say in a few words why."}


class CancelForm(FormModel):
    """Why a shipment is canceled."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why."}


@blueprint.get("/my-patients/<uuid:patient_id>/medication/release")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_release(patient_id: UUID) -> ResponseReturnValue:
    """Show every reason against the next shipment as things stand, and ask."""
    return _page(patient_id, {})


@blueprint.post("/my-patients/<uuid:patient_id>/medication/release")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="refill.decided")
def release(patient_id: UUID) -> ResponseReturnValue:
    """Let the next shipment go unless a reason stands that was not set aside; the decision is kept either way."""
    form = read_form(ReleaseForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, {"release": form})
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            fill = _fill(session, patient_id, number=form.number)
            found = release_fill(
                session,
                fill_id=fill.id,
                overrides=form.overrides,
                reason=form.reason or "",
                by=actor(),
                now=now(),
            )
            said, is_allowed = _said(found), found.decision.is_allowed
    except (Invalid, Conflict) as refusal:
        if refusal.field not in ReleaseForm.model_fields:
            refusal.field = None
        return _page(patient_id, {"release": form.refused(refusal)})
    flash(said, "message" if is_allowed else "error")
    return see_other("physician.medication" if is_allowed else "physician.ask_release", patient_id=patient_id)


@blueprint.post("/my-patients/<uuid:patient_id>/medication/decline")
@policy.staff(Role.PHYSICIAN, audit="refill.declined")
def decline(patient_id: UUID) -> ResponseReturnValue:
    """Answer the request with no."""
    form = read_form(DeclineForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, {"decline": form})
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            asked = request_of(session, patient_id)
            if asked is None or asked.id != form.request_id:
                raise WrongState("This request does not wait any more. Open the patient's record again.")
            decline_shipment(session, **form.model_dump(), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _page(patient_id, {"decline": form.refused(refusal)})
    flash("The request is answered. Tell the patient why.")
    return see_other("physician.medication", patient_id=patient_id)


@blueprint.post("/my-patients/<uuid:patient_id>/medication/fills/<uuid:fill_id>/cancel")
@policy.staff(Role.PHYSICIAN, audit="fill.changed")
def cancel_shipment(patient_id: UUID, fill_id: UUID) -> ResponseReturnValue:
    """Cancel a shipment that is not packed yet, also one that the gate keeps back; the request stays open."""
    form = read_form(CancelForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, {"cancel": form})
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            if fill_id not in {each.id for each in fills_of(session, patient_id)}:
                raise UnknownFill
            cancel_fill(session, fill_id=fill_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _page(patient_id, {"cancel": form.refused(refusal)})
    flash("The shipment is canceled. The order can be filled that often again.")
    return see_other("physician.medication", patient_id=patient_id)


def _fill(session: Session, patient_id: UUID, *, number: int) -> Fill:
    """Return the fill to decide about, asked for now where nobody did; it must be the one that the page showed."""
    known = fill_under_way(session, patient_id)
    if known is not None:
        _require_shown(known.number, number)
        return known
    order = live_order_of(session, patient_id)
    if order is None:
        raise WrongState("There is no order that counts, so nothing can be sent. Write one first.")
    _require_shown(next_number(session, order.id), number)
    return request_fill(session, order_id=order.id, by=actor(), now=now())


def _require_shown(number: int, shown: int) -> None:
    if number != shown:
        raise ChangedMeanwhile("Another shipment was decided about since this page was shown. Look at it as it is now.")


def _said(found: Released) -> str:
    if found.decision.is_allowed:
        return f"{fill_name(found.fill.number)} is released to the pharmacy."
    left = len(open_reasons_of(found.decision))
    return f"Nothing is sent yet: {left} {'reason stands' if left == 1 else 'reasons stand'}. The decision is kept."


def _page(patient_id: UUID, typed: dict[str, FormState]) -> ResponseReturnValue:
    forms = {name: with_prefix(typed.get(name) or blank_form(), name) for name in ("release", "decline", "cancel")}
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        order, fill = live_order_of(session, patient_id), fill_to_decide(session, patient_id)
        found = shown(reasons_now(session, [patient_id])[patient_id], patient_id)
        busy = fill_under_way(session, patient_id)
        page = render_template(
            "physician/medication/release.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            order=order,
            busy=busy if busy is not fill else None,
            cancelable=busy if busy is not None and may_cancel(FillState(busy.state)) else None,
            number=fill.number if fill else next_number(session, order.id) if order else None,
            units=fill.units if fill else order.quantity if order else None,
            firm=[each for each in found if each.is_firm],
            soft=[each for each in found if not each.is_firm],
            options=[(each.code, each.sentence, f"Source: {each.source}.") for each in found if not each.is_firm],
            request=request_of(session, patient_id),
            decisions=[
                (row, [said_to_physician(each) for each in reasons_of(row)])
                for row in decisions_of(session, patient_id)[:_DECISIONS_SHOWN]
            ],
            looks=LOOKS,
            **supply_of(session, patient),
            cover=cover_notice(session, patient),
            form_of=forms,
        )
    return page, next((each.status for each in typed.values()), HTTPStatus.OK)
