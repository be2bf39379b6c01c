"""How typed words would arrive, while somebody types, and starting from a saved reply; nothing is sent."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.conversations import queries
from clinic.conversations.rules.saved import saved_reply
from clinic.kernel.actor import Role
from clinic.messaging.rules.templates import dashed
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import Draft
from clinic.web.coordinator.inbox.conversation import draft, shown_again
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, filled, read_form
from clinic.web.frame.requests import actor, is_fragment, runtime


@blueprint.post("/inbox/<uuid:phone_id>/preview")
@policy.staff(Role.COORDINATOR, audit="conversation.viewed")
def preview_reply(phone_id: UUID) -> ResponseReturnValue:
    """Show how the words would arrive; for our own script only that part."""
    form = read_form(Draft)
    if isinstance(form, FormErrors):
        return shown_again(phone_id, form)
    if is_fragment():
        return _fragment(phone_id, form.body or "")
    body = _saved_words(phone_id, form.saved) if form.saved else form.body
    return shown_again(phone_id, filled(form.model_copy(update={"body": body})))


def _fragment(phone_id: UUID, typed: str) -> str:
    with runtime().begin(by=actor()) as session:
        standing = queries.standing_of(session, phone_id)
        return render_template("coordinator/inbox/_preview.html", preview=draft(standing, typed))


def _saved_words(phone_id: UUID, key: str) -> str:
    found = saved_reply(key)
    with runtime().begin(by=actor()) as session:
        language = queries.standing_of(session, phone_id).language
    return found.words(language, phone=dashed(runtime().clinic.phone)) if found else ""
