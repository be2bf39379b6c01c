"""When physicians work on some days, and which closed stretches have a name; three reads for any number of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.queries.limits import closures_between
from clinic.scheduling.queries.physician_rules import rules_of
from clinic.scheduling.rules.availability import OverrideKind, expand, merged, subtracted
from clinic.scheduling.rules.closures import Closure, stretches
from clinic.scheduling.rules.visits import Range

_A_DAY = timedelta(days=1)


class Closing(NamedTuple):
    """A closed stretch in epoch seconds; `state` is set when only patients who are there are not seen."""

    begin: int
    end: int
    name: str
    state: str | None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Openings in epoch seconds, what is closed for everybody taken away, and the closings with their names."""

    open: tuple[Range, ...] = ()
    closed: tuple[Closing, ...] = ()


def working_hours(session: Session, zones: Mapping[UUID, str], *, window: Range) -> dict[UUID, WorkingHours]:
    """Return the hours of physicians, given with their zones, on the days that a window of epoch seconds touches."""
    given = _given(list(zones), window)
    rules, notes = rules_of(session, given, of=list(zones)), _notes(session, given)
    closures = closures_between(session, given)
    found = {}
    for physician_id, zone in zones.items():
        opened = expand(rules[physician_id].hours, rules[physician_id].exceptions, zone=zone, window=window).ranges
        general = [one for closure in closures for one in _closings(closure, zone, window)]
        shut = merged((one.begin, one.end) for one in general if one.state is None)
        found[physician_id] = WorkingHours(subtracted(opened, shut), (*notes.get(physician_id, ()), *general))
    return found


def _given(physician_ids: list[UUID], window: Range) -> dict[str, object]:
    begin, end = (datetime.fromtimestamp(edge, UTC) for edge in window)
    return {
        "physicians": physician_ids,
        "begin": begin - _A_DAY,
        "end": end + _A_DAY,
        "first_day": local_day(window[0], "UTC") - _A_DAY,
        "last_day": local_day(window[1], "UTC") + _A_DAY,
    }


def _closings(closure: Closure, zone: str, window: Range) -> list[Closing]:
    return [
        Closing(begin, end, name, closure.state)
        for begin, end, name in stretches([closure], zone=zone, state=closure.state or "", window=window)
    ]


def _notes(session: Session, given: Mapping[str, object]) -> dict[UUID, list[Closing]]:
    row = AvailabilityOverride
    wanted = select(row.physician_id, row.starts_at, row.ends_at, row.note).where(
        row.physician_id.in_(given["physicians"]),  # type: ignore[arg-type]
        row.kind == OverrideKind.CLOSED,
        row.removed_at.is_(None),
        row.starts_at < given["end"],
        row.ends_at > given["begin"],
    )
    found: dict[UUID, list[Closing]] = {}
    for physician_id, begin, end, note in session.execute(wanted):
        closing = Closing(int(begin.timestamp()), int(end.timestamp()), note, None)
        found.setdefault(physician_id, []).append(closing)
    return found
