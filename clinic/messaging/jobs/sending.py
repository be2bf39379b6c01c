"""Sending what is due: claim, commit the intent, call with no transaction open, record."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import NoResultFound

from clinic.gateways.sms import SmsFailure, SmsGateway, Unavailable
from clinic.kernel.actor import system
from clinic.kernel.crypto import UnreadableSecret
from clinic.kernel.errors import DomainError
from clinic.messaging.errors import MissingVariable, UnknownTemplate
from clinic.messaging.guards import Guards, require_guards
from clinic.messaging.jobs.claiming import Claimed, Claims, claim_due, give_back
from clinic.messaging.jobs.gating import Intent, intend, refuse
from clinic.messaging.jobs.judging import NotNow
from clinic.messaging.jobs.recording import WITHHELD, Outcome, record
from clinic.messaging.rules.kinds import MessageState
from clinic.runtime import Runtime

_logger = logging.getLogger(__name__)

SENDER = system("Text sender")
LANES = (1, 2, 3)
"""Lanes by urgency: answers, visits, notices."""

_BATCH = 10
_BUSY_IN_A_ROW = 3
_SLACK = 1.15
_LONGEST_PAUSE = 0.5
# What is wrong with one message and not with the next; never a time limit or a database that is away.
MISTAKES = (
    *(UnknownTemplate, MissingVariable, UnreadableSecret, DomainError),
    *(NoResultFound, LookupError, TypeError, ValueError),
)
_UNWRITABLE = NotNow(state=MessageState.FAILED, reason="unwritable")

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sent:
    """What one pass did: claimed messages, and the seconds to wait when the sender's pace allowed none."""

    claimed: int = 0
    wait_seconds: float = 0.0
    is_provider_busy: bool = False


def send_due(
    runtime: Runtime,
    guards: Guards,
    *,
    lane: int,
    limit: int = _BATCH,
    until: float = math.inf,
    monotonic: Monotonic = time.monotonic,
) -> Sent:
    """Send up to `limit` due messages of a lane and start no call after `until` (by `monotonic`).

    Without a provider nothing is claimed.
    """
    require_guards(guards)
    gateway = runtime.texting.gateway
    if gateway is None:
        return Sent()
    deadline = min(monotonic() + runtime.texting.lease_seconds, until + runtime.texting.call_seconds * _SLACK)
    claims = claim(runtime, lane=lane, limit=limit)
    waiting, busy = list(claims.messages), 0
    while waiting and busy < _BUSY_IN_A_ROW and _has_time(runtime, deadline, monotonic):
        outcome = _send_one(runtime, guards, waiting.pop(0), gateway=gateway, deadline=deadline, monotonic=monotonic)
        busy = busy + 1 if isinstance(outcome, Unavailable) else 0
    if waiting:
        with runtime.begin(by=SENDER) as session:
            give_back(session, waiting, now=runtime.clock())
    return Sent(len(claims.messages), claims.wait_seconds, is_provider_busy=busy >= _BUSY_IN_A_ROW)


def send_all_due(
    runtime: Runtime,
    guards: Guards,
    *,
    seconds: float,
    monotonic: Monotonic = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Send what is due in every lane, the most urgent first, for at most about `seconds`; return how many."""
    until, total = monotonic() + seconds, 0
    while monotonic() < until:
        sent = _first_lane_with_work(runtime, guards, until=until, monotonic=monotonic)
        total += sent.claimed
        if sent.wait_seconds:
            sleep(min(sent.wait_seconds, _LONGEST_PAUSE))
        elif not sent.claimed or sent.is_provider_busy:
            break
    return total


def claim(runtime: Runtime, *, lane: int, limit: int) -> Claims:
    """Claim due messages of a lane in a transaction of its own."""
    with runtime.begin(by=SENDER) as session:
        return claim_due(
            session,
            lane=lane,
            limit=limit,
            lease_seconds=runtime.texting.lease_seconds,
            segments_per_second=runtime.texting.segments_per_second,
            now=runtime.clock(),
        )


def commit_intent(runtime: Runtime, guards: Guards, claimed: Claimed) -> Intent | None:
    """Judge one claimed message and commit the intent to send it, before anything touches the network.

    A message that cannot be judged or written is given to a person and does not stop the others.
    """
    try:
        with runtime.begin(by=SENDER) as session:
            return intend(session, claimed, runtime=runtime, guards=guards, by=SENDER, now=runtime.clock())
    except MISTAKES as mistake:
        _logger.error("message %s cannot be sent: %s", claimed.message_id, type(mistake).__name__)  # noqa: TRY400
    with runtime.begin(by=SENDER) as session:
        refuse(session, claimed, _UNWRITABLE, by=SENDER, now=runtime.clock())
    return None


def call(gateway: SmsGateway, intent: Intent, *, may_start: bool) -> Outcome:
    """Hand the text to the provider; no transaction and no connection is held meanwhile."""
    if not may_start:
        return WITHHELD
    try:
        return gateway.send(intent.text)
    except SmsFailure as failure:
        return failure


def write_down(runtime: Runtime, intent: Intent, outcome: Outcome) -> None:
    """Record the outcome in a transaction of its own."""
    grace = runtime.texting.grace_seconds
    with runtime.begin(by=SENDER) as session:
        record(session, intent, outcome, grace_seconds=grace, by=SENDER, now=runtime.clock())


def _send_one(
    runtime: Runtime, guards: Guards, claimed: Claimed, *, gateway: SmsGateway, deadline: float, monotonic: Monotonic
) -> Outcome | None:
    intent = commit_intent(runtime, guards, claimed)
    if intent is None:
        return None
    outcome = call(gateway, intent, may_start=_has_time(runtime, deadline, monotonic))
    write_down(runtime, intent, outcome)
    return outcome


def _has_time(runtime: Runtime, deadline: float, monotonic: Monotonic) -> bool:
    """Tell whether one call to the provider surely ends before the lease does, by a clock that is never set back."""
    return monotonic() + runtime.texting.call_seconds * _SLACK < deadline


def _first_lane_with_work(runtime: Runtime, guards: Guards, *, until: float, monotonic: Monotonic) -> Sent:
    sent = Sent()
    for lane in LANES:
        sent = send_due(runtime, guards, lane=lane, until=until, monotonic=monotonic)
        if sent.claimed or sent.wait_seconds:
            break
    return sent
