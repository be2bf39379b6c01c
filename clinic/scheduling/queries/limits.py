"""Loads what the clinic itself sets as limits: closures of everybody, and caps with the visits that they count."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.scheduling.models import VisitType
from clinic.scheduling.queries.physician_rules import CapSet
from clinic.scheduling.rules.caps import Cap, cap_words
from clinic.scheduling.rules.closures import Closure
from clinic.scheduling.rules.states import AppointmentState

# A missed visit had its place; a canceled one gave it back.
_S = AppointmentState
_COUNTED = (_S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS, _S.COMPLETED, _S.NO_SHOW)
PLACES = ", ".join(f"'{state}'" for state in _COUNTED)
"""The states of visits that caps count, as a list in SQL; holds that have not run out count as well."""
_A_WEEK = timedelta(days=7)

_CLOSURES = text(
    """
    select name, state, first_day, last_day, starts_at_local, ends_at_local from clinic_closure
    where removed_at is null and first_day <= :last_day and last_day >= :first_day order by first_day, id
    """
)
_COUNTS = text(
    f"""
    select physician_id, case when visit_type_code = any(:kinds) then visit_type_code end,
           (starts_at at time zone zone)::date, count(*)
    from appointment join physician on physician.id = physician_id
    where physician_id = any(:capped) and (state in ({PLACES}) or state = 'held' and hold_expires_at > :now)
      and starts_at between :week_before and :week_after
      and appointment.id <> all(cast(:ignored as uuid[]))
      and not (state = 'held' and patient_id = :patient and coalesce(held_by = :held_by, false))
    group by 1, 2, 3
    """  # noqa: S608 - put together from constants
)


class CountedCap(NamedTuple):
    """A cap on one kind of visit, None is every kind, with the number of visits that it counts by local day."""

    kind: str | None
    cap: Cap
    counts: Mapping[date, int]


def closures_between(session: Session, given: Mapping[str, object]) -> list[Closure]:
    """Return the closures that touch the days `first_day` to `last_day`."""
    return [Closure(*row) for row in session.execute(_CLOSURES, given)]


def caps_with_counts(
    session: Session, given: Mapping[str, object], *, caps: Mapping[UUID, Sequence[CapSet]], visits: Sequence[VisitType]
) -> Mapping[UUID, Sequence[CountedCap]]:
    """Return each physician's caps on these kinds of visits with what they count already, by local day.

    `given` are the parameters with which calendars are loaded: `begin` and `end` are instants a day around the window.
    """
    names = {visit.code: visit.name for visit in visits}
    on_these = {one: [cap for cap in those if cap.kind is None or cap.kind in names] for one, those in caps.items()}
    capped = [one for one, those in on_these.items() if those]
    if not capped:
        return {}
    counts = _counts(session, given, kinds=list(names), capped=capped)
    return {
        one: [CountedCap(cap.kind, as_rule(cap, names), counts[one, cap.kind]) for cap in on_these[one]]
        for one in capped
    }


def as_rule(cap: CapSet, names: Mapping[str, str]) -> Cap:
    """Return a cap as the rules take it, in words with the name of its kind."""
    words = cap_words(cap.most, cap.per, names[cap.kind] if cap.kind else None)
    return Cap(cap.per, cap.most, cap.since, cap.until, words)


def _counts(
    session: Session, given: Mapping[str, object], *, kinds: list[str], capped: list[UUID]
) -> Mapping[tuple[UUID, str | None], Counter[date]]:
    begin, end = given["begin"], given["end"]
    assert isinstance(begin, datetime)
    assert isinstance(end, datetime)
    weeks = {"week_before": begin - _A_WEEK, "week_after": end + _A_WEEK}
    counts: dict[tuple[UUID, str | None], Counter[date]] = defaultdict(Counter)
    for physician_id, kind, day, count in session.execute(
        _COUNTS, {**given, **weeks, "kinds": kinds, "capped": capped}
    ):
        counts[physician_id, None][day] += count
        if kind is not None:
            counts[physician_id, kind][day] += count
    return counts
