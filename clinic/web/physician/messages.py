"""Secure messages of a physician with a patient of the care team, which the coordinators see as well."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.conversations import actions, queries
from clinic.conversations.rules.messages import LONGEST
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.people import queries as people
from clinic.web.frame import policy
from clinic.web.frame.fields import refusing
from clinic.web.frame.forms import FormErrors, FormModel, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record

# Browsers count a line end as one character and send two, so the rule counts after they are one again.
Typed = Annotated[str, StringConstraints(max_length=2 * LONGEST), refusing(clean_note)]


class MessageForm(FormModel):
    """What the physician writes; the same form sent twice counts once."""

    body: Typed
    key: UUID

    words: ClassVar[dict[str, str]] = {
        "body": "Write your message first.",
        "body.long": f"Use at most {LONGEST:,} characters. Send the rest as a second message.",
    }


@blueprint.get("/my-patients/<uuid:patient_id>/messages")
@policy.staff(Role.PHYSICIAN, audit="secure_messages.viewed")
def patient_messages(patient_id: UUID) -> ResponseReturnValue:
    """Show the secure messages with one patient."""
    return _show(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/messages")
@policy.staff(Role.PHYSICIAN, audit="secure_messages.viewed")
def send_message(patient_id: UUID) -> ResponseReturnValue:
    """Write to the patient; what the patient wrote before counts as read."""
    form = read_form(MessageForm)
    if isinstance(form, FormErrors):
        return _show(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            actions.send_secure_message(
                session,
                patient_id=patient_id,
                body=form.body,
                key=form.key,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
            actions.read_by_staff(session, patient_id=patient_id, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show(patient_id, form.refused(refusal))
    flash("Sent. The patient is told that a message waits, with a link.")
    return see_other("physician.patient_messages", patient_id=patient_id)


def _show(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        own_record(session)
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        journal.note(
            session,
            "secure_messages.viewed",
            subject_kind="patient",
            subject_id=patient_id,
            at=now(),
            patient_ids=(patient_id,),
        )
        page = render_template(
            "physician/messages.html",
            patient=patient,
            found=queries.messages_of(session, [patient_id]),
            form=form,
            key=new_id(),
        )
    return page, form.status
