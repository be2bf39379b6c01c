"""Stopping every text at once and starting them again, by a person and with a reason.

"All" means all: reminders, texts for safety, pages for staff and our own answers to STOP and HELP. Whoever presses this
does not trust what leaves, and a switch with exceptions would have to be trusted about them. What phones send is taken
in as ever, so an opt-out is written down at once and holds when texts start again. Only what the provider answers by
itself, where its own service answers STOP and HELP, is not ours to stop. E-mail to patients waits too; only the e-mail
that tells staff to open a page of ours still leaves, or nobody on call would hear of anything.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.lease import database_clock
from clinic.messaging.actions.emails import SYSTEM_PAGE, alert_administrators
from clinic.messaging.errors import AlreadyStopped, NoReason, NotStopped
from clinic.messaging.models import Message, SendingSwitch
from clinic.messaging.queries.stopping import TEXTS
from clinic.messaging.rules.kinds import MessageState
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

TASK = f"{WorkKind.SENDING_STOPPED}:{TEXTS}"

_LOOKS = 40
_PAUSE_SECONDS = 0.1
# Together four seconds: longer than connecting to the provider may take, after which the provider has the text and only
# its answer is outstanding, and shorter than a worker at the gate waits for the switch.


def stop_sending(session: Session, *, reason: str, by: Actor, now: datetime) -> int:
    """Let no text leave from the commit on; due ones wait in line until `start_sending`.

    The switch is changed first, which holds every worker at the gate; then those that had passed it are waited for.
    Returns how many texts the provider had not yet answered about even then: they may still arrive. Raises
    AlreadyStopped or NoReason.
    """
    why = " ".join(reason.split())
    if not why:
        raise NoReason("Say in a few words why. Everybody reads it until texts leave again.", field="reason")
    switch = _locked(session)
    if switch.stopped_at is not None:
        raise AlreadyStopped("Texts are stopped already. Nothing leaves.")
    switch.stopped_at, switch.stopped_by, switch.stopped_by_name, switch.reason = now, by.id, by.name, why
    session.flush()
    under_way = _wait_for_those_under_way(session)
    _open_task(session, why, by=by, now=now)
    key = f"stop:{now.isoformat()}"
    alert_administrators(session, what="All texts are stopped", page=SYSTEM_PAGE, key=key, by=by, now=now)
    journal.note(session, "texts.stopped", subject_kind="sending_switch", subject_id=None, at=now, under_way=under_way)
    return under_way


def start_sending(session: Session, *, by: Actor, now: datetime) -> None:
    """Let texts leave again, each after the usual judgment whether it is still true; raises NotStopped."""
    switch = _locked(session)
    if switch.stopped_at is None:
        raise NotStopped("Texts leave already. There is nothing to start.")
    since = switch.stopped_at
    switch.stopped_at = switch.stopped_by = switch.stopped_by_name = switch.reason = None
    worklist.close_for(session, dedupe_key=TASK, by=by, now=now)
    journal.note(
        session, "texts.started", subject_kind="sending_switch", subject_id=None, at=now, stopped_at=since.isoformat()
    )
    journal.wake(session, "texts")


def _locked(session: Session) -> SendingSwitch:
    rows = select(SendingSwitch).where(SendingSwitch.name == TEXTS).with_for_update()
    return session.scalars(rows, execution_options={"populate_existing": True}).one()


def _wait_for_those_under_way(session: Session) -> int:
    """Return how many texts are being handed over, which is none as soon as each has its answer."""
    under_way = select(func.count()).where(
        Message.state == MessageState.SENDING, Message.lease_until > database_clock()
    )
    for _ in range(_LOOKS):
        if not session.scalar(under_way):
            return 0
        session.execute(select(func.pg_sleep(_PAUSE_SECONDS)))
    return session.scalar(under_way) or 0


def _open_task(session: Session, why: str, *, by: Actor, now: datetime) -> None:
    worklist.open_item(
        session,
        kind=WorkKind.SENDING_STOPPED,
        dedupe_key=TASK,
        reason=f"{by.name} stopped all texts: {why.rstrip('.')}. They wait in line until somebody starts them again.",
        subject_kind="sending_switch",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )
