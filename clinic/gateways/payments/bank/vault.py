"""What a bank remembers, in memory and in a journal that outlives a kill: objects, what it answered, what happened."""

import heapq
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from clinic.gateways.journals import reopened
from clinic.kernel.clock import Clock

Thing = dict[str, Any]

_KEYS_LIVE = timedelta(hours=24)
_API_VERSION = "2026-10-28"


class BankRefusal(Exception):
    """An answer that is an error, in Stripe's shape; `payment_intent` stands in it where a card was declined."""

    def __init__(self, status: HTTPStatus, error: Thing) -> None:
        super().__init__(f"{error.get('type')} {error.get('code')}")
        self.status = status
        self.error = error


def refused(message: str, *, code: str = "", status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> BankRefusal:
    """Return a refusal of what was asked."""
    return BankRefusal(status, {"type": "invalid_request_error", "code": code, "message": message})


class Vault:
    """Stripe-shaped objects by id, oldest first; names that begin with an underscore are the bank's own.

    `on_event` is called with each event, `on_due` with each instant at which something will have to be looked at.
    """

    def __init__(self, clock: Clock, journal: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.events: list[Thing] = []
        self.on_event: Callable[[Thing], None] = _nothing
        self.on_due: Callable[[datetime], None] = _nothing
        self._things: dict[str, Thing] = {}
        self._answers: dict[str, Thing] = {}
        self._planned: list[tuple[datetime, str]] = []
        self._heard: set[str] = set()
        self._held: list[Thing] | None = None
        self._journal: int | None = None
        if journal is not None:
            self._journal, entries = reopened(journal)
            self.remember(entries, writes=False)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process: another one that takes a vault over locks it itself."""
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Go on with what another process remembered."""
        self.__dict__.update(state)
        self.lock = threading.RLock()

    def get(self, thing_id: str, kind: str) -> Thing:
        """Return one object; raises BankRefusal for a stranger."""
        found = self._things.get(thing_id)
        if found is None or found["object"] != kind:
            raise refused(f"No such {kind}", code="resource_missing", status=HTTPStatus.NOT_FOUND)
        return found

    def all(self, kind: str) -> list[Thing]:
        """Return every object of a kind, oldest first."""
        return [thing for thing in self._things.values() if thing["object"] == kind]

    def keep(self, thing: Thing) -> Thing:
        """Remember an object as it is now."""
        self._write({"thing": thing})
        self._things[thing["id"]] = thing
        return thing

    def due(self, thing: Thing, *, then: str, after: timedelta) -> None:
        """Plan what becomes of an object by itself; whoever keeps it keeps the plan."""
        instant = self.clock() + after
        thing["_then"], thing["_due_at"] = then, instant.isoformat()
        self._plan(thing)

    def take_due(self) -> Iterable[tuple[str, Thing]]:
        """Return what has come due, in order, each once."""
        now = self.clock()
        while self._planned and self._planned[0][0] <= now:
            thing = self._things[heapq.heappop(self._planned)[1]]
            if thing.pop("_due_at", None):
                yield thing.pop("_then"), thing

    def _plan(self, thing: Thing) -> None:
        instant = datetime.fromisoformat(thing["_due_at"])
        heapq.heappush(self._planned, (instant, thing["id"]))
        self.on_due(instant)

    def new_id(self, prefix: str, key: str) -> str:
        """Return the id of what is made under a key; once the key is forgotten, it makes another one."""
        made = f"{prefix}_{uuid.uuid5(uuid.NAMESPACE_URL, f'{prefix}/{key}').hex[:24]}"
        return self.new_id(prefix, f"{key}'") if made in self._things else made

    def happen(self, said: str, thing: Thing) -> None:
        """Remember that something happened to an object, as it is now, and tell whoever listens."""
        event = {
            "id": self.new_id("evt", f"{thing['id']}/{said}/{len(self.events)}"),
            "object": "event",
            "api_version": _API_VERSION,
            "created": self.seconds(),
            "type": said,
            "livemode": False,
            "pending_webhooks": 1,
            "data": {"object": shown(thing)},
        }
        self._write({"event": event})
        self.events.append(event)
        self.on_event(event)

    def heard(self, event_id: str) -> None:
        """Remember that somebody took a webhook."""
        self._write({"heard": event_id})
        self._heard.add(event_id)

    def unheard(self) -> list[Thing]:
        """Return what happened and nobody took note of, oldest first."""
        return [event for event in self.events if event["id"] not in self._heard]

    def seconds(self) -> int:
        """Return what the clock shows, as Stripe writes it."""
        return int(self.clock().timestamp())

    def once(self, key: str, asked: Thing, act: Callable[[], Thing]) -> Thing:
        """Do what is asked under a key once a day; the same asked again is answered alike, another refused."""
        with self.lock:
            known = self._answers.get(key)
            if known is not None and datetime.fromisoformat(known["until"]) > self.clock():
                return _again(known, asked)
            self._held = []
            kept = {"key": key, "asked": asked, "until": (self.clock() + _KEYS_LIVE).isoformat(), **_outcome(act)}
            self._answers[key] = kept
            written, self._held = [*self._held, {"answer": kept}], None
            self._write(*written)
            return _again(kept, asked)

    def entries(self) -> list[Thing]:
        """Return all that is remembered, as another vault can take it over."""
        with self.lock:
            found = [{"thing": thing} for thing in self._things.values()]
            return [*found, *({"answer": answer} for answer in self._answers.values())]

    def remember(self, entries: Iterable[Thing], *, writes: bool = True) -> None:
        """Take over what another vault, or this one before, remembered."""
        with self.lock:
            for entry in entries:
                if writes:
                    self._write(entry)
                if thing := entry.get("thing"):
                    self._things[thing["id"]] = thing
                    if thing.get("_due_at"):
                        self._plan(thing)
                elif answer := entry.get("answer"):
                    self._answers[answer["key"]] = answer
                elif event := entry.get("event"):
                    self.events.append(event)
                elif event_id := entry.get("heard"):
                    self._heard.add(event_id)

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def _write(self, *entries: Thing) -> None:
        """Write lines at once, so that a kill leaves what was asked either done and answered, or not done."""
        if self._journal is not None and self._held is not None:
            self._held += json.loads(json.dumps(entries))
        elif self._journal is not None:
            os.write(self._journal, b"".join(json.dumps(entry).encode() + b"\n" for entry in entries))


def shown(thing: Thing) -> Thing:
    """Return an object as the world sees it, and as it stays whatever becomes of it."""
    seen: Thing = json.loads(json.dumps({name: value for name, value in thing.items() if not name.startswith("_")}))
    return seen


def _outcome(act: Callable[[], Thing]) -> Thing:
    try:
        return {"answer": json.loads(json.dumps(act())), "error": None, "status": HTTPStatus.OK}
    except BankRefusal as refusal:
        return {"answer": None, "error": refusal.error, "status": refusal.status}


def _again(known: Thing, asked: Thing) -> Thing:
    if known["asked"] != asked:
        message = "Keys for idempotent requests can only be used with the same parameters."
        raise BankRefusal(HTTPStatus.BAD_REQUEST, {"type": "idempotency_error", "code": "", "message": message})
    if known["error"] is not None:
        raise BankRefusal(HTTPStatus(known["status"]), dict(known["error"]))
    answer: Thing = json.loads(json.dumps(known["answer"]))
    return answer


def _nothing(_told: object) -> None:
    """Tell nobody."""
