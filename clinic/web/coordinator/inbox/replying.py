"""Answering: as a text now or later, or as a secure message; and calling back a text that waits."""

from datetime import datetime
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.conversations import actions, queries
from clinic.conversations.actions import Seen
from clinic.conversations.errors import NotInCare, RepliedMeanwhile, TimeRefused
from clinic.conversations.queries import Standing
from clinic.conversations.rules.delivery import moment
from clinic.conversations.rules.later import leaves_at
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import How, Reply
from clinic.web.coordinator.inbox.conversation import facts, shown_again
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


@blueprint.post("/inbox/<uuid:phone_id>/reply")
@policy.staff(Role.COORDINATOR, audit="conversation.viewed")
def send_reply(phone_id: UUID) -> ResponseReturnValue:
    """Send the typed words, or show what keeps them back, with the words still there."""
    form = read_form(Reply)
    if isinstance(form, FormErrors):
        return shown_again(phone_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            told = _send(session, phone_id, form)
    except RepliedMeanwhile as meanwhile:
        return shown_again(phone_id, form.refused(meanwhile), is_overtaken=True)
    except (Invalid, Conflict) as refusal:
        return shown_again(phone_id, form.refused(refusal))
    flash(told)
    return see_other("coordinator.conversation", phone_id=phone_id, _anchor="newest")


@blueprint.post("/inbox/<uuid:phone_id>/texts/<uuid:message_id>/call-back")
@policy.staff(Role.COORDINATOR)
def call_back_text(phone_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Call back a text that waits."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            actions.call_back(session, phone_id=phone_id, message_id=message_id, by=actor(), now=now())
    except Conflict as refusal:
        flash(refusal.message, "error")
    else:
        flash("Called back. The text will not be sent.")
    return see_other("coordinator.conversation", phone_id=phone_id)


def _send(session: Session, phone_id: UUID, form: Reply) -> str:
    standing = queries.standing_of(session, phone_id)
    if form.how is How.SECURE:
        return _send_secure(session, standing, form)
    due_at = _due_at(standing, form) if form.how is How.LATER else None
    actions.reply(
        session,
        phone_id=phone_id,
        words=form.body,
        seen=Seen(ours=form.ours, theirs_at=form.theirs_at),
        key=form.key,
        facts=facts(),
        patient_id=form.about,
        due_at=due_at,
        by=actor(),
        now=now(),
    )
    return f"Planned. It leaves {moment(due_at, zone=standing.zone, now=now())}." if due_at else "Sent."


def _due_at(standing: Standing, form: Reply) -> datetime:
    if form.on is None or form.at is None:
        raise TimeRefused("Choose the day and the time.", field="at" if form.on else "on")
    return leaves_at(form.on, form.at, zone=standing.zone, now=now())


def _send_secure(session: Session, standing: Standing, form: Reply) -> str:
    if not standing.patients:
        raise NotInCare("Nobody has this number yet. Say whose it is first.", field="body")
    reader = queries.reader_of(standing, form.about)
    ids = [each.id for each in standing.patients]
    newest = queries.newest_staff_words(session, phone_id=standing.phone.id, patient_ids=ids)
    sent = actions.send_secure_message(
        session,
        patient_id=reader.id,
        body=form.body,
        key=form.key,
        by=actor(),
        now=now(),
        ring=runtime().link_ring,
    )
    if newest is not None and newest.id not in {form.ours, sent}:
        raise RepliedMeanwhile(newest.who, newest.at)
    phone_id, seen_at = standing.phone.id, form.theirs_at
    actions.mark_read(session, phone_id=phone_id, seen_at=seen_at, by=actor(), now=now())
    return "Secure message saved. They are told that one waits, with a link."
