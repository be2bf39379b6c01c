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


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and after which failures (ct connect, rt read, 4xx, 5xx), a form is posted again."""

    retries: int = 1
    after: frozenset[str] = frozenset({"ct"})

    def allows(self, failure: str, made: int) -> bool:
        """Say whether to post again after `made` retries."""
        return made < self.retries and bool(self.after & {failure, "all"})


def policy_in(fragment: str) -> Policy:
    """Read `rc=5&rp=all`; what is missing keeps the provider's default."""
    asked = dict(parse_qsl(fragment))
    count = asked.get("rc", "1")
    retries = min(int(count), _MOST_RETRIES) if count.isdigit() else 1
    return Policy(retries=retries, after=frozenset(asked.get("rp", "ct").split(",")))


class Postman:
    """Posts forms; `post` blocks for one try and asks the timetable for the next."""

    def __init__(self, setup: Setup, timetable: Timetable) -> None:
        self._setup = setup
        self._timetable = timetable
        self._signer = RequestValidator(setup.auth_token)  # type: ignore[no-untyped-call]
        self._pool = PoolManager(maxsize=8, retries=False, timeout=Timeout(connect=5.0, read=15.0))

    def close(self) -> None:
        """Close what is open."""
        self._pool.clear()

    def post(self, address: str, form: Mapping[str, str], *, made: int = 0, token: str = "") -> None:
        """Post a form to an address with an optional fragment."""
        url, fragment = urldefrag(address)
        token = token or str(uuid.uuid4())
        failure = self._try(url, form, token=token)
        if failure is None or not policy_in(fragment).allows(failure, made):
            return
        again = partial(self.post, address, form, made=made + 1, token=token)
        self._timetable.after(2.0**made / self._setup.speed, again)

    def _try(self, url: str, form: Mapping[str, str], *, token: str) -> str | None:
        headers = {
            "X-Twilio-Signature": self._signer.compute_signature(url, dict(form)),  # type: ignore[no-untyped-call]
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Connection": "close",
        }
        try:
            answer = self._pool.request(
                "POST", url, fields=form, headers=headers, encode_multipart=False, redirect=False
            )
        except (ReadTimeoutError, ResponseError):
            return "rt"
        except HTTPError:
            return "ct"
        return None if answer.status < HTTPStatus.BAD_REQUEST else f"{answer.status // 100}xx"
