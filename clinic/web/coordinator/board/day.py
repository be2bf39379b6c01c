"""The day board: one column for each physician, fifteen minutes a line, the page that is open all day."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.asked import BoardQuery, counts, tabs
from clinic.web.coordinator.board.columns import Column
from clinic.web.coordinator.board.drawing import Board, board_of, dialogs, note_seen, read
from clinic.web.coordinator.board.reading import Reading
from clinic.web.coordinator.waiting.listing import seen_rows
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.slots import NearbyDay
from clinic.web.waiting_words import wants_words

_A_DAY = timedelta(days=1)
_WAITING_SHOWN = 8


class PulseQuery(FormModel):
    """Which days an open board shows."""

    on: NearbyDay
    until: NearbyDay | None = None


@blueprint.get("/board")
@policy.staff(Role.COORDINATOR, audit="board.viewed")
def board() -> str:
    """Show a day by physicians, in the clinic's zone."""
    wanted = read_query(BoardQuery)
    zone = runtime().clinic.zone
    today = in_zone(now(), zone).date()
    on = wanted.on or today
    with runtime().begin(by=actor()) as session:
        found = read(session, [on], wanted.physician)
        note_seen(session, "board.viewed", found.shown, day=str(on))
        drawn = board_of(found, [(one, on) for one in _chosen(found, wanted)], wanted.state)
        drawn = drawn if wanted.physician else _only_with_something(drawn)
        return render_template(
            "coordinator/board/day.html",
            wanted=wanted,
            board=drawn,
            on=on,
            today=today,
            previous=on - _A_DAY,
            following=on + _A_DAY,
            zone=zone,
            counts=counts(drawn.states, "coordinator.board", on=on, physician=list(wanted.physician)),
            tabs=tabs("day", on, wanted.physician),
            pulse=queries.pulse(session, day=on, zone=zone, now=now()),
            pulse_at=url_for("coordinator.board_pulse", on=on),
            waiting=seen_rows(session)[:_WAITING_SHOWN],
            wants=wants_words,
            **dialogs(session, found),
        )


@blueprint.get("/board/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def board_pulse() -> ResponseReturnValue:
    """Tell in one word whether an open board still shows what is."""
    wanted = read_query(PulseQuery)
    zone = runtime().clinic.zone
    with runtime().begin(by=actor()) as session:
        return jsonify(pulse=queries.pulse(session, day=wanted.on, until=wanted.until, zone=zone, now=now()))


def _chosen(found: Reading, wanted: BoardQuery) -> list[Physician]:
    return [one for one in found.physicians if not wanted.physician or one.id in wanted.physician]


def _only_with_something(drawn: Board) -> Board:
    """Leave out physicians who neither work nor have a visit that day; who is named in the address stays."""
    busy: Sequence[Column] = [one for one in drawn.columns if one.works or one.blocks]
    return Board(busy, drawn.frame, drawn.states, drawn.physicians)


def week_of(on: date) -> list[date]:
    """Return the seven days from Monday on."""
    monday = on - timedelta(days=on.weekday())
    return [monday + timedelta(days=number) for number in range(7)]
