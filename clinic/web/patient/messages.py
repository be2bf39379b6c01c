"""Secure messages on the patient's own page: what the clinic wrote, and answering."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from clinic.conversations import actions, queries
from clinic.conversations.rules.messages import LONGEST
from clinic.kernel import journal
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.messaging.rules.danger import suspects_danger
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.fields import refusing
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, blank_form, read_form
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint

# Browsers count a line end as one character and send two, so the rule counts after they are one again.
Typed = Annotated[str, StringConstraints(max_length=2 * LONGEST), refusing(clean_note)]


class AnswerForm(FormModel):
    """What a patient writes; the same form sent twice counts once."""

    body: Typed
    key: UUID

    words: ClassVar[dict[str, Any]] = {
        "body": _l("Write your message first."),
        "body.long": _l("This is too long. Send the rest as a second message."),
    }


@blueprint.get("/my-messages")
@policy.patient_link("messages", audit="secure_messages.viewed")
def messages() -> ResponseReturnValue:
    """Show what was written; a message that was never opened waits behind a button, so that opening it is known."""
    return _show(blank_form())


@blueprint.post("/my-messages/open")
@policy.patient_link("messages")
def open_new_messages() -> ResponseReturnValue:
    """Open the messages that wait."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        actions.open_messages(session, patient_id=_reader(session).id, now=now())
    return see_other("patient.messages", _anchor="newest")


@blueprint.post("/my-messages")
@policy.patient_link("messages", audit="secure_messages.viewed")
def answer_messages() -> ResponseReturnValue:
    """Take the patient's answer in, or show what keeps it back with the words still there."""
    with runtime().begin(by=actor()) as session:
        _reader(session)  # What is wrong with the form is said in the patient's language, too.
    form = read_form(AnswerForm)
    if isinstance(form, FormErrors):
        return _show(form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = _reader(session)
            actions.answer_secure_message(
                session, patient_id=patient.id, body=form.body, key=form.key, by=actor(), now=now()
            )
    except Invalid:
        return _show(form.refused(Invalid(_("This is too long. Send the rest as a second message."), field="body")))
    except Conflict:
        return _show(form.refused(Conflict(_("This was sent already. Write a new message."), field="body")))
    if suspects_danger(form.body):
        flash(
            _("If you may be in danger, call 911 now, or call or text 988 at any time. We have told our care team."),
            "error",
        )
    else:
        flash(_("Sent. We read it on workdays and answer here."))
    return see_other("patient.messages", _anchor="newest")


def _show(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = _reader(session)
        journal.note(
            session,
            "secure_messages.viewed",
            subject_kind="patient",
            subject_id=patient.id,
            at=now(),
            patient_ids=(patient.id,),
        )
        found = queries.messages_of(session, [patient.id])
        waiting = [one for one in found if one.author_kind == "staff" and one.read_at is None]
        shown = [one for one in found if one not in waiting]
        page = render_template(
            "patient/messages.html", patient=patient, shown=shown, waiting=len(waiting), form=form, key=new_id()
        )
    return page, form.status


def _reader(session: Session) -> Patient:
    """Return the patient behind the link, and speak that person's language."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    return patient
