"""One queue of everything that waits for somebody: tasks, and visits of which no task says so, by what hurts most."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.scheduling.actions.tasks import CALL_BY, unconfirmed_key
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.visits import is_overdue, is_unconfirmed
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.worklist import queries as tasks
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import (
    HURTS,
    NO_OUTCOME,
    Harm,
    HoldsUp,
    Hurt,
    Place,
    State,
    Timing,
    WorkKind,
    place,
    why,
)
from clinic.worklist.rules.harm import NEAR

UNCONFIRMED_AHEAD = timedelta(hours=48)
"""A visit that nobody confirmed stands in the queue from so long before it begins."""

_STANDS = (*sorted(UPCOMING), AppointmentState.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing to be done: a task, or a visit without one (`item_id` is None); `visit_id` is the visit it is about."""

    item_id: UUID | None
    version: int
    kind: WorkKind | None
    visit_id: UUID | None
    patient_id: UUID | None
    hurt: Hurt
    timing: Timing
    place: Place

    @property
    def id(self) -> UUID:
        """Return what tells rows of the page apart."""
        return self.timing.id

    def why(self, now: datetime) -> str:
        """Return the clause that says why it stands where it stands."""
        return why(self.hurt, self.timing, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What waits about one patient, the most harmful thing first, so that one call settles all of it."""

    head: Waiting
    others: Sequence[Waiting]

    @property
    def everything(self) -> list[Waiting]:
        """Return the head and the others."""
        return [self.head, *self.others]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Everything that waits, in order; `late` counts what is past its time."""

    waiting: Sequence[Waiting]
    late: int

    def counts(self) -> Mapping[Harm, int]:
        """Return how many things there are of each harm, the worst first."""
        counted = Counter(one.place.harm for one in self.waiting)
        return {harm: counted[harm] for harm in Harm}

    def groups(self, harm: Harm | None = None) -> list[Group]:
        """Return one group for each patient; with a harm those that have some of it, that first."""
        about: dict[UUID, list[Waiting]] = {}
        for one in self.waiting:
            about.setdefault(one.patient_id or one.id, []).append(one)
        if harm is None:
            return [Group(head=first, others=others) for first, *others in about.values()]
        heads = {key: next((one for one in all_ if one.place.harm is harm), None) for key, all_ in about.items()}
        found = [(head, about[key]) for key, head in heads.items() if head is not None]
        found.sort(key=lambda pair: pair[0].place.key)
        return [Group(head=head, others=[one for one in all_ if one is not head]) for head, all_ in found]


def work_queue(
    session: Session,
    *,
    roles: Collection[Role],
    now: datetime,
    without: Collection[WorkKind] = (),
    of_patients: Collection[UUID] | None = None,
) -> Queue:
    """Return what waits for these roles now; what somebody put off is not there until it is back.

    `of_patients` leaves out what is about anybody else, `without` kinds that have a list of their own. Visits that no
    task is about stand there for coordinators.
    """
    rows = session.execute(_tasks(roles, now=now, without=without, of_patients=of_patients)).all()
    found = [_of_task(row, now=now) for row in rows]
    if Role.COORDINATOR in roles:
        found += _of_visits(session, found, now=now, of_patients=of_patients)
    found.sort(key=lambda one: one.place.key)
    return Queue(waiting=found, late=sum(one.timing.due_at < now for one in found))


def _tasks(
    roles: Collection[Role],
    *,
    now: datetime,
    without: Collection[WorkKind],
    of_patients: Collection[UUID] | None,
) -> Select[*tuple[object, ...]]:
    """Return the few columns that the order needs, unsealed; reasons are read for the rows of a page only."""
    coming = (
        select(Appointment.patient_id, func.min(Appointment.starts_at).label("starts_at"))
        .where(Appointment.state.in_(UPCOMING), Appointment.starts_at > now, Appointment.starts_at < now + NEAR)
        .group_by(Appointment.patient_id)
        .subquery()
    )
    own = and_(Appointment.id == WorkItem.subject_id, Appointment.state.in_(_STANDS))
    return (
        select(
            WorkItem.id,
            WorkItem.kind,
            WorkItem.version,
            WorkItem.patient_id,
            WorkItem.due_at,
            WorkItem.created_at,
            Appointment.id.label("visit_id"),
            Appointment.starts_at.label("its_visit"),
            coming.c.starts_at.label("next_visit"),
        )
        .outerjoin(Appointment, own)
        .outerjoin(coming, coming.c.patient_id == WorkItem.patient_id)
        .where(*_wanted(roles, now=now, without=without, of_patients=of_patients))
    )


def _wanted(
    roles: Collection[Role],
    *,
    now: datetime,
    without: Collection[WorkKind],
    of_patients: Collection[UUID] | None,
) -> Iterable[ColumnElement[bool]]:
    yield WorkItem.state == State.OPEN
    yield WorkItem.owner_role.in_(sorted(roles))
    yield or_(WorkItem.put_off_until.is_(None), WorkItem.put_off_until <= now)
    if without:
        yield WorkItem.kind.not_in(list(without))
    if of_patients is not None:
        yield or_(WorkItem.patient_id.is_(None), WorkItem.patient_id.in_(of_patients))


def _of_task(row: Row[*tuple[object, ...]], *, now: datetime) -> Waiting:
    kind = WorkKind(row.kind)
    hurt = HURTS[kind]
    visit_at = row.its_visit if hurt.holds_up is HoldsUp.ITS_VISIT else row.next_visit
    timing = Timing(visit_at=visit_at, due_at=row.due_at, opened_at=row.created_at, id=row.id)
    return Waiting(
        item_id=row.id,
        version=row.version,
        kind=kind,
        visit_id=row.visit_id,
        patient_id=row.patient_id,
        hurt=hurt,
        timing=timing,
        place=place(hurt, timing, now=now),
    )


def _of_visits(
    session: Session, beside: Sequence[Waiting], *, now: datetime, of_patients: Collection[UUID] | None
) -> list[Waiting]:
    """Return the visits that nobody confirmed, and those without an outcome, of which no task says so."""
    asked = {one.visit_id for one in beside if one.kind is WorkKind.UNCONFIRMED_VISIT}
    coming = _visits(session, is_unconfirmed(now=now, before=now + UNCONFIRMED_AHEAD), of_patients)
    known = tasks.known_to_people(session, keys=[unconfirmed_key(visit.id) for visit in coming])
    wanted = [visit for visit in coming if unconfirmed_key(visit.id) not in known]
    late = [visit for visit in _visits(session, is_overdue(now=now), of_patients) if visit.id not in asked]
    return [
        *(_of_visit(visit, WorkKind.UNCONFIRMED_VISIT, now=now) for visit in wanted),
        *(_of_visit(visit, None, now=now) for visit in late),
    ]


def _visits(
    session: Session, condition: ColumnElement[bool], of_patients: Collection[UUID] | None
) -> Sequence[Row[UUID, int, UUID, datetime]]:
    row = Appointment
    wanted = select(row.id, row.version, row.patient_id, row.starts_at).where(condition)
    if of_patients is not None:
        wanted = wanted.where(row.patient_id.in_(of_patients))
    return session.execute(wanted).all()


def _of_visit(visit: Row[UUID, int, UUID, datetime], kind: WorkKind | None, *, now: datetime) -> Waiting:
    hurt = HURTS[kind] if kind else NO_OUTCOME
    due_at = visit.starts_at - CALL_BY if kind else visit.starts_at
    timing = Timing(visit_at=visit.starts_at, due_at=due_at, opened_at=min(due_at, now), id=visit.id)
    return Waiting(
        item_id=None,
        version=visit.version,
        kind=kind,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        hurt=hurt,
        timing=timing,
        place=place(hurt, timing, now=now),
    )
