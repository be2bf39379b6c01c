"""Everything the pretend provider remembers, in memory and, so that a kill loses nothing, in a journal."""

import json
import os
import threading
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from clinic.gateways.journals import reopened
from clinic.gateways.sms.stand_in.conduct import ORDINARY_CONDUCT, Conduct, conduct_from
from clinic.gateways.sms.stand_in.texts import FINAL, Text, text_from


class Store:
    """Texts by id and by phone, opted-out phones, their conduct, and tries of each number; safe for threads.

    A phone opts out of one sender, a messaging service; a blank sender stands for all of them.
    """

    def __init__(self, journal: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._texts: dict[str, Text] = {}
        self._by_phone: dict[str, list[str]] = defaultdict(list)
        self._opted_out: set[tuple[str, str]] = set()
        self._conduct: dict[str, Conduct] = {}
        self._tries: Counter[str] = Counter()
        self._journal: int | None = None
        if journal is not None:
            self._journal, entries = reopened(journal)
            for entry in entries:
                self._apply(entry)

    def add(self, text: Text) -> None:
        """Remember a new text."""
        self._record({"do": "add", "text": text.as_record()})

    def change(
        self, sid: str, *, status: str, at: datetime, error_code: int | None = None, was: str | None = None
    ) -> Text | None:
        """Move a text on, unless it has come to its end, is gone, or is not any more what it `was`."""
        with self._lock:
            text = self._texts.get(sid)
            if text is None or text.status in FINAL or was not in {None, text.status}:
                return None
            entry = {"do": "change", "sid": sid, "status": status, "at": at.isoformat(), "code": error_code}
            self._record(entry)
            return text

    def redact(self, sid: str) -> None:
        """Blank the body of a text."""
        self._record({"do": "redact", "sid": sid})

    def remove(self, sid: str) -> None:
        """Forget a text."""
        self._record({"do": "remove", "sid": sid})

    def opt(self, phone: str, *, out: bool, sender: str = "") -> None:
        """Block a phone for a sender or open it again."""
        self._record({"do": "opt", "phone": phone, "out": out, "sender": sender})

    def conduct_of(self, phone: str) -> Conduct:
        """Return what a phone is told to do."""
        return self._conduct.get(phone, ORDINARY_CONDUCT)

    def tell(self, phone: str, conduct: Conduct) -> None:
        """Tell a phone what to do."""
        self._record({"do": "tell", "phone": phone, "conduct": conduct.as_record()})

    def count_reading(self, phone: str) -> Conduct:
        """Note that a phone's owner read one more text and return the conduct with that count."""
        with self._lock:
            conduct = self.conduct_of(phone)
            self.tell(phone, replace(conduct, read=conduct.read + 1))
            return self.conduct_of(phone)

    def next_try(self, phone: str) -> int:
        """Count a request for a number and return how many came before."""
        with self._lock:
            earlier = self._tries[phone]
            self._record({"do": "try", "phone": phone})
            return earlier

    def is_opted_out(self, phone: str, sender: str | None = None) -> bool:
        """Say whether a phone has told a sender, or any sender, to stop."""
        with self._lock:
            senders = {one for number, one in self._opted_out if number == phone}
        return bool(senders) if sender is None else bool(senders & {sender, ""})

    def get(self, sid: str) -> Text | None:
        """Return one text."""
        return self._texts.get(sid)

    def all(self) -> list[Text]:
        """Return every text, oldest first."""
        with self._lock:
            return list(self._texts.values())

    def of_phone(self, phone: str) -> list[Text]:
        """Return one phone's texts both ways, oldest first."""
        with self._lock:
            return [self._texts[sid] for sid in self._by_phone.get(phone, ()) if sid in self._texts]

    def phones(self) -> list[str]:
        """Return the phones that have a text, in the order of their latest, newest first."""
        with self._lock:
            latest = {text.phone: place for place, text in enumerate(self._texts.values())}
            return sorted(latest, key=lambda phone: -latest[phone])

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._apply({"do": "reset"})
            if self._journal is not None:
                os.ftruncate(self._journal, 0)

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def _record(self, entry: dict[str, Any]) -> None:
        with self._lock:
            if self._journal is not None:
                os.write(self._journal, json.dumps(entry).encode() + b"\n")
            self._apply(entry)

    def _apply(self, entry: dict[str, Any]) -> None:
        match entry["do"]:
            case "add":
                self._add(text_from(entry["text"]))
            case "change":
                self._change(entry)
            case "redact":
                self._texts[entry["sid"]].body = ""
            case "remove":
                self._texts.pop(entry["sid"], None)
            case "opt":
                self._opt(entry["phone"], entry.get("sender", ""), out=entry["out"])
            case "tell":
                self._conduct[entry["phone"]] = conduct_from(entry["conduct"])
            case "try":
                self._tries[entry["phone"]] += 1
            case _:
                for memory in (self._texts, self._by_phone, self._opted_out, self._tries, self._conduct):
                    memory.clear()

    def _add(self, text: Text) -> None:
        self._texts[text.sid] = text
        self._by_phone[text.phone].append(text.sid)

    def _opt(self, phone: str, sender: str, *, out: bool) -> None:
        if out:
            self._opted_out.add((phone, sender))
        else:
            ends = {one for one in self._opted_out if one[0] == phone and (not sender or one[1] in {sender, ""})}
            self._opted_out -= ends

    def _change(self, entry: dict[str, Any]) -> None:
        text = self._texts[entry["sid"]]
        text.status, text.error_code = entry["status"], entry["code"]
        text.changed_at = datetime.fromisoformat(entry["at"])
        text.history.append(entry["status"])
        text.moments.append(entry["at"])
