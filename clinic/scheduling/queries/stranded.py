"""Which promised visits the hours, closures and caps as they are now would not allow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.people.models import Physician
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import limits
from clinic.scheduling.queries.physician_rules import rules_of
from clinic.scheduling.queries.visits import VisitRow, rows_of
from clinic.scheduling.rules.availability import expand
from clinic.scheduling.rules.closures import Closure, stretches
from clinic.scheduling.rules.stranding import Limits, Promise, stranded
from clinic.scheduling.rules.visits import Blocked, Range

# Weekly caps count from Monday on what has been already.
_BACK = timedelta(days=9)
_A_DAY = timedelta(days=1)
_PROMISES = text(
    f"""
    select physician_id, appointment.id, visit_type_code, extract(epoch from starts_at)::bigint, location_state,
           (starts_at at time zone zone)::date,
           starts_at > :now and state in ('booked', 'confirmed') and overbook_reason is null,
           overbook_reason is not null, appointment.created_at
    from appointment join physician on physician.id = physician_id
    where state in ({limits.PLACES}) and starts_at > :since
      and (cast(:physician as uuid) is null or physician_id = :physician)
    """  # noqa: S608 - put together from constants
)


@dataclass(frozen=True, slots=True)
class StrandedVisit:
    """A promised visit that could not be booked any more, and why, in sentences."""

    visit: VisitRow
    why: tuple[str, ...]


def stranded_visits(session: Session, *, now: datetime, physician_id: UUID | None = None) -> list[StrandedVisit]:
    """Return coming visits, of one physician or of all, that hours, closures and caps would not allow, by time.

    Under a cap those who booked first keep their places; an overbooked visit is never among the stranded.
    """
    return rows_with_reasons(session, stranded_ids(session, now=now, physician_id=physician_id))


def visits_outside_hours(session: Session, *, physician_id: UUID, now: datetime) -> list[VisitRow]:
    """Return the stranded visits of one physician without the reasons, the next one first."""
    return [found.visit for found in stranded_visits(session, now=now, physician_id=physician_id)]


def rows_with_reasons(session: Session, why: Mapping[UUID, tuple[str, ...]]) -> list[StrandedVisit]:
    """Return visits with their names, the next one first, with the reasons given for each id."""
    return [StrandedVisit(row, why[row.id]) for row in rows_of(session, list(why))]


def stranded_ids(session: Session, *, now: datetime, physician_id: UUID | None = None) -> dict[UUID, tuple[str, ...]]:
    """Return the ids of the stranded visits, each with the reasons in sentences."""
    session.flush()  # The calendar is read by plain statements, which would not see what is only in the session.
    visits = _promises(session, now=now, physician_id=physician_id)
    if not visits:
        return {}
    found: dict[UUID, tuple[str, ...]] = {}
    for one, bounds in _limits(session, visits).items():
        found |= stranded(visits[one], bounds)
    return found


def _promises(session: Session, *, now: datetime, physician_id: UUID | None) -> dict[UUID, list[Promise]]:
    """Return what holds places from the week before on, of physicians with a visit that can strand."""
    given = {"now": now, "since": now - _BACK, "physician": physician_id}
    visits: dict[UUID, list[Promise]] = defaultdict(list)
    for physician, *promise in session.execute(_PROMISES, given):
        visits[physician].append(Promise(*promise))
    return {one: those for one, those in visits.items() if any(visit.can_strand for visit in those)}


def _limits(session: Session, visits: Mapping[UUID, Sequence[Promise]]) -> dict[UUID, Limits]:
    judged = [visit for those in visits.values() for visit in those if visit.can_strand]
    window = min(visit.starts_at for visit in judged), max(visit.starts_at for visit in judged) + _seconds(_A_DAY)
    given = _given(days=(min(visit.day for visit in judged), max(visit.day for visit in judged)))
    rules = rules_of(session, given, of=list(visits))
    closures, kinds = limits.closures_between(session, given), _kinds(session)
    names, states = {code: kind.name for code, kind in kinds.items()}, sorted({visit.state for visit in judged})
    return {
        one: Limits(
            openings=expand(rules[one].hours, rules[one].exceptions, zone=zone, window=window).ranges,
            closures=_closures_by_state(closures, states, zone=zone, window=window),
            caps=[(cap.kind, limits.as_rule(cap, names)) for cap in rules[one].caps],
            engaged={code: kind.physician_segments for code, kind in kinds.items()},
        )
        for one, zone in _zones(session, list(visits)).items()
    }


def _given(*, days: tuple[date, date]) -> dict[str, object]:
    first_day, last_day = days[0] - _A_DAY, days[1] + 2 * _A_DAY
    return {
        "first_day": first_day,
        "last_day": last_day,
        # Two days wider, whatever the zone in which these days are meant.
        "begin": datetime.combine(first_day - _A_DAY, datetime.min.time(), tzinfo=UTC),
        "end": datetime.combine(last_day + 2 * _A_DAY, datetime.min.time(), tzinfo=UTC),
    }


def _zones(session: Session, physicians: list[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Physician.id, Physician.zone).where(Physician.id.in_(physicians)))
    return {row.id: row.zone for row in rows}


def _kinds(session: Session) -> dict[str, VisitType]:
    return {kind.code: kind for kind in session.scalars(select(VisitType))}


def _closures_by_state(
    closures: Sequence[Closure], states: Sequence[str], *, zone: str, window: Range
) -> dict[str, Sequence[Blocked]]:
    return {state: stretches(closures, zone=zone, state=state, window=window) for state in states}


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
