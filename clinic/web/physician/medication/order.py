"""One order: what it says, every state it went through, and what a physician lets become of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, TypeVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.medication.actions import order_states as states
from clinic.medication.actions.orders import cancel_draft
from clinic.medication.queries.orders import events_of, is_intact
from clinic.medication.rules.orders import EXTERNAL_STATUSES, LIVE, NEXT, OrderState
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, Note, blank_form, read_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.reading import order_of
from clinic.web.physician.medication.showing import names_for
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient, seen_patient


class ReasonForm(FormModel):
    """Why an order is held, goes on, ends or is not signed after all."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why."}


class OutsideForm(FormModel):
    """What the certified system outside says of an order, in its own word, and its number there."""

    status: Line
    reference: Line | None = None

    words: ClassVar[dict[str, str]] = {"status": "Choose what that system says."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form of the page that was sent and cannot be used: which one, and how it stands."""

    name: str
    form: FormState


Form = TypeVar("Form", bound=FormModel)
Change = Callable[[Session, UUID, Form], object]
_NAMES = ("hold", "resume", "stop", "cancel", "outside")
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "hold": "The order is on hold. Nothing more is sent on it until you let it go on.",
        "resume": "The order goes on.",
        "stop": "The order is stopped. What has left already is not called back.",
        "cancel": "The draft is taken away.",
        "outside": "Kept.",
    }
)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def medication_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Show one order with its history; what was signed is held against its hash each time."""
    return order_page(patient_id, order_id, None)


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/hold")
@policy.staff(Role.PHYSICIAN, audit="order.on_hold")
def hold_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Let nothing more be sent on the order for now."""
    return _changed(patient_id, order_id, "hold", model=ReasonForm, change=_with_reason(states.hold_order))


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/resume")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def resume_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Let an order that was on hold go on."""
    return _changed(patient_id, order_id, "resume", model=ReasonForm, change=_with_reason(states.resume_order))


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/stop")
@policy.staff(Role.PHYSICIAN, audit="order.stopped")
def stop_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """End the order."""
    return _changed(patient_id, order_id, "stop", model=ReasonForm, change=_with_reason(states.stop_order))


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/cancel")
@policy.staff(Role.PHYSICIAN, audit="order.canceled")
def cancel_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Take the draft away."""
    return _changed(patient_id, order_id, "cancel", model=ReasonForm, change=_with_reason(cancel_draft))


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/outside")
@policy.staff(Role.PHYSICIAN, audit="order.reported")
def report_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Keep what the certified system outside says of the order."""

    def change(session: Session, wanted: UUID, form: OutsideForm) -> object:
        return states.record_external_status(
            session, order_id=wanted, status=form.status, reference=form.reference, by=actor(), now=now()
        )

    return _changed(patient_id, order_id, "outside", model=OutsideForm, change=change)


def order_page(patient_id: UUID, order_id: UUID, typed: Typed | None) -> ResponseReturnValue:
    """Return the page, with the one form on it that could not be used as it was sent."""
    forms: dict[str, FormState] = {name: blank_form(prefix=name) for name in _NAMES}
    if typed is not None:
        forms[typed.name] = with_prefix(typed.form, typed.name)
    with runtime().begin(by=actor()) as session:
        patient, me = seen_patient(session, patient_id), own_record(session)
        order = order_of(session, patient_id, order_id)
        state = OrderState(order.state)
        page = render_template(
            "physician/medication/order.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            order=order,
            is_own=order.physician_id == me.id,
            is_intact=is_intact(order),
            is_live=state in LIVE,
            may_stop=order.signed_at is not None and OrderState.STOPPED in NEXT[state],
            events=events_of(session, order.id),
            names=names_for(session, [order]),
            looks=LOOKS,
            form_of=forms,
            failed=typed is not None,
            statuses=[(word, word) for word in EXTERNAL_STATUSES],
        )
    return page, typed.form.status if typed else 200


def _with_reason(verb: Callable[..., object]) -> Change[ReasonForm]:
    """Return a change by a verb on orders that takes nothing but a reason."""
    return lambda session, order_id, form: verb(session, order_id=order_id, reason=form.reason, by=actor(), now=now())


def _changed(
    patient_id: UUID, order_id: UUID, name: str, *, model: type[Form], change: Change[Form]
) -> ResponseReturnValue:
    """Read a form of the page, do what it says and come back, or show it with what is wrong."""
    form = read_form(model)
    if isinstance(form, FormErrors):
        return order_page(patient_id, order_id, Typed(name=name, form=form))
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            order_of(session, patient_id, order_id)
            change(session, order_id, form)
    except (Invalid, Conflict) as refusal:
        refusal.field = {"external_status": "status", "external_reference": "reference"}.get(
            refusal.field or "", refusal.field
        )
        if refusal.field not in model.model_fields:
            refusal.field = None
        return order_page(patient_id, order_id, Typed(name=name, form=form.refused(refusal)))
    flash(_WORDS[name])
    return see_other("physician.medication_order", patient_id=patient_id, order_id=order_id)
