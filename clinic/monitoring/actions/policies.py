"""Changing what monitoring looks for and when it asks: each change is a new version, and old flags keep theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.monitoring.errors import CalendarRefused, PhysicianNeeded, SignalPolicyRefused
from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.queries.policies import PolicyKind, newest_number, signal_policy, versions
from clinic.monitoring.rules.calendar import Calendar
from clinic.monitoring.rules.calendar_data import from_content, to_content
from clinic.monitoring.rules.policy import SignalPolicy, changes
from clinic.monitoring.rules.registry import slots

_SHORTEST_REASON, _LONGEST_REASON = 5, 300
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('monitoring_policy'), hashtext(:kind))")


def change_signals(
    session: Session, *, content: object, reason: str, seen_number: int, by: Actor, now: datetime
) -> SignalPolicy:
    """Write the next version of the rules and return it; the same again changes nothing.

    `seen_number` is the version that the person had open. Raises PhysicianNeeded, SignalPolicyRefused at the dotted
    name of what is wrong or at `reason`, and ChangedMeanwhile.
    """
    require_physician(by)
    wanted = SignalPolicy.from_content(content, number=seen_number + 1)
    why = _reason(reason, SignalPolicyRefused)
    _begin(session, PolicyKind.SIGNALS, seen_number)
    before = signal_policy(session)
    said = [f"{each.rule_id} {each.what}: {each.before} -> {each.after}".strip() for each in changes(before, wanted)]
    if not said:
        return before
    _write(session, PolicyKind.SIGNALS, wanted.content(), reason=why, number=wanted.number, by=by, now=now)
    _note(session, PolicyKind.SIGNALS, wanted.number, now=now, changes=said)
    return wanted


def change_calendar(
    session: Session, *, content: object, reason: str, seen_number: int, by: Actor, now: datetime
) -> Calendar:
    """Write the next version of the calendar and return it; the same again changes nothing.

    Raises PhysicianNeeded, CalendarRefused at the row or the setting, or at `reason`, and ChangedMeanwhile.
    """
    require_physician(by)
    why = _reason(reason, CalendarRefused)
    _begin(session, PolicyKind.CALENDAR, seen_number)
    before = calendar_policy(session)
    known = {*instruments(session), *slots(), *before.instruments}
    wanted = from_content(content, version=seen_number + 1, known=known)
    if to_content(before) == to_content(wanted):
        return before
    _write(session, PolicyKind.CALENDAR, to_content(wanted), reason=why, number=wanted.version, by=by, now=now)
    changed = [row.key for row in wanted.rows if before.row(row.key) != row]
    _note(session, PolicyKind.CALENDAR, wanted.version, now=now, changes=changed)
    return wanted


def require_physician(by: Actor) -> None:
    """Raise PhysicianNeeded unless the actor is a physician, or the clinic's own set-up."""
    if by.kind is not ActorKind.SYSTEM and not by.has(Role.PHYSICIAN):
        raise PhysicianNeeded("Physicians decide what monitoring looks for. Ask one of them.")


def _reason(typed: str, refusal: type[SignalPolicyRefused | CalendarRefused]) -> str:
    why = " ".join(typed.split())
    if not _SHORTEST_REASON <= len(why) <= _LONGEST_REASON:
        raise refusal(f"Say in a few words why it changes, in {_LONGEST_REASON} characters at most.", field="reason")
    return why


def _begin(session: Session, kind: PolicyKind, seen_number: int) -> None:
    """Let nobody else write until the end of the transaction, and refuse what was based on an older version."""
    session.execute(_ONE_AT_A_TIME, {"kind": kind.value})
    if newest_number(session, kind) == seen_number:
        return
    newest = versions(session, kind)[0]
    who = newest.who or "Somebody"
    raise ChangedMeanwhile(
        f"{who} wrote version {newest.number} after you opened this. Look at it, then make your change.",
        who=who,
        at=newest.at,
    )


def _write(
    session: Session, kind: PolicyKind, content: dict[str, Any], *, reason: str, number: int, by: Actor, now: datetime
) -> None:
    row = MonitoringPolicyVersion(id=new_id(), kind=kind.value, number=number, content=content, reason=reason, at=now)
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()


def _note(session: Session, kind: PolicyKind, number: int, *, now: datetime, changes: list[str]) -> None:
    journal.note(
        session,
        "monitoring_policy.changed",
        subject_kind="monitoring_policy",
        subject_id=None,
        at=now,
        patient_ids=(),
        kind=kind.value,
        number=number,
        changes=changes,
    )
