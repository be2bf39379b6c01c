"""What patients read about plans and invoices, and how refusals read to them."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.errors import Conflict, DomainError, Invalid
from clinic.web.documents.invoice_words import STATES as INVOICES
from clinic.web.frame.language import language

_S, _E, _P = SubscriptionState, Entitlement, PaymentState

STATES: Mapping[SubscriptionState, tuple[str, str, LazyString]] = {
    _S.PENDING: ("held", "\u25cb", _l("Not started")),
    _S.INCOMPLETE: ("unconfirmed", "?", _l("Waits for the first payment")),
    _S.ACTIVE: ("confirmed", "\u2713", _l("Active")),
    _S.PAST_DUE: ("action", "!", _l("A payment is open")),
    _S.PAUSED: ("held", "\u25cb", _l("Paused")),
    _S.MEDICAL_HOLD: ("held", "\u25cb", _l("Stopped for now by your physician")),
    _S.SUSPENDED: ("action", "!", _l("Stopped until the open payment is settled")),
    _S.CANCELED: ("done", "\u25cf", _l("Ended")),
    _S.EXPIRED: ("done", "\u25cf", _l("Not started in time")),
}
"""For each state of a membership its look, its glyph and its name."""

WAITS: Mapping[SubscriptionState, LazyString] = {
    _S.PENDING: _l("Nothing is charged before a physician approves your plan."),
    _S.INCOMPLETE: _l("It begins when the first payment has arrived."),
    _S.PAST_DUE: _l("It goes on without a gap once the open payment has arrived."),
    _S.MEDICAL_HOLD: _l("Nothing is charged meanwhile. The days that you have paid for are kept."),
    _S.SUSPENDED: _l("It begins anew on the day you pay. You do not pay for the time between."),
}
"""What is to be known where no day of a next charge is set."""

STOPS_NOW: Mapping[SubscriptionState, LazyString] = {
    _S.PENDING: _l("Nothing was charged, and nothing will be."),
    _S.INCOMPLETE: _l("The open payment is dropped. You owe nothing."),
    _S.PAST_DUE: _l("It ends today. The open payment is dropped, and you owe nothing."),
    _S.PAUSED: _l("It ends today. Nothing more is charged."),
    _S.MEDICAL_HOLD: _l("Nothing more is charged. The plan ends with the days that you have paid for."),
    _S.SUSPENDED: _l("It ends today. The open payment is dropped, and you owe nothing."),
}
"""What canceling does where the plan does not run to the end of a paid period."""

CEILINGS: Mapping[Entitlement, LazyString] = {
    _E.SESSIONS: _l("Sessions a month, at most"),
    _E.SHIPMENTS: _l("Deliveries a month, at most"),
    _E.GROUP_SESSIONS: _l("Group meetings a month"),
    _E.INTEGRATION_SESSIONS: _l("Talks afterwards, one to one, a month"),
    _E.PHYSICIAN_VISIT_DAYS: _l("A visit with your physician every"),
    _E.REPLY_BUSINESS_DAYS: _l("We answer your messages within"),
}
"""What a plan has; how much may be kept at home is told by the physician."""

TOTALS: Mapping[str, LazyString] = {"total": _l("Total"), "open": _l("Still open"), "due": _l("Due today")}
"""What the sums beneath the lines are called."""

_INVOICE_LOOKS: Mapping[InvoiceState, tuple[str, str]] = {
    InvoiceState.DRAFT: ("held", "\u25cb"),
    InvoiceState.OPEN: ("unconfirmed", "?"),
    InvoiceState.PAID: ("confirmed", "\u2713"),
    InvoiceState.VOID: ("done", "\u00d7"),
    InvoiceState.UNCOLLECTIBLE: ("done", "\u25cf"),
}

PAYMENTS: Mapping[PaymentState, LazyString] = {
    _P.PENDING: _l("On its way"),
    _P.REQUIRES_ACTION: _l("Waits for your confirmation at the bank"),
    _P.PROCESSING: _l("On its way"),
    _P.FAILED: _l("Did not work"),
    _P.CANCELED: _l("Not made"),
    _P.SUCCEEDED: _l("Paid"),
}
"""What became of an attempt to pay."""

_REFUSED: Mapping[str, LazyString] = {
    "not_agreed": _l("Tick the box if you agree. Nothing happens without it."),
    "words_changed": _l("The price or the words have changed meanwhile. Read them again, then decide."),
    "second_subscription": _l("You have a plan already. Go back and look at it."),
    "wrong_state": _l("Your plan has changed in the meantime. Go back and look at it again, or call us."),
    "payment_under_way": _l(
        "A payment is on its way. Wait until it has arrived, then try again. Nothing is charged twice."
    ),
    "change_refused": _l("You cannot change to this plan just now. Go back and look at your plan, or call us."),
    "period_refused": _l("This day cannot be chosen. Choose another one."),
    "bank_silent": _l("Your bank does not answer just now. Try again in a few minutes. Nothing is charged twice."),
    "gateway_away": _l(
        "The payment company does not answer just now. Nothing was charged. Try again in a few minutes."
    ),
}
_OTHERWISE = _l("We could not do that. Nothing was charged. Please call us.")
_BOXES: Mapping[str, str] = {"not_agreed": "is_agreed", "words_changed": "is_agreed", "period_refused": "resume_on"}


class NotAgreed(Invalid):
    """The box of the consent was not ticked."""

    code = "not_agreed"


class WordsChanged(Conflict):
    """What would be agreed to is not what stood on the page."""

    code = "words_changed"


class BankSilent(Conflict):
    """Nobody knows yet what the bank says."""

    code = "bank_silent"


class GatewayAway(Conflict):
    """The gateway opens no page for a card, or there is no gateway."""

    code = "gateway_away"


def invoice_look(state: InvoiceState) -> tuple[str, str, str]:
    """Return look, glyph and name of where an invoice stands."""
    return (*_INVOICE_LOOKS[state], INVOICES[state].words(language()))


def told(refusal: DomainError) -> str:
    """Return what a patient reads about a refusal."""
    return str(_REFUSED.get(refusal.code, _OTHERWISE))


def refused(refusal: DomainError) -> DomainError:
    """Return a refusal in the patient's words, at the box of the page that it is about."""
    kind = Conflict if isinstance(refusal, Conflict) else Invalid
    return kind(told(refusal), field=_BOXES.get(refusal.code))
