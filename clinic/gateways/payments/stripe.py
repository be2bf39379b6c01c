"""Money through Stripe's official client; with another base address the same client talks to a stand-in."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import requests
import stripe
from stripe import StripeClient

from clinic.gateways.payments import (
    CardResult,
    CardStarted,
    GatewayRefused,
    GatewayUnclear,
    PaymentResult,
    RefundResult,
    RefusalKind,
)
from clinic.gateways.payments.stripe_shapes import REFERENCE, card_in, page_in, payment_in, refund_in

Answer = TypeVar("Answer")

_KINDS: Mapping[int, RefusalKind] = {
    HTTPStatus.BAD_REQUEST: RefusalKind.REQUEST,
    HTTPStatus.PAYMENT_REQUIRED: RefusalKind.REQUEST,
    HTTPStatus.NOT_FOUND: RefusalKind.MISSING,
    HTTPStatus.UNAUTHORIZED: RefusalKind.KEY,
    HTTPStatus.FORBIDDEN: RefusalKind.KEY,
}
_ENDED, _MISSING = "payment_intent_unexpected_state", "resource_missing"
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
_PAGE = 100

stripe.enable_telemetry = False
# At INFO it writes what Stripe said of an error, and below that whole answers; nothing of them belongs into a log.
logging.getLogger("stripe").setLevel(logging.WARNING)


class StripeGateway:
    """The port over HTTP. Each call has a client and a connection of its own, which no thread or fork can share."""

    name = "stripe"

    def __init__(
        self, *, api_key: str, base_url: str | None = None, connect_seconds: float = 3.0, read_seconds: float = 20.0
    ) -> None:
        """Keep the key; `base_url` replaces Stripe's own address and goes round any proxy."""
        self._api_key = api_key
        self._base_url = base_url.rstrip("/") if base_url else None
        self._timeout = (connect_seconds, read_seconds)

    def create_customer(self, reference: str, *, key: str) -> str:
        """Create a customer who has no name, no address and no e-mail."""
        params: Any = {"metadata": {REFERENCE: reference}}
        return str(self._ask(lambda client: client.v1.customers.create(params, _once(key)))["id"])

    def begin_card(self, customer: str, *, key: str, return_url: str) -> CardStarted:
        """Open a Checkout page that saves a card for payments without its owner."""
        params: Any = {
            "mode": "setup",
            "currency": "usd",
            "customer": customer,
            "payment_method_types": ["card"],
            "success_url": return_url,
            "cancel_url": return_url,
            "metadata": {REFERENCE: key},
            "setup_intent_data": {"metadata": {REFERENCE: key}},
        }
        page = self._ask(lambda client: client.v1.checkout.sessions.create(params, _once(key)))
        return _read(lambda: CardStarted(str(page["id"]), str(page["url"])))

    def card_of(self, setup_id: str) -> CardResult:
        """Read a Checkout page, or a setup that was begun without one."""
        if setup_id.startswith("seti_"):
            whole: Any = {"expand": ["payment_method"]}
            setup = self._ask(lambda client: client.v1.setup_intents.retrieve(setup_id, whole))
            return _read(lambda: card_in(setup))
        params: Any = {"expand": ["setup_intent", "setup_intent.payment_method"]}
        page = self._ask(lambda client: client.v1.checkout.sessions.retrieve(setup_id, params))
        return _read(lambda: page_in(page))

    def detach(self, method_id: str) -> None:
        """Take a card off its customer; one that has none is as good."""
        try:
            self._ask(lambda client: client.v1.payment_methods.detach(method_id))
        except GatewayRefused as refusal:
            if refusal.kind is RefusalKind.KEY:
                raise

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
        """Create and confirm a PaymentIntent in one call."""
        params: Any = {
            "amount": cents,
            "currency": "usd",
            "customer": customer,
            "payment_method": method,
            "payment_method_types": ["card"],
            "metadata": {REFERENCE: reference},
            "confirm": True,
            "off_session": is_scheduled,
        }
        if return_url is not None and not is_scheduled:
            params["return_url"] = return_url
        return self._pay(lambda client: client.v1.payment_intents.create(params, _once(key)))

    def confirm(self, payment_id: str, *, method: str, key: str, return_url: str) -> PaymentResult:
        """Confirm a PaymentIntent again, this time with the patient at hand."""
        params: Any = {"payment_method": method, "return_url": return_url}
        try:
            return self._pay(lambda client: client.v1.payment_intents.confirm(payment_id, params, _once(key)))
        except GatewayRefused as refusal:
            if refusal.code != _ENDED:
                raise
        return self.payment(payment_id)

    def cancel(self, payment_id: str, *, key: str) -> PaymentResult:
        """Cancel a PaymentIntent; what cannot be canceled any more is read instead."""
        try:
            intent = self._ask(lambda client: client.v1.payment_intents.cancel(payment_id, None, _once(key)))
        except GatewayRefused as refusal:
            if refusal.kind is not RefusalKind.REQUEST:
                raise
            return self.payment(payment_id)
        return _read(lambda: payment_in(intent))

    def payment(self, payment_id: str) -> PaymentResult:
        """Read a PaymentIntent."""
        intent = self._ask(lambda client: client.v1.payment_intents.retrieve(payment_id))
        return _read(lambda: payment_in(intent))

    def payments_of(self, reference: str, *, customer: str) -> tuple[PaymentResult, ...]:
        """Look through a customer's PaymentIntents, which a search would know of only later."""
        found = self._payments({"customer": customer})
        return tuple(one for one in found if one.reference == reference)

    def payments_since(self, moment: datetime) -> tuple[PaymentResult, ...]:
        """Read every PaymentIntent of the account since a moment, which counts from its whole second."""
        return self._payments({"created": {"gte": int(moment.timestamp())}})

    def refund(self, payment_id: str, cents: int, *, key: str, reference: str) -> RefundResult:
        """Create a Refund of part of a PaymentIntent."""
        params: Any = {"payment_intent": payment_id, "amount": cents, "metadata": {REFERENCE: reference}}
        refund = self._ask(lambda client: client.v1.refunds.create(params, _once(key)))
        return _read(lambda: refund_in(refund))

    def refund_of(self, refund_id: str) -> RefundResult:
        """Read a Refund."""
        refund = self._ask(lambda client: client.v1.refunds.retrieve(refund_id))
        return _read(lambda: refund_in(refund))

    def refunds_of(self, payment_id: str) -> tuple[RefundResult, ...]:
        """Read every Refund of a PaymentIntent."""
        params: Any = {"payment_intent": payment_id, "limit": _PAGE}
        rows = self._list(lambda client: client.v1.refunds.list(params).auto_paging_iter())
        return _read(lambda: tuple(refund_in(row) for row in rows))

    def _payments(self, asked: dict[str, Any]) -> tuple[PaymentResult, ...]:
        params: Any = {**asked, "limit": _PAGE}
        rows = self._list(lambda client: client.v1.payment_intents.list(params).auto_paging_iter())
        return _read(lambda: tuple(payment_in(row) for row in rows))

    def _pay(self, ask: Callable[[StripeClient], Any]) -> PaymentResult:
        """Ask for money; a declined card comes as an error that carries the intent, which is an answer here."""
        try:
            intent = self._ask(ask)
        except _Declined as declined:
            intent = declined.intent or self._intent_of_charge(declined)
        return _read(lambda: payment_in(intent))

    def _intent_of_charge(self, declined: "_Declined") -> dict[str, Any]:
        """Find the intent of a declined charge where the error names that one only."""
        charge_id = declined.charge_id
        if not charge_id:
            raise declined
        charge = self._ask(lambda client: client.v1.charges.retrieve(charge_id))
        return self._ask(lambda client: client.v1.payment_intents.retrieve(str(charge["payment_intent"])))

    def _list(self, ask: Callable[[StripeClient], Iterable[Any]]) -> list[dict[str, Any]]:
        """Read all pages, which come newest first, and give them oldest first."""
        rows: list[dict[str, Any]] = self._calling(lambda client: [one.to_dict() for one in ask(client)])
        rows.reverse()
        return sorted(rows, key=lambda row: int(row.get("created") or 0))

    def _ask(self, ask: Callable[[StripeClient], Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._calling(lambda client: ask(client).to_dict())
        return found

    def _calling(self, call: Callable[[StripeClient], Any]) -> Any:  # noqa: ANN401 - whatever the call returns
        with requests.Session() as session:
            session.trust_env = self._base_url is None
            try:
                return call(self._client(session))
            except stripe.StripeError as error:
                raise _sorted(error) from None
            except _UNREADABLE:
                raise GatewayUnclear("unreadable answer") from None

    def _client(self, session: requests.Session) -> StripeClient:
        """Return a client that never tries again by itself: whoever asks decides when, with the same key."""
        transport = stripe.RequestsClient(timeout=self._timeout, session=session)
        addresses: Any = {"api": self._base_url} if self._base_url else None
        return StripeClient(self._api_key, base_addresses=addresses, max_network_retries=0, http_client=transport)


class _Declined(GatewayRefused):
    """A card was declined; `intent` is the payment as it stands after that, where the error tells."""

    def __init__(self, error: stripe.CardError) -> None:
        super().__init__(RefusalKind.REQUEST, http_status=error.http_status, code=str(error.code or "")[:60])
        whole: Any = error.json_body
        said = (whole or {}).get("error") or {}
        self.intent: dict[str, Any] | None = said.get("payment_intent")
        self.charge_id = str(said.get("charge") or "")


def _once(key: str) -> Any:  # noqa: ANN401 - the client's own options
    return {"idempotency_key": key}


def _read(read: Callable[[], Answer]) -> Answer:
    """Read an answer; one that cannot be read says neither yes nor no."""
    try:
        return read()
    except _UNREADABLE:
        raise GatewayUnclear("unreadable answer") from None


def _sorted(error: stripe.StripeError) -> GatewayRefused | GatewayUnclear:
    """Sort a failure: a refusal is final, and all else says neither yes nor no."""
    status = error.http_status
    if isinstance(error, stripe.CardError):
        return _Declined(error)
    # A card that a charge names and the gateway does not know any more is no 404 there.
    is_gone = error.code == _MISSING and getattr(error, "param", None) == "payment_method"
    kind = RefusalKind.MISSING if is_gone else _KINDS.get(status or 0)
    if kind is None or isinstance(error, stripe.RateLimitError):
        reason = "no definite answer" if status else "no answer"
        return GatewayUnclear(reason, http_status=status)
    return GatewayRefused(kind, http_status=status, code=str(error.code or "")[:60])
