"""A new link to the visit's page, or to the page of all dates, for a patient whose link is locked or lost."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.scheduling import actions
from clinic.treatment import queries as plans
from clinic.treatment.actions import linking
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


@blueprint.post("/visits/<uuid:appointment_id>/link")
@policy.staff(Role.COORDINATOR)
def send_new_link(appointment_id: UUID) -> ResponseReturnValue:
    """Text a new link; every earlier one is dead from now on."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            actions.send_new_link(
                session, appointment_id=appointment_id, by=actor(), now=now(), ring=runtime().link_ring
            )
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("A new link is on its way by text. The old one no longer works.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


@blueprint.post("/patients/<uuid:patient_id>/course/link")
@policy.staff(Role.COORDINATOR)
def send_new_course_link(patient_id: UUID) -> ResponseReturnValue:
    """Text a new link to the patient's dates; every earlier one is dead from now on."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            plan_id = plans.plan_for(session, patient_id=patient_id).id
            linking.send_new_course_link(session, plan_id=plan_id, by=actor(), now=now(), ring=runtime().link_ring)
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("A new link is on its way by text. The old one no longer works.")
    return see_other("coordinator.course", patient_id=patient_id)
