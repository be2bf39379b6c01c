"""What became of a text, in words that need no explaining."""

from datetime import datetime

from clinic.gateways.sms.outcomes import RetryClass, meaning_of
from clinic.kernel.localtime import day_label, in_zone, time_label
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.wording import mail_state_words, state_words

_PASSING = {
    RetryClass.RETRY_ONCE_LATER: "The phone company could not deliver it.",
    RetryClass.RETRY_LATER: "The phone company was busy.",
    RetryClass.NEXT_MORNING: "It was too late in the day there.",
}
_PHONE_OFF = 30003
_MAIL_TROUBLE = "The mail server did not take it."
_RETRY = "retry_"


def delivery_words(
    state: str,
    *,
    reason: str | None,
    code: int | None,
    due_at: datetime | None,
    zone: str,
    now: datetime,
    is_email: bool = False,
) -> str:
    """Return what a page shows, for example: The phone was off or out of reach. We try again at 2:30 PM ET."""
    say = mail_state_words if is_email else state_words
    if state != MessageState.PENDING or due_at is None:
        return say(state, reason=reason, code=code)
    when = moment(due_at, zone=zone, now=now)
    if reason is not None and reason.startswith(_RETRY):
        return f"{_MAIL_TROUBLE if is_email else _trouble(code)} We try again {when}."
    if due_at <= now and reason is None:
        return "Leaving now"
    because = say(state, reason=reason, code=code).partition(": ")[2]
    return f"Leaves {when}: {because}" if because else f"Leaves {when}"


def moment(instant: datetime, *, zone: str, now: datetime) -> str:
    """Return `at 2:30 PM ET`, with the day where it is not today there."""
    clock = time_label(instant, zone, language="en")
    is_today = in_zone(instant, zone).date() == in_zone(now, zone).date()
    return f"at {clock}" if is_today else f"on {day_label(instant, zone, language='en')} at {clock}"


def _trouble(code: int | None) -> str:
    if code == _PHONE_OFF:
        return "The phone was off or out of reach."
    return _PASSING.get(meaning_of(code).retry, "It did not go through.")
