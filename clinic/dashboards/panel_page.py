"""What the rows of one page of a panel show besides: the last scores for drawing, and the units that were reported."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.dashboards.panel_rules import Facts

SHOWN = 8
"""So many scores make a line."""


def _series(instrument: str, alias: str) -> str:
    return f"""
    left join lateral (
      select array_agg(newest.value::int order by newest.at, newest.id) as v
      from (
        select s.value, s.at, s.id from score s
        where s.patient_id = mine.id and s.instrument_key = '{instrument}' and s.name = 'total'
        order by s.at desc, s.id desc limit {SHOWN}
      ) newest
    ) {alias} on true
    """  # noqa: S608 - put together from constants


_DETAILS = text(
    f"""
    select mine.id, phq.v, gad.v, counted.value::int
    from unnest(cast(:ids as uuid[]), cast(:sessions as timestamptz[])) as mine(id, session_at)
    {_series("phq9", "phq")}
    {_series("gad7", "gad")}
    left join lateral (
      select given.value
      from appointment a
      join assessment asked on asked.patient_id = mine.id and asked.instrument_key = 'unit_count'
        and asked.state = 'done' and asked.appointment_id = a.id
      join answer given on given.assessment_id = asked.id and given.item = 'taken'
      where a.patient_id = mine.id and a.starts_at = mine.session_at
      order by asked.done_at desc, given.id desc limit 1
    ) counted on true
    """  # noqa: S608 - put together from constants
)


class Details(NamedTuple):
    """The last totals, oldest first, and how many units the patient reported to have taken in the last session."""

    phq: tuple[int, ...] = ()
    gad: tuple[int, ...] = ()
    units: int | None = None


def details_of(session: Session, rows: Sequence[Facts]) -> dict[UUID, Details]:
    """Return the details of these rows by patient, by one statement."""
    if not rows:
        return {}
    sessions: list[datetime | None] = [one.last_at for one in rows]
    found = session.execute(_DETAILS, {"ids": [one.id for one in rows], "sessions": sessions})
    return {each: Details(tuple(phq or ()), tuple(gad or ()), units) for each, phq, gad, units in found}
