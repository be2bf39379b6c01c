"""Loads what is set for each physician, hours, exceptions, licenses and caps, by one statement and one row each."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.scheduling.rules.availability import Override, OverrideKind, WeeklyRule
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.slots import LicencePeriod

# Dates and times come as JSON, so that a search costs one round trip, and equal hours are read once.
_RULES = text(
    """
    select p.id,
      (select jsonb_agg(jsonb_build_array(weekday, starts_at_local, ends_at_local, effective_from, effective_until)
                        order by weekday, starts_at_local, effective_from)::text
       from availability_rule where physician_id = p.id and removed_at is null
         and effective_from <= :last_day and coalesce(effective_until, 'infinity') >= :first_day),
      (select jsonb_agg(jsonb_build_array(
                kind, extract(epoch from starts_at)::bigint, extract(epoch from ends_at)::bigint))
       from availability_override where physician_id = p.id and removed_at is null
         and starts_at < :end and ends_at > :begin),
      (select jsonb_agg(jsonb_build_array(state, valid_from, valid_until) order by valid_from)::text
       from licence where physician_id = p.id and state = :state),
      (select jsonb_agg(jsonb_build_array(visit_type_code, per, most, effective_from, effective_until)
                        order by most, id)
       from visit_cap where physician_id = p.id and removed_at is null
         and effective_from <= :last_day and coalesce(effective_until, 'infinity') >= :first_day)
    from physician p where p.id = any(:physicians)
    """
)


class CapSet(NamedTuple):
    """A cap on one kind of visit, None is every kind, as it is set."""

    kind: str | None
    per: CapPer
    most: int
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class PhysicianRules:
    """What is set for one physician and touches the days asked for."""

    hours: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[Override, ...] = ()
    licences: tuple[LicencePeriod, ...] = ()
    caps: tuple[CapSet, ...] = ()


def rules_of(session: Session, given: Mapping[str, object], *, of: Collection[UUID]) -> dict[UUID, PhysicianRules]:
    """Return what is set for these physicians between the days `first_day` and `last_day`.

    Exceptions are those between the instants `begin` and `end`, licenses those of `state`, if one is given.
    """
    rows = session.execute(_RULES, {"state": None, **given, "physicians": list(of)})
    return {
        physician_id: PhysicianRules(
            hours=_hours(hours) if hours else (),
            exceptions=tuple(Override(OverrideKind(kind), begin, end) for kind, begin, end in exceptions or ()),
            licences=_licences(licences) if licences else (),
            caps=tuple(_cap(*cap) for cap in caps or ()),
        )
        for physician_id, hours, exceptions, licences, caps in rows
    }


@lru_cache(maxsize=1_024)
def _hours(rows: str) -> tuple[WeeklyRule, ...]:
    return tuple(
        WeeklyRule(weekday, time.fromisoformat(opens), time.fromisoformat(closes), _day(since), _last_day(until))
        for weekday, opens, closes, since, until in json.loads(rows)
    )


@lru_cache(maxsize=1_024)
def _licences(rows: str) -> tuple[LicencePeriod, ...]:
    return tuple(LicencePeriod(state, _day(since), _last_day(until)) for state, since, until in json.loads(rows))


def _cap(kind: str | None, per: str, most: int, *days: str | None) -> CapSet:
    since, until = days
    assert since is not None
    return CapSet(kind, CapPer(per), most, _day(since), _last_day(until))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _last_day(text: str | None) -> date | None:
    return None if text is None else _day(text)
