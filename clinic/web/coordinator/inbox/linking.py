"""The link to a patient's secure messages: texted again, or killed."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.conversations import actions
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import Keyed
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


@blueprint.post("/patients/<uuid:patient_id>/messages/link")
@policy.staff(Role.COORDINATOR)
def send_messages_link(patient_id: UUID) -> ResponseReturnValue:
    """Text a new link to the messages; every earlier one is dead from now on."""
    form = read_form(Keyed)
    with runtime().begin(by=actor()) as session:
        phone_id = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now()).phone_id
        is_sent = not isinstance(form, FormErrors) and actions.send_link_again(
            session, patient_id=patient_id, key=form.key, by=actor(), now=now(), ring=runtime().link_ring
        )
    if is_sent:
        flash("A new link is on its way. The old one no longer works.")
    else:
        flash("There is no message to read yet. Write one first.", "error")
    return see_other("coordinator.conversation", phone_id=phone_id)


@blueprint.post("/patients/<uuid:patient_id>/messages/link/revoke")
@policy.staff(Role.COORDINATOR)
def revoke_messages_link(patient_id: UUID) -> ResponseReturnValue:
    """Kill the link to the messages, for instance when a phone was lost."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        phone_id = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now()).phone_id
        actions.revoke_link(session, patient_id=patient_id, by=actor(), now=now())
    flash("The link no longer works. The next secure message sends a new one.")
    return see_other("coordinator.conversation", phone_id=phone_id)
