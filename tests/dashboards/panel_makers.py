"""Rows of a panel for rules, and patients with scores made as patients make them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.dashboards.panel_rules import Facts
from clinic.monitoring.actions import answering
from clinic.people.queries import patient
from tests.domains.monitoring.check_in_makers import survey

_ITEMS = {"phq9": 9, "gad7": 7}


def row(number: int = 1, **changes: object) -> Facts:
    """Return a patient in maintenance of whom everything is well known; say what is different."""
    usual = dict.fromkeys(Facts._fields) | {
        "id": UUID(int=number),
        "record_number": f"R{number}",
        "last_name": "Invented",
        "first_name": "Ana",
        "search_key": f"invented ana {number}",
        "state": "FL",
        "zone": "America/New_York",
        "status": "active",
        "phase": "maintenance",
        "silent_days": 3,
        **dict.fromkeys(("taken", "phq_count", "gad_count", "flags", "missed"), 0),
    }
    return Facts(**{**usual, **changes})


def answers(key: str, total: int) -> dict[str, int]:
    """Return answers that add up to a total, as even as may be and without a thought of self-harm where possible."""
    count = _ITEMS[key]
    items = {f"q{number}": 0 for number in range(1, count + 1)}
    for _ in range(total):
        least = min((name for name in items if items[name] < 3), key=lambda name: (name == "q9", items[name]))
        items[least] += 1
    return items


def score(session: Session, patient_id: UUID, key: str, total: int, *, at: datetime) -> None:
    """Let a patient be asked, answer and send."""
    asked = survey(session, patient(session, patient_id), key, now=at)
    asked.save(key, answers(key, total), now=at)
    answering.submit(session, check_in_id=asked.id, by=asked.by, now=at)
    session.flush()
