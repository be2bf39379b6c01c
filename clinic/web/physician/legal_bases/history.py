"""What a legal basis said before, from the audit trail, and how a typed one differs from the saved one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.audit import queries as audit
from clinic.audit.models import AuditEvent
from clinic.audit.rules import SetupKind
from clinic.people.rules import STATES
from clinic.web.frame.display import day_text, when
from clinic.web.frame.forms import FormState
from clinic.web.physician.legal_bases.form import LABELS

_ACTIONS = {
    "legal_basis.added": "Written down",
    "legal_basis.changed": "Changed",
    "legal_basis.removed": "Removed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisChange:
    """One change with each box before and after; `before` is empty where it is new."""

    when: str
    who: str
    what: str
    why: str
    boxes: list[tuple[str, str, str]]


def changes_of_basis(session: Session, basis_id: UUID, *, zone: str) -> list[BasisChange]:
    """Return what was done to a basis, the newest first."""
    events = audit.events_of_setup(session, kinds=[SetupKind.LEGAL_BASIS], about=basis_id)
    return [_change(event, zone=zone) for event in events]


def _change(event: AuditEvent, *, zone: str) -> BasisChange:
    before = event.details.get("before") or {}
    return BasisChange(
        when=when(event.occurred_at, zone, "full"),
        who=event.actor_name,
        what=_ACTIONS.get(event.action, "Changed"),
        why=str(event.details.get("reason") or ""),
        boxes=_boxes(before, event.details) if event.action == "legal_basis.changed" else [],
    )


def _boxes(before: Mapping[str, object], after: Mapping[str, object]) -> list[tuple[str, str, str]]:
    return [
        (label, read(name, before[name]), read(name, after.get(name)))
        for name, label in LABELS.items()
        if name in before
    ]


def read(name: str, value: object) -> str:
    """Return a saved or typed value of a box as the page writes it."""
    if name == "needs_in_person_exam":
        return "yes" if value in {True, "yes"} else "no"
    if value is None or value == "":
        return "every state" if name == "state" else "open" if name == "valid_until" else "nothing"
    text = str(value)
    return day_text(date.fromisoformat(text)) if name.startswith("valid_") and _is_day(text) else _named(name, text)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _named(name: str, text: str) -> str:
    return STATES.get(text, text) if name == "state" else text


def differing(saved: FormState, typed: FormState) -> list[tuple[str, str, str]]:
    """Return label, saved and typed value of each box in which the two differ."""
    return [
        (label, read(name, saved.value(name)), read(name, typed.value(name)))
        for name, label in LABELS.items()
        if saved.value(name) != typed.value(name)
    ]
