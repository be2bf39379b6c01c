"""What a page is about, and who is told by a step when places of the rota are empty or a phone cannot be texted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from clinic.oncall.rules.steps import Channel, Group, Telling
from clinic.people.rules.contact_log import CallOutcome


class PageKind(StrEnum):
    """What happened."""

    DANGER_WORDS = "danger_words"
    LANE_PAUSED = "lane_paused"
    URGENT_FLAG = "urgent_flag"
    SESSION_EMERGENCY = "session_emergency"


TITLES: Mapping[PageKind, str] = MappingProxyType(
    {
        PageKind.DANGER_WORDS: "A text sounds like danger",
        PageKind.LANE_PAUSED: "Texts are on hold",
        PageKind.URGENT_FLAG: "A clinical check needs a physician now",
        PageKind.SESSION_EMERGENCY: "Somebody at a visit at home asks for help now",
    }
)
"""What lists and the line over every page call it; no word about anybody."""

OUTCOMES: Mapping[CallOutcome, str] = MappingProxyType(
    {
        CallOutcome.REACHED: "Spoke with the patient",
        CallOutcome.LEFT_MESSAGE: "Left a message",
        CallOutcome.NO_ANSWER: "No answer",
        CallOutcome.WRONG_NUMBER: "Wrong number",
    }
)
"""How the call to whoever wrote may end, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be told; `phone_id` is None without a number, `can_text` says whether a text would arrive."""

    staff_id: UUID
    name: str
    email: str
    phone_id: UUID | None = None
    e164: str | None = None
    can_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallNow:
    """Who is on call at an instant; somebody whose account is off does not count."""

    first: Person | None = None
    backup: Person | None = None

    @property
    def is_nobody(self) -> bool:
        """Tell whether nobody at all is on call."""
        return self.first is None and self.backup is None


Notice = tuple[Person, Channel]


def notices_of(tells: Collection[Telling], *, now: OnCallNow, admins: Collection[Person]) -> list[Notice]:
    """Return who is told by which channel, each once, in a fixed order.

    The backup stands in for a missing first, administrators for a missing backup. A text that would not arrive is kept,
    so that the page says so, and an e-mail goes out at once beside it.
    """
    told: dict[tuple[UUID, Channel], Notice] = {}
    for group, channel in sorted(tells):
        for person, way in _reached(group, channel, now=now, admins=admins):
            told[person.staff_id, way] = (person, way)
    return [told[key] for key in sorted(told, key=lambda key: (told[key][0].name, key[1] is Channel.EMAIL, key[0]))]


def _reached(group: Group, channel: Channel, *, now: OnCallNow, admins: Collection[Person]) -> list[Notice]:
    person = _person_of(group, now)
    if person is None:
        return [(each, Channel.EMAIL) for each in admins]
    if channel is Channel.TEXT and not person.can_text:
        return [(person, Channel.TEXT), (person, Channel.EMAIL)]
    return [(person, channel)]


def _person_of(group: Group, now: OnCallNow) -> Person | None:
    if group is Group.FIRST:
        return now.first or now.backup
    return now.backup if group is Group.BACKUP and now.first else None
