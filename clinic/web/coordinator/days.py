"""The day list: every visit and hold of one day, of all physicians or one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from flask import render_template, url_for

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.scheduling import queries
from clinic.scheduling.rules.states import AppointmentState
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.slots import NearbyDay

_GROUPS: dict[str, tuple[str, frozenset[AppointmentState]]] = {
    "held": ("held", frozenset({AppointmentState.HELD})),
    "unconfirmed": ("unconfirmed", frozenset({AppointmentState.BOOKED})),
    "confirmed": ("confirmed", frozenset({AppointmentState.CONFIRMED})),
    "progress": ("in progress", frozenset({AppointmentState.IN_PROGRESS})),
    "done": ("done", frozenset({AppointmentState.COMPLETED})),
    "missed": ("no-show", frozenset({AppointmentState.NO_SHOW})),
    "canceled": ("canceled", frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})),
}
"""Look of a filter -> its word and the states that it shows."""

Group = Literal["held", "unconfirmed", "confirmed", "progress", "done", "missed", "canceled"]


class DayQuery(FormModel):
    """Which day, whose, and in which state."""

    on: NearbyDay | None = None
    physician: UUID | None = None
    state: Group | None = None


@blueprint.get("/day")
@policy.staff(Role.COORDINATOR, audit="day.viewed")
def day() -> str:
    """Show a day's visits by physician and time, in the clinic's zone."""
    wanted = read_query(DayQuery)
    zone = runtime().clinic.zone
    today = in_zone(now(), zone).date()
    on = wanted.on or today
    with runtime().begin(by=actor()) as session:
        rows = queries.day_list(session, day=on, zone=zone, physician_id=wanted.physician, now=now())
        physicians = people.active_physicians(session)
        seen = tuple({row.patient_id for row in rows})
        journal.note(
            session, "day.viewed", subject_kind="day", subject_id=None, at=now(), patient_ids=seen, day=str(on)
        )
    shown = [row for row in rows if wanted.state is None or row.state in _GROUPS[wanted.state][1]]
    return render_template(
        "coordinator/day/list.html",
        wanted=wanted,
        choices=blank_form(on=on, physician=wanted.physician, prefix="choice"),
        counts=counts(rows, wanted, on),
        on=on,
        today=today,
        previous=on - timedelta(days=1),
        following=on + timedelta(days=1),
        zone=zone,
        rows=rows,
        shown=shown,
        by_physician=_by_physician(shown),
        physicians=[(str(one.id), one.full_name) for one in physicians],
    )


def _by_physician(rows: Sequence[queries.VisitRow]) -> list[tuple[str, str, list[queries.VisitRow]]]:
    """Return name, zone and visits of each physician who has any; one who left keeps the visits of that day."""
    found: dict[UUID, tuple[str, str, list[queries.VisitRow]]] = {}
    for row in rows:
        found.setdefault(row.physician_id, (row.physician_name, row.physician_zone, []))[2].append(row)
    return sorted(found.values(), key=lambda each: each[0])


def counts(rows: Sequence[queries.VisitRow], wanted: DayQuery, on: date) -> list[tuple[int, str, str, str]]:
    """Return how many visits stand in each state, each with the address that shows only those."""
    found = []
    for look, (word, states) in _GROUPS.items():
        count = sum(row.state in states for row in rows)
        if count:
            found.append((count, word, _day_of(wanted, on, state=look), look))
    return [(len(rows), "in all", _day_of(wanted, on, state=None), "all"), *found] if rows else []


def _day_of(wanted: DayQuery, on: date, *, state: str | None) -> str:
    return url_for("coordinator.day", on=on, physician=wanted.physician, state=state)
