"""What each provider error code means for the clinic: whether to try again, and what a person does next."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from clinic.gateways.sms import Scope


class RetryClass(StrEnum):
    """What becomes of a text that was refused or not delivered."""

    RETRY_ONCE_LATER = "retry_once_later"
    RETRY_LATER = "retry_later"
    NEXT_MORNING = "next_morning"
    PERMANENT_NUMBER = "permanent_number"
    OPTED_OUT = "opted_out"
    FILTERED = "filtered"
    STOP_LANE = "stop_lane"
    CONFIGURATION = "configuration"
    REPLY_LOOP = "reply_loop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code's class, one sentence or two for staff, and how long to wait before another try, if one is due."""

    retry: RetryClass
    advice: str
    wait: timedelta | None = None


_HALF_HOUR = timedelta(minutes=30)
_MINUTES = timedelta(minutes=5)

_UNKNOWN = Meaning(
    RetryClass.UNKNOWN,
    "The phone company did not deliver this text and gave no clear reason. Call or e-mail the patient.",
)
_NO_SUCH_NUMBER = Meaning(
    RetryClass.PERMANENT_NUMBER,
    "This number does not exist any more. Call or e-mail the patient for a new one.",
)
_NOT_MOBILE = Meaning(
    RetryClass.PERMANENT_NUMBER,
    "This number cannot get texts; it may be a landline. Call it, or ask the patient for a mobile number.",
)
_BLOCKED = Meaning(
    RetryClass.PERMANENT_NUMBER,
    "This phone does not take our texts. Call or e-mail the patient instead.",
)
_SWITCHED_OFF = Meaning(
    RetryClass.RETRY_ONCE_LATER,
    "The phone was off or out of reach. We try once more later; call the patient if it is urgent.",
    _HALF_HOUR,
)
_NO_REASON = Meaning(
    RetryClass.RETRY_ONCE_LATER,
    "The phone company did not deliver this text. We try once more later; call the patient if it is urgent.",
    _HALF_HOUR,
)
_BUSY = Meaning(
    RetryClass.RETRY_LATER,
    "Texts are waiting in line at the phone company. We try again soon; call the patient if it is urgent.",
    _MINUTES,
)
_NIGHT = Meaning(
    RetryClass.NEXT_MORNING,
    "It is too late in the day where the patient is. We send it in the morning.",
)
_FILTERED = Meaning(
    RetryClass.FILTERED,
    "The phone company filtered this text out. Call or e-mail the patient, and tell your administrator.",
)
_OPTED_OUT = Meaning(
    RetryClass.OPTED_OUT,
    "The patient has opted out of texts. Call or e-mail instead.",
)
_ACCOUNT = Meaning(
    RetryClass.STOP_LANE,
    "Texting is stopped until the text account is put right. Tell your administrator; call patients meanwhile.",
)
_SETTINGS = Meaning(
    RetryClass.CONFIGURATION,
    "This text cannot be sent with the present settings. Tell your administrator; call the patient meanwhile.",
)
_LOOP = Meaning(
    RetryClass.REPLY_LOOP,
    "Another machine seems to answer our texts at this number. Call the patient to check the number.",
)

_MEANINGS: dict[int, Meaning] = {
    14107: _LOOP,
    20003: _ACCOUNT,
    20005: _ACCOUNT,
    20429: _BUSY,
    21211: _NO_SUCH_NUMBER,
    21408: _SETTINGS,
    21602: _SETTINGS,
    21603: _SETTINGS,
    21604: _SETTINGS,
    21606: _SETTINGS,
    21609: _SETTINGS,
    21610: _OPTED_OUT,
    21611: _BUSY,
    21612: _SETTINGS,
    21614: _NOT_MOBILE,
    21617: _SETTINGS,
    21635: _NOT_MOBILE,
    21701: _SETTINGS,
    30001: _BUSY,
    30002: _ACCOUNT,
    30003: _SWITCHED_OFF,
    30004: _BLOCKED,
    30005: _NO_SUCH_NUMBER,
    30006: _NOT_MOBILE,
    30007: _FILTERED,
    30008: _NO_REASON,
    30017: _BUSY,
    30022: _BUSY,
    30023: _BUSY,
    30032: _ACCOUNT,
    30034: _ACCOUNT,
    30036: _BUSY,
    30610: _NIGHT,
    35111: _SETTINGS,
    35114: _SETTINGS,
    35115: _SETTINGS,
    35118: _SETTINGS,
    35126: _SETTINGS,
    63038: _BUSY,
}

_SCOPES = {
    RetryClass.STOP_LANE: Scope.ACCOUNT,
    RetryClass.PERMANENT_NUMBER: Scope.NUMBER,
    RetryClass.OPTED_OUT: Scope.OPTED_OUT,
}


def meaning_of(code: int | None) -> Meaning:
    """Return what a code means; a code that is new or missing means that a person should look."""
    return _MEANINGS.get(code, _UNKNOWN) if code is not None else _UNKNOWN


def class_of_error(code: int | None) -> RetryClass:
    """Return the retry class of a code from a refusal or a delivery report."""
    return meaning_of(code).retry


def advice_for(code: int | None) -> str:
    """Return the sentence that a coordinator reads."""
    return meaning_of(code).advice


def scope_of(code: int | None) -> Scope:
    """Return what a definite refusal with this code is about."""
    return _SCOPES.get(class_of_error(code), Scope.MESSAGE)
