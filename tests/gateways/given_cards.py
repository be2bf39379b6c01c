"""A card in one step, for tests that need one and no person: entered at a bank in this process."""

from clinic.gateways.payments import GatewayCard, PaymentGateway
from clinic.gateways.payments.bank import Bank

_BACK = "https://clinic.example.org/my-plan"


def given_card(gateway: PaymentGateway, bank: Bank, *, customer: str, number: str, key: str = "given") -> GatewayCard:
    """Let a person enter a card at the bank in this process, and confirm it there if she is asked."""
    started = gateway.begin_card(customer, key=f"{key}/{customer}/{number}", return_url=_BACK)
    if bank.enter_card(started.setup_id, number)["status"] == "open":
        bank.answer_setup(started.setup_id, is_confirmed=True)
    card = gateway.card_of(started.setup_id).card
    assert card is not None
    return card
