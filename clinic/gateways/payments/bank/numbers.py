"""What the published test cards do, and a few of our own: decided by the number alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Challenge(StrEnum):
    """When a bank wants the patient herself: never, while she is there, or each time."""

    NEVER = "never"
    WHEN_THERE = "when_there"
    ALWAYS = "always"


class Later(StrEnum):
    """What takes a bank an hour: nothing, a payment, one that then fails, a refund, one that then fails."""

    NOTHING = "nothing"
    PAID = "paid"
    UNPAID = "unpaid"
    REFUNDED = "refunded"
    UNREFUNDED = "unrefunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a card behaves: a code where it cannot be saved, one where it cannot be charged, and so on."""

    brand: str = "visa"
    save_code: str | None = None
    charge_code: str | None = None
    challenge: Challenge = Challenge.NEVER
    later: Later = Later.NOTHING
    is_disputed: bool = False


GOOD = "4242424242424242"
CONDUCTS: Mapping[str, Conduct] = {
    GOOD: Conduct(),
    "5555555555554444": Conduct(brand="mastercard"),
    "378282246310005": Conduct(brand="amex"),
    "4000000000000002": Conduct(save_code="generic_decline"),
    "4000000000009995": Conduct(save_code="insufficient_funds"),
    "4000000000009987": Conduct(save_code="lost_card"),
    "4000000000009979": Conduct(save_code="stolen_card"),
    "4000000000000069": Conduct(save_code="expired_card"),
    "4000000000000127": Conduct(save_code="incorrect_cvc"),
    "4000000000000119": Conduct(save_code="processing_error"),
    "4242424242424241": Conduct(save_code="incorrect_number"),
    "4000000000000341": Conduct(charge_code="generic_decline"),
    "4100000000000019": Conduct(charge_code="fraudulent"),
    "4000002500003155": Conduct(challenge=Challenge.WHEN_THERE),
    "4000002760003184": Conduct(challenge=Challenge.ALWAYS),
    "4000008260003178": Conduct(challenge=Challenge.ALWAYS, charge_code="insufficient_funds"),
    "4000008400001629": Conduct(challenge=Challenge.ALWAYS, charge_code="generic_decline"),
    "4000000000001505": Conduct(later=Later.PAID),
    "4000000000001604": Conduct(later=Later.UNPAID),
    "4000000000007726": Conduct(later=Later.REFUNDED),
    "4000000000005126": Conduct(later=Later.UNREFUNDED),
    "4000000000000259": Conduct(is_disputed=True),
}
"""Every number that the bank knows; what is not here is no card (`incorrect_number`)."""

NO_CARD = Conduct(save_code="incorrect_number")

# Codes that Stripe gives as they are; all others are details of `card_declined`.
_PLAIN = frozenset({"authentication_required", "expired_card", "incorrect_cvc", "incorrect_number", "processing_error"})


def conduct_of(number: str) -> Conduct:
    """Return what a card does."""
    return CONDUCTS.get(number, NO_CARD)


def error_of(decline_code: str) -> dict[str, str]:
    """Return what Stripe's error says of a declined card."""
    code = decline_code if decline_code in _PLAIN else "card_declined"
    return {"type": "card_error", "code": code, "decline_code": decline_code, "message": "Your card was declined."}
