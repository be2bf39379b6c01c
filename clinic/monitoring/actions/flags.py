"""Flags: raised once for the same facts, settled by a physician until a day, looked at again on that day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.monitoring.actions.flag_tasks import close_task, open_task
from clinic.monitoring.errors import DecisionRefused, FlagClosed, PhysicianNeeded, UnknownFlag
from clinic.monitoring.models import Flag, FlagDisposition
from clinic.monitoring.queries.flags import may_decide
from clinic.monitoring.rules.flags import (
    Decision,
    FlagState,
    Lapse,
    checked_look,
    checked_note,
    facts_of_key,
    flag_due_at,
)
from clinic.monitoring.rules.signals import RULES, Input, Signal
from clinic.oncall.actions import acknowledge
from clinic.oncall.queries import open_pages
from clinic.oncall.rules import PageKind
from clinic.people.rules.counties import EASTERN

_RAISED = select(Flag.id, Flag.rule_id, Flag.level, Flag.facts_key, Flag.state).where(
    Flag.patient_id == bindparam("of_patient")
)
_ADD = insert(Flag).on_conflict_do_nothing().returning(Flag.id)
_GONE_BEYOND = (
    select(Flag)
    .where(
        among(Flag.id, "named"),
        Flag.rule_id == bindparam("of_rule"),
        Flag.state == FlagState.OPEN,
        Flag.id != bindparam("but"),
    )
    .order_by(Flag.id)
    .with_for_update()
)


class _Known(NamedTuple):
    """What a signal is compared with of a flag that there is."""

    id: UUID
    rule_id: str
    level: int
    facts_key: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A flag that is new, and the signal it was made from."""

    flag_id: UUID
    signal: Signal


def raise_signals(
    session: Session,
    *,
    patient_id: UUID,
    signals: Sequence[Signal],
    policy_number: int,
    by: Actor,
    now: datetime,
    closed_days: Collection[date] = (),
) -> tuple[Raised, ...]:
    """Write a flag for each signal whose facts have none yet, and return the new ones.

    The same facts raise nothing again, also not lower under a milder policy. A new one names the open flags of its
    rule that it goes beyond. Of two workers with the same signal one writes it.
    """
    if not signals:
        return ()
    known = [_Known(*row) for row in session.execute(_RAISED, {"of_patient": patient_id})]
    new: list[Raised] = []
    for signal in signals:
        if _is_known(signal, known):
            continue
        made = _made(patient_id, signal, policy_number=policy_number, beyond=_goes_beyond(signal, known))
        made.raised_at = now
        made.due_at = flag_due_at(
            signal.level, is_safety=RULES[signal.rule_id].is_safety, now=now, zone=EASTERN, closed=closed_days
        )
        if _write(session, made, by=by, now=now):
            known.append(_Known(made.id, made.rule_id, made.level, made.facts_key, made.state))
            new.append(Raised(flag_id=made.id, signal=signal))
    return tuple(new)


def settle(
    session: Session,
    *,
    flag_id: UUID,
    decision: Decision,
    note: str,
    look_again_on: date,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Keep what a physician decided about a flag, and until when; open flags of its rule that it goes beyond go along.

    Raises UnknownFlag, PhysicianNeeded, FlagClosed, DecisionRefused and ChangedMeanwhile.
    """
    flag = _locked(session, flag_id)
    if not may_decide(session, actor=by, patient_id=flag.patient_id, now=now):
        raise PhysicianNeeded("A physician of this patient decides this. Ask one of them.")
    if flag.state != FlagState.OPEN:
        raise FlagClosed(f"{flag.updated_by or 'A colleague'} has settled this already. The next one is open now.")
    flag.require_version(version)
    words = checked_note(note)
    until = checked_look(look_again_on, today=in_zone(now, EASTERN).date())
    if decision not in list(Decision):
        raise DecisionRefused("Choose what you decided.", field="decision")
    for each in [flag, *_gone_beyond(session, flag)]:
        _settle(session, each, decision=decision, words=words, until=until, by=by, now=now)


def look_again(
    session: Session,
    *,
    flag_id: UUID,
    lapse: Lapse | None,
    by: Actor,
    now: datetime,
    closed_days: Collection[date] = (),
) -> FlagState:
    """Bring a settled flag back, or let it lapse for a reason that its history keeps; return what it is now."""
    flag = _locked(session, flag_id)
    if flag.state != FlagState.SETTLED:
        return FlagState(flag.state)
    flag.look_again_on = None
    flag.touch(by=by, now=now)
    if lapse is not None:
        flag.state = FlagState.LAPSED
        session.flush()
        _note(session, flag, "flag.lapsed", now=now, why=lapse.value)
        return FlagState.LAPSED
    flag.state, flag.settled_at = FlagState.OPEN, None
    rule = RULES.get(flag.rule_id)
    is_safety = bool(rule and rule.is_safety)
    flag.due_at = flag_due_at(flag.level, is_safety=is_safety, now=now, zone=EASTERN, closed=closed_days)
    session.flush()
    _note(session, flag, "flag.reopened", now=now)
    open_task(session, flag, by=by, now=now)
    return FlagState.OPEN


def hand_over_flags(session: Session, *, from_id: UUID, to_id: UUID) -> int:
    """Let flags about one patient's record be about another's; return how many there were.

    Both records can have a flag of the same facts, such as a check-in missed on one day: each stays a flag of its own.
    """
    found = list(session.scalars(select(Flag).where(Flag.patient_id == from_id).order_by(Flag.id).with_for_update()))
    there = session.execute(select(Flag.rule_id, Flag.facts_key).where(Flag.patient_id == to_id))
    taken = {(rule_id, facts_key) for rule_id, facts_key in there}
    for flag in found:
        flag.patient_id = to_id
        if (flag.rule_id, flag.facts_key) in taken:
            flag.facts_key = f"{flag.id}/{flag.facts_key}"
    session.flush()
    return len(found)


def _is_known(signal: Signal, known: Sequence[_Known]) -> bool:
    facts = facts_of_key(signal.facts_key)
    return any(
        flag.rule_id == signal.rule_id and flag.level >= signal.level and facts_of_key(flag.facts_key) == facts
        for flag in known
    )


def _goes_beyond(signal: Signal, known: Sequence[_Known]) -> list[str]:
    return [
        str(flag.id)
        for flag in known
        if flag.rule_id == signal.rule_id and flag.state == FlagState.OPEN and flag.level <= signal.level
    ]


def _made(patient_id: UUID, signal: Signal, *, policy_number: int, beyond: Sequence[str]) -> Flag:
    return Flag(
        id=new_id(),
        patient_id=patient_id,
        rule_id=signal.rule_id,
        policy_number=policy_number,
        level=int(signal.level),
        domain=signal.domain,
        evidence_class=signal.evidence_class,
        facts_key=signal.facts_key,
        inputs=[_stored(one) for one in signal.inputs],
        threshold=dict(signal.threshold),
        sentence=signal.sentence,
        escalates=[*signal.escalates, *beyond],
        state=FlagState.OPEN.value,
        version=1,
    )


def _stored(one: Input) -> dict[str, Any]:
    return {"what": one.what, "value": one.value, "on": one.on.isoformat() if one.on else None}


_COLUMNS = tuple(column.key for column in Flag.__table__.columns)


def _write(session: Session, made: Flag, *, by: Actor, now: datetime) -> bool:
    """Insert the flag unless a colleague's worker did so; tell whether this one did."""
    made.created_at = made.updated_at = now
    made.updated_by = by.name
    values: dict[str, Any] = {key: getattr(made, key) for key in _COLUMNS}
    if session.scalar(_ADD, values) is None:
        return False
    _note(session, made, "flag.raised", now=now)
    open_task(session, made, by=by, now=now)
    return True


def _locked(session: Session, flag_id: UUID) -> Flag:
    found = session.get(Flag, flag_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownFlag
    return found


def _gone_beyond(session: Session, flag: Flag) -> list[Flag]:
    """Return the open flags of the same rule that this one names, locked."""
    named = [UUID(each) for each in flag.escalates]
    return list(session.scalars(_GONE_BEYOND, {"named": named, "of_rule": flag.rule_id, "but": flag.id}))


def _settle(
    session: Session, flag: Flag, *, decision: Decision, words: str, until: date, by: Actor, now: datetime
) -> None:
    row = FlagDisposition(id=new_id(), flag_id=flag.id, decision=decision.value, look_again_on=until, at=now)
    row.note = words
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    flag.state, flag.settled_at, flag.look_again_on, flag.due_at = FlagState.SETTLED, now, until, None
    flag.touch(by=by, now=now)
    session.flush()
    _note(session, flag, "flag.settled", now=now)
    close_task(session, flag, by=by, now=now)
    _end_calls(session, flag, by=by, now=now)


def _end_calls(session: Session, flag: Flag, *, by: Actor, now: datetime) -> None:
    """Whoever settles what somebody is called about has it: nobody else is called from now on."""
    for call in open_pages(session):
        if call.kind is PageKind.URGENT_FLAG and call.subject_id == flag.id:
            acknowledge(session, page_id=call.id, by=by, now=now)


def _note(session: Session, flag: Flag, action: str, *, now: datetime, **details: object) -> None:
    """Write down what became of a flag; neither rule nor level, which are clinical."""
    journal.note(
        session, action, subject_kind="flag", subject_id=flag.id, at=now, patient_ids=(flag.patient_id,), **details
    )
