"""What workers do for check-ins: each patient in an own transaction, so that one that fails holds up nobody else."""

import logging
from datetime import timedelta
from time import monotonic

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn
from clinic.monitoring.actions.opening import due_patients, open_alone, open_for
from clinic.monitoring.actions.overdue import call_unanswered, close_overdue, overdue_ids

CALLS_EVERY = timedelta(minutes=2)
_AT_ONCE = 100
_CALLS = "check_in_calls"

_logger = logging.getLogger(__name__)


def work_on_check_ins(begin: Begin, *, clock: Clock, ring: KeyRing, by: Actor, seconds: float) -> int:
    """Close what is over, open what is due, and ask for calls, for about so many seconds; return how many opened.

    What is over is closed first, so that after an outage nothing opens that would close at once.
    """
    until = monotonic() + seconds
    _close(begin, clock=clock, by=by, until=until)
    with begin(by=by) as session:
        open_alone(session, now=clock(), by=by, limit=_AT_ONCE)
    opened = _open(begin, clock=clock, ring=ring, by=by, until=until)
    with begin(by=by) as session:
        if took_turn(session, _CALLS, every=CALLS_EVERY, now=clock()):
            call_unanswered(session, now=clock(), by=by)
    return opened


def _close(begin: Begin, *, clock: Clock, by: Actor, until: float) -> None:
    """Close what is over, many at once; where one of them cannot be, each by itself, so that all others are."""
    try:
        while monotonic() < until:
            with begin(by=by) as session:
                if not close_overdue(session, now=clock(), by=by, limit=_AT_ONCE):
                    break
    except Exception as mistake:  # noqa: BLE001 - one check-in must not keep the others, and all that is due, waiting
        _logger.error("closing check-ins: %s", type(mistake).__name__)  # noqa: TRY400 - the class only
        _close_each(begin, clock=clock, by=by, until=until)


def _close_each(begin: Begin, *, clock: Clock, by: Actor, until: float) -> None:
    with begin(by=by) as session:
        left = overdue_ids(session, now=clock(), limit=_AT_ONCE)
    for check_in_id in left:
        if monotonic() >= until:
            return
        try:
            with begin(by=by) as session:
                close_overdue(session, now=clock(), by=by, only=check_in_id)
        except Exception as mistake:  # noqa: BLE001 - as above
            _logger.error("closing %s: %s", check_in_id, type(mistake).__name__)  # noqa: TRY400 - the class only


def _open(begin: Begin, *, clock: Clock, ring: KeyRing, by: Actor, until: float) -> int:
    with begin(by=by) as session:
        due = due_patients(session, now=clock(), limit=_AT_ONCE)
    opened = 0
    for patient_id in due:
        if monotonic() >= until:
            break
        try:
            with begin(by=by) as session:
                opened += open_for(session, patient_id, ring=ring, by=by, now=clock())
        except Exception as mistake:  # noqa: BLE001 - the next patient must be asked; this one again at the next look
            _logger.error("check-in of %s: %s", patient_id, type(mistake).__name__)  # noqa: TRY400 - the class only
    return opened
