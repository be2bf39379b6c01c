"""How licenses of pharmacies and registrations of prescribers read on their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from clinic.medication.models import PharmacyLicence, PrescriberRegistration
from clinic.people.rules import STATES
from clinic.web.frame.display import day_text

ENDING_SEEN = timedelta(days=60)

KINDS = (("dea", "Federal (DEA)"), ("cds", "The state\u2019s own (CDS)"))
CHANNELS = (
    ("manual", "A person tells the pharmacy", "By telephone or on its own site. Nothing leaves this system."),
    ("sandbox", "Practice pharmacy", "Invented answers, for trying things out."),
)


class Dated(Protocol):
    """What holds in a state from a day to a day, both included."""

    state: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRow:
    """A license or a registration with what to say of its dates today."""

    row: PharmacyLicence | PrescriberRegistration
    state: str
    kind: str
    word: str
    tone: str
    glyph: str


def dated_rows(rows: Sequence[PharmacyLicence] | Sequence[PrescriberRegistration], *, today: date) -> list[DatedRow]:
    """Return licenses or registrations in their order, each with how it stands."""
    return [_row(each, today=today) for each in rows]


def states_of(rows: Sequence[DatedRow]) -> list[str]:
    """Return the states in which something holds today, with the end where it is near and nothing follows."""
    held = {each.state: each for tone in ("warn", "good") for each in rows if each.tone == tone}
    return [state if one.tone == "good" else f"{state} ({one.word})" for state, one in sorted(held.items())]


def _row(found: PharmacyLicence | PrescriberRegistration, *, today: date) -> DatedRow:
    word, tone, glyph = _standing(found, today)
    kind = dict(KINDS)[found.kind] if isinstance(found, PrescriberRegistration) else ""
    return DatedRow(row=found, state=STATES[found.state], kind=kind, word=word, tone=tone, glyph=glyph)


def _standing(found: Dated, today: date) -> tuple[str, str, str]:
    if found.valid_from > today:
        return f"from {day_text(found.valid_from)}", "info", "\u2026"
    left = (found.valid_until - today).days
    if left < 0:
        return "ended", "neutral", "\u00d7"
    if left > ENDING_SEEN.days:
        return "valid", "good", "\u2713"
    return {0: "ends today", 1: "ends tomorrow"}.get(left, f"ends in {left} days"), "warn", "!"
