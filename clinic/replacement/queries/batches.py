"""Lists of absences and the rows of one, with the names to show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.people.models import Physician
from clinic.replacement.errors import UnknownReplacement
from clinic.replacement.models import Replacement, ReplacementStep, ReplacementVisit
from clinic.replacement.queries.visits import rows_by_id, visits_in, why_gone
from clinic.replacement.rules.lacking import Help, Lacking, advice_on
from clinic.replacement.rules.states import OPEN_ROWS, BatchState, RowState
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries.undoing import undo_time
from clinic.scheduling.queries.visits import VisitRow
from clinic.scheduling.rules.purposes import VisitPurpose

_STEPS_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One list with the physician's name and how many of its visits stand in which state."""

    batch: Replacement
    physician_name: str
    zone: str
    counts: Mapping[RowState, int]

    @property
    def total(self) -> int:
        """Return how many visits are on the list."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Return how many wait for a person or for the worker."""
        return sum(self.counts.get(state, 0) for state in OPEN_ROWS)

    @property
    def settled(self) -> int:
        """Return how many are done."""
        return self.total - self.waiting

    @property
    def is_open(self) -> bool:
        """Tell whether anything can still be changed."""
        return self.batch.state == BatchState.OPEN

    @property
    def pulse(self) -> str:
        """Return what differs as soon as anything on the list is another one."""
        counts = "-".join(str(self.counts.get(state, 0)) for state in RowState)
        return f"{self.batch.state}-{self.batch.version}-{counts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One visit of a list; `undo_until` is set while its move can be taken back."""

    row: ReplacementVisit
    visit: VisitRow
    state: RowState
    physician_name: str | None
    helps: Sequence[Help]
    said: str
    undo_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step of a list's history with names."""

    step: ReplacementStep
    visit: VisitRow
    physician_name: str | None


def listed(session: Session, *, actor: Actor, limit: int, offset: int) -> tuple[list[Listed], int]:
    """Return lists, open ones first and then the newest, and how many there are; a physician sees his or her own."""
    wanted = select(Replacement, Physician).join(Physician, Physician.id == Replacement.physician_id)
    if not actor.has(Role.COORDINATOR):
        wanted = wanted.where(Physician.staff_id == actor.id)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    is_closed = case((Replacement.state == BatchState.OPEN, 0), else_=1)
    ordered = wanted.order_by(is_closed, Replacement.created_at.desc(), Replacement.id).limit(limit).offset(offset)
    found = session.execute(ordered).all()
    counts = _counts(session, [batch.id for batch, _ in found])
    return [_listed(batch, physician, counts[batch.id]) for batch, physician in found], total


def listed_one(session: Session, replacement_id: UUID, *, actor: Actor) -> Listed:
    """Return one list, or raise UnknownReplacement as for somebody else's."""
    batch = session.get(Replacement, replacement_id)
    physician = session.get(Physician, batch.physician_id) if batch else None
    if batch is None or physician is None or not _may_see(physician, actor):
        raise UnknownReplacement("There is no such list. It may have been opened from an old page.")
    return _listed(batch, physician, _counts(session, [batch.id])[batch.id])


def rows_shown(session: Session, found: Listed, *, now: datetime, limit: int, offset: int) -> list[RowShown]:
    """Return rows of a list, by the time of their visits; one that somebody else has settled says so at once."""
    row = ReplacementVisit
    wanted = select(row).where(row.replacement_id == found.batch.id).order_by(row.from_starts_at, row.id)
    rows = list(session.scalars(wanted.limit(limit).offset(offset)))
    visits = rows_by_id(session, rows)
    names = _names(session, {each.to_physician_id for each in rows if each.to_physician_id})
    sessions = set(session.scalars(select(VisitType.code).where(VisitType.purpose == VisitPurpose.SESSION)))
    reader = _Reader(found=found, visits=visits, names=names, sessions=sessions, now=now, within=undo_time(session))
    return [reader.shown(each) for each in rows]


def undoable_rows(session: Session, found: Listed, *, now: datetime) -> list[UUID]:
    """Return the rows whose moves can be taken back, the latest first."""
    row = ReplacementVisit
    since = now - undo_time(session)
    wanted = select(row.id).where(
        row.replacement_id == found.batch.id, row.state == RowState.MOVED, row.moved_at > since
    )
    return list(session.scalars(wanted.order_by(row.moved_at.desc(), row.id)))


def count_unlisted(session: Session, found: Listed, *, now: datetime) -> int:
    """Return how many visits lie in the absence that are not on the list, for example booked since."""
    row = ReplacementVisit
    known = set(session.scalars(select(row.appointment_id).where(row.replacement_id == found.batch.id)))
    return sum(visit.id not in known for visit in visits_in(session, found.batch, now=now))


def steps_shown(session: Session, replacement_id: UUID) -> list[StepShown]:
    """Return what was done about the visits of a list, the latest first."""
    row = ReplacementStep
    wanted = select(row).where(row.replacement_id == replacement_id, row.step != "found")
    steps = list(session.scalars(wanted.order_by(row.id.desc()).limit(_STEPS_SHOWN)))
    visits = rows_by_id(session, steps)
    names = _names(session, {each.physician_id for each in steps if each.physician_id})
    return [
        StepShown(
            step=each,
            visit=visits[each.appointment_id],
            physician_name=names.get(each.physician_id) if each.physician_id else None,
        )
        for each in steps
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What the rows of one page have in common."""

    found: Listed
    visits: Mapping[UUID, VisitRow]
    names: Mapping[UUID, str]
    sessions: set[str]
    now: datetime
    within: timedelta

    def shown(self, row: ReplacementVisit) -> RowShown:
        """Return a row with its names; one whose visit went elsewhere says so although nobody wrote it down yet."""
        visit, state = self.visits[row.appointment_id], RowState(row.state)
        gone = why_gone(row, self.found.batch, visit) if state in OPEN_ROWS else None
        helps: Sequence[Help] = ()
        if row.lacking is not None and state is RowState.WITHOUT and gone is None:
            helps = advice_on(Lacking(row.lacking), is_session=visit.visit_type_code in self.sessions).helps
        return RowShown(
            row=row,
            visit=visit,
            state=RowState.GONE if gone else state,
            physician_name=self.names.get(row.to_physician_id) if row.to_physician_id else None,
            helps=helps,
            said=gone or row.said,
            undo_until=self._undo_until(row, state),
        )

    def _undo_until(self, row: ReplacementVisit, state: RowState) -> datetime | None:
        if state is not RowState.MOVED or row.moved_at is None or not self.found.is_open:
            return None
        until = row.moved_at + self.within
        return until if self.now < until else None


def _listed(batch: Replacement, physician: Physician, counts: Mapping[RowState, int]) -> Listed:
    return Listed(batch=batch, physician_name=physician.full_name, zone=physician.zone, counts=counts)


def _may_see(physician: Physician, actor: Actor) -> bool:
    return actor.has(Role.COORDINATOR) or (actor.id is not None and physician.staff_id == actor.id)


def _counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Counter[RowState]]:
    row = ReplacementVisit
    counts: dict[UUID, Counter[RowState]] = {one: Counter() for one in ids}
    grouped = select(row.replacement_id, row.state, func.count()).where(row.replacement_id.in_(list(ids)))
    for one, state, count in session.execute(grouped.group_by(row.replacement_id, row.state)):
        counts[one][RowState(state)] = count
    return counts


def _names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Physician.id, Physician.full_name).where(Physician.id.in_(ids)))
    return {row.id: row.full_name for row in rows}
