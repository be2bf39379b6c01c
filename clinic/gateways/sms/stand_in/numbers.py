"""Telephone numbers that behave: the provider's own test numbers, and the last twenty of each invented hundred."""

import re
from dataclasses import dataclass

from clinic.gateways.sms.stand_in.faults import Fault

_INVENTED = re.compile(r"\+1[2-9]\d{2}55501([89]\d)")
ALWAYS = 1_000_000


@dataclass(frozen=True, slots=True)
class Behavior:
    """What becomes of requests for one number: the first `times` of them go wrong, later ones do not.

    `refusal` is a code in a 400 answer, `fault` a broken answer, `error_code` a delivery that fails with `status`.
    """

    refusal: int | None = None
    fault: Fault | None = None
    error_code: int | None = None
    status: str = "delivered"
    times: int = ALWAYS
    slow_by: float = 0.0


ORDINARY = Behavior()

_OFFICIAL = {
    "+15005550001": Behavior(refusal=21211),
    "+15005550002": Behavior(refusal=21612),
    "+15005550003": Behavior(refusal=21408),
    "+15005550004": Behavior(refusal=21610),
    "+15005550009": Behavior(refusal=21614),
}

_OFFICIAL_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}

# +1 NPA 555 0100 to 0179 are ordinary phones; from 0180 on the last two digits decide.
_OURS = {
    "80": Behavior(error_code=30003, status="undelivered", times=1),  # was off for the first text
    "81": Behavior(error_code=30005, status="undelivered"),  # no such number
    "82": Behavior(error_code=30006, status="undelivered"),  # a landline
    "83": Behavior(error_code=30007, status="undelivered"),  # filtered by the phone company
    "84": Behavior(error_code=30008, status="undelivered"),  # no reason given
    "85": Behavior(error_code=30034, status="undelivered"),  # our sender is not registered
    "86": Behavior(status="sent"),  # never a receipt
    "87": Behavior(slow_by=30.0),  # slow
    "88": Behavior(fault=Fault.ACCEPT_DROP),  # accepted, then hung up
    "89": Behavior(fault=Fault.ACCEPT_500),  # accepted, then 500
    "90": Behavior(fault=Fault.BEFORE_500, times=1),  # 500 once, not accepted
    "91": Behavior(fault=Fault.BUSY, times=3),  # busy three times
    "92": Behavior(fault=Fault.ACCEPT_STALL),  # accepted, then silence
    "93": Behavior(slow_by=4 * 86_400.0),  # the receipt comes after four days
    "94": Behavior(error_code=30003, status="undelivered"),  # always off
    "95": Behavior(refusal=21610),  # opted out at the provider
    "96": Behavior(error_code=30001, status="failed"),  # queue overflow
    "97": Behavior(error_code=30004, status="undelivered"),  # blocked
    "98": Behavior(fault=Fault.ACCEPT_HALF),  # accepted, answer cut in half
    "99": Behavior(refusal=21614),  # cannot get texts
}


def behavior_of(number: str, earlier: int = 0) -> Behavior:
    """Return how a number behaves after `earlier` requests for it."""
    invented = _INVENTED.fullmatch(number)
    found = _OURS[invented[1]] if invented else _OFFICIAL.get(number, ORDINARY)
    return found if earlier < found.times else ORDINARY


def refusal_of_sender(number: str, our_number: str) -> int | None:
    """Return the code that a request to send from a number is refused with; nobody else's number may be used."""
    if number in _OFFICIAL_SENDERS:
        return _OFFICIAL_SENDERS[number]
    return None if number == our_number else 21606
