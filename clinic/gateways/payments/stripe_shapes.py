"""Reads Stripe's objects: its words become ours, and what we marked as our own is found again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clinic.gateways.payments import (
    CardResult,
    CardWord,
    GatewayCard,
    PaymentResult,
    PaymentWord,
    RefundResult,
    RefundWord,
)

REFERENCE = "reference"
"""The name in an object's metadata under which our own row's id stands."""

_NEEDS_THE_PATIENT = "authentication_required"
_PAYMENTS: Mapping[str, PaymentWord] = {
    "requires_action": PaymentWord.REQUIRES_ACTION,
    "processing": PaymentWord.PROCESSING,
    "requires_capture": PaymentWord.PROCESSING,
    "requires_confirmation": PaymentWord.PROCESSING,
    "canceled": PaymentWord.CANCELED,
    "succeeded": PaymentWord.SUCCEEDED,
}
_REFUNDS: Mapping[str, RefundWord] = {
    "pending": RefundWord.PROCESSING,
    "requires_action": RefundWord.PROCESSING,
    "failed": RefundWord.FAILED,
    "canceled": RefundWord.FAILED,
    "succeeded": RefundWord.SUCCEEDED,
}
# What Stripe says of a challenge that the patient did not pass.
_AUTHENTICATION_FAILED = frozenset({"payment_intent_authentication_failure", "setup_intent_authentication_failure"})
_LONGEST_BRAND, _LONGEST_CODE = 20, 60


def payment_in(intent: Mapping[str, Any]) -> PaymentResult:
    """Return what a PaymentIntent says; raises KeyError, TypeError or ValueError for anything else."""
    code = _code_of(intent.get("last_payment_error"))
    state = _payment_word(str(intent["status"]), intent.get("last_payment_error"))
    action = intent.get("next_action") or {}
    redirect = action.get("redirect_to_url") or {}
    return PaymentResult(
        payment_id=str(intent["id"]),
        state=state,
        cents=int(intent["amount"]),
        reference=reference_in(intent) or "",
        decline_code=code if state is PaymentWord.FAILED else None,
        action_url=redirect.get("url") if state is PaymentWord.REQUIRES_ACTION else None,
        created_at=datetime.fromtimestamp(int(intent["created"]), UTC),
    )


def _payment_word(status: str, error: Mapping[str, Any] | None) -> PaymentWord:
    """Return our word; a declined intent waits for another card, which it never gets: the next attempt is another one.

    One that a bank declined because the patient was not there waits for her instead. One that nobody has tried yet is
    on its way.
    """
    if status != "requires_payment_method":
        return _PAYMENTS[status]
    if not error:
        return PaymentWord.PROCESSING
    is_waiting = _NEEDS_THE_PATIENT in {error.get("code"), error.get("decline_code")}
    return PaymentWord.REQUIRES_ACTION if is_waiting else PaymentWord.FAILED


def refund_in(refund: Mapping[str, Any]) -> RefundResult:
    """Return what a Refund says; raises KeyError, TypeError or ValueError for anything else."""
    reason = refund.get("failure_reason")
    return RefundResult(
        refund_id=str(refund["id"]),
        payment_id=str(refund.get("payment_intent") or ""),
        state=_REFUNDS[str(refund["status"])],
        cents=int(refund["amount"]),
        reference=reference_in(refund) or "",
        failure_code=str(reason)[:_LONGEST_CODE] if reason else None,
    )


def card_in(setup: Mapping[str, Any]) -> CardResult:
    """Return what a SetupIntent says, its payment method expanded; raises KeyError, TypeError or ValueError."""
    code = _code_of(setup.get("last_setup_error"))
    match str(setup["status"]):
        case "succeeded":
            return CardResult(state=CardWord.SUCCEEDED, card=_card(setup["payment_method"]))
        case "canceled":
            return CardResult(state=CardWord.FAILED, decline_code=code)
        case _:
            return CardResult(state=CardWord.REQUIRES_ACTION, decline_code=code)


def page_in(session: Mapping[str, Any]) -> CardResult:
    """Return what a Checkout Session for a card says, its setup and payment method expanded."""
    found = card_in(session["setup_intent"])
    if session.get("status") == "expired" and found.state is not CardWord.SUCCEEDED:
        return CardResult(state=CardWord.FAILED, decline_code=found.decline_code)
    return found


def _card(method: Mapping[str, Any]) -> GatewayCard:
    card = method["card"]
    return GatewayCard(
        method_id=str(method["id"]),
        brand=str(card["brand"])[:_LONGEST_BRAND],
        last4=str(card["last4"]),
        expires_month=int(card["exp_month"]),
        expires_year=int(card["exp_year"]),
    )


def reference_in(thing: Mapping[str, Any]) -> str | None:
    """Return the id of our own row that an object was marked with; None for one that we did not make."""
    return str((thing.get("metadata") or {}).get(REFERENCE) or "")[:_LONGEST_CODE] or None


def _code_of(error: Mapping[str, Any] | None) -> str | None:
    """Return the narrowest code of an error: what the bank said, or else what the gateway made of it."""
    if not error:
        return None
    code = str(error.get("decline_code") or error.get("code") or "")[:_LONGEST_CODE]
    return _NEEDS_THE_PATIENT if code in _AUTHENTICATION_FAILED else code or None
