"""The old address of the day list, and the counts of a day that lead to it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import redirect
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.scheduling import queries
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.asked import Count, Group
from clinic.web.coordinator.board.asked import counts as counted
from clinic.web.coordinator.board.listing import one_day
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import now, runtime
from clinic.web.slots import NearbyDay


class DayQuery(FormModel):
    """Which day, whose, and in which state."""

    on: NearbyDay | None = None
    physician: UUID | None = None
    state: Group | None = None


@blueprint.get("/day")
@policy.staff(Role.COORDINATOR)
def day() -> ResponseReturnValue:
    """Lead to the list of that one day, so that bookmarks go on working."""
    wanted = read_query(DayQuery)
    on = wanted.on or in_zone(now(), runtime().clinic.zone).date()
    return redirect(one_day(on, physician=wanted.physician, state=wanted.state), 303)


def counts(rows: Sequence[queries.VisitRow], wanted: DayQuery, on: date) -> list[Count]:
    """Return how many visits stand in each state, each with the address of the list that shows only those."""
    return counted([row.state for row in rows], "coordinator.board_list", first=on, last=on, physician=wanted.physician)
