"""Taking a conversation, giving it away, and saying that it was dealt with or not yet."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.conversations import actions
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import Assigned, Marked
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

_OUT_OF_DATE = "That button was out of date. Look again and press it once more."


@blueprint.post("/inbox/<uuid:phone_id>/assign")
@policy.staff(Role.COORDINATOR)
def assign_conversation(phone_id: UUID) -> ResponseReturnValue:
    """Give the conversation to somebody, or to nobody."""
    form = read_form(Assigned)
    if isinstance(form, FormErrors):
        flash(_OUT_OF_DATE, "error")
        return see_other("coordinator.conversation", phone_id=phone_id)
    try:
        with runtime().begin(by=actor()) as session:
            actions.assign(session, phone_id=phone_id, assignee_id=form.assignee, was=form.was, by=actor(), now=now())
    except Invalid as refusal:
        flash(refusal.message, "error")
    except Conflict as refusal:
        flash(told(refusal), "error")
    else:
        flash("Assigned." if form.assignee else "Nobody has it now.")
    return see_other("coordinator.conversation", phone_id=phone_id)


@blueprint.post("/inbox/<uuid:phone_id>/read")
@policy.staff(Role.COORDINATOR)
def mark_read(phone_id: UUID) -> ResponseReturnValue:
    """Say that nothing is left to do about what the page showed."""
    form = read_form(Marked)
    if isinstance(form, FormErrors):
        flash(_OUT_OF_DATE, "error")
        return see_other("coordinator.conversation", phone_id=phone_id)
    with runtime().begin(by=actor()) as session:
        is_done = actions.mark_read(session, phone_id=phone_id, seen_at=form.theirs_at, by=actor(), now=now())
    if is_done:
        flash("Marked as handled.")
    else:
        flash("Another text came meanwhile. Read it first.", "error")
    return see_other("coordinator.conversation", phone_id=phone_id)


@blueprint.post("/inbox/<uuid:phone_id>/unread")
@policy.staff(Role.COORDINATOR)
def mark_unread(phone_id: UUID) -> ResponseReturnValue:
    """Put the conversation back among the unread ones."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        actions.mark_unread(session, phone_id=phone_id, by=actor(), now=now())
    flash("Marked as unread.")
    return see_other("coordinator.conversation", phone_id=phone_id)
