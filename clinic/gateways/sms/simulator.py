"""The backstage of a stand-in, for the page that shows demo phones and for tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

_SECONDS_TO_CONNECT_AND_READ = (2.0, 5.0)
_AT_ONCE = 250


class SimulatorAway(Exception):
    """The stand-in does not answer, or the provider behind this address is a real one."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One demo phone and its latest text; `last_at` is UTC."""

    phone: str
    texts: int
    opted_out: bool
    last_at: datetime
    last_body: str = field(repr=False)
    last_from_clinic: bool


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
class Thread:
    """All texts of one phone, oldest first."""

    phone: str
    opted_out: bool
    texts: tuple[Bubble, ...]


class Simulator:
    """Client of `/_sim`; every method raises SimulatorAway when the stand-in cannot answer."""

    def __init__(self, base_url: str, account_sid: str, auth_token: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._auth = (account_sid, auth_token)

    def phones(self) -> tuple[Phone, ...]:
        """Return the phones that have a text, latest first."""
        rows = self._ask("GET", "/phones")
        return tuple(Phone(**row | {"last_at": datetime.fromisoformat(row["last_at"])}) for row in rows)

    def thread(self, e164: str) -> Thread:
        """Return one phone's texts; a phone without texts has an empty thread."""
        found = self._ask("GET", f"/phones/{quote(e164)}")
        return Thread(found["phone"], found["opted_out"], tuple(map(_bubble, found["texts"])))

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

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method,
                    f"{self._base_url}/_sim{path}",
                    json=body,
                    auth=self._auth,
                    timeout=_SECONDS_TO_CONNECT_AND_READ,
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
    )
