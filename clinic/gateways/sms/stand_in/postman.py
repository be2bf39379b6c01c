"""Signed forms to the clinic, tried again as the fragment of the address asks."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl, urldefrag

from twilio.request_validator import RequestValidator
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError, ResponseError

from clinic.gateways.sms.stand_in.setup import Setup
from clinic.gateways.sms.stand_in.timetable import Timetable

_MOST_RETRIES = 5
_LEAST_MS = 100
_FIRST_WAIT = 0.4
"""Seconds to the second try; each later wait is twice as long, so that six tries fit into fifteen seconds."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and after which failures (ct connect, rt read, 4xx, 5xx), a form is posted again.

    `connect` and `read` are seconds that one try may take, and `total` those in which the last try has to begin.
    """

    retries: int = 1
    after: frozenset[str] = frozenset({"ct"})
    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0

    def allows(self, failure: str, made: int) -> bool:
        """Say whether to post again after `made` retries."""
        return made < self.retries and bool(self.after & {failure, "all"})


def policy_in(fragment: str) -> Policy:
    """Read `rc=5&rp=all&ct=2000`; what is missing or out of range keeps the provider's default."""
    asked = dict(parse_qsl(fragment))
    count = asked.get("rc", "1")
    return Policy(
        retries=min(int(count), _MOST_RETRIES) if count.isdigit() else 1,
        after=frozenset(asked.get("rp", "ct").split(",")),
        connect=_seconds(asked.get("ct", ""), most=10_000, otherwise=5.0),
        read=_seconds(asked.get("rt", ""), most=15_000, otherwise=15.0),
        total=_seconds(asked.get("tt", ""), most=15_000, otherwise=15.0),
    )


def _seconds(milliseconds: str, *, most: int, otherwise: float) -> float:
    is_number = milliseconds.isascii() and milliseconds.isdigit()
    return int(milliseconds) / 1000 if is_number and _LEAST_MS <= int(milliseconds) <= most else otherwise


class Postman:
    """Posts forms; `post` blocks for one try and asks the timetable for the next."""

    def __init__(self, setup: Setup, timetable: Timetable) -> None:
        self._timetable = timetable
        self._signer = RequestValidator(setup.auth_token)  # type: ignore[no-untyped-call]

    def post(self, address: str, form: Mapping[str, str], *, made: int = 0, token: str = "") -> None:
        """Post a form to an address with an optional fragment."""
        url, fragment = urldefrag(address)
        policy, token = policy_in(fragment), token or str(uuid.uuid4())
        failure = self._try(url, form, policy=policy, token=token)
        waited = _FIRST_WAIT * (2.0 ** (made + 1) - 1)
        if failure is None or waited > policy.total or not policy.allows(failure, made):
            return
        again = partial(self.post, address, form, made=made + 1, token=token)
        self._timetable.after(_FIRST_WAIT * 2.0**made, again)

    def _try(self, url: str, form: Mapping[str, str], *, policy: Policy, token: str) -> str | None:
        headers = {
            "X-Twilio-Signature": self._signer.compute_signature(url, dict(form)),  # type: ignore[no-untyped-call]
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Connection": "close",
        }
        patience = Timeout(connect=policy.connect, read=policy.read)
        try:
            # A connection of its own for each try: one that is being closed at the other end would look like a failure.
            with PoolManager(retries=False, timeout=patience) as pool:
                answer = pool.request("POST", url, fields=form, headers=headers, encode_multipart=False, redirect=False)
        except (ReadTimeoutError, ResponseError):
            return "rt"
        except HTTPError:
            return "ct"
        return None if answer.status < HTTPStatus.BAD_REQUEST else f"{answer.status // 100}xx"
