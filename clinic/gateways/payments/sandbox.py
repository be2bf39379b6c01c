"""Pretend money without a process: the same bank that the stand-in serves, called in this one."""

from collections.abc import Callable
from datetime import datetime

from clinic.gateways.payments import (
    CardResult,
    CardStarted,
    GatewayRefused,
    GatewayUnclear,
    PaymentResult,
    RefundResult,
    RefusalKind,
)
from clinic.gateways.payments.bank import Bank, BankRefusal
from clinic.gateways.payments.bank.vault import Thing, shown
from clinic.gateways.payments.stripe_shapes import REFERENCE, page_in, payment_in, refund_in

_NOT_FOUND = 404
_ENDED = "payment_intent_unexpected_state"


class SandboxGateway:
    """The port over a bank in this process.

    `faults` says what goes wrong with the next calls that change something, one word each: `before` loses the
    question, `after` the answer, and a blank lets one pass.
    """

    def __init__(self, bank: Bank, *, name: str = "sandbox") -> None:
        """Keep the bank; rows remember it under `name`."""
        self.bank = bank
        self.name = name
        self.faults: list[str] = []

    def create_customer(self, reference: str, *, key: str) -> str:
        """Open an account."""
        asked = {"metadata": {REFERENCE: reference}}
        return str(self._once(key, asked, lambda: self.bank.cards.create_customer(key, asked["metadata"]))["id"])

    def begin_card(self, customer: str, *, key: str, return_url: str) -> CardStarted:
        """Open a page, which nobody serves: a card is entered at the bank."""
        mark = {REFERENCE: key}
        asked: Thing = {"mode": "setup", "customer": customer, "success_url": return_url, "cancel_url": return_url}
        asked |= {"metadata": mark, "setup_intent_data": {"metadata": mark}}
        page = self._once(key, asked, lambda: self.bank.cards.create_page(key, asked))
        return CardStarted(page["id"], page["url"])

    def card_of(self, setup_id: str) -> CardResult:
        """Look at a page."""
        return page_in(self._look(lambda: self.bank.cards.page(setup_id)))

    def detach(self, method_id: str) -> None:
        """Forget a card; one that is unknown or forgotten already is as good."""
        self.bank.settle()
        try:
            self.bank.cards.detach(method_id)
        except BankRefusal:
            return

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
        """Ask a card for money."""
        asked = {"amount": cents, "customer": customer, "payment_method": method, "confirm": True}
        asked |= {"metadata": {REFERENCE: reference}, "off_session": is_scheduled}
        asked["return_url"] = None if is_scheduled else return_url
        return self._pay(key, asked, lambda: self.bank.money.create_payment(key, asked))

    def confirm(self, payment_id: str, *, method: str, key: str, return_url: str) -> PaymentResult:
        """Try a payment again with the patient at hand."""
        asked = {"payment_method": method, "return_url": return_url, "off_session": False}
        try:
            return self._pay(key, {**asked, "id": payment_id}, lambda: self._confirmed(payment_id, asked))
        except GatewayRefused as refusal:
            if refusal.code != _ENDED:
                raise
        return self.payment(payment_id)

    def _confirmed(self, payment_id: str, asked: Thing) -> Thing:
        return self.bank.money.confirm_payment(payment_id, asked)

    def cancel(self, payment_id: str, *, key: str) -> PaymentResult:
        """Give a payment up, or read it where it ended."""
        try:
            return self._pay(key, {"cancel": payment_id}, lambda: self.bank.money.cancel_payment(payment_id))
        except GatewayRefused as refusal:
            if refusal.kind is not RefusalKind.REQUEST:
                raise
        return self.payment(payment_id)

    def payment(self, payment_id: str) -> PaymentResult:
        """Look at a payment."""
        return payment_in(self._look(lambda: shown(self.bank.vault.get(payment_id, "payment_intent"))))

    def payments_of(self, reference: str, *, customer: str) -> tuple[PaymentResult, ...]:
        """Look through a customer's payments."""
        self.bank.settle()
        found = [payment_in(one) for one in reversed(self.bank.money.payments(customer=customer))]
        return tuple(one for one in found if one.reference == reference)

    def payments_since(self, moment: datetime) -> tuple[PaymentResult, ...]:
        """Look through all payments since a moment, which counts from its whole second."""
        self.bank.settle()
        found = reversed(self.bank.money.payments(since=int(moment.timestamp())))
        return tuple(payment_in(one) for one in found)

    def refund(self, payment_id: str, cents: int, *, key: str, reference: str) -> RefundResult:
        """Give money back."""
        asked = {"payment_intent": payment_id, "amount": cents, "metadata": {REFERENCE: reference}}
        return refund_in(self._once(key, asked, lambda: self.bank.money.create_refund(key, asked)))

    def refund_of(self, refund_id: str) -> RefundResult:
        """Look at a refund."""
        return refund_in(self._look(lambda: shown(self.bank.vault.get(refund_id, "refund"))))

    def refunds_of(self, payment_id: str) -> tuple[RefundResult, ...]:
        """Look through a payment's refunds."""
        self.bank.settle()
        return tuple(refund_in(one) for one in reversed(self.bank.money.refunds(payment_id)))

    def _pay(self, key: str, asked: Thing, act: Callable[[], Thing]) -> PaymentResult:
        try:
            return payment_in(self._once(key, asked, act))
        except _Declined as declined:
            return payment_in(declined.intent)

    def _look(self, look: Callable[[], Thing]) -> Thing:
        self.bank.settle()
        try:
            return look()
        except BankRefusal as refusal:
            raise _sorted(refusal) from None

    def _once(self, key: str, asked: Thing, act: Callable[[], Thing]) -> Thing:
        """Do something under a key, with what goes wrong on the way to the bank and back."""
        fault = self.faults.pop(0) if self.faults else ""
        self.bank.settle()
        if fault == "before":
            raise GatewayUnclear("no answer")
        try:
            answer = self.bank.vault.once(key, asked, act)
        except BankRefusal as refusal:
            if not fault:
                raise _sorted(refusal) from None
        if fault:
            raise GatewayUnclear("no answer")
        return answer


class _Declined(GatewayRefused):
    """A card was declined; `intent` is the payment as it stands after that."""

    def __init__(self, refusal: BankRefusal, intent: Thing) -> None:
        super().__init__(RefusalKind.REQUEST, http_status=refusal.status, code=refusal.error["code"])
        self.intent = intent


def _sorted(refusal: BankRefusal) -> GatewayRefused:
    intent = refusal.error.get("payment_intent")
    if intent is not None:
        return _Declined(refusal, intent)
    kind = RefusalKind.MISSING if refusal.status == _NOT_FOUND else RefusalKind.REQUEST
    return GatewayRefused(kind, http_status=refusal.status, code=str(refusal.error.get("code") or ""))
