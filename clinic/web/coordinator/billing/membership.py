"""A patient's billing on one page: the membership, every invoice, the credit, and each thing that the desk can do."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.billing.rules.line_words import days_text
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.invoices import LOOKS
from clinic.web.coordinator.billing.reading import billing_of, plan_options
from clinic.web.coordinator.billing.words import HARDSHIP_RATES, HARDSHIP_REASONS, MEMBERSHIP_LOOKS
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime

FORMS = ("enroll", "pause", "cancel", "discount", "hardship", "button")


@blueprint.get("/patients/<uuid:patient_id>/billing")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def billing(patient_id: UUID) -> ResponseReturnValue:
    """Show the membership with its money; a hold is only told as one."""
    return billing_page(patient_id)


def billing_page(patient_id: UUID, name: str = "", form: FormState | None = None) -> ResponseReturnValue:
    """Return the page; `name` is the form of it that was refused, with what was typed."""
    forms = {each: blank_form(prefix=each) for each in FORMS}
    if form is not None:
        forms[name] = with_prefix(form, name)
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        journal.note(
            session,
            "billing.viewed",
            subject_kind="patient",
            subject_id=patient_id,
            at=now(),
            patient_ids=(patient_id,),
        )
        page = render_template(
            "coordinator/billing/membership.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            clinic_zone=runtime().clinic.zone,
            forms=forms,
            failed=form if isinstance(form, FormErrors) else None,
            failed_name=name,
            looks={**LOOKS, "membership": MEMBERSHIP_LOOKS},
            hardship_reasons=HARDSHIP_REASONS,
            hardship_rates=HARDSHIP_RATES,
            plan_options=plan_options,
            days_text=days_text,
            **billing_of(session, patient),
        )
    return page, form.status if form else 200
