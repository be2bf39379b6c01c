"""What became of a payment: which news counts, whatever order it comes in, and what a declined card means."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class PaymentState(StrEnum):
    """The states, in the order in which news may move them."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    FAILED = "failed"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


_S = PaymentState
UNDER_WAY = frozenset({_S.PENDING, _S.REQUIRES_ACTION, _S.PROCESSING})
_RANK: Mapping[PaymentState, int] = MappingProxyType({state: rank for rank, state in enumerate(PaymentState)})


def after_news(known: PaymentState, told: PaymentState) -> PaymentState:
    """Return what a payment is after some news of it: never back, so that old and doubled news change nothing.

    A failed payment may still succeed (the same intent with another try); one that succeeded never fails.
    """
    return max(known, told, key=_RANK.__getitem__)


class Decline(NamedTuple):
    """What a gateway's code means: whether another attempt can help, and the words for patient and staff."""

    is_hard: bool
    en: str
    es: str
    staff: str


_USE_ANOTHER = (
    "This card cannot be used. Please use another card.",
    "Esta tarjeta no se puede usar. Use por favor otra tarjeta.",
)
_CALL_BANK = (
    "Your bank did not allow the payment. Please call your bank, or use another card.",
    "Su banco no permitió el pago. Llame por favor a su banco o use otra tarjeta.",
)
_FUNDS = (
    "There was not enough on the card. We try again, or use another card.",
    "No había suficiente saldo en la tarjeta. Lo intentaremos de nuevo, o use otra tarjeta.",
)
_EXPIRED = ("This card has expired. Please use another card.", "Esta tarjeta venció. Use por favor otra tarjeta.")
_TYPED = (
    "A number of the card was not right. Please enter the card again.",
    "Un número de la tarjeta no era correcto. Escriba por favor la tarjeta otra vez.",
)
_LATER = (
    "The payment could not be made just now. We try again.",
    "El pago no se pudo hacer en este momento. Lo intentaremos de nuevo.",
)
_CONFIRM = (
    "Your bank wants you to confirm this payment. Please open the link and confirm it.",
    "Su banco quiere que usted confirme este pago. Abra por favor el enlace y confírmelo.",
)

DECLINES: Mapping[str, Decline] = MappingProxyType(
    {
        "authentication_required": Decline(False, *_CONFIRM, "The bank wants the patient to confirm (3-D Secure)."),
        "card_declined": Decline(False, *_CALL_BANK, "Declined without a reason."),
        "generic_decline": Decline(False, *_CALL_BANK, "Declined without a reason."),
        "do_not_honor": Decline(False, *_CALL_BANK, "The bank declined without a reason."),
        "insufficient_funds": Decline(False, *_FUNDS, "Not enough on the card."),
        "withdrawal_count_limit_exceeded": Decline(False, *_FUNDS, "Over the card's limit."),
        "card_velocity_exceeded": Decline(False, *_FUNDS, "Over the card's limit."),
        "processing_error": Decline(False, *_LATER, "An error at the gateway or the bank."),
        "issuer_not_available": Decline(False, *_LATER, "The bank could not be reached."),
        "try_again_later": Decline(False, *_LATER, "The bank asks to try again later."),
        "reenter_transaction": Decline(False, *_LATER, "The bank asks to try again."),
        "approve_with_id": Decline(False, *_LATER, "The bank asks to try again."),
        "expired_card": Decline(True, *_EXPIRED, "The card has expired."),
        "incorrect_cvc": Decline(True, *_TYPED, "The security code is wrong."),
        "invalid_cvc": Decline(True, *_TYPED, "The security code is wrong."),
        "incorrect_number": Decline(True, *_TYPED, "The card's number is wrong."),
        "invalid_number": Decline(True, *_TYPED, "The card's number is wrong."),
        "invalid_expiry_month": Decline(True, *_TYPED, "The expiration date is wrong."),
        "invalid_expiry_year": Decline(True, *_TYPED, "The expiration date is wrong."),
        "incorrect_zip": Decline(True, *_TYPED, "The ZIP code is wrong."),
        "card_not_supported": Decline(True, *_USE_ANOTHER, "The card does not allow such a purchase."),
        "currency_not_supported": Decline(True, *_USE_ANOTHER, "The card does not take US dollars."),
        "fraudulent": Decline(True, *_USE_ANOTHER, "Declined. Do not tell more than that the card was declined."),
        "invalid_account": Decline(True, *_USE_ANOTHER, "The account does not exist."),
        "lost_card": Decline(True, *_USE_ANOTHER, "Declined. Do not tell more than that the card was declined."),
        "merchant_blacklist": Decline(True, *_USE_ANOTHER, "Blocked by the clinic's own list at the gateway."),
        "new_account_information_available": Decline(True, *_USE_ANOTHER, "The card or account is a new one."),
        "no_action_taken": Decline(True, *_CALL_BANK, "The bank declined without a reason."),
        "not_permitted": Decline(True, *_CALL_BANK, "The payment is not permitted."),
        "pickup_card": Decline(True, *_USE_ANOTHER, "Declined. Do not tell more than that the card was declined."),
        "previously_declined_do_not_retry": Decline(True, *_USE_ANOTHER, "Declined before; the bank wants no more."),
        "restricted_card": Decline(True, *_USE_ANOTHER, "The card cannot be used for this."),
        "revocation_of_all_authorizations": Decline(True, *_CALL_BANK, "The patient told the bank to stop."),
        "revocation_of_authorization": Decline(True, *_CALL_BANK, "The patient told the bank to stop."),
        "security_violation": Decline(True, *_CALL_BANK, "The bank declined without a reason."),
        "stolen_card": Decline(True, *_USE_ANOTHER, "Declined. Do not tell more than that the card was declined."),
        "stop_payment_order": Decline(True, *_CALL_BANK, "The patient told the bank to stop."),
        "transaction_not_allowed": Decline(True, *_CALL_BANK, "The bank declined without a reason."),
    }
)
"""What Stripe's decline codes mean here; whether a code is worth another attempt is the clinic's own choice."""

UNKNOWN_DECLINE = Decline(False, *_CALL_BANK, "Declined with a code that is not known here.")


def decline(code: str | None) -> Decline:
    """Return what a code means; one that is not known is no reason to give up."""
    return DECLINES.get(code or "", UNKNOWN_DECLINE)
