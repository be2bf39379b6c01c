"""Who stands at the door: what a page knows about the one who asks, and what it asks of the sign-in domain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from flask import Flask, current_app

from clinic.kernel.actor import ANONYMOUS, Actor

AREA = "area"
"""The purpose of a signed-in patient's pass, which reaches every page of the patient's own."""

OF_OTHERS = frozenset({"support"})
"""Purposes of links that are not the patient's own; a signed-in patient does not reach their pages."""

FRESH = timedelta(minutes=5)
"""A second factor older than this is asked for again before a grave action (ASVS 7.5.3)."""

_DOOR = "clinic_front_door"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPass:
    """What a patient reaches: one patient, one purpose, one resource by a link; every page, signed in by a code.

    Signed in there is no link, and the resource is the check-in in hand, or the patient.
    """

    link_id: UUID | None
    patient_id: UUID
    purpose: str
    resource_kind: str
    resource_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The one who asks; `mfa_at` is None while the second factor is missing."""

    actor: Actor
    session_id: UUID | None = None
    mfa_at: datetime | None = None
    link: LinkPass | None = None

    @property
    def is_in_area(self) -> bool:
        """Tell whether this is a patient who signed in by a code."""
        return self.link is not None and self.link.purpose == AREA

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the second factor was given within the last five minutes."""
        return self.mfa_at is not None and now - self.mfa_at <= FRESH


STRANGER = Visitor(actor=ANONYMOUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """One request at the door; `lengthens` says whether it counts as activity."""

    now: datetime
    ip: str | None
    request_id: str
    endpoint: str
    lengthens: bool


class FrontDoor(Protocol):
    """How pages learn who asks; the real one is in `front_door.py`, tests bring their own."""

    def staff(self, token: str, knock: Knock) -> Visitor | None:
        """Return the staff member of a live session token, or None."""

    def link(self, token: str, knock: Knock) -> Visitor | None:
        """Return the patient of a live link session token, or None."""

    def area(self, token: str, knock: Knock) -> Visitor | None:
        """Return the patient of a live session of the own area, or None."""

    def refused(self, by: Actor, knock: Knock) -> None:
        """Write down that somebody known was refused a page."""


def hang(app: Flask, door: FrontDoor) -> None:
    """Use this door for the application."""
    app.extensions[_DOOR] = door


def front_door() -> FrontDoor:
    """Return the application's door."""
    door: FrontDoor = current_app.extensions[_DOOR]
    return door
