"""Signed reports to the clinic, tried again for a while as providers do."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from clinic.gateways.sms.stand_in.timetable import Timetable

_MOST_RETRIES = 6
_FIRST_WAIT = 0.4
_PATIENCE = Timeout(connect=2.0, read=7.0)


@dataclass(frozen=True, slots=True)
class Posted:
    """One try: which event, whether its signature was a forged one, and the answer (None for no answer)."""

    event_id: str
    is_forged: bool
    status: int | None


class Postman:
    """Posts reports to `url`; `post` blocks for one try and asks the timetable for the next.

    `headers` are those of a body, with a wrong signature for one that is forged; `on_heard` is called with the id of
    a report that was taken.
    """

    def __init__(
        self,
        url: str,
        timetable: Timetable,
        *,
        headers: Callable[[bytes, bool], dict[str, str]],
        on_heard: Callable[[str], object] = str,
    ) -> None:
        self._url = url
        self._headers = headers
        self._on_heard = on_heard
        self._timetable = timetable
        self._lock = threading.Lock()
        self._log: list[Posted] = []

    @property
    def log(self) -> list[Posted]:
        """Every try so far, oldest first."""
        with self._lock:
            return list(self._log)

    def post(self, event: dict[str, Any], *, is_forged: bool = False, made: int = 0) -> None:
        """Post an event; a forged one is signed with a secret that nobody shares, and never tried again."""
        if not self._url:
            return
        status = self._try(json.dumps(event, separators=(",", ":")).encode(), is_forged=is_forged)
        with self._lock:
            self._log.append(Posted(event["id"], is_forged, status))
        is_heard = status is not None and status < HTTPStatus.MULTIPLE_CHOICES
        if is_heard:
            self._on_heard(event["id"])
        if not is_heard and not is_forged and made < _MOST_RETRIES:
            self._timetable.after(_FIRST_WAIT * 2.0**made, partial(self.post, event, made=made + 1))

    def _try(self, body: bytes, *, is_forged: bool) -> int | None:
        headers = {"Content-Type": "application/json", "Connection": "close", **self._headers(body, is_forged)}
        try:
            # A connection of its own for each try: one that is being closed at the other end would look like a failure.
            with PoolManager(retries=False, timeout=_PATIENCE) as pool:
                return pool.request("POST", self._url, body=body, headers=headers, redirect=False).status
        except HTTPError:
            return None
