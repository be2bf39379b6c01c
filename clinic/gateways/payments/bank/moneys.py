"""The bank's counter for money: payments with their challenges, refunds and disputes."""

from datetime import timedelta
from http import HTTPStatus

from clinic.gateways.payments.bank.cards import CardDesk
from clinic.gateways.payments.bank.numbers import Challenge, Conduct, Later, error_of
from clinic.gateways.payments.bank.vault import BankRefusal, Thing, Vault, refused, shown

_LATER = timedelta(hours=1)
_LEAST_CENTS = 50
_MOST_CENTS = 99_999_999
_OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_ENDED = "payment_intent_unexpected_state"


class MoneyDesk:
    """Moves money between cards of the other counter and the clinic."""

    def __init__(self, vault: Vault, cards: CardDesk) -> None:
        self.vault = vault
        self.cards = cards

    def create_payment(self, key: str, asked: Thing) -> Thing:
        """Create a payment and, where it is asked to, try it at once; raises BankRefusal for a declined card."""
        cents = int(asked.get("amount") or 0)
        if not _LEAST_CENTS <= cents <= _MOST_CENTS:
            raise refused("Amount must be at least $0.50 usd", code="amount_too_small")
        self.vault.get(str(asked.get("customer")), "customer")
        payment = self.vault.keep(
            {"id": self.vault.new_id("pi", key), "object": "payment_intent", "amount": cents, "amount_received": 0}
            | {"currency": "usd", "created": self.vault.seconds(), "livemode": False, "customer": asked["customer"]}
            | {"payment_method": asked.get("payment_method"), "metadata": asked.get("metadata") or {}}
            | {"status": "requires_confirmation", "last_payment_error": None, "next_action": None}
            | {"latest_charge": None, "payment_method_types": ["card"], "cancellation_reason": None}
        )
        self.vault.happen("payment_intent.created", payment)
        return self._try(payment, asked) if asked.get("confirm") else shown(payment)

    def confirm_payment(self, payment_id: str, asked: Thing) -> Thing:
        """Try a payment again; raises BankRefusal for a declined card and for a payment that ended."""
        payment = self.vault.get(payment_id, "payment_intent")
        if payment["status"] not in _OPEN:
            raise refused("This payment has ended.", code=_ENDED)
        payment["payment_method"] = asked.get("payment_method") or payment["payment_method"]
        return self._try(payment, asked)

    def cancel_payment(self, payment_id: str) -> Thing:
        """Give a payment up."""
        payment = self.vault.get(payment_id, "payment_intent")
        if payment["status"] not in _OPEN:
            raise refused("This payment has ended.", code=_ENDED)
        payment["status"], payment["next_action"] = "canceled", None
        self.vault.happen("payment_intent.canceled", self.vault.keep(payment))
        return shown(payment)

    def answer_challenge(self, payment_id: str, *, is_confirmed: bool) -> Thing:
        """Let a person confirm a payment at her bank, or fail to; a card that is declined after that is an answer."""
        with self.vault.lock:
            payment = self.vault.get(payment_id, "payment_intent")
            if payment["status"] != "requires_action":
                raise refused("Nothing is to be confirmed.", code=_ENDED)
            payment["next_action"] = None
            if is_confirmed:
                self._settle(payment, self._conduct(payment))
            else:
                self._decline(payment, "payment_intent_authentication_failure")
            return shown(payment)

    def payments(self, *, customer: str | None = None, since: int = 0) -> list[Thing]:
        """Return payments, the newest first."""
        found = [one for one in self.vault.all("payment_intent") if customer in {None, one["customer"]}]
        return [shown(one) for one in reversed(found) if one["created"] >= since]

    def create_refund(self, key: str, asked: Thing) -> Thing:
        """Give money back; raises BankRefusal for more than came in."""
        payment = self.vault.get(str(asked.get("payment_intent")), "payment_intent")
        cents = int(asked.get("amount") or 0)
        given = sum(
            one["amount"] for one in self._refunds(payment["id"]) if one["status"] not in {"failed", "canceled"}
        )
        rest = payment["amount_received"] - given
        if not 0 < cents <= rest:
            code = "charge_already_refunded" if payment["status"] == "succeeded" and not rest else ""
            raise refused("The refund is greater than what is left of the charge.", code=code)
        later = self._conduct(payment).later
        refund = {"id": self.vault.new_id("re", key), "object": "refund", "amount": cents, "currency": "usd"}
        refund |= {"created": self.vault.seconds(), "payment_intent": payment["id"], "charge": payment["latest_charge"]}
        refund |= {"metadata": asked.get("metadata") or {}, "status": "succeeded", "failure_reason": None}
        if later in {Later.REFUNDED, Later.UNREFUNDED}:
            refund["status"] = "pending"
            self.vault.due(refund, then=later.value, after=_LATER)
        self.vault.happen("refund.created", self.vault.keep(refund))
        return shown(refund)

    def refunds(self, payment_id: str | None = None) -> list[Thing]:
        """Return refunds, the newest first."""
        return [shown(one) for one in reversed(self._refunds(payment_id))]

    def become(self, then: str, thing: Thing) -> None:
        """Let what was planned come true."""
        match Later(then):
            case Later.PAID:
                self._succeed(thing, self._conduct(thing))
            case Later.UNPAID:
                self._decline(thing, "insufficient_funds")
            case Later.REFUNDED:
                self._end_refund(thing, "succeeded", None)
            case _:
                self._end_refund(thing, "failed", "expired_or_canceled_card")

    def _refunds(self, payment_id: str | None) -> list[Thing]:
        return [one for one in self.vault.all("refund") if payment_id in {None, one["payment_intent"]}]

    def _end_refund(self, refund: Thing, status: str, reason: str | None) -> None:
        refund["status"], refund["failure_reason"] = status, reason
        self.vault.happen("refund.failed" if reason else "refund.updated", self.vault.keep(refund))

    def _conduct(self, payment: Thing) -> Conduct:
        return self.cards.conduct(self.vault.get(payment["payment_method"], "payment_method"))

    def _try(self, payment: Thing, asked: Thing) -> Thing:
        method = self.vault.get(str(payment["payment_method"]), "payment_method")
        if method["customer"] != payment["customer"]:
            raise refused("The payment method does not belong to the customer.", code="payment_method_unexpected_state")
        conduct, is_alone = self.cards.conduct(method), bool(asked.get("off_session"))
        if is_alone and conduct.challenge is Challenge.ALWAYS:
            self._decline(payment, "authentication_required")
        elif not is_alone and conduct.challenge is not Challenge.NEVER:
            self._challenge(payment, asked.get("return_url"))
        else:
            self._settle(payment, conduct)
        if payment["last_payment_error"]:
            error = {**payment["last_payment_error"], "payment_intent": shown(payment)}
            raise BankRefusal(HTTPStatus.PAYMENT_REQUIRED, error)
        return shown(payment)

    def _challenge(self, payment: Thing, return_url: str | None) -> None:
        payment["status"], payment["last_payment_error"] = "requires_action", None
        payment["next_action"] = {"type": "use_stripe_sdk"}
        if return_url:
            redirect = {"url": f"{self.cards.pages_url}/3ds/{payment['id']}", "return_url": return_url}
            payment["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
        self.vault.happen("payment_intent.requires_action", self.vault.keep(payment))

    def _settle(self, payment: Thing, conduct: Conduct) -> None:
        payment["next_action"], payment["last_payment_error"] = None, None
        if conduct.charge_code is not None:
            self._decline(payment, conduct.charge_code)
        elif conduct.later in {Later.PAID, Later.UNPAID}:
            payment["status"] = "processing"
            self.vault.due(payment, then=conduct.later.value, after=_LATER)
            self.vault.happen("payment_intent.processing", self.vault.keep(payment))
        else:
            self._succeed(payment, conduct)

    def _succeed(self, payment: Thing, conduct: Conduct) -> None:
        payment["status"], payment["amount_received"] = "succeeded", payment["amount"]
        payment["latest_charge"] = self.vault.new_id("ch", payment["id"])
        self.vault.happen("payment_intent.succeeded", self.vault.keep(payment))
        if conduct.is_disputed:
            dispute = {
                "id": self.vault.new_id("du", payment["id"]),
                "object": "dispute",
                "created": self.vault.seconds(),
            }
            dispute |= {"amount": payment["amount"], "charge": payment["latest_charge"], "metadata": {}}
            dispute |= {"payment_intent": payment["id"], "reason": "fraudulent", "status": "needs_response"}
            self.vault.happen("charge.dispute.created", self.vault.keep(dispute))

    def _decline(self, payment: Thing, code: str) -> None:
        payment["status"], payment["next_action"] = "requires_payment_method", None
        payment["last_payment_error"] = error_of(code)
        self.vault.happen("payment_intent.payment_failed", self.vault.keep(payment))
