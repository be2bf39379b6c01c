"""The week of one physician: the same columns as the day's, one for each day."""

from datetime import timedelta
from uuid import UUID

from flask import render_template, url_for

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.scheduling.errors import UnknownPhysician
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.asked import WeekQuery, counts, tabs
from clinic.web.coordinator.board.day import week_of
from clinic.web.coordinator.board.drawing import board_of, dialogs, note_seen, read
from clinic.web.coordinator.board.reading import Reading
from clinic.web.frame import policy
from clinic.web.frame.forms import blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime

_A_WEEK = timedelta(days=7)


@blueprint.get("/board/week")
@policy.staff(Role.COORDINATOR, audit="board.viewed")
def board_week() -> str:
    """Show the week of one physician; without a name the first one by alphabet."""
    wanted = read_query(WeekQuery)
    zone = runtime().clinic.zone
    today = in_zone(now(), zone).date()
    on = wanted.on or today
    days = week_of(on)
    with runtime().begin(by=actor()) as session:
        everybody = people.active_physicians(session)
        chosen = wanted.physician or (everybody[0].id if everybody else None)
        found = read(session, days, [chosen] if chosen else [])
        note_seen(session, "board.viewed", found.shown, day=str(days[0]), until=str(days[-1]))
        physician = _named(found, chosen) if chosen else None
        places = [(physician, day) for day in days] if physician else []
        drawn = board_of(found, places, wanted.state)
        return render_template(
            "coordinator/board/week.html",
            wanted=wanted,
            physician=physician,
            board=drawn,
            on=on,
            days=days,
            today=today,
            previous=on - _A_WEEK,
            following=on + _A_WEEK,
            zone=zone,
            counts=counts(drawn.states, "coordinator.board_week", on=on, physician=chosen),
            tabs=tabs("week", on, [chosen] if chosen else []),
            pulse=queries.pulse(session, day=days[0], until=days[-1], zone=zone, now=now()),
            pulse_at=url_for("coordinator.board_pulse", on=days[0], until=days[-1]),
            whose=blank_form(prefix="whose", physician=chosen),
            **dialogs(session, found),
        )


def _named(found: Reading, physician_id: UUID) -> Physician:
    for one in found.physicians:
        if one.id == physician_id:
            return one
    raise UnknownPhysician("We have no such physician.")
