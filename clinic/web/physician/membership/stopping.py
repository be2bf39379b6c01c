"""Stopping a membership for a medical reason: what goes back is shown before, and a fresh second factor is asked."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.actions.ending import stop
from clinic.billing.queries.changes import unused_cents
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.money import shown
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import NEXT, Event, SubscriptionState
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.membership.deciding import ReasonForm, living_id
from clinic.web.physician.plans.reading import own_patient, seen_patient


@blueprint.get("/my-patients/<uuid:patient_id>/membership/stop")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_stop_membership(patient_id: UUID) -> ResponseReturnValue:
    """Say what stopping does and how much goes back, and ask why."""
    return _page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/membership/stop")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def stop_membership(patient_id: UUID) -> ResponseReturnValue:
    """Stop it now; the unused days go back to the card, and every check of safety stays."""
    form = read_form(ReasonForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            subscription_id = living_id(session, patient_id)
            back = _unused(session, patient_id)
            stop(session, subscription_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict, Forbidden) as refusal:
        if refusal.field not in ReasonForm.model_fields:
            refusal.field = None
        return _page(patient_id, form.refused(refusal))
    flash(f"Stopped. {shown(back)} go back to the card." if back else "Stopped. There is nothing to give back.")
    return see_other("physician.membership", patient_id=patient_id)


def _unused(session: Session, patient_id: UUID) -> int:
    """Return the cents that a stop would give back today."""
    found = living(session, patient_id)
    return unused_cents(session, found, day=today_in(found.zone, now())) if found else 0


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        found = living(session, patient_id)
        may = found is not None and (SubscriptionState(found.state), Event.STOPPED) in NEXT
        page = render_template(
            "physician/membership/stop.html",
            patient=patient,
            form=form,
            may=may,
            back_cents=_unused(session, patient_id) if may else 0,
        )
    return page, form.status
