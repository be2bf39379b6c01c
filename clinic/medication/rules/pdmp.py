"""Looks into a state's prescription monitoring program: what a physician reports of one, and how long it counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from clinic.kernel.text import clean_line, clean_note
from clinic.medication.errors import PdmpRefused
from clinic.people.rules import STATES

PROGRAM = {"FL": "s. 893.055(8), F.S.", "NJ": "N.J.A.C. 13:45A-35.9"}
"""Where the duty to look stands, by state."""

MOST_DAYS_IN_OUTAGE = 3
"""The longest supply while a program cannot be reached (s. 893.055(8), F.S.); this clinic's choice in both states."""

_MOST_COUNT = 999
_LONGEST = {"reference": 60, "outage": 500, "note": 2000}
_OLDEST = timedelta(days=30)


class PdmpResult(StrEnum):
    """What the program showed besides this clinic's own prescriptions."""

    NOTHING_ELSE = "nothing_else"
    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdmpReport:
    """What a physician reports; counts leave this clinic out, `outage` says what was done where it was unavailable."""

    state: str
    checked_at: datetime
    result: str
    reference: str | None = None
    prescribers: int = 0
    pharmacies: int = 0
    has_other_ketamine: bool = False
    outage: str | None = None
    note: str | None = None


def checked_report(report: PdmpReport, *, patient_state: str, now: datetime) -> PdmpReport:
    """Return the report with its words cleaned, or raise PdmpRefused at the first field that cannot stand."""
    wanted = replace(
        report,
        reference=clean_line(report.reference or "", field="reference") or None,
        outage=clean_note(report.outage or "", field="outage") or None,
        note=clean_note(report.note or "", field="note") or None,
    )
    demands = (
        *_about_the_look(wanted, patient_state, now),
        *_about_the_result(wanted),
        *_about_the_findings(wanted),
        *_about_lengths(wanted),
    )
    for field, is_fine, sentence in demands:
        if not is_fine:
            raise PdmpRefused(sentence, field=field)
    return wanted


def counts_until(checked_at: datetime, *, valid_days: int) -> datetime:
    """Return the last instant at which a look counts."""
    return checked_at + timedelta(days=valid_days)


def look_due_on(*, ordered_on: date, looked_on: date | None, result: str | None) -> date | None:
    """Return the day by which the next look for a live order is due; None while the last one has an answer.

    Each supply has a look of its own, without which it is not let out (s. 893.055(8), F.S.). What is left to fall due
    is a look that could not be had: it follows before the supply is over that the outage allowed.
    """
    if looked_on is None:
        return ordered_on
    return looked_on + timedelta(days=MOST_DAYS_IN_OUTAGE) if result == PdmpResult.UNAVAILABLE else None


_Demand = tuple[str, bool, str]


def _about_the_look(wanted: PdmpReport, patient_state: str, now: datetime) -> Iterator[_Demand]:
    names = STATES.get(wanted.state, wanted.state), STATES.get(patient_state, patient_state)
    yield (
        "state",
        wanted.state == patient_state,
        f"This is {names[0]}'s program, and the patient is in {names[1]}. Look there ({PROGRAM[patient_state]}).",
    )
    yield "checked_at", wanted.checked_at <= now, "This is still to come. Enter when you looked."
    is_recent = wanted.checked_at >= now - _OLDEST
    yield "checked_at", is_recent, f"This is more than {_OLDEST.days} days ago. Look again, then enter that."


def _about_the_result(wanted: PdmpReport) -> Iterator[_Demand]:
    is_out = wanted.result == PdmpResult.UNAVAILABLE
    yield "result", wanted.result in set(PdmpResult), "Choose what the program showed."
    yield "outage", not is_out or bool(wanted.outage), "Say why it could not be reached and what you looked at instead."
    yield "outage", is_out or not wanted.outage, "Leave this empty, or choose that the program could not be reached."
    yield "reference", is_out or bool(wanted.reference), "Enter the program's number of your query."
    yield "reference", not is_out or not wanted.reference, "There is no number where the program could not be reached."


def _about_the_findings(wanted: PdmpReport) -> Iterator[_Demand]:
    for field in ("prescribers", "pharmacies"):
        count: int = getattr(wanted, field)
        is_count = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= _MOST_COUNT
        yield field, is_count, f"Enter a whole number from 0 to {_MOST_COUNT}, this clinic left out."
    has_found = bool(wanted.prescribers or wanted.pharmacies or wanted.has_other_ketamine)
    is_seen = wanted.result in {PdmpResult.EXPLAINED, PdmpResult.UNEXPLAINED}
    yield "result", is_seen or not has_found, "Something else was found. Choose whether the patient can explain it."
    yield "note", not is_seen or bool(wanted.note), "Say what was found, and what the patient says about it."


def _about_lengths(wanted: PdmpReport) -> Iterator[_Demand]:
    for field, longest in _LONGEST.items():
        words = getattr(wanted, field) or ""
        yield field, len(words) <= longest, f"Write at most {longest} characters; this has {len(words)}."
