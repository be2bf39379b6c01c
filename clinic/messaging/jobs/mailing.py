"""Sending e-mails that are due: claim, commit the intent, call with no transaction open, record."""

import logging
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from clinic.gateways.email import EmailFailure, EmailGateway, Unavailable
from clinic.kernel.lease import lease_end
from clinic.kernel.statements import among_these
from clinic.messaging.guards import Enclosures, Guards, require_guards
from clinic.messaging.jobs.claiming import Claimed, give_back, owner
from clinic.messaging.jobs.judging import NotNow
from clinic.messaging.jobs.mail_gating import MailIntent, intend_mail
from clinic.messaging.jobs.mail_recording import MailOutcome, record_mail, refuse_mail
from clinic.messaging.jobs.sending import MISTAKES, SENDER, Monotonic
from clinic.messaging.models import Lane, Message, SendingSwitch
from clinic.messaging.rules.emails import EMAIL_LANE, keys_past_stop
from clinic.messaging.rules.kinds import MessageState
from clinic.runtime import Runtime

_logger = logging.getLogger(__name__)

_BATCH = 10
_MOST_CALLED_BACK = 500
_BUSY_IN_A_ROW = 2
_SLACK = 1.15
_CALLS_IN_A_LEASE = 3
_UNWRITABLE = NotNow(state=MessageState.FAILED, reason="unwritable")


@dataclass(frozen=True, slots=True)
class Mailed:
    """What one pass did: how many e-mails were claimed, and whether the mail server seems to be away."""

    claimed: int = 0
    is_server_busy: bool = False


def send_all_mail(
    runtime: Runtime,
    guards: Guards,
    enclosures: Enclosures,
    *,
    seconds: float,
    monotonic: Monotonic = time.monotonic,
) -> int:
    """Send the e-mails that are due, for at most about `seconds`; return how many were claimed."""
    until, total = monotonic() + seconds, 0
    while monotonic() < until:
        sent = send_due_mail(runtime, guards, enclosures, until=until, monotonic=monotonic)
        total += sent.claimed
        if not sent.claimed or sent.is_server_busy:
            break
    return total


def send_due_mail(
    runtime: Runtime,
    guards: Guards,
    enclosures: Enclosures,
    *,
    limit: int = _BATCH,
    until: float = math.inf,
    monotonic: Monotonic = time.monotonic,
) -> Mailed:
    """Send up to `limit` due e-mails and start no call after `until` (by `monotonic`).

    Without a mail server they are called back, which nobody has to know: the texts say the same.
    """
    require_guards(guards)
    gateway = runtime.mailing.gateway
    if gateway is None:
        with runtime.begin(by=SENDER) as session:
            _call_back(session, now=runtime.clock())
        return Mailed()
    deadline = monotonic() + lease_seconds(runtime)
    waiting = list(claim_mail(runtime, limit=limit))
    claimed, busy = len(waiting), 0
    while waiting and busy < _BUSY_IN_A_ROW and monotonic() < until:
        if monotonic() + runtime.mailing.call_seconds * _SLACK > deadline:
            break
        outcome = _send_one(runtime, guards, enclosures, claimed=waiting.pop(0), gateway=gateway)
        busy = busy + 1 if isinstance(outcome, Unavailable) else 0
    if waiting:
        with runtime.begin(by=SENDER) as session:
            give_back(session, waiting, now=runtime.clock())
    return Mailed(claimed, is_server_busy=busy >= _BUSY_IN_A_ROW)


def lease_seconds(runtime: Runtime) -> float:
    """Return for how long a worker may hold an e-mail: several calls to the mail server."""
    return max(runtime.texting.lease_seconds, _CALLS_IN_A_LEASE * runtime.mailing.call_seconds)


def claim_mail(runtime: Runtime, *, limit: int = _BATCH) -> tuple[Claimed, ...]:
    """Claim due e-mails, oldest first, in a transaction of its own; two workers never get the same one."""
    with runtime.begin(by=SENDER) as session:
        now = runtime.clock()
        if session.scalar(_is_due(), {"at": now}) is None:
            return ()  # Idle workers look often, and write nothing.
        rows = session.execute(_claim(lease_seconds(runtime)), {"at": now, "most": limit, "owner": owner()})
        return tuple(Claimed(row.id, row.fence) for row in rows)


def _due() -> Select[UUID]:
    is_stopped = select(SendingSwitch.name).where(SendingSwitch.stopped_at.is_not(None)).exists()
    return (
        select(Message.id)
        .where(
            Message.state == MessageState.PENDING,
            Message.lane == EMAIL_LANE,
            Message.due_at <= bindparam("at"),
            Message.expires_at > bindparam("at"),
            select(Lane.number).where(Lane.number == EMAIL_LANE, Lane.paused_at.is_(None)).exists(),
            or_(~is_stopped, among_these(Message.template_key, keys_past_stop())),
        )
        .order_by(Message.due_at)
    )


@cache
def _is_due() -> Select[UUID]:
    return _due().limit(1)


@cache
def _claim(lease_seconds: float) -> ReturningUpdate[UUID, int]:
    taken = _due().limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True).cte("due")
    return (
        update(Message)
        .where(Message.id == taken.c.id)
        .values(
            state=MessageState.CLAIMED,
            fence=Message.fence + 1,
            lease_until=lease_end(timedelta(seconds=lease_seconds)),
            lease_owner=bindparam("owner"),
            updated_at=bindparam("at"),
        )
        .returning(Message.id, Message.fence)
        .execution_options(synchronize_session=False)
    )


def commit_mail(runtime: Runtime, guards: Guards, enclosures: Enclosures, *, claimed: Claimed) -> MailIntent | None:
    """Judge one claimed e-mail and commit the intent to send it, or the reason why not, before the network is used.

    One that cannot be judged or written is given to a person and does not stop the others.
    """
    refusal = _UNWRITABLE
    try:
        with runtime.begin(by=SENDER) as session:
            now = runtime.clock()
            found = intend_mail(session, claimed, runtime=runtime, guards=guards, enclosures=enclosures, now=now)
        if not isinstance(found, NotNow):
            return found
        refusal = found
    except MISTAKES as mistake:
        _logger.error("e-mail %s cannot be sent: %s", claimed.message_id, type(mistake).__name__)  # noqa: TRY400
    with runtime.begin(by=SENDER) as session:
        refuse_mail(session, claimed, refusal, by=SENDER, now=runtime.clock())
    return None


def hand_over(gateway: EmailGateway, intent: MailIntent) -> MailOutcome:
    """Hand the e-mail to the mail server; no transaction and no connection to the database is held meanwhile."""
    try:
        return gateway.send(intent.email)
    except EmailFailure as failure:
        return failure


def write_down_mail(runtime: Runtime, intent: MailIntent, outcome: MailOutcome) -> None:
    """Record the outcome in a transaction of its own."""
    grace = runtime.texting.grace_seconds
    with runtime.begin(by=SENDER) as session:
        record_mail(session, intent, outcome, grace_seconds=grace, by=SENDER, now=runtime.clock())


def _send_one(
    runtime: Runtime, guards: Guards, enclosures: Enclosures, *, claimed: Claimed, gateway: EmailGateway
) -> MailOutcome | None:
    intent = commit_mail(runtime, guards, enclosures, claimed=claimed)
    if intent is None:
        return None
    outcome = hand_over(gateway, intent)
    write_down_mail(runtime, intent, outcome)
    return outcome


def _call_back(session: Session, *, now: datetime) -> None:
    due = (
        select(Message.id)
        .where(Message.state == MessageState.PENDING, Message.lane == EMAIL_LANE, Message.due_at <= now)
        .limit(_MOST_CALLED_BACK)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Message)
        .where(Message.id.in_(due.scalar_subquery()))
        .values(state=MessageState.CANCELED, reason="no_mail_server", final_at=now, updated_at=now)
        .execution_options(synchronize_session=False)
    )
