"""Today's sessions in one list, what hurts most first; never an answer, a reason or a reading."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people.models import Phone
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import VisitRow, day_list
from clinic.scheduling.queries.lateness import missed_after
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import AppointmentState
from clinic.session_day.models import SupportObservation, SupportPerson
from clinic.session_day.queries.checklists import baseline_of
from clinic.session_day.queries.limits import watch_limits
from clinic.session_day.queries.persons import noted, started_at_of
from clinic.session_day.queries.standing import standing_of
from clinic.session_day.rules.board import Urgency, urgency
from clinic.session_day.rules.standing import DayStanding
from clinic.session_day.rules.watching import Watch, watch
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind

_HELD = frozenset({AppointmentState.HELD, AppointmentState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Who is named for a session: what to call, and when the watch was over."""

    name: str
    e164: str
    watch_ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One session of today; instants in UTC."""

    visit: VisitRow
    standing: DayStanding
    person: Present | None
    began_at: datetime | None
    watch: Watch | None
    urgency: Urgency

    @property
    def is_watched(self) -> bool:
        """Tell whether somebody still has to look at the patient, be the visit called over or not."""
        goes_on = self.visit.state == AppointmentState.IN_PROGRESS or self.urgency is not Urgency.OVER
        return self.watch is not None and goes_on


def sessions_of_day(session: Session, *, day: date, zone: str, now: datetime) -> list[BoardRow]:
    """Return the sessions that start on a day of `zone`, what hurts most first, then by time."""
    kinds = set(session.scalars(select(VisitType.code).where(VisitType.purpose == VisitPurpose.SESSION)))
    visits = [row for row in day_list(session, day=day, zone=zone, now=now) if row.visit_type_code in kinds]
    visits = [row for row in visits if row.state not in _HELD]
    ids = [row.id for row in visits]
    standing = standing_of(session, ids, now=now)
    persons, began = _persons(session, ids), started_at_of(session, ids)
    watches = _watches(session, began, now=now)
    calls = set(open_keys(session, WorkKind.SESSION_CHECK_LATE)) if watches else set()
    grace = missed_after(session)
    rows = [
        BoardRow(
            visit=row,
            standing=standing[row.id],
            person=persons.get(row.id),
            began_at=began.get(row.id),
            watch=watches.get(row.id),
            urgency=urgency(
                state=row.state,
                starts_at=row.starts_at,
                missed_from=row.starts_at + grace,
                standing=standing[row.id],
                watch=watches.get(row.id),
                is_watch_over=row.id in persons and persons[row.id].watch_ended_at is not None,
                is_resting=row.state == AppointmentState.COMPLETED and row.ends_at > now,
                is_call_open=f"{WorkKind.SESSION_CHECK_LATE}:{row.id}" in calls,
                now=now,
            ),
        )
        for row in visits
    ]
    return sorted(rows, key=lambda one: (one.urgency, one.visit.starts_at, one.visit.id))


def pulse_of(rows: Sequence[BoardRow], *, now: datetime) -> str:
    """Return 16 hexadecimal characters that change with whatever the list shows; minutes count while one goes on."""
    goes_on = any(row.is_watched for row in rows)
    shown = [f"{now:%Y-%m-%dT%H:%M}" if goes_on else f"{now:%Y-%m-%d}"]
    shown += [f"{row.visit.id}{row.visit.version}{row.urgency}{row.standing}{row.person}{row.watch}" for row in rows]
    return hashlib.sha256("|".join(shown).encode()).hexdigest()[:16]


def _persons(session: Session, ids: Collection[UUID]) -> dict[UUID, Present]:
    wanted = (
        select(SupportPerson, Phone.e164)
        .join(Phone, Phone.id == SupportPerson.phone_id)
        .where(SupportPerson.appointment_id.in_(list(ids)), SupportPerson.replaced_at.is_(None))
    )
    return {
        row.appointment_id: Present(name=row.name or "", e164=e164, watch_ended_at=row.watch_ended_at)
        for row, e164 in session.execute(wanted)
    }


def _watches(session: Session, began: dict[UUID, datetime], *, now: datetime) -> dict[UUID, Watch]:
    if not began:
        return {}
    seen: defaultdict[UUID, list[SupportObservation]] = defaultdict(list)
    wanted = select(SupportObservation).where(SupportObservation.appointment_id.in_(list(began)))
    for row in session.scalars(wanted.order_by(SupportObservation.at, SupportObservation.id)):
        if row.at >= began[row.appointment_id]:
            seen[row.appointment_id].append(row)
    limits = watch_limits(session)
    return {
        each: watch(
            [noted(row) for row in seen[each]],
            started_at=at,
            baseline=baseline_of(session, each, now=now),
            limits=limits,
            now=now,
        )
        for each, at in began.items()
    }
