"""One HTTP session for the official client, which sorts every way to fail before the client can blur it."""

import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from clinic.gateways.sms import Ambiguous, Rejected, Scope, SmsFailure, Unavailable
from clinic.gateways.sms.outcomes import RetryClass, class_of_error, scope_of

# The official client logs addresses with their query, in which telephone numbers stand. This logger drops it all and
# stands outside the tree of loggers, where no configuration can turn it up.
_SILENT = logging.Logger("silent", level=logging.CRITICAL + 1)  # noqa: LOG001 - on purpose, see above
_ACCOUNT_STATUSES = frozenset({401, 402, 403, 405, 407})
_SUCCESS = range(200, 300)


class SortingHttp(TwilioHttpClient):
    """Sends one request at a time and raises `SmsFailure` for everything but a 2xx; not for several threads.

    Redirects are not followed and nothing is repeated. `through_proxies` lets the environment's proxies apply.
    `dated` is what the provider's clock showed at its latest good answer.
    """

    dated: datetime | None = None

    def __init__(self, *, connect_seconds: float, read_seconds: float, through_proxies: bool) -> None:
        super().__init__(timeout=read_seconds, logger=_SILENT, max_retries=0)
        # The session underneath takes a pair; only the client's own annotation knows a single number.
        self.timeout = (connect_seconds, read_seconds)  # type: ignore[assignment]
        if self.session is not None:
            self.session.trust_env = through_proxies

    def request(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - nine pass-through arguments
        """Make the request; raises `Unavailable`, `Ambiguous` or `Rejected`."""
        kwargs |= {"timeout": None, "allow_redirects": False}
        writes = args[0] != "GET"
        try:
            response = super().request(*args, **kwargs)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _sorted_break(error, writes=writes) from None
        if response.status_code not in _SUCCESS:
            raise _sorted_refusal(response, writes=writes)
        self.dated = _date_in(response.headers)
        return response


def _sorted_break(error: Exception, *, writes: bool) -> SmsFailure:
    """Sort a failure without an answer: only one that came before the request was written is harmless."""
    if not writes or _never_left(error):
        return Unavailable(reason=f"no connection: {type(error).__name__}")
    return Ambiguous(reason=f"no answer: {type(error).__name__}")


def _never_left(error: Exception) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    causes = list(_causes(error))
    return any(isinstance(cause, NewConnectionError | ssl.SSLCertVerificationError) for cause in causes)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk what an error wraps, whether as an argument, a reason or a cause."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [*cause.args, cause.__cause__, cause.__context__]
            waiting += [cause.reason] if isinstance(cause, MaxRetryError) else []


def _sorted_refusal(response: Response, *, writes: bool) -> SmsFailure:
    status, code = int(response.status_code), _code_in(response.text)
    busy = class_of_error(code) is RetryClass.RETRY_LATER and status < HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.TOO_MANY_REQUESTS or (busy and status >= HTTPStatus.BAD_REQUEST):
        wait = _seconds_in(response.headers)
        return Unavailable(code=code, http_status=status, reason="too busy", retry_after=wait)
    if _is_definite(status):
        return Rejected(code=code, http_status=status, scope=_scope(status, code, writes=writes))
    kind = Ambiguous if writes else Unavailable
    return kind(code=code, http_status=status, reason="no definite answer")


def _is_definite(status: int) -> bool:
    """Tell a refusal from an answer that leaves open what happened: redirect, time-out on the way, server fault."""
    in_range = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return in_range and status != HTTPStatus.REQUEST_TIMEOUT


def _scope(status: int, code: int | None, *, writes: bool) -> Scope:
    if class_of_error(code) is not RetryClass.UNKNOWN:
        return scope_of(code)
    no_such_account = writes and status == HTTPStatus.NOT_FOUND
    return Scope.ACCOUNT if no_such_account or status in _ACCOUNT_STATUSES else Scope.MESSAGE


def _code_in(text: str) -> int | None:
    try:
        code = json.loads(text).get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _date_in(headers: Mapping[str, str] | None) -> datetime | None:
    try:
        found = parsedate_to_datetime((headers or {}).get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _seconds_in(headers: Mapping[str, str] | None) -> float | None:
    """Read Retry-After in seconds; the form with a date is left to the caller's own back-off."""
    value = (headers or {}).get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
