"""How memberships, invoices and payments read for coordinators, who see money and never why a physician holds."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.queries.discounts import REASONS
from clinic.billing.rules import discounts
from clinic.billing.rules.payments import PaymentState, decline
from clinic.billing.rules.subscriptions import Event, SubscriptionState, Wish
from clinic.dashboards.failed_payments import Owed, Turn

Look = tuple[str, str, str]
"""A word, its tone and its glyph, as the macro of chips takes them."""

_S, _P = SubscriptionState, PaymentState

MEMBERSHIP_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        _S.PENDING: ("Not approved yet", "info", "○"),
        _S.INCOMPLETE: ("First payment due", "warn", "!"),
        _S.ACTIVE: ("Active", "good", "✓"),
        _S.PAST_DUE: ("Past due", "bad", "!"),
        _S.PAUSED: ("Paused", "neutral", "‖"),
        _S.MEDICAL_HOLD: ("On hold", "neutral", "‖"),
        _S.SUSPENDED: ("Suspended", "bad", "!"),
        _S.CANCELED: ("Canceled", "neutral", "\u00d7"),
        _S.EXPIRED: ("Ran out", "neutral", "\u00d7"),
    }
)

INVOICE_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "draft": ("Not finished", "neutral", "○"),
        "open": ("Open", "warn", "!"),
        "paid": ("Paid", "good", "✓"),
        "void": ("Void", "neutral", "\u00d7"),
        "uncollectible": ("Written off", "neutral", "\u00d7"),
    }
)

PAYMENT_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        _P.PENDING: ("Begun", "info", "○"),
        _P.REQUIRES_ACTION: ("Waits for the bank\u2019s step", "warn", "!"),
        _P.PROCESSING: ("Under way", "info", "○"),
        _P.FAILED: ("Declined", "bad", "!"),
        _P.CANCELED: ("Canceled", "neutral", "\u00d7"),
        _P.SUCCEEDED: ("Paid", "good", "✓"),
    }
)

REFUND_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "pending": ("Asked for", "info", "○"),
        "processing": ("Under way", "info", "○"),
        "failed": ("Refused by the bank", "bad", "!"),
        "succeeded": ("Sent back", "good", "✓"),
    }
)

INVOICE_KINDS: Mapping[str, str] = MappingProxyType(
    {"first": "First period", "renewal": "Renewal", "change": "Change of plan"}
)

CREDIT_KINDS: Mapping[str, str] = MappingProxyType(
    {"refund": "Refund to the card", "credit": "Credit on the balance", "offset": "Taken off the invoice"}
)

BALANCE_USED = "Used by an invoice"
BALANCE_KEPT: Mapping[str, str] = MappingProxyType(
    {
        "invoice": "Left over from an invoice",
        "credit_note": "Credit note",
        "payment": "Paid more than was asked for",
        "refund": "A refund that the bank sent back",
    }
)
"""What put cents on a patient's credit, by the kind of its document."""

TURNS: Mapping[Turn, tuple[str, str, str]] = MappingProxyType(
    {
        Turn.SUSPENDED: ("suspended", "suspended", "A physician talks with the patient. A payment brings it back."),
        Turn.CARD: ("need another card", "action", "Ask for another card."),
        Turn.BANK: (
            "wait for the bank\u2019s step",
            "unconfirmed",
            "The patient confirms it with the bank by the link.",
        ),
        Turn.AGAIN: ("tried again by themselves", "held", "It is tried again by itself."),
        Turn.LOOKING: ("under way", "done", "We ask the bank until we know."),
    }
)
"""Words behind the number of each turn, the look of the number, and what happens next."""

EVENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Event.APPROVED: "A physician approved it",
        Event.DECLINED: "A physician declined it",
        Event.IDLE: "Nothing happened for 60 days",
        Event.PAID: "Paid",
        Event.UNPAID: "The first payment did not come",
        Event.RENEWAL_FAILED: "The renewal was not paid",
        Event.RENEWED: "Renewed",
        Event.HELD: "Put on hold",
        Event.RELEASED: "Goes on after the hold",
        Event.HELD_TOO_LONG: "Ended after a long hold",
        Event.PAUSE_BEGAN: "The pause began",
        Event.RESUMED: "Goes on after the pause",
        Event.ATTEMPTS_SPENT: "Suspended, no attempt is left",
        Event.HANDED_OFF: "Ended, not paid and handed over",
        Event.PERIOD_ENDED: "Ended with its period",
        Event.CANCELED: "Canceled",
        Event.STOPPED: "Ended by a physician",
        Wish.ENROLLED: "Enrolled",
        Wish.CONSENTED: "Agreed to renewals",
        Wish.ENDS_LATER: "To end with its period",
        Wish.GOES_ON: "Kept after all",
        Wish.PAUSES_LATER: "To pause after its period",
        Wish.NO_PAUSE: "No pause after all",
        Wish.PLAN_CHOSEN: "Another plan was chosen",
        Wish.PLAN_KEPT: "The plan stays",
        Wish.PLAN_RAISED: "A higher plan began",
        Wish.PLAN_LOWERED: "A lower plan began",
        Wish.HANDED_OVER: "A physician handed the care over",
        Wish.PAID_ON_HOLD: "Paid while on hold",
        Wish.UNPAID_ON_HOLD: "A payment failed while on hold",
    }
)
"""What happened to a membership; why a physician did it is not told here."""

HARDSHIP_REASONS = tuple(REASONS.items())
HARDSHIP_RATES = tuple((str(rate), f"{rate // 100}% off") for rate in discounts.HARDSHIP_RATES)

NO_CARD = "There is no card to ask."
_UNDER_WAY = "A payment is under way."


def why(owed: Owed) -> str:
    """Return why no card has paid an invoice, in words for staff."""
    if owed.payment_state is _P.FAILED:
        return decline(owed.decline_code).staff
    if owed.payment_state is _P.REQUIRES_ACTION:
        return decline("authentication_required").staff
    if owed.payment_state in {_P.PENDING, _P.PROCESSING}:
        return _UNDER_WAY
    return NO_CARD
