"""Sweeps that any worker runs: nothing stays held by a dead worker, unclear, silent or out of date."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.gateways.sms import SmsFailure
from clinic.kernel.actor import system
from clinic.kernel.lease import database_clock
from clinic.messaging.actions import tasks
from clinic.messaging.actions.inbound import receive
from clinic.messaging.jobs.auditing import audit_unclear
from clinic.messaging.jobs.judging import QUIET_HOURS
from clinic.messaging.jobs.polling import give_up_waiting, poll_due
from clinic.messaging.jobs.reconciling import reconcile_due
from clinic.messaging.jobs.recording import make_ambiguous
from clinic.messaging.models import Message, SweepRun
from clinic.messaging.queries.inbound import known_sids, our_numbers
from clinic.messaging.rules.kinds import MessageState
from clinic.runtime import Runtime

SWEEPER = system("Text sweeper")

_BATCH = 100
_AN_HOUR = timedelta(hours=1)
_LOOK_BACK = timedelta(hours=26)
_NUMBERS_OF = timedelta(days=30)


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
        over = Message.lease_until < database_clock()
        session.execute(
            update(Message)
            .where(Message.state == MessageState.CLAIMED, over)
            .values(state=MessageState.PENDING, lease_until=None, lease_owner=None, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        sending = select(Message).where(Message.state == MessageState.SENDING, over).limit(_BATCH)
        for message in session.scalars(sending.with_for_update(skip_locked=True)):
            make_ambiguous(message, grace_seconds=runtime.texting.grace_seconds, now=now)
            message.lease_until = message.lease_owner = None
            message.updated_at = now


def expire(runtime: Runtime) -> None:
    """End texts whose time ran out in line, and ask a person to call unless the night was the reason."""
    now = runtime.clock()
    with runtime.begin(by=SWEEPER) as session:
        late = select(Message).where(Message.state == MessageState.PENDING, Message.expires_at <= now).limit(_BATCH)
        for message in session.scalars(late.with_for_update(skip_locked=True)).all():
            message.state, message.final_at, message.updated_at = MessageState.EXPIRED, now, now
            if message.reason != QUIET_HOURS:
                tasks.report_expiry(session, message, by=SWEEPER, now=now)


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
        numbers = our_numbers(session, since=now - _NUMBERS_OF)
    missed = 0
    for number in numbers:
        try:
            listed = gateway.received(number, since=now - _LOOK_BACK)
        except SmsFailure:
            continue
        with runtime.begin(by=SWEEPER) as session:
            known = known_sids(session, [each.provider_sid for each in listed])
            for found in listed:
                if found.provider_sid not in known:
                    text = ReceivedText(found.provider_sid, found.from_, number, found.body, None, found.segments)
                    receive(session, text=text, has_own_replies=False, by=SWEEPER, now=now)
                    missed += 1
    return missed


def _when_due(runtime: Runtime, name: str, *, every: timedelta, run: Callable[[], object]) -> None:
    """Run a sweep if no worker has for a while; a sweep is safe to run twice, so this only saves work."""
    with runtime.begin(by=SWEEPER) as session:
        is_due = _mark(session, name, every=every, now=runtime.clock())
    if is_due:
        run()


def _mark(session: Session, name: str, *, every: timedelta, now: datetime) -> bool:
    mark = (
        insert(SweepRun)
        .values(name=name, ran_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"ran_at": now}, where=SweepRun.ran_at <= now - every)
        .returning(SweepRun.name)
    )
    return session.scalar(mark) is not None
