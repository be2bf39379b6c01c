"""Sweeps that any worker runs: nothing stays held by a dead worker, unclear, silent or out of date."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.gateways.sms import SmsFailure, SmsGateway
from clinic.kernel.actor import system
from clinic.kernel.lease import database_clock
from clinic.kernel.localtime import is_open, next_open
from clinic.messaging.actions import tasks
from clinic.messaging.actions.inbound import receive
from clinic.messaging.jobs.auditing import audit_unclear
from clinic.messaging.jobs.nightly import audit_night
from clinic.messaging.jobs.polling import give_up_waiting, poll_due
from clinic.messaging.jobs.reconciling import reconcile_due
from clinic.messaging.jobs.recording import make_ambiguous
from clinic.messaging.jobs.turns import took_turn
from clinic.messaging.models import Message, SweepRun
from clinic.messaging.queries.inbound import known_sids, latest_sid, our_numbers
from clinic.messaging.rules.kinds import BY_DAY, MessageState
from clinic.runtime import Runtime

SWEEPER = system("Text sweeper")
CAUGHT_UP = "inbound_caught_up"
"""The row of `sweep_run` that says up to when texts from phones were asked for with success."""

_BATCH = 100
_AN_HOUR = timedelta(hours=1)
_BETWEEN_NIGHTS = timedelta(minutes=10)
_LOOK_BACK = timedelta(hours=26)
_NUMBERS_OF = timedelta(days=30)

# Built once: any worker sweeps, all the time.
_OVER = Message.lease_until < database_clock()
_FREE = (
    update(Message)
    .where(Message.state == MessageState.CLAIMED, _OVER)
    .values(state=MessageState.PENDING, lease_until=None, lease_owner=None, updated_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_STUCK = (
    select(Message).where(Message.state == MessageState.SENDING, _OVER).limit(_BATCH).with_for_update(skip_locked=True)
)
_LATE = (
    select(Message)
    .where(Message.state == MessageState.PENDING, Message.expires_at <= bindparam("at"))
    .limit(_BATCH)
    .with_for_update(skip_locked=True)
)
_CAUGHT_UP = select(SweepRun.ran_at).where(SweepRun.name == CAUGHT_UP)


def sweep(runtime: Runtime) -> None:
    """Run every sweep that is due; many workers may call this as often as they like."""
    often = timedelta(seconds=runtime.texting.lease_seconds / 4)
    _when_due(runtime, "leases", every=often, run=lambda: free_leases(runtime))
    _when_due(runtime, "ambiguous", every=often, run=lambda: reconcile_due(runtime, by=SWEEPER))
    _when_due(runtime, "expired", every=often, run=lambda: expire(runtime))
    _when_due(runtime, "silent", every=often * 4, run=lambda: ask_about_silent(runtime))
    _when_due(runtime, "inbound", every=_AN_HOUR, run=lambda: fetch_missed(runtime))
    _when_due(runtime, "audit", every=_AN_HOUR, run=lambda: audit_unclear(runtime, by=SWEEPER))


def free_leases(runtime: Runtime) -> None:
    """Take messages from workers that are gone: claimed ones go back in line, those being sent become ambiguous."""
    now = runtime.clock()
    with runtime.begin(by=SWEEPER) as session:
        session.execute(_FREE, {"at": now})
        for message in session.scalars(_STUCK):
            make_ambiguous(message, grace_seconds=runtime.texting.grace_seconds, now=now)
            message.lease_until = message.lease_owner = None
            message.updated_at = now


def expire(runtime: Runtime) -> None:
    """End texts whose time ran out in line, and ask a person to call unless the night was the reason."""
    now = runtime.clock()
    with runtime.begin(by=SWEEPER) as session:
        for message in session.scalars(_LATE, {"at": now}).all():
            message.state, message.final_at, message.updated_at = MessageState.EXPIRED, now, now
            if not _was_night(message):
                tasks.report_expiry(session, message, by=SWEEPER, now=now)


def _was_night(message: Message) -> bool:
    """Tell whether a text never had an hour in which it could leave, which needs no call by a person."""
    if message.category not in BY_DAY or is_open(message.due_at, message.zone):
        return False
    return next_open(message.due_at, message.zone) >= message.expires_at


def ask_about_silent(runtime: Runtime) -> None:
    """Ask the provider about texts without a report, and stop waiting after three days."""
    poll_due(runtime, by=SWEEPER)
    with runtime.begin(by=SWEEPER) as session:
        give_up_waiting(session, now=runtime.clock())


def fetch_missed(runtime: Runtime) -> int:
    """Take in texts from phones whose webhook never reached us; return how many there were.

    The provider gives up on a webhook that meets an outage, and a STOP may be among them.
    """
    gateway, now = runtime.texting.gateway, runtime.clock()
    if gateway is None:
        return 0
    with runtime.begin(by=SWEEPER) as session:
        since, numbers = _missed_since(session, now), our_numbers(session, since=now - _NUMBERS_OF)
        latest = None if numbers else latest_sid(session)
    try:
        numbers = numbers or _sender(gateway, latest)
        missed = sum(_fetch(runtime, gateway, number, since=since) for number in numbers)
    except SmsFailure:
        return 0
    with runtime.begin(by=SWEEPER) as session:
        took_turn(session, CAUGHT_UP, every=timedelta(), now=now)
    return missed


def _missed_since(session: Session, now: datetime) -> datetime:
    """Return from when on a webhook may have been missed: however long nobody could ask, within a month."""
    caught_up = session.scalar(_CAUGHT_UP)
    return max(min(now - _LOOK_BACK, (caught_up or now) - _LOOK_BACK), now - _NUMBERS_OF)


def _sender(gateway: SmsGateway, latest: str | None) -> list[str]:
    """Return the number that our texts come from, where no webhook has ever named it."""
    sender = gateway.fetch(latest).from_ if latest else ""
    return [sender] if sender else []


def _fetch(runtime: Runtime, gateway: SmsGateway, number: str, *, since: datetime) -> int:
    listed, missed = gateway.received(number, since=since)[::-1], 0  # The oldest first: a START may follow a STOP.
    for begin in range(0, len(listed), _BATCH):
        page = listed[begin : begin + _BATCH]
        with runtime.begin(by=SWEEPER) as session:
            known = known_sids(session, [each.provider_sid for each in page])
            for found in (each for each in page if each.provider_sid not in known):
                text = ReceivedText(found.provider_sid, found.from_, number, found.body, None, found.segments)
                taken = receive(
                    session,
                    text=text,
                    has_own_replies=False,
                    clinic_zone=runtime.clinic.zone,
                    is_late=True,
                    by=SWEEPER,
                    now=runtime.clock(),
                )
                missed += taken is not None
    return missed


def compare_nights(runtime: Runtime) -> None:
    """Compare a day with the provider's list when one is due; a huge day may take minutes."""
    _when_due(runtime, "nightly", every=_BETWEEN_NIGHTS, run=lambda: audit_night(runtime))


def _when_due(runtime: Runtime, name: str, *, every: timedelta, run: Callable[[], object]) -> None:
    """Run a sweep if no worker has for a while; a sweep is safe to run twice, so this only saves work."""
    with runtime.begin(by=SWEEPER) as session:
        is_due = took_turn(session, name, every=every, now=runtime.clock())
    if is_due:
        run()
