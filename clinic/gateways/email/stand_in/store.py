"""The mails that a stand-in has, and what is to go wrong with the next ones."""

import json
import threading
from collections import deque
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

_MOST_KEPT = 5000


class Fault(StrEnum):
    """Ways for one mail to go wrong; `drop-after` keeps the mail, all others do not."""

    REJECT = "reject"
    TEMPFAIL = "tempfail"
    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    DROP_LOST = "drop-lost"
    REFUSE_DATA = "refuse-data"


class Store:
    """Mails in the order in which they came; `journal` is a JSON-lines file that outlives a killed process."""

    def __init__(self, journal: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._mails: deque[tuple[int, bytes]] = deque(maxlen=_MOST_KEPT)
        self._count = 0
        self._faults: deque[Fault] = deque()
        self._journal = journal
        for line in journal.read_text().splitlines() if journal and journal.exists() else ():
            self._take(json.loads(line).encode())

    def take(self, mail: bytes) -> None:
        """Keep a mail."""
        with self._lock:
            self._take(mail)
            if self._journal is not None:
                with self._journal.open("a") as file:
                    file.write(json.dumps(mail.decode("ascii", "replace")) + "\n")

    def shown(self, *, limit: int, number: int | None) -> list[dict[str, Any]]:
        """Return the newest mails as the backstage tells them, newest first; with `number` that one only."""
        with self._lock:
            kept = [pair for pair in reversed(self._mails) if number is None or pair[0] == number][:limit]
        return [_shown(*pair) for pair in kept]

    def plan_faults(self, kinds: list[str]) -> None:
        """Let the next mails go wrong one after the other; raises ValueError for an unknown kind."""
        faults = [Fault(kind) for kind in kinds]
        with self._lock:
            self._faults = deque(faults)

    def fault_for(self, address: str, among: frozenset[Fault]) -> Fault | None:
        """Return what is to go wrong at this step: what the address itself asks for, or what was planned."""
        by_name = address.partition("@")[0].rpartition("+")[2]
        if by_name in among:
            return Fault(by_name)
        with self._lock:
            return self._faults.popleft() if self._faults and self._faults[0] in among else None

    def _take(self, mail: bytes) -> None:
        self._count += 1
        self._mails.append((self._count, mail))


def _shown(number: int, mail: bytes) -> dict[str, Any]:
    message = message_from_bytes(mail, policy=default)
    body, calendar = message.get_body(("plain",)), message.get_body(("calendar",))
    invitation = calendar or next((part for part in message.walk() if part.get_content_subtype() == "calendar"), None)
    return {
        "number": number,
        "message_id": message["Message-ID"] or "",
        "to": str(message["To"] or ""),
        "sender": str(message["From"] or ""),
        "subject": str(message["Subject"] or ""),
        "body": body.get_content().replace("\r\n", "\n") if body else "",
        "at": parsedate_to_datetime(message["Date"]).astimezone(UTC).isoformat(),
        "method": invitation.get_param("method") if invitation else None,
        "calendar": cast("EmailMessage", invitation).get_content() if invitation else None,
    }
