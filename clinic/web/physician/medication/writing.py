"""Writing an order, changing its draft, and writing the one that takes a signed one's place; nothing is proposed."""

from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Forbidden
from clinic.medication.actions import orders as actions
from clinic.medication.models import Prescription
from clinic.medication.queries.pharmacies import pharmacies
from clinic.medication.rules.orders import MOST_REFILLS, OrderFields, OrderState, checked_order
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, Note, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.reading import cover_notice, order_of
from clinic.web.physician.medication.words import FORMS, ROUTES
from clinic.web.physician.plans.reading import own_patient, seen_patient

ORDER_FIELDS = (
    *("drug", "form", "route", "strength_value", "strength_unit", "quantity", "units_per_session", "days_supply"),
    *("refills", "directions", "indication"),
)
"""What a physician writes into an order, by the names of its boxes and columns."""


class OrderForm(FormModel):
    """An order as typed; what must stand in one is for its rules to say."""

    pharmacy_id: UUID
    drug: Line = ""
    form: Line = ""
    route: Line = ""
    strength_value: Line = ""
    strength_unit: Line = ""
    quantity: Line = ""
    units_per_session: Line = ""
    days_supply: Line = ""
    refills: Line = ""
    directions: Note = ""
    indication: Note = ""
    version: WholeNumber = 0

    words: ClassVar[dict[str, str]] = {"pharmacy_id": "Choose the pharmacy."}

    def fields(self) -> OrderFields:
        """Return what is ordered, or raise OrderRefused at a box."""
        return checked_order({name: getattr(self, name) for name in ORDER_FIELDS})


Write = Callable[[Session, OrderForm], Prescription]


@blueprint.get("/my-patients/<uuid:patient_id>/medication/orders/new")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def new_order(patient_id: UUID) -> ResponseReturnValue:
    """Ask what is ordered; every box is empty."""
    return _page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/new")
@policy.staff(Role.PHYSICIAN, audit="order.draft")
def write_order(patient_id: UUID) -> ResponseReturnValue:
    """Keep the draft; nothing counts before it is signed."""

    def write(session: Session, form: OrderForm) -> Prescription:
        return actions.draft_order(
            session,
            patient_id=patient_id,
            pharmacy_id=form.pharmacy_id,
            fields=form.fields(),
            by=actor(),
            now=now(),
        )

    return _written(patient_id, write)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/edit")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def edit_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Show the draft in boxes; what is signed already is shown as it was signed."""
    return _page(patient_id, None, order_id=order_id)


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/edit")
@policy.staff(Role.PHYSICIAN, audit="order.edited")
def save_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Keep the draft as it is typed now."""

    def write(session: Session, form: OrderForm) -> Prescription:
        order_of(session, patient_id, order_id)
        return actions.change_draft(
            session,
            order_id=order_id,
            pharmacy_id=form.pharmacy_id,
            fields=form.fields(),
            version=form.version,
            by=actor(),
            now=now(),
        )

    return _written(patient_id, write, order_id=order_id)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/amend")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_amendment(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Show what the signed order says, to be written anew."""
    return _page(patient_id, None, order_id=order_id, is_amendment=True)


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/amend")
@policy.staff(Role.PHYSICIAN, audit="order.draft")
def amend_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Keep a draft that takes the order's place when it is signed; until then the order counts."""

    def write(session: Session, form: OrderForm) -> Prescription:
        order_of(session, patient_id, order_id)
        return actions.amend_order(
            session, order_id=order_id, pharmacy_id=form.pharmacy_id, fields=form.fields(), by=actor(), now=now()
        )

    return _written(patient_id, write, order_id=order_id, is_amendment=True)


def _written(
    patient_id: UUID, write: Write, *, order_id: UUID | None = None, is_amendment: bool = False
) -> ResponseReturnValue:
    """Read the form, keep what it says and show the draft, or show the boxes again with what is wrong."""
    form = read_form(OrderForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form, order_id=order_id, is_amendment=is_amendment)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            written = write(session, form).id
    except Forbidden:
        raise
    except DomainError as refusal:
        if refusal.field not in OrderForm.model_fields:
            refusal.field = None
        return _page(patient_id, form.refused(refusal), order_id=order_id, is_amendment=is_amendment)
    flash("The draft is kept. Sign it when it is right.")
    return see_other("physician.medication_order", patient_id=patient_id, order_id=written)


def _page(
    patient_id: UUID, form: FormState | None, *, order_id: UUID | None = None, is_amendment: bool = False
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        order = order_of(session, patient_id, order_id) if order_id else None
        if order and form is None and not is_amendment and order.state != OrderState.DRAFT:
            return see_other("physician.medication_order", patient_id=patient.id, order_id=order.id)
        shown = form or _of_order(order)
        page = render_template(
            "physician/medication/write.html",
            patient=patient,
            order=order,
            is_amendment=is_amendment,
            cover=cover_notice(session, patient),
            form=shown,
            pharmacies=[(str(each.id), each.name) for each in pharmacies(session)],
            forms=FORMS,
            routes=ROUTES,
            refills=[(str(n), str(n)) for n in range(MOST_REFILLS + 1)],
        )
    return page, shown.status


def _of_order(order: Prescription | None) -> FormState:
    """Return the boxes with what an order says now."""
    if order is None:
        return blank_form()
    said = {name: getattr(order, name) for name in ORDER_FIELDS} | {
        "strength_value": f"{order.strength_value.normalize():f}"
    }
    return blank_form(**said, pharmacy_id=order.pharmacy_id, version=order.version)
