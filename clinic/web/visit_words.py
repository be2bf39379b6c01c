"""What happened to a visit in the words of the pages: history lines, and what a colleague changed meanwhile."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypedDict

from clinic.scheduling.errors import VisitChanged
from clinic.scheduling.rules.changes import Change, VisitChange
from clinic.scheduling.rules.reasons import CANCEL_WORDS, MOVE_WORDS
from clinic.web.frame.display import when

_TITLES: Mapping[str, str] = {
    Change.HELD: "Held",
    Change.RELEASED: "Let go",
    Change.EXPIRED: "Hold ran out",
    Change.BOOKED: "Booked",
    Change.OVERBOOKED: "Booked over another visit or outside the hours",
    Change.MOVED: "Moved",
    Change.MOVE_UNDONE: "Move taken back",
    Change.NOT_TEXTED: "No text about the move",
    Change.TOLD_WITH_COURSE: "One text for all dates of the course",
    Change.CANCELED: "Canceled",
    Change.LATENESS_WAIVED: "Lateness waived",
    Change.CONFIRMED: "Confirmed",
    Change.SUPPORT_PERSON_SET: "A support person is set",
    Change.SUPPORT_PERSON_MISSING: "No support person is set yet",
    Change.ARRIVED: "Arrived",
    Change.ARRIVAL_UNDONE: "Arrival taken back",
    Change.COMPLETED: "Completed",
    Change.MISSED: "No-show",
    Change.MISSED_UNDONE: "No-show taken back",
    Change.JOIN_CHANGED: "Video room changed",
}
_WAYS = {"sms": "by text", "page": "on the patient\u2019s page", "staff": "by phone"}
_ROOMS = {"own": "a room of its own", "usual": "the usual room"}
_DONE: Mapping[str, str] = {
    Change.BOOKED: "booked it",
    Change.CANCELED: "canceled it",
    Change.LATENESS_WAIVED: "waived the lateness",
    Change.CONFIRMED: "confirmed it",
    Change.ARRIVED: "marked it as arrived",
    Change.ARRIVAL_UNDONE: "took the arrival back",
    Change.COMPLETED: "marked it as completed",
    Change.MISSED: "marked it as a no-show",
    Change.MISSED_UNDONE: "took the no-show back",
    Change.JOIN_CHANGED: "changed the video room",
    Change.RELEASED: "let the time go",
}


class HistoryLine(TypedDict):
    """One line of a visit's history as `ui.history` takes it."""

    at: datetime
    who: str
    what: str
    detail: str


def history_lines(changes: Iterable[VisitChange], *, zone: str) -> list[HistoryLine]:
    """Return the history of a visit with times on the clock of `zone`, the newest first."""
    lines: list[HistoryLine] = [
        {"at": one.at, "who": one.who, "what": title_of(one.change), "detail": detail_of(one, zone=zone)}
        for one in changes
    ]
    return lines[::-1]


def title_of(change: str) -> str:
    """Return what a change is called."""
    return _TITLES.get(change, change.replace("_", " ").capitalize())


def detail_of(change: VisitChange, *, zone: str) -> str:
    """Return what belongs to a change: from where to where, how, why."""
    reason = change.reason or ""
    if change.change in {Change.MOVED, Change.MOVE_UNDONE} and change.from_starts_at is not None:
        asked = f". {MOVE_WORDS[reason]}" if reason in MOVE_WORDS else ""  # type: ignore[index]
        return f"from {_place(change, zone, was=True)} to {_place(change, zone)}{asked}"
    words = {**_WAYS, **_ROOMS, **{code.value: said for code, said in CANCEL_WORDS.items()}}
    return words.get(reason, reason)


def change_sentence(change: VisitChange, zone: str) -> str:
    """Return what a colleague did and when: "Dana Reyes moved it to Tue, Nov 24, 10:00 AM ET (Mon, ...)."."""
    return f"{change.who} {_what(change, zone)} ({when(change.at, zone)})."


def changed_sentence(refusal: VisitChanged, zone: str) -> str:
    """Return what others did after a page was opened, and what to do now."""
    told = " ".join(change_sentence(one, zone) for one in refusal.changes[-3:]) or refusal.message
    return f"{told} Nothing was overwritten. Look at it as it is now, then make your change if it is still needed."


def _what(change: VisitChange, zone: str) -> str:
    if change.change in {Change.MOVED, Change.MOVE_UNDONE}:
        back = "back " if change.change == Change.MOVE_UNDONE else ""
        return f"moved it {back}to {_place(change, zone)}"
    return _DONE.get(change.change, "changed it")


def _place(change: VisitChange, zone: str, *, was: bool = False) -> str:
    at = change.from_starts_at if was and change.from_starts_at else change.starts_at
    name = change.from_physician_name if was else change.physician_name
    is_other = change.from_physician_name not in {None, change.physician_name}
    return f"{when(at, zone)} with {name}" if is_other else when(at, zone)
