"""The backstage of a stand-in, for the page that shows demo phones and for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import requests

_SECONDS_TO_CONNECT, _SECONDS_TO_READ, _PATIENCE = 2.0, 5.0, 60.0
_AT_ONCE = 250


class SimulatorAway(Exception):
    """The stand-in does not answer, or the provider behind this address is a real one."""


class Persona(StrEnum):
    """How the owner of a phone reacts to the clinic's texts."""

    CONFIRMS = "confirms"
    GOES_SILENT = "goes_silent"
    STOPS_AT_4 = "stops_at_4"
    NINE = "nine"
    NINE_WORD = "nine_word"
    EMOJI = "emoji"
    TWO_AT_ONCE = "two_at_once"
    REPLAYS = "replays"


@dataclass(frozen=True, slots=True)
class Phone:
    """One demo phone and its latest text; `last_at` is UTC."""

    phone: str
    texts: int
    opted_out: bool
    last_at: datetime
    last_body: str = field(repr=False)
    last_from_clinic: bool
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on a demo phone; `from_clinic` says which side it stands on."""

    sid: str
    from_clinic: bool
    to: str
    from_: str
    body: str = field(repr=False)
    status: str
    error_code: int | None
    at: datetime
    segments: int
    attempt_id: str | None
    history: tuple[str, ...]
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastText:
    """A text that came to its end before the stand-in began; `direction` is `outbound-api` or `inbound`."""

    sid: str
    to: str = field(repr=False)
    from_: str = field(repr=False)
    body: str = field(repr=False)
    direction: str
    status: str
    at: datetime
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a phone is told to do: be off, get its texts at an instant only, answer as a persona does."""

    is_off: bool = False
    lands_at: datetime | None = None
    persona: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """All texts of one phone, oldest first."""

    phone: str
    opted_out: bool
    texts: tuple[Bubble, ...]
    conduct: Conduct = Conduct()


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the stand-in's clock shows, and whether somebody stopped or moved it."""

    now: datetime
    is_frozen: bool
    is_real: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """Texts for each phone, ids of texts that should not have left, and attempts that left more than once."""

    counts: Mapping[str, int]
    outside_window: tuple[str, ...]
    after_stop: tuple[str, ...]
    doubled: Mapping[str, Sequence[str]]


class Simulator:
    """Client of `/_sim`; every method raises SimulatorAway when the stand-in cannot answer."""

    def __init__(self, base_url: str, account_sid: str, auth_token: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._auth = (account_sid, auth_token)

    @property
    def address(self) -> str:
        """Where the stand-in listens, for its clients of the other kind."""
        return self._base_url

    def phones(self) -> tuple[Phone, ...]:
        """Return the phones that have a text, latest first."""
        rows = self._ask("GET", "/phones")
        return tuple(Phone(**row | {"last_at": datetime.fromisoformat(row["last_at"])}) for row in rows)

    def thread(self, e164: str) -> Thread:
        """Return one phone's texts; a phone without texts has an empty thread."""
        found = self._ask("GET", f"/phones/{quote(e164)}")
        texts = tuple(map(_bubble, found["texts"]))
        return Thread(found["phone"], found["opted_out"], texts, _conduct(found["conduct"]))

    def reply(self, e164: str, body: str) -> Bubble:
        """Send a text from a phone; the clinic hears of it a moment later through its webhook."""
        return _bubble(self._ask("POST", "/inbound", {"from": e164, "body": body}))

    def remember(self, texts: Sequence[PastText]) -> None:
        """Let phones have these texts from the past, oldest first; the clinic hears nothing of it."""
        for begin in range(0, len(texts), _AT_ONCE):
            rows = [_past_row(text) for text in texts[begin : begin + _AT_ONCE]]
            self._ask("POST", "/remember", {"texts": rows})

    def dump(self) -> tuple[Bubble, ...]:
        """Return every text that the clinic sent and the stand-in accepted, oldest first."""
        return tuple(map(_bubble, self._ask("GET", "/dump")))

    def faults(self, spec: str) -> None:
        """Let requests and reports go wrong from now on; blank ends it."""
        self._ask("POST", "/faults", {"spec": spec})

    def reset(self) -> None:
        """Forget every text and every opt-out."""
        self._ask("POST", "/reset", {})

    def conduct(self, e164: str, **asked: object) -> Conduct:
        """Tell a phone what to do: `off` (bool), `lands_at` (instant or None), `persona` (its name or None)."""
        sent = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asked.items()}
        return _conduct(self._ask("POST", f"/phones/{quote(e164)}/conduct", sent))

    def clock(self) -> ClockState:
        """Return what the stand-in's clock shows."""
        return _clock(self._ask("GET", "/clock"))

    def freeze(self) -> ClockState:
        """Stop the clock; texts stay where they are."""
        return _clock(self._ask("POST", "/clock", {"do": "freeze"}))

    def advance(self, seconds: float, *, wait: bool = True) -> ClockState:
        """Move the clock on; every step on the way was taken, and reported to the clinic, when this returns.

        The clinic itself asks not to wait, because the reports come to it.
        """
        asked = {"do": "advance", "seconds": seconds, "wait": wait}
        return _clock(self._ask("POST", "/clock", asked, patience=_PATIENCE))

    def run(self) -> ClockState:
        """Let the clock go on from where it stands."""
        return _clock(self._ask("POST", "/clock", {"do": "run"}))

    def real_time(self) -> ClockState:
        """Put the clock right again; what is planned keeps its distance from now."""
        return _clock(self._ask("POST", "/clock", {"do": "real"}))

    def findings(self, zones: Mapping[str, str] | None = None, *, zone: str = "America/New_York") -> Findings:
        """Return what a harness asks after a run; `zones` says where phones live, `zone` where all others do."""
        found = self._ask("POST", "/findings", {"zones": dict(zones or {}), "zone": zone})
        outside, after = tuple(found["outside_window"]), tuple(found["after_stop"])
        return Findings(found["counts"], outside, after, found["doubled"])

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, patience: float = _SECONDS_TO_READ
    ) -> Any:  # noqa: ANN401 - JSON
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method,
                    f"{self._base_url}/_sim{path}",
                    json=body,
                    auth=self._auth,
                    timeout=(_SECONDS_TO_CONNECT, patience),
                    allow_redirects=False,
                )
                answer.raise_for_status()
                return answer.json() if answer.content else None
        except requests.RequestException as error:
            raise SimulatorAway("The phone simulator does not answer.") from error


def _past_row(text: PastText) -> dict[str, Any]:
    row = {name: getattr(text, name) for name in ("sid", "to", "body", "direction", "status", "error_code")}
    return row | {"from": text.from_, "at": text.at.isoformat()}


def _bubble(row: dict[str, Any]) -> Bubble:
    return Bubble(
        sid=row["sid"],
        from_clinic=row["direction"] != "inbound",
        to=row["to"],
        from_=row["from"],
        body=row["body"],
        status=row["status"],
        error_code=row["error_code"],
        at=datetime.fromisoformat(row["at"]),
        segments=row["segments"],
        attempt_id=row["attempt_id"],
        history=tuple(row["history"]),
        moments=tuple(datetime.fromisoformat(moment) for moment in row["moments"]),
    )


def _conduct(row: dict[str, Any]) -> Conduct:
    lands_at = row["lands_at"]
    return Conduct(row["is_off"], datetime.fromisoformat(lands_at) if lands_at else None, row["persona"])


def _clock(row: dict[str, Any]) -> ClockState:
    return ClockState(datetime.fromisoformat(row["now"]), row["is_frozen"], row["is_real"])
