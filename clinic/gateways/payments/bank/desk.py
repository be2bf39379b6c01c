"""One bank: its vault, its two counters, and what comes due by itself."""

from pathlib import Path

from clinic.gateways.payments.bank.cards import CardDesk
from clinic.gateways.payments.bank.moneys import MoneyDesk
from clinic.gateways.payments.bank.vault import Thing, Vault
from clinic.kernel.clock import Clock

_PAGES = "https://bank.example.org"


class Bank:
    """A bank on somebody's clock; `journal` is a JSON-lines file that outlives a killed process.

    `pages_url` is where its pages for people are served.
    """

    def __init__(self, clock: Clock, *, journal: Path | None = None, pages_url: str = _PAGES) -> None:
        self.vault = Vault(clock, journal)
        self.cards = CardDesk(self.vault, pages_url)
        self.money = MoneyDesk(self.vault, self.cards)

    @property
    def events(self) -> list[Thing]:
        """Everything that happened, oldest first, in the shape of webhooks."""
        return self.vault.events

    def settle(self) -> None:
        """Let everything happen that has come due."""
        with self.vault.lock:
            for then, thing in self.vault.take_due():
                if then == "expire_page":
                    self.cards.expire_page(thing)
                else:
                    self.money.become(then, thing)

    def enter_card(self, setup_id: str, number: str, *, expires: tuple[int, int] | None = None) -> Thing:
        """Let a person enter a card on the page of `setup_id`."""
        self.settle()
        return self.cards.enter_card(setup_id, number, expires=expires)

    def answer_setup(self, setup_id: str, *, is_confirmed: bool) -> Thing:
        """Let a person confirm a card at its bank, or fail to."""
        self.settle()
        return self.cards.answer_setup(setup_id, is_confirmed=is_confirmed)

    def answer_challenge(self, payment_id: str, *, is_confirmed: bool) -> Thing:
        """Let a person confirm a payment at her bank, or fail to."""
        self.settle()
        return self.money.answer_challenge(payment_id, is_confirmed=is_confirmed)

    def tell(self, method_id: str, **changes: object) -> Thing:
        """Let a card behave otherwise from now on, such as `charge_code="insufficient_funds"`."""
        return self.cards.tell(method_id, dict(changes))
