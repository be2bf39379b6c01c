"""What the board may be asked for: which day, whose columns, which states."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from flask import url_for

from clinic.scheduling.rules.states import AppointmentState
from clinic.web.frame.forms import FormModel, Many
from clinic.web.slots import NearbyDay

Group = Literal["held", "unconfirmed", "confirmed", "progress", "done", "missed", "canceled"]

GROUPS: Mapping[str, tuple[str, frozenset[AppointmentState]]] = {
    "held": ("held", frozenset({AppointmentState.HELD})),
    "unconfirmed": ("unconfirmed", frozenset({AppointmentState.BOOKED})),
    "confirmed": ("confirmed", frozenset({AppointmentState.CONFIRMED})),
    "progress": ("in progress", frozenset({AppointmentState.IN_PROGRESS})),
    "done": ("done", frozenset({AppointmentState.COMPLETED})),
    "missed": ("no-show", frozenset({AppointmentState.NO_SHOW})),
    "canceled": ("canceled", frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})),
}
"""Look of a filter -> its word and the states that it shows."""

Count = tuple[int, str, str, str]
"""How many, the word, the address that shows only those, the look."""


class BoardQuery(FormModel):
    """Which day; whose columns, nobody named is everybody with hours or visits; which state stands out."""

    on: NearbyDay | None = None
    physician: Many[UUID]
    state: Group | None = None


class WeekQuery(FormModel):
    """Whose week, and a day of it."""

    on: NearbyDay | None = None
    physician: UUID | None = None
    state: Group | None = None


def counts(states: Sequence[AppointmentState], endpoint: str, **kept: object) -> list[Count]:
    """Return how many stand in each state, each with the address of the same page that shows only those."""

    def address(state: str | None) -> str:
        return url_for(endpoint, **{**kept, "state": state})  # type: ignore[arg-type]

    found = []
    for look, (word, members) in GROUPS.items():
        number = sum(state in members for state in states)
        if number:
            found.append((number, word, address(look), look))
    return [(len(states), "in all", address(None), "all"), *found] if states else []


def tabs(here: str, on: date, physicians: Sequence[UUID]) -> list[tuple[str, str, bool]]:
    """Return the switch between day, week and list, which keeps day and physicians."""
    one = physicians[0] if len(physicians) == 1 else None
    return [
        ("Day", url_for("coordinator.board", on=on, physician=list(physicians)), here == "day"),
        ("Week", url_for("coordinator.board_week", on=on, physician=one), here == "week"),
        ("List", url_for("coordinator.board_list", first=on, physician=list(physicians)), here == "list"),
    ]
