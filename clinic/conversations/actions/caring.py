"""Who takes care of a conversation, and up to where it was read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.access import queries as accounts
from clinic.conversations.actions.keeping import JUST_BEFORE, is_unread, kept
from clinic.conversations.errors import TakenMeanwhile
from clinic.conversations.models import Conversation, SecureMessage
from clinic.conversations.queries.people_of import standing_of
from clinic.conversations.queries.talk import later_texts
from clinic.kernel import journal
from clinic.kernel.actor import Actor, Role
from clinic.kernel.errors import Invalid
from clinic.worklist import actions as worklist
from clinic.worklist.queries import open_about
from clinic.worklist.rules import Outcome, WorkKind


def assign(
    session: Session, *, phone_id: UUID, assignee_id: UUID | None, was: UUID | None, by: Actor, now: datetime
) -> None:
    """Give a conversation to a coordinator, or to nobody; `was` is whose it was when the page was shown.

    Raises TakenMeanwhile when a colleague was faster.
    """
    standing_of(session, phone_id)
    conversation = kept(session, phone_id, by=by, now=now)
    if conversation.assignee_id == assignee_id:
        return
    if conversation.assignee_id != was:
        raise TakenMeanwhile(_whose(session, conversation), who=conversation.updated_by, at=conversation.updated_at)
    if assignee_id is not None:
        _require_coordinator(session, assignee_id)
    conversation.assignee_id = assignee_id
    conversation.touch(by=by, now=now)
    _note(session, conversation, "conversation.assigned", now=now, assignee=str(assignee_id) if assignee_id else None)


def mark_read(session: Session, *, phone_id: UUID, seen_at: datetime | None, by: Actor, now: datetime) -> bool:
    """Take a conversation as dealt with up to what was seen, and close the tasks about it.

    `seen_at` is when the newest text on the page came. Return False when another one came meanwhile: that stays unread.
    """
    standing = standing_of(session, phone_id)
    conversation = kept(session, phone_id, by=by, now=now)
    up_to = min(seen_at, now) if seen_at else None
    if up_to is not None and (conversation.read_up_to is None or conversation.read_up_to < up_to):
        conversation.read_up_to = up_to
        conversation.touch(by=by, now=now)
        _read_messages(session, [each.id for each in standing.patients], up_to=up_to, now=now)
        _note(session, conversation, "conversation.read", now=now)
    if up_to is not None:
        _close_tasks(session, phone_id, up_to=up_to, by=by, now=now)
    return not is_unread(conversation)


def mark_unread(session: Session, *, phone_id: UUID, by: Actor, now: datetime) -> None:
    """Put a conversation back among the unread ones, for later or for a colleague; its last text counts as unread."""
    standing_of(session, phone_id)
    conversation = kept(session, phone_id, by=by, now=now)
    if conversation.last_inbound_at is None or is_unread(conversation):
        return
    conversation.read_up_to = conversation.last_inbound_at - JUST_BEFORE
    conversation.touch(by=by, now=now)
    _note(session, conversation, "conversation.unread", now=now)


def _close_tasks(session: Session, phone_id: UUID, *, up_to: datetime, by: Actor, now: datetime) -> None:
    """Close what asks for these texts to be read; a task about a later text, or many, stays."""
    unseen = {str(one) for one in later_texts(session, phone_id, than=up_to)}
    for key in open_about(session, WorkKind.REPLY_UNCLEAR, subject_id=phone_id):
        about = key.partition(":")[2]
        if about not in unseen and not (unseen and about == str(phone_id)):
            worklist.close_for(session, dedupe_key=key, by=by, now=now, outcome=Outcome.DONE)


def _read_messages(session: Session, patient_ids: list[UUID], *, up_to: datetime, now: datetime) -> None:
    row = SecureMessage
    theirs = update(row).where(row.patient_id.in_(patient_ids), row.author_kind == "patient", row.read_at.is_(None))
    session.execute(theirs.where(row.sent_at <= up_to).values(read_at=now))


def _require_coordinator(session: Session, staff_id: UUID) -> None:
    known = {one.id for one in accounts.active_accounts_with_role(session, Role.COORDINATOR)}
    if staff_id not in known:
        raise Invalid("Choose a coordinator who works here.", field="assignee")


def _whose(session: Session, conversation: Conversation) -> str:
    if conversation.assignee_id is None:
        return f"{conversation.updated_by} has put this conversation back. Look at it again."
    return f"{accounts.account(session, conversation.assignee_id).full_name} has this conversation now."


def _note(session: Session, conversation: Conversation, action: str, *, now: datetime, **details: object) -> None:
    journal.note(
        session, action, subject_kind="conversation", subject_id=conversation.id, at=now, patient_ids=(), **details
    )
