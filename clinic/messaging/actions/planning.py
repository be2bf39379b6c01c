"""Planning texts as rows in the transaction of the fact they tell, and calling them back."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Update, and_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import wake
from clinic.kernel.statements import among_these
from clinic.messaging.actions.tasks import ask_for_a_call
from clinic.messaging.errors import MissingVariable
from clinic.messaging.models import Message
from clinic.messaging.queries.wordings import own_wordings
from clinic.messaging.rules.consent import NO_CONSENT, OPTED_OUT, refusal_of
from clinic.messaging.rules.kinds import WAITING, MessageState, Recipient, Subject
from clinic.messaging.rules.templates import (
    Template,
    current,
    keys_for_opted_out,
    missing_variables,
    placeholders,
    version_of,
)
from clinic.messaging.rules.window import planned_for
from clinic.people import queries as people

TEXTS_QUEUE = "texts"

_COLUMNS = tuple(column.key for column in Message.__table__.columns)
_SOON = timedelta(seconds=5)
_TEXTS = Message.metadata.tables[Message.__tablename__]
_NEW = insert(_TEXTS).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(_TEXTS.c.id)


def plan(
    session: Session,
    *,
    template_key: str,
    recipient: Recipient,
    subject: Subject,
    variables: Mapping[str, datetime | str],
    link_id: UUID | None,
    due_at: datetime,
    now: datetime,
    by: Actor,
    dedupe_key: str | None = None,
) -> UUID | None:
    """Plan one text; return its id, or None when it was planned before or no good time for it is left.

    `variables["starts_at"]` is the visit's start where the template names a date or time. `due_at` is moved into the
    recipient's day by the template's own rule. Without `dedupe_key` a template is planned once for each version of a
    subject. To a number that may not be texted the row is kept as `suppressed`, and a coordinator is asked to call.
    """
    template = current(template_key)
    message = draft(template, recipient, subject, variables=variables, link_id=link_id, now=now)
    starts_at = variables.get("starts_at")
    worth_until = template.expiry(max(due_at, now), starts_at if isinstance(starts_at, datetime) else None)
    leaves_at = planned_for(template, due_at=due_at, zone=recipient.zone, now=now, worth_until=worth_until)
    if leaves_at is None:
        return None
    message.dedupe_key = dedupe_key or message.dedupe_key
    message.due_at, message.expires_at = leaves_at, worth_until
    return next(iter(store(session, [message], by=by, now=now)), None)


def draft(
    template: Template,
    recipient: Recipient,
    subject: Subject,
    *,
    variables: Mapping[str, datetime | str],
    link_id: UUID | None,
    now: datetime,
) -> Message:
    """Return one text about a subject, not stored yet; the caller sets when it leaves and until when it is worth it.

    Raises MissingVariable.
    """
    _require(template, variables=variables, subject=subject, link_id=link_id)
    message = _row(template, recipient, subject, link_id=link_id, now=now)
    message.dedupe_key = dedupe_key_of(template.key, subject)
    message.variables_json = json.dumps({name: _plain(value) for name, value in variables.items()})
    return message


def store(session: Session, messages: Sequence[Message], *, by: Actor, now: datetime) -> list[UUID]:
    """Store drafts to one number in one statement and return the ids of those that are new.

    To a number that may not be texted they are kept as `suppressed`, and a coordinator is asked to call.
    """
    if not messages:
        return []
    templates = {message.template_key: current(message.template_key) for message in messages}
    wordings = own_wordings(session, list(templates.values()))
    phone_id = messages[0].address_id
    assert phone_id is not None, "only texts are planned here"
    consent = people.consent_of(session, phone_id)
    for message in messages:
        template, wording = templates[message.template_key], wordings.get(message.template_key)
        message.wording_id = wording.id if wording else None
        reason = refusal_of(template, consented_at=consent.consented_at, opted_out_at=consent.opted_out_at)
        if reason is not None:
            message.state, message.reason, message.final_at = MessageState.SUPPRESSED, reason, now
    made = _insert(session, messages)
    for message in messages:
        if message.id in made:
            _after(session, message, templates[message.template_key], by=by, now=now)
    return [message.id for message in messages if message.id in made]


def cancel_planned(
    session: Session,
    *,
    subject_kind: str,
    subject_id: UUID,
    reason: str,
    now: datetime,
    keep_version: int | None = None,
    template_key: str | None = None,
    channel: str | None = None,
) -> int:
    """Call back every text about a subject that has not been promised to the provider; return how many.

    What is about `keep_version` stays, with `template_key` all other texts, and with `channel` what goes another way.
    The raised fence makes a worker that has claimed the text drop it.
    """
    limits = {"kept": keep_version, "of_template": template_key, "of_channel": channel}
    given = {name: value for name, value in limits.items() if value is not None}
    about = {"of_kind": subject_kind, "of_subject": subject_id, "why": reason, "at": now}
    result = session.execute(_canceling(frozenset(given)), about | given)
    assert isinstance(result, CursorResult)
    return result.rowcount


@cache
def _canceling(given: frozenset[str]) -> Update:
    """Return the statement that calls texts back, limited by what is given: `kept`, `of_template`, `of_channel`."""
    limits = {
        "kept": Message.subject_version.is_distinct_from(bindparam("kept")),
        "of_template": Message.template_key == bindparam("of_template"),
        "of_channel": Message.channel == bindparam("of_channel"),
    }
    about = (Message.subject_kind == bindparam("of_kind"), Message.subject_id == bindparam("of_subject"))
    return (
        update(Message)
        .where(_in_order(*about, *(limit for name, limit in limits.items() if name in given)))
        .values(
            state=MessageState.CANCELED,
            reason=bindparam("why"),
            final_at=bindparam("at"),
            updated_at=bindparam("at"),
            fence=Message.fence + 1,
        )
        .execution_options(synchronize_session=False)
    )


def suppress_waiting(session: Session, *, phone_id: UUID, reason: str, by: Actor, now: datetime) -> list[UUID]:
    """Hold back every waiting text to a number that may no longer be texted, and ask for calls; return their ids.

    The answer to a STOP is not held back by a second STOP. The caller holds the number's consent row locked, in the
    same order as a send does.
    """
    held = (
        update(Message)
        .where(_in_order(Message.address_id == phone_id, Message.template_key.not_in(keys_for_opted_out())))
        .values(state=MessageState.SUPPRESSED, reason=reason, final_at=now, updated_at=now, fence=Message.fence + 1)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    found = list(session.scalars(held))
    texts = select(Message).where(Message.id.in_(found)).order_by(Message.id)
    for message in session.scalars(texts, execution_options={"populate_existing": True}):
        template = version_of(message.template_key, message.template_version)
        ask_for_a_call(session, message, template, by=by, now=now)
    return found


def release_suppressed(session: Session, *, phone_id: UUID, now: datetime) -> int:
    """Let texts leave after all that were held back by an opt-out and are due later than now."""
    released = session.execute(
        update(Message)
        .where(
            Message.address_id == phone_id,
            is_held(now),
        )
        .values(state=MessageState.PENDING, reason=None, final_at=None, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(released, CursorResult)
    return released.rowcount


def is_held(now: datetime) -> ColumnElement[bool]:
    """Choose texts that were held back for want of consent and are still to come."""
    reasons = Message.reason.in_((OPTED_OUT, NO_CONSENT))
    return and_(Message.state == MessageState.SUPPRESSED, reasons, Message.due_at > now)


def holds_texts(session: Session, *, phone_id: UUID, now: datetime) -> bool:
    """Tell whether a number has texts to come that were held back for want of consent."""
    held = select(Message.id).where(Message.address_id == phone_id, is_held(now))
    return session.scalar(held.limit(1)) is not None


def _in_order(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Choose waiting messages, locked by id, so that two transactions that call back the same ones cannot deadlock."""
    chosen = (
        select(Message.id).where(*which, among_these(Message.state, WAITING)).order_by(Message.id).with_for_update()
    )
    return Message.id.in_(chosen)


def dedupe_key_of(template_key: str, subject: Subject) -> str:
    """Return the key under which a template is planned once for each version of a subject."""
    return f"{template_key}:{subject.id}:{subject.version}"


def _require(
    template: Template, *, variables: Mapping[str, datetime | str], subject: Subject, link_id: UUID | None
) -> None:
    has_link = link_id is not None or "page" in variables
    wanted = placeholders(template.words("en", has_link=has_link or template.needs_link))
    if missing := missing_variables(wanted, variables.keys(), has_link=has_link):
        raise MissingVariable(f"{template.key} needs {', '.join(missing)}")
    if subject.kind != template.about:
        raise MissingVariable(f"{template.key} is about {template.about}, not {subject.kind}")
    starts_at = variables.get("starts_at")
    if isinstance(starts_at, datetime) and starts_at.tzinfo is None:
        raise MissingVariable(f"{template.key} needs an aware starts_at")


def _plain(value: datetime | str) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _row(template: Template, recipient: Recipient, subject: Subject, *, link_id: UUID | None, now: datetime) -> Message:
    return Message(
        id=new_id(),
        channel="sms",
        address_id=recipient.phone_id,
        recipient_kind=recipient.kind,
        recipient_id=recipient.id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_version=subject.version,
        template_key=template.key,
        template_version=template.version,
        language=recipient.language,
        link_id=link_id,
        zone=recipient.zone,
        lane=template.lane,
        policy=template.policy,
        category=template.category,
        state=MessageState.PENDING,
        created_at=now,
        updated_at=now,
    )


def _insert(session: Session, messages: Sequence[Message]) -> set[UUID]:
    """Insert what is not there yet, in the order of the keys, so that two who plan the same texts cannot deadlock."""
    given = [vars(message) for message in messages]  # What was never set is not in there, and asking for it is dear.
    used = [name for name in _COLUMNS if any(each.get(name) is not None for each in given)]
    rows = [{name: each.get(name) for name in used} for each in given]
    rows.sort(key=lambda row: str(row["dedupe_key"]))
    # As parameters and not as values of the statement, which would be built and compiled anew each time.
    return set(session.scalars(_NEW, rows))


def _after(session: Session, message: Message, template: Template, *, by: Actor, now: datetime) -> None:
    if message.state == MessageState.SUPPRESSED:
        ask_for_a_call(session, message, template, by=by, now=now)
    elif message.due_at <= now + _SOON:
        wake(session, TEXTS_QUEUE)
