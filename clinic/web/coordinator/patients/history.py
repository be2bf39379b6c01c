"""The history on a patient's page: which part of it is asked for, and the links to the others."""

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from flask import url_for
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from clinic.dashboards.history_sources import Source
from clinic.dashboards.patient_history import PatientHistory, Place, Shown, patient_history
from clinic.messaging.rules.templates import Facts
from clinic.web.frame.forms import FormModel
from clinic.web.frame.requests import runtime
from clinic.web.history_words import days_of

_WORDS = {
    Shown.TEXTS: ("text", "texts"),
    Shown.CALLS: ("call", "calls"),
    Shown.NOTES: ("note", "notes"),
    Shown.VISITS: ("about visits", "about visits"),
    Shown.CHANGES: ("change", "changes"),
}
_STAMP = "%Y%m%dT%H%M%S%fZ"
_PLACE = re.compile(r"([0-9]{8}T[0-9]{12}Z)~([a-z_]{1,12})~([0-9a-f-]{1,40})")


def place_of(typed: object) -> Place:
    """Read where an older page begins, as `cursor` writes it."""
    found = _PLACE.fullmatch(typed) if isinstance(typed, str) else None
    place = _read(*found.groups()) if found else None
    if place is None:
        raise ValueError("This page of the history does not exist. Start from the newest entry.")
    return place


def _read(stamp: str, source: str, key: str) -> Place | None:
    try:
        return Place(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), Source(source), key)
    except ValueError:
        return None


def cursor(place: Place) -> str:
    """Return a place in a history as it stands in an address."""
    return f"{place.at.astimezone(UTC).strftime(_STAMP)}~{place.source}~{place.id}"


class HistoryQuery(FormModel):
    """Which entries to show, and from where on."""

    show: Shown | None = None
    before: Annotated[Place, BeforeValidator(place_of)] | None = None


def history_part(session: Session, patient_id: UUID, wanted: HistoryQuery) -> dict[str, object]:
    """Return what the history shows, with its filters and its links to newer and older entries."""
    found = patient_history(
        session,
        patient_id=patient_id,
        facts=Facts(clinic=runtime().clinic.name, phone=runtime().clinic.phone),
        shown=wanted.show,
        before=wanted.before,
    )
    older = cursor(found.older) if found.older else None
    return {
        "history": days_of(found.entries, runtime().clinic.zone),
        "history_counts": _filters(found, patient_id),
        "history_shows": wanted.show or "all",
        "newest_url": _url(patient_id, show=wanted.show) if wanted.before else None,
        "older_url": _url(patient_id, show=wanted.show, before=older) if older else None,
    }


def _filters(found: PatientHistory, patient_id: UUID) -> list[tuple[int, str, str, str]]:
    every = (sum(found.counts.values()), "in all", _url(patient_id), "all")
    numbers = [(found.counts[shown], shown, words) for shown, words in _WORDS.items()]
    own = [(number, words[number != 1], _url(patient_id, show=shown), str(shown)) for number, shown, words in numbers]
    return [every, *own]


def _url(patient_id: UUID, **query: object) -> str:
    return url_for("coordinator.patient", patient_id=patient_id, _anchor="history", **query)  # type: ignore[arg-type]
