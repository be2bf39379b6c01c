"""Tasks about a rota that would fail: nobody first in line, somebody who cannot sign in or has no phone."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.oncall.queries.rota import ShiftRow, gaps, has_rota, shifts_between
from clinic.oncall.rules import GAP_WARNS, ROTA_SHOWS
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

_NOBODY = f"{WorkKind.ON_CALL_GAP}:nobody"
_NOBODY_SAYS = "Somebody had to be called and nobody is on call. Administrators got an e-mail. Fill the rota."
_GAP_SAYS = "Within the next 24 hours there is a time when nobody is first in line. Put somebody on the rota."


def report_nobody(session: Session, *, by: Actor, now: datetime) -> None:
    """Open the task that says that a call reached nobody on the rota."""
    _open(session, _NOBODY, _NOBODY_SAYS, by=by, now=now)


def watch_rota(session: Session, *, by: Actor, now: datetime) -> None:
    """Keep the tasks about the rota true: open what is new and nobody ticked off, close what was put right.

    A clinic that has never had a rota is told by its page, and by a task when somebody has to be called.
    """
    if not has_rota(session):
        return
    wanted, standing = _wanted(session, now=now), set(tasks.open_keys(session, WorkKind.ON_CALL_GAP))
    ticked_off = tasks.closed_by_person(session, keys=wanted.keys() - standing)
    for key in sorted(wanted.keys() - standing - ticked_off):
        _open(session, key, wanted[key], by=by, now=now)
    if gaps(session, since=now, until=now + GAP_WARNS):
        standing.discard(_NOBODY)
    for key in sorted(standing - wanted.keys()):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)


def _wanted(session: Session, *, now: datetime) -> dict[str, str]:
    found = {}
    for shift in shifts_between(session, since=now, until=now + ROTA_SHOWS):
        if reason := _trouble(shift):
            found[f"{WorkKind.ON_CALL_GAP}:{shift.staff_id}:{'phone' if shift.is_account_on else 'off'}"] = reason
    for gap in gaps(session, since=now, until=now + GAP_WARNS):
        # A gap that lasts begins anew with every look, so its day tells it apart.
        found[f"{WorkKind.ON_CALL_GAP}:{gap.starts_at.date()}"] = _GAP_SAYS
    return found


def _trouble(shift: ShiftRow) -> str | None:
    if not shift.is_account_on:
        return f"{shift.name} is on the rota and cannot sign in any more. Put somebody else there."
    if shift.e164 is None:
        return f"{shift.name} is on the rota without a phone and would get e-mails only. Enter a phone."
    return None


def _open(session: Session, key: str, reason: str, *, by: Actor, now: datetime) -> None:
    worklist.open_item(
        session,
        kind=WorkKind.ON_CALL_GAP,
        dedupe_key=key,
        reason=reason,
        subject_kind="on_call_shift",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )
