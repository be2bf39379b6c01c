"""Proposing how the later dates follow when one was moved, missed or canceled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal, cast
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.scheduling.queries import VisitRow
from clinic.treatment.queries.arrangement import booked_entries, troubles_of
from clinic.treatment.queries.candidates import CourseFacts, Ground, course_facts, ground_of, standing_of
from clinic.treatment.queries.courses import instant
from clinic.treatment.queries.keeping import moved_last, why_not_kept
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.proposals import NoPlan
from clinic.treatment.queries.refusing import no_plan, nothing_left
from clinic.treatment.queries.sessions import SessionRow
from clinic.treatment.rules.courses import MOST_AT_ONCE, CourseWish
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning import BOOK, CANCEL, KEEP, Booked, Kind, NoCourse, Row, outline_of
from clinic.treatment.rules.planning import Reflow as Found
from clinic.treatment.rules.planning import reflow as best_reflow
from clinic.treatment.rules.planning.words import counted
from clinic.treatment.rules.sessions import SessionState

What = Literal["keep", "move", "book", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflowRow:
    """One line of the proposal; `needs` are the keys of the lines that have to be accepted with it."""

    key: str
    what: What
    number: int | None
    kind: str
    visit_type: str
    name: str
    name_es: str
    appointment_id: UUID | None
    physician_id: UUID
    physician_name: str
    from_starts_at: datetime | None
    from_physician_name: str | None
    to_starts_at: datetime | None
    why: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflow:
    """What to do about the booked dates: lines in time order, what no longer fits, or why there is no way."""

    plan_id: UUID
    zone: str
    rows: tuple[ReflowRow, ...]
    why: tuple[str, ...]
    refusal: NoPlan | None
    fingerprint: str

    @property
    def changes(self) -> tuple[ReflowRow, ...]:
        """Return the lines that change something."""
        return tuple(row for row in self.rows if row.what != KEEP)

    @property
    def is_needed(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.why)


def propose_reflow(session: Session, *, plan_id: UUID, now: datetime) -> Reflow:
    """Return how the later dates follow with the fewest changes, then the smallest; nothing to do when all fits.

    Visits to the physician stay as they are booked. Raises UnknownPlan.
    """
    course = course_facts(session, plan_by_id(session, plan_id), now=now)
    return reflow_of(session, course)


def reflow_of(session: Session, course: CourseFacts) -> Reflow:
    """Return the proposal for a course as it is now; what somebody has just moved stays there if it can."""
    coming = [row for row in course.progress.planned if not row.is_fixed]
    if not coming or course.phase not in SESSION_PHASES:
        return _as_booked(course, coming)
    ground = _ground(session, course, coming, wanted=len(coming) + count_missing(course))
    unkept = why_not_kept(session, ground, coming)
    why = _why(course, coming, unkept)
    if not why:
        return _as_booked(course, coming)
    if ground.slots is None:
        return _as_booked(course, coming, why=why, refusal=nothing_left(ground))
    refusal = None
    for later in _to_try(session, course, coming, unkept=unkept):
        answer = _best(session, course, later, unkept=unkept)
        if not isinstance(answer, NoPlan):
            kept = [_kept(row.visit, number=row.number, kind=Kind.SESSION) for row in coming if row not in later]
            return _reflow(course, [*kept, *answer], why=why)
        refusal = answer
    return _as_booked(course, coming, why=why, refusal=refusal)


def _to_try(
    session: Session, course: CourseFacts, coming: Sequence[SessionRow], *, unkept: Mapping[UUID, str]
) -> Iterator[Sequence[SessionRow]]:
    """Yield the sessions that may be changed: those after the one just moved, and if that does not do, all."""
    moved = moved_last(session, course)
    place = next((place for place, row in enumerate(coming, start=1) if row.appointment_id == moved), None)
    if place is not None:
        entries = booked_entries(course)[:place]
        fits = not troubles_of(course, entries) and not any(entry.key in unkept for entry in entries)
        if fits and (coming[place:] or count_missing(course)):
            yield coming[place:]
    yield coming


def _best(
    session: Session, course: CourseFacts, later: Sequence[SessionRow], *, unkept: Mapping[UUID, str]
) -> list[ReflowRow] | NoPlan:
    wanted = len(later) + count_missing(course)
    grounds = [_ground(session, course, later, wanted=wanted)]
    if course.phase is Phase.MAINTENANCE and wanted < MOST_AT_ONCE:
        # Where one was canceled, booking it anew is less trouble than moving all that follow.
        grounds.append(_ground(session, course, later, wanted=wanted + 1))
    answers = [(one, best_reflow(one.problem, _present(one, later, unkept))) for one in grounds]
    found = [(one, answer) for one, answer in answers if isinstance(answer, Found)]
    if found:
        best = min(found, key=lambda each: (each[1].changes, each[1].shift))
        return _rows(*best, later, unkept=unkept)
    return next(no_plan(session, one, answer) for one, answer in answers if isinstance(answer, NoCourse))


def count_missing(course: CourseFacts) -> int:
    """Return how many sessions of an induction that was planned in full are missing since some were not taken."""
    if course.phase is not Phase.INDUCTION:
        return 0
    here = [row for row in course.progress.sessions if row.phase is Phase.INDUCTION]
    count = course.progress.taken_in_phase + course.progress.planned_in_phase
    wanted = course.protocol.induction.sessions
    skipped = sum(row.state is SessionState.SKIPPED for row in here)
    return wanted - count if count < wanted <= count + skipped else 0


def _ground(session: Session, course: CourseFacts, coming: Sequence[SessionRow], *, wanted: int) -> Ground:
    """Return what so many sessions can be planned on when those that are booked give up their times."""
    moving = [row.appointment_id for row in coming]
    standing = standing_of(course, moving=moving)
    whole = outline_of(course.protocol, course.phase, standing, how_many=min(wanted, MOST_AT_ONCE))
    steps = [step for step in whole.steps if step.kind is Kind.SESSION]
    if course.phase is not Phase.INDUCTION and steps:
        steps += [replace(steps[-1], number=steps[-1].number + extra) for extra in range(1, wanted - len(steps) + 1)]
    span = whole.span if whole.span is None or wanted >= len(steps) else replace(whole.span, least_days=0)
    outline = replace(whole, steps=tuple(steps[:wanted]), span=span)
    return ground_of(session, course, CourseWish(), outline=outline, moving=moving)


def _why(course: CourseFacts, coming: Sequence[SessionRow], unkept: Mapping[UUID, str]) -> tuple[str, ...]:
    sentences = [trouble.sentence for trouble in troubles_of(course, booked_entries(course))]
    sentences += [unkept[row.appointment_id] for row in coming if row.appointment_id in unkept]
    missing = count_missing(course)
    if missing:
        sentences.append(f"{counted(missing, 'visit')} of the induction {'is' if missing == 1 else 'are'} missing.")
    return tuple(dict.fromkeys(sentences))


def _present(ground: Ground, coming: Sequence[SessionRow], unkept: Mapping[UUID, str]) -> list[Booked]:
    return [
        Booked(
            key=row.appointment_id,
            kind=Kind.SESSION,
            physician_id=row.physician_id,
            starts_at=int(row.starts_at.timestamp()),
            ends_at=int(row.ends_at.timestamp()),
            day=ground.course.day_of(row.starts_at),
            can_keep=row.appointment_id not in unkept,
            limits=tuple(ground.limits_at(row.visit.visit_type_code, row.physician_id, row.starts_at)),
        )
        for row in coming
    ]


def _rows(ground: Ground, found: Found, coming: Sequence[SessionRow], *, unkept: Mapping[UUID, str]) -> list[ReflowRow]:
    booked = {row.appointment_id: row for row in coming}
    keys = [_key(row) for row in found.rows]
    return [
        replace(
            _changed(ground, row)
            if row.booked is None
            else _followed(ground, row, booked[cast("UUID", row.booked.key)]),
            key=key,
            why=unkept.get(cast("UUID", row.booked.key), row.why) if row.booked else row.why,
            needs=tuple(keys[index] for index in row.needs),
        )
        for key, row in zip(keys, found.rows, strict=True)
    ]


def _key(row: Row) -> str:
    if row.booked is not None:
        return str(row.booked.key)
    assert row.placed is not None
    return f"new-{row.placed.candidate.starts_at}-{row.placed.candidate.physician_id}"


def _followed(ground: Ground, row: Row, booked: SessionRow) -> ReflowRow:
    """Return the line of a visit that is booked."""
    line = _kept(booked.visit, number=booked.number, kind=Kind.SESSION)
    if row.placed is None or row.what == KEEP:
        return replace(
            line, what=cast("What", row.what), to_starts_at=None if row.what == CANCEL else line.to_starts_at
        )
    time = row.placed.candidate
    return replace(
        line,
        what=cast("What", row.what),
        number=row.placed.step.number,
        physician_id=time.physician_id,
        physician_name=ground.name_of(time.physician_id),
        to_starts_at=instant(time.starts_at),
    )


def _changed(ground: Ground, row: Row) -> ReflowRow:
    """Return the line of a visit that has to be booked."""
    assert row.placed is not None
    assert ground.slots is not None
    step, time = row.placed
    kind = ground.slots.kinds[step.visit_type]
    return ReflowRow(
        key="",
        what=cast("What", BOOK),
        number=step.number,
        kind=step.kind.value,
        visit_type=step.visit_type,
        name=kind.name,
        name_es=kind.name_es,
        appointment_id=None,
        physician_id=time.physician_id,
        physician_name=ground.name_of(time.physician_id),
        from_starts_at=None,
        from_physician_name=None,
        to_starts_at=instant(time.starts_at),
        why="",
        needs=(),
    )


def _kept(visit: VisitRow, *, number: int | None, kind: Kind) -> ReflowRow:
    return ReflowRow(
        key=str(visit.id),
        what=cast("What", KEEP),
        number=number,
        kind=kind.value,
        visit_type=visit.visit_type_code,
        name=visit.visit_name,
        name_es=visit.visit_name_es,
        appointment_id=visit.id,
        physician_id=visit.physician_id,
        physician_name=visit.physician_name,
        from_starts_at=visit.starts_at,
        from_physician_name=visit.physician_name,
        to_starts_at=visit.starts_at,
        why="",
        needs=(),
    )


def _as_booked(
    course: CourseFacts, coming: Sequence[SessionRow], *, why: tuple[str, ...] = (), refusal: NoPlan | None = None
) -> Reflow:
    """Return a proposal that leaves everything where it is."""
    rows = [_kept(row.visit, number=row.number, kind=Kind.SESSION) for row in coming]
    return _reflow(course, rows, why=why, refusal=refusal)


def _reflow(
    course: CourseFacts, rows: Sequence[ReflowRow], *, why: tuple[str, ...], refusal: NoPlan | None = None
) -> Reflow:
    reviews = [_kept(row, number=None, kind=Kind.REVIEW) for row in course.progress.review_visits]
    ordered = sorted((*rows, *reviews), key=lambda row: row.to_starts_at or row.from_starts_at or course.now)
    said = [
        str(course.plan.version),
        course.phase,
        *(f"{row.key} {row.what} {row.from_starts_at} {row.to_starts_at} {row.physician_id}" for row in rows),
    ]
    return Reflow(
        plan_id=course.plan.id,
        zone=course.zone,
        rows=tuple(ordered),
        why=why,
        refusal=refusal,
        fingerprint=sha256("\n".join(said).encode()).hexdigest()[:32],
    )
