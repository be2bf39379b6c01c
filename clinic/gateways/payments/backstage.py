"""The backstage of a stand-in for the payment gateway, through which the demo gives its bank a past."""

from collections.abc import Sequence
from typing import Any

import requests

_SECONDS_TO_CONNECT_AND_READ = (2.0, 10.0)


class BackstageAway(Exception):
    """The stand-in does not answer, or the gateway of this clinic is a real one."""


class Backstage:
    """Client of `/_sim`; raises BackstageAway when the stand-in cannot answer."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    def remember(self, entries: Sequence[dict[str, Any]]) -> None:
        """Let the bank have what another one remembered."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                address, auth = f"{self._base_url}/_sim/past", (self._api_key, "")
                answer = session.post(address, json=entries, auth=auth, timeout=_SECONDS_TO_CONNECT_AND_READ)
                answer.raise_for_status()
        except requests.RequestException as error:
            raise BackstageAway("The stand-in for the payment gateway does not answer.") from error
