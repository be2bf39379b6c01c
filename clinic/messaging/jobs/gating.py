"""The committed intent: judge a claimed message, put it into words, and write down that it is about to be sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from json import loads
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, case, func, insert, select, true, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningInsert

from clinic.access.actions.links import render_link
from clinic.access.models import Link
from clinic.access.rules.links import link_url, possible_tokens
from clinic.gateways.sms import OutgoingText
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing, unseal
from clinic.kernel.ids import digest, new_id
from clinic.kernel.lease import lease_end
from clinic.kernel.sealed import current_ring
from clinic.messaging.actions import tasks
from clinic.messaging.actions.results import locked
from clinic.messaging.guards import Guards
from clinic.messaging.jobs.claiming import Claimed
from clinic.messaging.jobs.judging import QUIET_HOURS, Due, NotNow, judge
from clinic.messaging.models import Lane, Message, MessageAttempt, MessageWording, SendingSwitch
from clinic.messaging.rules.editing import reworded
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.templates import Facts, render, version_of
from clinic.messaging.rules.window import postponed, validity_seconds
from clinic.messaging.segments import smart_encoded
from clinic.people.models import Phone
from clinic.runtime import ClinicFacts, Runtime

_MESSAGE = Message.metadata.tables[Message.__tablename__]
_ATTEMPT = MessageAttempt.metadata.tables[MessageAttempt.__tablename__]
_ANY_WORDING = aliased(MessageWording)
_MARGIN = 1.4
"""The lease must last this many provider calls when the intent is written, or another worker should send it."""
# Statements are built once: building them costs more than the database needs to run them.
_STILL_CLAIMED = and_(
    _MESSAGE.c.id == bindparam("of_message"),
    _MESSAGE.c.fence == bindparam("of_fence"),
    _MESSAGE.c.state == MessageState.CLAIMED.value,
)
# A text takes the newest words when it first leaves; a further try must say the same as the one before.
_WORDING = case(
    (
        _MESSAGE.c.attempt_count == 0,
        select(func.max(_ANY_WORDING.id))
        .where(_ANY_WORDING.template_key == _MESSAGE.c.template_key)
        .correlate(_MESSAGE)
        .scalar_subquery(),
    ),
    else_=_MESSAGE.c.wording_id,
)
# The switch stays locked FOR SHARE until the intent is committed: who stops all texts waits for this transaction, whose
# text is then under way, or is seen by it. A stop that was committed while this waited is read as it is now.
_CLAIMED = (
    select(
        _MESSAGE,
        Phone.e164,
        Lane.paused_at,
        SendingSwitch.stopped_at,
        MessageWording.id.label("own_wording_id"),
        MessageWording.words.label("own_words"),
        Link.purpose.label("link_purpose"),
        Link.token_version,
        Link.token_hash,
        Link.revoked_at,
    )
    .join(Phone, Phone.id == _MESSAGE.c.address_id)
    .join(Lane, Lane.number == _MESSAGE.c.lane)
    .join(SendingSwitch, true())
    .outerjoin(Link, Link.id == _MESSAGE.c.link_id)
    .outerjoin(
        MessageWording,
        and_(
            MessageWording.id == _WORDING,
            MessageWording.template_version == _MESSAGE.c.template_version,
            MessageWording.words.is_not(None),
        ),
    )
    .where(_STILL_CLAIMED)
    .with_for_update(read=True, of=SendingSwitch)
)

STATUS_PATH = "/webhooks/twilio/status/"


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed decision to send: what to hand over, and the fence under which the outcome counts."""

    message_id: UUID
    fence: int
    text: OutgoingText


def intend(
    session: Session, claimed: Claimed, *, runtime: Runtime, guards: Guards, by: Actor, now: datetime
) -> Intent | None:
    """Judge one claimed message and write the intent, or the reason why not; None when there is nothing to send."""
    row = _row(session, claimed)
    if row is None:
        return None
    due = _due(row)
    seconds = validity_seconds(due.template, zone=due.zone, now=now, expires_at=due.expires_at)
    refusal = judge(session, due, guards, now=now) or _refused_by_link(row)
    if refusal is not None or seconds is None:
        refuse(session, claimed, refusal or _too_late(due, now), by=by, now=now)
        return None
    text = _text(session, row, due, runtime=runtime, seconds=seconds)
    values = _intent_values(due, text, wording_id=row.own_wording_id, now=now)
    written = session.scalar(_intent_statement(runtime.texting.call_seconds), values)
    return Intent(due.id, due.fence, text) if written is not None else None


def digest_of(body: str) -> bytes:
    """Return the SHA-256 of a body as the provider stores it, whatever smart encoding and white space did to it."""
    return sha256(" ".join(smart_encoded(body).split()).encode()).digest()


def _row(session: Session, claimed: Claimed) -> Row[Any] | None:
    return session.execute(_CLAIMED, {"of_message": claimed.message_id, "of_fence": claimed.fence}).one_or_none()


def _due(row: Row[Any]) -> Due:
    return Due(
        id=row.id,
        fence=row.fence,
        phone_id=row.address_id,
        recipient_id=row.recipient_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        subject_version=row.subject_version,
        template_key=row.template_key,
        template_version=row.template_version,
        zone=row.zone,
        due_at=row.due_at,
        expires_at=row.expires_at,
        is_lane_paused=row.paused_at is not None,
        is_all_stopped=row.stopped_at is not None,
    )


def _refused_by_link(row: Row[Any]) -> NotNow | None:
    return None if row.revoked_at is None else NotNow(state=MessageState.CANCELED, reason="link_revoked")


def _too_late(due: Due, now: datetime) -> NotNow:
    """Decide about a text for which the provider would have less than a minute."""
    opening = postponed(due.template, zone=due.zone, now=now, worth_until=due.expires_at)
    if opening is None or opening <= now:
        return NotNow(state=MessageState.EXPIRED, reason="expired")
    return NotNow(state=MessageState.PENDING, reason=QUIET_HOURS, due_at=opening)


def turned_back(session: Session, claimed: Claimed, refusal: NotNow, *, now: datetime) -> Message | None:
    """Write a refusal on a claimed message and return it if it will never leave; None when it waits or is not ours."""
    message = locked(session, claimed.message_id)
    if (message.state, message.fence) != (MessageState.CLAIMED, claimed.fence):
        return None
    message.state, message.reason, message.updated_at = refusal.state, refusal.reason, now
    message.lease_until = message.lease_owner = None
    if refusal.state is MessageState.PENDING:
        message.due_at = refusal.due_at or now
        return None
    message.final_at = now
    return message


def refuse(session: Session, claimed: Claimed, refusal: NotNow, *, by: Actor, now: datetime) -> None:
    """Write down why a claimed message does not leave, and ask a person where one has to know."""
    message = turned_back(session, claimed, refusal, now=now)
    if message is None:
        return
    if refusal.state is MessageState.SUPPRESSED:
        template = version_of(message.template_key, message.template_version)
        tasks.ask_for_a_call(session, message, template, by=by, now=now)
    elif refusal.state is not MessageState.CANCELED and refusal.reason != QUIET_HOURS:
        tasks.report_expiry(session, message, by=by, now=now)


def _text(session: Session, row: Row[Any], due: Due, *, runtime: Runtime, seconds: int) -> OutgoingText:
    attempt_id = new_id()
    sealed_at = f"{_MESSAGE.name}|variables_sealed|{due.id}"
    body = render(
        reworded(due.template, row.own_words),
        variables=loads(unseal(current_ring(), row.variables_sealed, place=sealed_at)),
        language=row.language,
        zone=due.zone,
        facts=Facts(clinic=runtime.clinic.name, phone=runtime.clinic.phone, site=runtime.clinic.public_base_url),
        link_url=_url(session, row, ring=runtime.link_ring, clinic=runtime.clinic),
    )
    return OutgoingText(
        to=row.e164,
        body=body,
        attempt_id=attempt_id,
        status_callback=f"{runtime.clinic.public_base_url}{STATUS_PATH}{attempt_id}",
        validity_seconds=seconds,
    )


def _url(session: Session, row: Row[Any], *, ring: KeyRing, clinic: ClinicFacts) -> str | None:
    """Return the link's address with the token that opens it; a lost key costs one more query and a new token."""
    if row.link_id is None:
        return None
    tokens = possible_tokens(ring, row.link_id, purpose=row.link_purpose, version=row.token_version)
    token = next((token for token in tokens if digest(token) == row.token_hash), None)
    token = token or render_link(session, link_id=row.link_id, ring=ring)
    return link_url(clinic.public_base_url, token)


@cache
def _intent_statement(call_seconds: float) -> ReturningInsert[Any]:
    """Move the message to `sending` and insert the attempt in one statement; no row when the claim no longer holds."""
    moved = (
        update(_MESSAGE)
        .where(
            _STILL_CLAIMED,
            _MESSAGE.c.lease_until > lease_end(timedelta(seconds=call_seconds * _MARGIN)),
        )
        .values(
            state=MessageState.SENDING.value,
            attempt_count=_MESSAGE.c.attempt_count + 1,
            wording_id=bindparam("wording", type_=_MESSAGE.c.wording_id.type),
            updated_at=bindparam("at"),
        )
        .returning(_MESSAGE.c.id, _MESSAGE.c.attempt_count, _MESSAGE.c.fence)
        .cte("moved")
    )
    columns = ["id", "message_id", "number", "fence", "started_at", "body_digest"]
    values = select(
        bindparam("attempt", type_=_ATTEMPT.c.id.type),
        moved.c.id,
        moved.c.attempt_count,
        moved.c.fence,
        bindparam("at", type_=_ATTEMPT.c.started_at.type),
        bindparam("digest", type_=_ATTEMPT.c.body_digest.type),
    )
    return insert(_ATTEMPT).from_select(columns, values).returning(_ATTEMPT.c.id)


def _intent_values(due: Due, text: OutgoingText, *, wording_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "of_message": due.id,
        "of_fence": due.fence,
        "attempt": text.attempt_id,
        "at": now,
        "digest": digest_of(text.body),
        "wording": wording_id,
    }
