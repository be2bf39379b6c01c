"""Decisions about being on call as pure functions: shifts, steps, and who is told."""

from clinic.oncall.rules.calls import OUTCOMES, TITLES, Notice, OnCallNow, PageKind, Person, notices_of
from clinic.oncall.rules.shifts import GAP_WARNS, ROTA_SHOWS, Place, Span, checked_span, uncovered
from clinic.oncall.rules.steps import STEPS, WAITS, Channel, Group, Turn, turn_of

__all__ = [
    "GAP_WARNS",
    "OUTCOMES",
    "ROTA_SHOWS",
    "STEPS",
    "TITLES",
    "WAITS",
    "Channel",
    "Group",
    "Notice",
    "OnCallNow",
    "PageKind",
    "Person",
    "Place",
    "Span",
    "Turn",
    "checked_span",
    "notices_of",
    "turn_of",
    "uncovered",
]
