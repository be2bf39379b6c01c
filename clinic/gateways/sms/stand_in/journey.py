"""A text's way from one status to the next: which one follows, when, and with which error code."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.gateways.sms.stand_in.conduct import Conduct
from clinic.gateways.sms.stand_in.numbers import Behavior
from clinic.gateways.sms.stand_in.queue import LONGEST
from clinic.gateways.sms.stand_in.texts import FINAL, Text

_FOLLOWING = {"accepted": ("queued", 0.05), "sending": ("sent", 0.15)}
_SECONDS_TO_LEAVE, _SECONDS_TO_FAIL, _SECONDS_TO_RECEIPT = 0.1, 0.15, 0.7
OVERFLOW, TOO_LATE, SWITCHED_OFF = 30001, 30036, 30003


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next to a text, and at which instant."""

    status: str
    at: datetime
    error_code: int | None = None


def next_step(text: Text, behavior: Behavior, conduct: Conduct, *, speed: float, now: datetime) -> Step | None:
    """Return what happens next; None for a text at the end of its way."""
    # The clock may have been put right after it had gone ahead.
    since = min(text.changed_at or text.created_at, now)
    if text.status in FINAL:
        return None
    if text.status == "scheduled":
        return Step("accepted", text.send_at or since)
    if text.status == "queued":
        return _leave(text, conduct, ready_at=since + timedelta(seconds=_SECONDS_TO_LEAVE / speed))
    if text.status == "sent":
        return _receipt(behavior, conduct, since=since, speed=speed)
    if text.status == "sending" and behavior.status == "failed":
        return Step("failed", since + timedelta(seconds=_SECONDS_TO_FAIL / speed), behavior.error_code)
    following, seconds = _FOLLOWING[text.status]
    return Step(following, since + timedelta(seconds=seconds / speed))


def _leave(text: Text, conduct: Conduct, *, ready_at: datetime) -> Step:
    """Leave the line, unless it was too long from the start or the text may not wait until its turn."""
    began = text.send_at or text.created_at
    turn = text.leaves_at or ready_at
    if turn - began > LONGEST:
        return Step("failed", ready_at, OVERFLOW)
    leaves_at = max(ready_at, turn, conduct.lands_at or ready_at)
    ends_at = began + timedelta(seconds=text.validity)
    return Step("failed", ends_at, TOO_LATE) if leaves_at > ends_at else Step("sending", leaves_at)


def _receipt(behavior: Behavior, conduct: Conduct, *, since: datetime, speed: float) -> Step | None:
    at = since + timedelta(seconds=(_SECONDS_TO_RECEIPT + behavior.slow_by) / speed)
    if conduct.is_off:
        return Step("undelivered", at, SWITCHED_OFF)
    return None if behavior.status == "sent" else Step(behavior.status, at, behavior.error_code)
