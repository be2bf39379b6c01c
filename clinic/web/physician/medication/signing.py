"""Signing an order: the page shows everything that the hash is taken of, and only that can be signed."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.signing import sign_order as sign
from clinic.medication.models import Prescription
from clinic.medication.queries.pdmp import latest_check
from clinic.medication.queries.signing import Signing, content_of, obstacles, signing_of
from clinic.medication.rules.orders import checked_order, days_supply_warning
from clinic.medication.rules.signed_content import content_hash
from clinic.people.models import Patient
from clinic.treatment.queries import plan as plan_by_id
from clinic.treatment.queries import rules_of_plan
from clinic.treatment.rules.phases import Phase
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.reading import cover_notice, order_of
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.medication.writing import ORDER_FIELDS
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient, seen_patient


class SignOrderForm(FormModel):
    """What the page showed, the look that it stands on, and the number in the certified system, where there is one."""

    version: WholeNumber
    shown: Line
    pdmp_check_id: UUID
    issued_on: IsoDate
    external_reference: Line | None = None

    words: ClassVar[dict[str, str]] = {"pdmp_check_id": "Look into the program first."}


@blueprint.get("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/sign")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_sign_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Show what is going to be signed, and everything that keeps it from being signed."""
    return _page(patient_id, order_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/orders/<uuid:order_id>/sign")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="order.signed")
def sign_order(patient_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Sign it, if it is still what the page showed; the second factor was given for this within minutes."""
    form = read_form(SignOrderForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, order_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = own_patient(session, patient_id)
            order = order_of(session, patient_id, order_id)
            _require_shown(session, _signing(session, order, patient), form.shown)
            sign(
                session,
                order_id=order_id,
                **form.model_dump(exclude={"shown"}),
                has_stepped_up=True,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        if refusal.field != "external_reference":
            refusal.field = None
        return _page(patient_id, order_id, form.refused(refusal))
    flash("The order is signed. It never changes from now on.")
    return see_other("physician.medication_order", patient_id=patient_id, order_id=order_id)


def _page(patient_id: UUID, order_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        order = order_of(session, patient_id, order_id)
        signing = _signing(session, order, patient)
        content, looked = content_of(session, signing), latest_check(session, patient_id)
        page = render_template(
            "physician/medication/sign.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            me=own_record(session),
            order=order,
            content=content,
            shown=content_hash(content),
            issued_on=signing.issued_on,
            looked=looked,
            against=obstacles(session, signing, pdmp_check_id=looked.id) if looked else (),
            warning=_warning(session, order),
            looks=LOOKS,
            cover=cover_notice(session, patient),
            form=form,
        )
    return page, form.status


def _warning(session: Session, order: Prescription) -> str | None:
    """Return a sentence where the days of a fill do not fit the gaps of the plan; it can be signed all the same."""
    plan = plan_by_id(session, order.plan_id)
    rules = rules_of_plan(session, plan)
    gaps = {Phase.INDUCTION: rules.induction.target_gap_days, Phase.MAINTENANCE: rules.maintenance.target_days}
    gap = gaps.get(Phase(plan.phase))
    if gap is None:
        return None
    fields = checked_order({name: str(getattr(order, name)) for name in ORDER_FIELDS})
    return days_supply_warning(fields, gap_days=gap)


def _signing(session: Session, order: Prescription, patient: Patient) -> Signing:
    """Return the facts of signing the order on the patient's today."""
    return signing_of(session, order, issued_on=in_zone(now(), patient.zone).date(), now=now())


def _require_shown(session: Session, signing: Signing, shown: str) -> None:
    if content_hash(content_of(session, signing)) != shown:
        raise ChangedMeanwhile(
            "What the order would say changed since this page was shown. Read it as it is now, then sign it."
        )
