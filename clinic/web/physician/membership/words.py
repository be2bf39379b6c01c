"""How memberships read for physicians."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.rules.subscriptions import Event, SubscriptionState, Wish

Look = tuple[str, str, str]
"""A word, its tone and its glyph, as the macro of chips takes them."""

_S = SubscriptionState

LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        _S.PENDING: ("To approve", "info", "○"),
        _S.INCOMPLETE: ("Approved, first payment due", "info", "○"),
        _S.ACTIVE: ("Active", "good", "✓"),
        _S.PAST_DUE: ("A payment is due", "warn", "!"),
        _S.PAUSED: ("Paused by the patient", "neutral", "‖"),
        _S.MEDICAL_HOLD: ("On medical hold", "warn", "‖"),
        _S.SUSPENDED: ("Suspended, to hand over", "bad", "!"),
        _S.CANCELED: ("Canceled", "neutral", "\u00d7"),
        _S.EXPIRED: ("Never began", "neutral", "\u00d7"),
    }
)

DECIDED: Mapping[str, str] = MappingProxyType(
    {
        Event.APPROVED: "Approved",
        Event.DECLINED: "Declined",
        Event.HELD: "Put on hold",
        Event.RELEASED: "Released from hold",
        Event.HELD_TOO_LONG: "Ended after 90 days of hold",
        Event.STOPPED: "Stopped",
        Wish.PLAN_LOWERED: "The plan was lowered",
        Wish.HANDED_OVER: "Handed over",
    }
)
"""What physicians decided, by the event."""
