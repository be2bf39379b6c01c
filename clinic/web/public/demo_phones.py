"""How demo phones read on a page: whose they are, what came last, and what became of each text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.sms.simulator import Bubble, Phone, Thread
from clinic.people import queries as people
from clinic.people.queries import PatientRow

_MOST_PATIENTS = 500
_MOST_SHOWN = 200
_LONGEST_THREAD = 80
NOBODY = "Unknown number"
"""How the phone of somebody who is no patient is called."""

_ASKS = re.compile(r"\b(Reply|Responda) 1\b")
_NOTES: Mapping[str, str] = MappingProxyType(
    {
        "delivered": "Delivered",
        "sent": "Sent, no receipt yet",
        "undelivered": "Never arrived",
        "failed": "Never arrived",
        "canceled": "Called back",
        "received": "",
    }
)
_REASONS: Mapping[int, str] = MappingProxyType(
    {
        30001: "the line was too long",
        30003: "the phone was off",
        30004: "the phone blocks it",
        30005: "no such number",
        30006: "it cannot get texts",
        30007: "filtered out",
        30034: "our number is not registered",
        30036: "its time ran out on the way",
    }
)
_ON_ITS_WAY = "On its way"
_LOST = frozenset({"undelivered", "failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One phone in the list; `last_at` is None for a phone that has no text yet."""

    id: UUID
    name: str
    number: str
    last_body: str
    last_at: datetime | None
    is_mine: bool
    asks: bool
    is_opted_out: bool
    is_off: bool


def list_phones(session: Session, phones: Sequence[Phone], *, text: str, clinic: str) -> list[Shown]:
    """Return the phones with texts, latest first; a search finds every patient's phone, also those without a text."""
    rows = people.page_of_patients(session, text=text, limit=_MOST_PATIENTS)
    owners: dict[str, list[PatientRow]] = {}
    for row in rows:
        owners.setdefault(row.e164, []).append(row)
    patients = people.patients_by_id(session, [row.id for row in rows])
    ids = {row.e164: patients[row.id].phone_id for row in rows}
    with_texts = [phone for phone in phones[:_MOST_SHOWN] if phone.phone in owners or not text]
    shown = [
        _shown(phone, owners.get(phone.phone, []), _id_of(session, phone.phone, ids), clinic=clinic)
        for phone in with_texts
    ]
    silent = set(owners) - {phone.phone for phone in phones} if text else set()
    return [one for one in shown if one] + [_silent(number, owners[number], ids[number]) for number in sorted(silent)]


def bubbles(thread: Thread) -> list[dict[str, object]]:
    """Return the latest texts of a phone as the phone's own owner sees them, oldest first."""
    return [_bubble(text) for text in thread.texts[-_LONGEST_THREAD:]]


def _bubble(text: Bubble) -> dict[str, object]:
    return {
        "out": text.from_clinic,
        "text": text.body,
        "at": text.at,
        "note": note_of(text),
        "is_lost": text.status in _LOST,
    }


def note_of(text: Bubble) -> str:
    """Return what became of a text, in a few words."""
    note = _NOTES.get(text.status, _ON_ITS_WAY)
    reason = _REASONS.get(text.error_code or 0)
    return f"{note}: {reason}" if reason else note


def _id_of(session: Session, number: str, ids: Mapping[str, UUID]) -> UUID | None:
    """Return the phone's id; a number that only an earlier demo knew has none."""
    if number in ids:
        return ids[number]
    found = people.phone_by_number(session, number)
    return found.id if found else None


def _shown(phone: Phone, owners: Sequence[PatientRow], phone_id: UUID | None, *, clinic: str) -> Shown | None:
    if phone_id is None:
        return None
    return Shown(
        id=phone_id,
        name=_names(owners),
        number=phone.phone,
        last_body=phone.last_body.removeprefix(f"{clinic}: "),
        last_at=phone.last_at,
        is_mine=not phone.last_from_clinic,
        asks=phone.last_from_clinic and bool(_ASKS.search(phone.last_body)),
        is_opted_out=phone.opted_out,
        is_off=phone.is_off,
    )


def _silent(number: str, owners: Sequence[PatientRow], phone_id: UUID) -> Shown:
    return Shown(
        id=phone_id,
        name=_names(owners),
        number=number,
        last_body="",
        last_at=None,
        is_mine=False,
        asks=False,
        is_opted_out=False,
        is_off=False,
    )


def _names(owners: Sequence[PatientRow]) -> str:
    return " and ".join(owner.name for owner in owners) or NOBODY
