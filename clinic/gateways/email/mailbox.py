"""The backstage of a stand-in mail server, for the page that shows received mail and for tests."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

_SECONDS_TO_CONNECT_AND_READ = (2.0, 5.0)


class MailboxAway(Exception):
    """The stand-in does not answer, or the mail server of this clinic is a real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEmail:
    """One mail as its reader sees it; `at` is its Date, `calendar` the words of its invitation if it has one."""

    number: int
    message_id: str
    to: str = field(repr=False)
    sender: str
    subject: str = field(repr=False)
    body: str = field(repr=False)
    at: datetime
    method: str | None
    calendar: str | None = field(repr=False)


class Mailbox:
    """Client of `/_mail`; every method raises MailboxAway when the stand-in cannot answer."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._auth = (user, password)

    def received(self, limit: int = 200) -> tuple[ReceivedEmail, ...]:
        """Return the newest mails, newest first."""
        return tuple(map(_received, self._ask("GET", f"/mails?limit={limit}")))

    def one(self, number: int) -> ReceivedEmail | None:
        """Return one mail, or None when there is none of that number."""
        found = self._ask("GET", f"/mails?number={number}")
        return _received(found[0]) if found else None

    def remember(self, mails: list[bytes]) -> None:
        """Let the stand-in have these mails from the past, as they were written."""
        for begin in range(0, len(mails), 100):
            batch = [mail.decode("ascii", "replace") for mail in mails[begin : begin + 100]]
            self._ask("POST", "/remember", {"mails": batch})

    def faults(self, *kinds: str) -> None:
        """Let the next mails go wrong, one after the other; none ends it."""
        self._ask("POST", "/faults", {"next": list(kinds)})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method,
                    f"{self._base_url}/_mail{path}",
                    json=body,
                    auth=self._auth,
                    timeout=_SECONDS_TO_CONNECT_AND_READ,
                    allow_redirects=False,
                )
                answer.raise_for_status()
                return answer.json() if answer.content else None
        except requests.RequestException as error:
            raise MailboxAway("The stand-in mail server does not answer.") from error


def _received(row: dict[str, Any]) -> ReceivedEmail:
    return ReceivedEmail(**row | {"at": datetime.fromisoformat(row["at"])})
