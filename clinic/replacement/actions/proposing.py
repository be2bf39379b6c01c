"""Proposing new places: the best assignment for all open rows of a list, or the next best for one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.replacement.actions.ledger import change_row, note_replacement
from clinic.replacement.actions.locking import lock_batch, rows_now
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.replacement.queries.ground import Case, Ground, ground_for
from clinic.replacement.queries.places import Obstacle, Option, obstacle_of, option_at, options_for
from clinic.replacement.queries.visits import rows_by_id, visits_in, why_gone
from clinic.replacement.rules.assigning import Chosen, Clash, Place, assign
from clinic.replacement.rules.lacking import Lacking, advice_on
from clinic.replacement.rules.states import OPEN_ROWS, PROPOSABLE, RowState, Step
from clinic.treatment.queries.courses import instant
from clinic.treatment.queries.one_move import OneMove


def propose_again(
    session: Session, *, replacement_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Replacement:
    """Look for places anew, also for visits that were booked since; what was approved or moved stays.

    Raises UnknownReplacement, ReplacementNotAllowed, ReplacementOver, and ChangedMeanwhile for another `version`.
    """
    batch = lock_batch(session, replacement_id, by=by, version=version)
    add_rows(session, batch, by=by, now=now)
    propose(session, batch, by=by, now=now)
    note_replacement(session, batch, "replacement.proposed", now=now)
    return batch


def add_rows(session: Session, batch: Replacement, *, by: Actor, now: datetime) -> list[ReplacementVisit]:
    """Put every visit that lies in the absence and is not on the list yet on it, without a place so far."""
    rows = {row.appointment_id: row for row in rows_now(session, batch)}
    added = []
    for visit in visits_in(session, batch, now=now):
        row = rows.get(visit.id)
        if row is None:
            row = ReplacementVisit(replacement_id=batch.id, appointment_id=visit.id, created_at=now)
        elif row.state != RowState.GONE:
            continue
        row.from_starts_at, row.lacking = visit.starts_at, Lacking.EVERYTHING
        session.add(row)
        change_row(session, row, RowState.WITHOUT, step=Step.FOUND, by=by, now=now)
        added.append(row)
    return added


def propose(
    session: Session,
    batch: Replacement,
    *,
    by: Actor,
    now: datetime,
    only: Collection[UUID] | None = None,
    avoid: tuple[UUID, datetime] | None = None,
) -> None:
    """Give open rows, or `only` these, the best places together; nobody is proposed a place that another row has.

    `avoid` is a place that was just refused. The caller holds the list; its version rises, since what people saw of it
    is not true any more.
    """
    rows = rows_now(session, batch)
    visits = rows_by_id(session, rows)
    mark_gone(session, batch, rows, by=by, now=now)
    wanted = [row for row in rows if row.state in PROPOSABLE and (only is None or row.id in only)]
    others = [row for row in rows if row.state in OPEN_ROWS and row not in wanted and row.to_starts_at is not None]
    ground = ground_for(session, [visits[row.appointment_id] for row in (*wanted, *others)], now=now, crowd=len(rows))
    fixed = [_standing(ground, row) for row in others]
    avoided = None if avoid is None else (avoid[0], int(avoid[1].timestamp()))
    found = [_options(ground, row, avoided) for row in wanted]
    places = [[option.place for option in each] for each in found]
    cases = [ground.cases[row.appointment_id] for row in (*wanted, *others)]
    answer = assign([*places, *([place] if place else [] for place in fixed)], clash=_clash(cases))
    for row, options, place in zip(wanted, found, answer.places, strict=False):
        _give(ground, row, options=options, place=place)
        row.touch(by=by, now=now)
    batch.touch(by=by, now=now)
    settle_task(session, batch, by=by, now=now)


def mark_gone(
    session: Session,
    batch: Replacement,
    rows: Sequence[ReplacementVisit],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Say of open rows whose visits somebody moved, canceled or began that they are settled."""
    visits = rows_by_id(session, rows)
    for row in rows:
        why = why_gone(row, batch, visits[row.appointment_id]) if row.state in OPEN_ROWS else None
        if why is not None:
            row.to_physician_id = row.to_starts_at = row.tier = row.lacking = None
            change_row(session, row, RowState.GONE, step=Step.GONE, said=why, by=by, now=now)


def _options(ground: Ground, row: ReplacementVisit, avoided: tuple[UUID, int] | None) -> list[Option]:
    found = options_for(ground, ground.cases[row.appointment_id])
    return [option for option in found if option.place.key != avoided]


def _standing(ground: Ground, row: ReplacementVisit) -> Place | None:
    """Return the place that another row has been given, so that nobody else gets it."""
    assert row.to_physician_id is not None
    assert row.to_starts_at is not None
    at = int(row.to_starts_at.timestamp())
    case = ground.cases[row.appointment_id]
    found = option_at(ground, case, physician_id=row.to_physician_id, starts_at=at)
    return None if isinstance(found, Obstacle) else found.place._replace(cost=0)


def _give(ground: Ground, row: ReplacementVisit, *, options: Sequence[Option], place: Place | None) -> None:
    if place is None:
        case = ground.cases[row.appointment_id]
        obstacle = Obstacle(Lacking.CONTENDED) if options else obstacle_of(ground, case)
        advice = advice_on(obstacle.lacking, is_session=case.is_session, detail=obstacle.detail)
        row.state, row.lacking, row.said = RowState.WITHOUT, obstacle.lacking, advice.sentence
        row.to_physician_id = row.to_starts_at = row.tier = None
        return
    tier = next(option.tier for option in options if option.place.key == place.key)
    row.to_physician_id, starts_at = cast("tuple[UUID, int]", place.key)
    row.to_starts_at, row.tier = instant(starts_at), tier
    row.state, row.lacking, row.said = RowState.PROPOSED, None, ""


class _Seat(NamedTuple):
    """A row of the assignment whose visit belongs to a course."""

    at: int
    case: Case


def _clash(cases: Sequence[Case]) -> Clash:
    """Return what names rows whose new dates would break the course that they have in common."""
    courses: dict[int, list[_Seat]] = {}
    for at, case in enumerate(cases):
        if case.judge is not None:
            courses.setdefault(id(case.judge), []).append(_Seat(at, case))
    shared = [seats for seats in courses.values() if len(seats) > 1]
    known: dict[tuple[object, ...], Collection[int]] = {}

    def clash(chosen: Chosen) -> Collection[int]:
        for seats in shared:
            placed = [(seat, chosen[seat.at]) for seat in seats if seat.at < len(chosen) and chosen[seat.at]]
            key = tuple((seat.at, place.key) for seat, place in placed if place is not None)
            if len(key) > 1 and key not in known:
                known[key] = _who_clash(placed)
            if len(key) > 1 and known[key]:
                return known[key]
        return ()

    return clash


def _who_clash(placed: Sequence[tuple[_Seat, Place | None]]) -> Collection[int]:
    judge = placed[0][0].case.judge
    assert isinstance(judge, OneMove)
    moved = {}
    for seat, place in placed:
        assert place is not None
        stretch = place.takes[-1]
        moved[seat.case.row.id] = instant(stretch.begin), instant(stretch.end)
    wrong = judge.who_clash(moved)
    return [seat.at for seat, _ in placed if seat.case.row.id in wrong]
