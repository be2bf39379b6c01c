"""What the pretend phone company has on record about a demo phone, and what it can be told to do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from clinic.gateways.sms.outcomes import advice_for
from clinic.gateways.sms.simulator import Bubble, Conduct, Persona, Simulator, Thread

_NIGHT = time(21)
_AN_HOUR = timedelta(hours=1)
_MOST_SHOWN = 8
_LONGEST_WORDS = 60

PERSONAS: Mapping[str, str] = MappingProxyType(
    {
        Persona.CONFIRMS: "Confirms after 3 minutes",
        Persona.GOES_SILENT: "Answers once, then goes silent",
        Persona.STOPS_AT_4: "Sends STOP at the fourth text",
        Persona.NINE: "Answers 9",
        Persona.NINE_WORD: "Answers “nine”",
        Persona.EMOJI: "Answers with a thumbs up",
        Persona.TWO_AT_ONCE: "Sends 1 and 2 at once",
        Persona.REPLAYS: "Answers 1, and the report comes twice",
    }
)
"""How each persona reads in the list to choose from."""


class Order(StrEnum):
    """What a phone is told by a button."""

    OFF = "off"
    ON = "on"
    HOLD = "hold"
    LET_THROUGH = "let_through"


class Move(StrEnum):
    """What is done with the company's clock."""

    STOP = "stop"
    RUN = "run"
    HOUR = "hour"
    EVENING = "evening"
    REAL = "real"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One text as the company sees it: its statuses in their order, and what its code means for a person."""

    at: datetime
    words: str
    statuses: tuple[str, ...]
    error_code: int | None
    advice: str


def records_of(thread: Thread, *, clinic: str) -> list[Record]:
    """Return the latest texts that the clinic handed over for a phone, newest first."""
    ours = [text for text in thread.texts if text.from_clinic and text.attempt_id]
    return [_record(text, clinic=clinic) for text in reversed(ours[-_MOST_SHOWN:])]


def obey(client: Simulator, e164: str, order: Order, *, zone: str) -> Conduct:
    """Tell a phone to be off or on, or the company to keep its texts until 9 PM where it is."""
    match order:
        case Order.OFF | Order.ON:
            return client.conduct(e164, off=order is Order.OFF)
        case Order.HOLD:
            return client.conduct(e164, lands_at=next_evening(client.clock().now, zone))
        case Order.LET_THROUGH:
            return client.conduct(e164, lands_at=None)


def move(client: Simulator, asked: Move, *, zone: str) -> None:
    """Move the company's clock; the reports come while the page is on its way already."""
    match asked:
        case Move.STOP:
            client.freeze()
        case Move.RUN:
            client.run()
        case Move.REAL:
            client.real_time()
        case Move.HOUR:
            client.advance(_AN_HOUR.total_seconds(), wait=False)
        case Move.EVENING:
            now = client.clock().now
            client.advance((next_evening(now, zone) - now).total_seconds(), wait=False)


def next_evening(now: datetime, zone: str) -> datetime:
    """Return the next 9 PM of a zone."""
    here = now.astimezone(ZoneInfo(zone))
    day = here.date() if here.time() < _NIGHT else here.date() + timedelta(days=1)
    return datetime.combine(day, _NIGHT, ZoneInfo(zone))


def _record(text: Bubble, *, clinic: str) -> Record:
    words = text.body.removeprefix(f"{clinic}: ")
    has_failed = text.status in {"undelivered", "failed"}
    return Record(
        at=text.at,
        words=words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS].rstrip()}…",
        statuses=("accepted", *text.history),
        error_code=text.error_code,
        advice=advice_for(text.error_code) if has_failed else "",
    )
