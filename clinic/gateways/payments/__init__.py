"""The port for money: cards as tokens, payments and refunds, ways to fail, and what an adapter must be able to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class PaymentWord(StrEnum):
    """What a gateway can say about a payment; the values are those of `clinic.billing.rules.payments.PaymentState`."""

    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    FAILED = "failed"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


class RefundWord(StrEnum):
    """What a gateway can say about a refund, as the database's own check names it."""

    PROCESSING = "processing"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


class CardWord(StrEnum):
    """What became of asking for a card; `requires_action` is as long as the person has not finished."""

    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class EventKind(StrEnum):
    """What a webhook is about; `other` is everything that the clinic does not act upon."""

    PAYMENT = "payment"
    REFUND = "refund"
    CARD = "card"
    DISPUTE = "dispute"
    OTHER = "other"


class RefusalKind(StrEnum):
    """Why a gateway refused for good: what was asked, whom it was asked of, or the key it was asked with."""

    REQUEST = "request"
    MISSING = "missing"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCard:
    """A card as a token with what a person knows it by; the number never comes here."""

    method_id: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int


@dataclass(frozen=True, slots=True)
class CardStarted:
    """A hosted page at `url` asks for a card; `setup_id` is what the gateway knows the asking by."""

    setup_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardResult:
    """What became of asking for a card; the card is there once it succeeded, a code where the bank said no."""

    state: CardWord
    card: GatewayCard | None = None
    decline_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentResult:
    """A payment as the gateway knows it; `reference` is our own row's id, blank for a payment that is not ours.

    `action_url` is the bank's page for the patient, where one was asked for with a `return_url`.
    """

    payment_id: str
    state: PaymentWord
    cents: int
    reference: str
    decline_code: str | None = None
    action_url: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundResult:
    """A refund as the gateway knows it; `reference` is our own row's id, blank for one that is not ours."""

    refund_id: str
    payment_id: str
    state: RefundWord
    cents: int
    reference: str
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """What one webhook was about. It is news to look into, not to believe: the gateway is asked again.

    `said` is the gateway's own word. A dispute names the payment that it is about.
    """

    event_id: str
    kind: EventKind
    said: str
    payment_id: str | None = None
    refund_id: str | None = None
    setup_id: str | None = None
    dispute_id: str | None = None
    reference: str | None = None


class GatewayUnclear(Exception):
    """No definite answer (no connection, too late, too busy, an error on their side): nobody knows what happened.

    Carries codes only. The same key may be used again: the gateway does what is asked of it once.
    """

    def __init__(self, reason: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{reason} (http {http_status})")
        self.reason = reason
        self.http_status = http_status


class GatewayRefused(Exception):
    """The gateway certainly did nothing of what was asked; carries codes only. A declined card is not one of these."""

    def __init__(self, kind: RefusalKind, *, http_status: int | None = None, code: str = "") -> None:
        super().__init__(f"{kind} refused (http {http_status}, code {code or 'none'})")
        self.kind = kind
        self.http_status = http_status
        self.code = code


class UnreadableEvent(ValueError):
    """A signed webhook lacks what every webhook carries."""


class PaymentGateway(Protocol):
    """What the clinic asks of whoever moves money; cents are whole US cents.

    Every call ends in an answer, in GatewayRefused or in GatewayUnclear. A `key` is stored before the call: the same
    key with the same request is done once and answered alike; with another request it is refused.
    """

    @property
    def name(self) -> str:
        """The name under which rows remember who moved their money."""

    def create_customer(self, reference: str, *, key: str) -> str:
        """Return a new customer's id; `reference` is our own row's id and all that the gateway is told."""

    def begin_card(self, customer: str, *, key: str, return_url: str) -> CardStarted:
        """Open a hosted page that asks for a card and comes back to `return_url`, whatever comes of it.

        The key is our own row's id, which webhooks about the page name as their reference.
        """

    def card_of(self, setup_id: str) -> CardResult:
        """Return what became of asking for a card."""

    def detach(self, method_id: str) -> None:
        """Forget a card; one that is forgotten already is no failure."""

    def charge(
        self,
        *,
        customer: str,
        method: str,
        cents: int,
        reference: str,
        key: str,
        is_scheduled: bool,
        return_url: str | None = None,
    ) -> PaymentResult:
        """Ask a card for money; a declined card is an answer with a code.

        `is_scheduled` says that the patient is not there. A bank that wants her is `requires_action`, and `confirm`
        takes her to its page; with a `return_url` and a patient who is there, the answer has the page at once.
        """

    def confirm(self, payment_id: str, *, method: str, key: str, return_url: str) -> PaymentResult:
        """Try a payment that requires action with the patient there: `action_url` is where she goes next, if anywhere.

        One that ended is answered as it is.
        """

    def cancel(self, payment_id: str, *, key: str) -> PaymentResult:
        """Give a payment up that has not ended; one that ended is answered as it is."""

    def payment(self, payment_id: str) -> PaymentResult:
        """Return what is known of a payment."""

    def payments_of(self, reference: str, *, customer: str) -> tuple[PaymentResult, ...]:
        """Return the customer's payments with our row's id, oldest first."""

    def payments_since(self, moment: datetime) -> tuple[PaymentResult, ...]:
        """Return every payment that was begun since, oldest first, whoever began it."""

    def refund(self, payment_id: str, cents: int, *, key: str, reference: str) -> RefundResult:
        """Give money back to the card it came from; more than came in is refused."""

    def refund_of(self, refund_id: str) -> RefundResult:
        """Return what is known of a refund."""

    def refunds_of(self, payment_id: str) -> tuple[RefundResult, ...]:
        """Return every refund of a payment, oldest first."""
