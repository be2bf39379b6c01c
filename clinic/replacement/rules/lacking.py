"""Why a visit has no new place: the one rule that would have to give way, the cheapest first, and who can do that."""

from enum import StrEnum
from typing import NamedTuple


class Lacking(StrEnum):
    """What keeps a visit from every place, in the order in which giving way costs least."""

    CONTENDED = "contended"
    NOTICE = "notice"
    CAP = "cap"
    PATIENT_HOURS = "patient_hours"
    SUPPORT_HOURS = "support_hours"
    COURSE = "course"
    WINDOW = "window"
    PATIENT_BUSY = "patient_busy"
    BUSY = "busy"
    LICENSE = "license"
    CLOSURE = "closure"
    LEGAL = "legal"
    EVERYTHING = "everything"


class Help(StrEnum):
    """What a person can do where no place was found."""

    CALL = "call"
    PLAN = "plan"
    MOVE = "move"


class Advice(NamedTuple):
    """One sentence for the list, and the helpful steps."""

    sentence: str
    helps: tuple[Help, ...]


_SENTENCES = {
    Lacking.CONTENDED: ("Every place that fits goes to another visit of this list", "open more hours for them"),
    Lacking.NOTICE: ("Only times sooner than the notice of this visit are free", "ask the patient, then move it"),
    Lacking.CAP: ("Only days on which a physician has reached a cap are left", "raise the cap, or overbook"),
    Lacking.PATIENT_HOURS: ("Only hours are free in which the patient cannot be there", "ask for one exception"),
    Lacking.SUPPORT_HOURS: (
        "Only hours are free in which the support person cannot be there",
        "ask whether somebody else can",
    ),
    Lacking.COURSE: ("Every free time is too close to another visit of the course, or too late", "plan the dates anew"),
    Lacking.WINDOW: ("Nothing is free near the old date", "agree on a later day with the patient"),
    Lacking.PATIENT_BUSY: ("The patient has another visit at every free time", "move that one first"),
    Lacking.BUSY: ("No licensed physician has a free time", "open extra hours, or overbook"),
    Lacking.LICENSE: ("Only physicians without a license for the patient's state are free", "open extra hours"),
    Lacking.CLOSURE: ("The clinic is closed at every time that would do", "take the closure back for this visit"),
    Lacking.LEGAL: ("Free times are only after the end of the legal basis", "ask a physician about the basis"),
    Lacking.EVERYTHING: ("No time would do even if one rule gave way", "call the patient"),
}
_PLAN = frozenset({Lacking.COURSE, Lacking.PATIENT_HOURS, Lacking.SUPPORT_HOURS, Lacking.WINDOW})


def advice_on(lacking: Lacking, *, is_session: bool, detail: str = "") -> Advice:
    """Return the sentence, with a detail such as the name of a cap, and what helps; sessions go to the planner."""
    what, remedy = _SENTENCES[lacking]
    named = f" ({detail.rstrip('.')})" if detail else ""
    steps = [Help.PLAN] if is_session and lacking in _PLAN else [Help.MOVE]
    return Advice(f"{what}{named}: {remedy}.", (*steps, Help.CALL))
