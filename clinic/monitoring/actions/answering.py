"""Answering a check-in: every answer is kept as it comes, what alarms is told in the same transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import local_day
from clinic.kernel.outbox import publish
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.actions.closing import finish_parts, tell_of_answers
from clinic.monitoring.actions.settling import note_check_in
from clinic.monitoring.errors import AnswerRefused, AnswersMissing, CheckInClosed, NotAsked
from clinic.monitoring.models import Answer, AnswerWords, Assessment, CheckIn
from clinic.monitoring.queries.answering import sheet
from clinic.monitoring.rules.alarms import Alarm
from clinic.monitoring.rules.answering import asked_items, checked
from clinic.monitoring.rules.asking import Part, help_to_show
from clinic.monitoring.rules.instruments import Help
from clinic.monitoring.rules.items import Given

ALARMING = "answer.alarming"
LAYOUTS = ("one", "all")

_LOCKED = select(CheckIn).where(CheckIn.id == bindparam("of_check_in")).with_for_update()
_ADD_ANSWERS = insert(Answer)

Box = tuple[UUID, str]
"""An assessment and one of its questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of answers: `refused` were not kept, `unasked` no longer have a question.

    `alarms` ring with these answers, `shows` is the help that the patient has to see before anything else.
    """

    alarms: tuple[Alarm, ...] = ()
    shows: frozenset[Help] = frozenset()
    refused: Mapping[Box, AnswerRefused]
    unasked: frozenset[Box] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent; a part without any answer still waits, and then the check-in is not done."""

    finished: tuple[UUID, ...]
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The answers to one part as they were read."""

    part: Part
    good: Mapping[str, Given]
    refused: Mapping[str, AnswerRefused]
    unasked: frozenset[str]

    @property
    def changed(self) -> Mapping[str, Given]:
        """Return the answers that are not the ones that count already."""
        return {key: one for key, one in self.good.items() if self.part.given.get(key, Given()) != one}

    @property
    def after(self) -> Part:
        """Return the part as it is with these answers."""
        return _with(self.part, self.changed)


def begin(session: Session, *, check_in_id: UUID, layout: str, by: Actor, now: datetime) -> None:
    """Keep how the patient wants to be asked, and that the check-in was begun; may be chosen anew at any time."""
    check_in = _open(session, check_in_id)
    _mark_begun(session, check_in, by=by, now=now)
    if layout in LAYOUTS:
        check_in.layout = layout


def save_answers(
    session: Session, *, check_in_id: UUID, given: Mapping[UUID, Mapping[str, object]], by: Actor, now: datetime
) -> Saved:
    """Keep answers of a check-in, the newest of each question counts; an empty one takes an answer back.

    Good answers are kept even if others are refused. The same answer again changes nothing, so a form may come twice.
    """
    check_in = _open(session, check_in_id)
    parts = {part.assessment_id: part for part in sheet(session, check_in).parts}
    if not parts.keys() >= given.keys():
        raise NotAsked("That question is not part of this check-in any more. Open it again and go on from there.")
    today = local_day(int(now.timestamp()), check_in.zone)
    read = [_read(parts[assessment_id], raw, today) for assessment_id, raw in given.items()]
    if check_in.begun_at is None and any(one.changed for one in read):
        _mark_begun(session, check_in, by=by, now=now)
    _keep(session, read, now=now)
    alarms: list[Alarm] = []
    for one in read:
        alarms += _alarm(session, check_in, one, parts=parts.values(), by=by, now=now)
    return Saved(
        alarms=tuple(alarms),
        shows=help_to_show((rung for part in parts.values() for rung in part.alarms), alarms),
        refused={(one.part.assessment_id, key): refusal for one in read for key, refusal in one.refused.items()},
        unasked=frozenset((one.part.assessment_id, key) for one in read for key in one.unasked),
    )


def save_answers_of(
    session: Session, *, assessment_id: UUID, given: Mapping[str, object], by: Actor, now: datetime
) -> Saved:
    """Keep answers to one instrument."""
    check_in_id = session.scalars(select(Assessment.check_in_id).where(Assessment.id == assessment_id)).one()
    return save_answers(session, check_in_id=check_in_id, given={assessment_id: given}, by=by, now=now)


def submit(session: Session, *, check_in_id: UUID, leaves_out: bool = False, by: Actor, now: datetime) -> Sent:
    """Finish every part that has an answer; AnswersMissing if some are missing and the patient did not leave them out.

    A part without any answer is not sent: it waits, and the check-in stays open for it.
    """
    check_in = _open(session, check_in_id)
    parts = sheet(session, check_in).parts
    begun = [part for part in parts if part.is_begun]
    if not begun or (not leaves_out and any(part.missing for part in parts)):
        raise AnswersMissing("Some questions have no answer yet. Answer them, or send the others without them.")
    finish_parts(session, check_in, begun, now=now, by=by)
    tell_of_answers(session, check_in, now=now)
    note_check_in(session, check_in, "check_in.sent", now=now, parts=len(begun), left=len(parts) - len(begun))
    return Sent(finished=tuple(part.assessment_id for part in begun), is_done=len(begun) == len(parts))


def _open(session: Session, check_in_id: UUID) -> CheckIn:
    """Return the check-in locked, so that two tabs and the end of the day come one after the other."""
    check_in = session.scalars(
        _LOCKED, {"of_check_in": check_in_id}, execution_options={"populate_existing": True}
    ).one_or_none()
    if check_in is None or check_in.state != "open":
        raise CheckInClosed("This check-in takes no more answers. What you sent before is kept.")
    return check_in


def _mark_begun(session: Session, check_in: CheckIn, *, by: Actor, now: datetime) -> None:
    """Say that this is the check-in that its patient answers now, which what an alarm asks will join."""
    if check_in.begun_at is None:
        check_in.begun_at = now
        note_check_in(session, check_in, "check_in.begun", now=now)
    check_in.touch(by=by, now=now)
    session.flush()


def _read(part: Part, raw: Mapping[str, object], today: date) -> _Read:
    good: dict[str, Given] = {}
    refused: dict[str, AnswerRefused] = {}
    for key, typed in raw.items():
        item = part.instrument.item(key)
        if item is None:
            raise NotAsked("That question is not part of this check-in any more. Open it again and go on from there.")
        try:
            good[key] = Given() if typed in {None, ""} else checked(item, typed, today=today)
        except AnswerRefused as refusal:
            refused[key] = refusal
    asked = {item.key for item in asked_items(part.instrument, _with(part, good).answers)}
    return _Read(
        part=part,
        good={key: one for key, one in good.items() if key in asked},
        refused={key: refusal for key, refusal in refused.items() if key in asked},
        unasked=frozenset(raw.keys() - asked),
    )


def _with(part: Part, changed: Mapping[str, Given]) -> Part:
    given = {key: one for key, one in {**part.given, **changed}.items() if one != Given()}
    return Part(
        assessment_id=part.assessment_id,
        instrument=part.instrument,
        moment=part.moment,
        is_required=part.is_required,
        given=given,
    )


def _keep(session: Session, read: Iterable[_Read], *, now: datetime) -> None:
    rows = [
        {
            "assessment_id": of_part.part.assessment_id,
            "item": key,
            "value": one.value,
            "value_on": one.on,
            "words_id": _words_id(session, one.words),
            "at": now,
        }
        for of_part in read
        for key, one in of_part.changed.items()
    ]
    if rows:
        session.execute(_ADD_ANSWERS, rows)


def _words_id(session: Session, words: str | None) -> UUID | None:
    if words is None:
        return None
    row = AnswerWords(id=new_id())
    row.words = words
    session.add(row)
    session.flush()
    return row.id


def _alarm(
    session: Session, check_in: CheckIn, read: _Read, *, parts: Iterable[Part], by: Actor, now: datetime
) -> tuple[Alarm, ...]:
    """Tell of what alarms with these answers, and ask what has to be asked next within this check-in."""
    known = read.part.alarms
    found = tuple(one for one in read.after.alarms if one not in known or one.item in read.changed)
    if not found:
        return ()
    publish(session, ALARMING, subject_id=read.part.assessment_id, now=now)
    note_check_in(session, check_in, ALARMING, now=now, level=found[0].level.value)
    there = {part.instrument.key for part in parts}
    asks = tuple(dict.fromkeys(one.asks for one in found if one.asks and one.asks not in there))
    if asks:
        _mark_begun(session, check_in, by=by, now=now)
        ask_now(
            session,
            patient_id=check_in.patient_id,
            instrument_keys=asks,
            joins=check_in,
            is_required=True,
            by=by,
            now=now,
        )
    return found
