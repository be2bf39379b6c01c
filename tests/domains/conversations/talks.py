"""Verbs of talks as tests say them: a text comes, somebody writes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.conversations import actions, queries
from clinic.conversations.actions import Seen
from clinic.conversations.models import Conversation
from clinic.conversations.queries import Talk
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.rules.templates import Facts
from clinic.people.models import Patient
from tests.domains.messaging.desk import TESTER, Desk

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="http://localhost")
NOTHING_SEEN = Seen(ours=None, theirs_at=None)


def comes(desk: Desk, patient: Patient, body: str) -> UUID:
    """Let a text arrive and be taken in, as the worker does."""
    inbound_id = desk.receive(patient, body)
    assert inbound_id is not None
    with desk.runtime.begin(by=TESTER) as session:
        actions.take_in(session, inbound_id=inbound_id, by=TESTER, now=desk.clock())
    return inbound_id


def writes(
    desk: Desk,
    patient: Patient,
    by: Actor,
    words: str = "We will call you at noon.",
    *,
    seen: Seen = NOTHING_SEEN,
    key: UUID | None = None,
    due_at: datetime | None = None,
) -> UUID:
    with desk.runtime.begin(by=by) as session:
        return actions.reply(
            session,
            phone_id=patient.phone_id,
            words=words,
            seen=seen,
            key=key or new_id(),
            facts=FACTS,
            due_at=due_at,
            by=by,
            now=desk.clock(),
        )


def conversation(desk: Desk, patient: Patient) -> Conversation:
    with desk.runtime.begin(by=TESTER) as session:
        wanted = select(Conversation).where(Conversation.phone_id == patient.phone_id)
        return session.scalars(wanted, execution_options={"populate_existing": True}).one()


def is_unread(session: Session, patient: Patient) -> bool:
    found = queries.conversations_of_phones(session, [patient.phone_id])
    return bool(found and found[0].is_unread)


def unread(desk: Desk, patient: Patient) -> bool:
    with desk.runtime.begin(by=TESTER) as session:
        return is_unread(session, patient)


def talk(desk: Desk, patient: Patient) -> Talk:
    with desk.runtime.begin(by=TESTER) as session:
        standing = queries.standing_of(session, patient.phone_id)
        return queries.talk_with(session, standing, facts=FACTS, now=desk.clock())
