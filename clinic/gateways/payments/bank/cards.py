"""The bank's counter for cards: customers, pages that ask for a card, and cards that are kept or forgotten."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from clinic.gateways.payments.bank.numbers import Challenge, Conduct, Later, conduct_of, error_of
from clinic.gateways.payments.bank.vault import Thing, Vault, refused, shown

_PAGE_LIVES = timedelta(hours=24)
_YEARS = 3


class CardDesk:
    """Keeps customers and their cards; a card's conduct follows from its number until somebody tells otherwise."""

    def __init__(self, vault: Vault, pages_url: str) -> None:
        self.vault = vault
        self.pages_url = pages_url

    def create_customer(self, key: str, metadata: Thing) -> Thing:
        """Open an account that has nothing but our mark."""
        made = {
            "id": self.vault.new_id("cus", key),
            "object": "customer",
            "created": self.vault.seconds(),
            "metadata": metadata,
        }
        return shown(self.vault.keep(made))

    def create_page(self, key: str, asked: Thing) -> Thing:
        """Open a page that asks a customer for a card for a day."""
        self.vault.get(str(asked.get("customer")), "customer")
        if asked.get("mode") != "setup" or not asked.get("success_url"):
            raise refused("This bank has pages in setup mode only, and they need a success_url.")
        made, setup_id, page_id = (
            self.vault.seconds(),
            self.vault.new_id("seti", key),
            self.vault.new_id("cs_test", key),
        )
        common = {"created": made, "livemode": False, "customer": asked["customer"]}
        self.vault.keep(
            {"id": setup_id, "object": "setup_intent", "status": "requires_payment_method", "payment_method": None}
            | common
            | {"usage": "off_session", "last_setup_error": None, "next_action": None}
            | {"metadata": (asked.get("setup_intent_data") or {}).get("metadata") or {}, "_page": page_id}
        )
        page = (
            {"id": page_id, "object": "checkout.session", "mode": "setup", "status": "open", "setup_intent": setup_id}
            | common
            | {"url": f"{self.pages_url}/c/pay/{page_id}", "metadata": asked.get("metadata") or {}}
            | {name: asked.get(name) for name in ("success_url", "cancel_url", "client_reference_id")}
        )
        self.vault.due(page, then="expire_page", after=_PAGE_LIVES)
        return shown(self.vault.keep(page))

    def page(self, page_id: str) -> Thing:
        """Return a page with its setup and the card that was entered there, both whole."""
        page = shown(self.vault.get(page_id, "checkout.session"))
        return page | {"setup_intent": self.setup(page["setup_intent"])}

    def setup(self, setup_id: str) -> Thing:
        """Return a setup with its card whole."""
        setup = shown(self.vault.get(setup_id, "setup_intent"))
        method_id = setup["payment_method"]
        method = shown(self.vault.get(method_id, "payment_method")) if method_id else None
        return setup | {"payment_method": method}

    def enter_card(self, page_id: str, number: str, *, expires: tuple[int, int] | None = None) -> Thing:
        """Let a person enter a card on an open page; what the bank says then stands in the page's setup.

        `expires` is month and year, three years from now where it is not given.
        """
        with self.vault.lock:
            page = self.vault.get(page_id, "checkout.session")
            setup = self.vault.get(page["setup_intent"], "setup_intent")
            if page["status"] != "open":
                raise refused("This page is closed.", code="session_closed")
            conduct = conduct_of(number)
            if conduct.save_code is not None:
                self._decline(setup, conduct.save_code)
            else:
                setup["payment_method"] = self._new_card(setup, number, expires=expires)["id"]
                self._challenge_or_save(setup, conduct)
            return self.page(page_id)

    def answer_setup(self, page_id: str, *, is_confirmed: bool) -> Thing:
        """Let a person confirm a card at its bank, or fail to."""
        with self.vault.lock:
            setup = self.vault.get(self.vault.get(page_id, "checkout.session")["setup_intent"], "setup_intent")
            if setup["status"] != "requires_action":
                raise refused("Nothing is to be confirmed.", code="setup_intent_unexpected_state")
            if is_confirmed:
                self._save(setup)
            else:
                self._decline(setup, "setup_intent_authentication_failure")
            return self.page(page_id)

    def detach(self, method_id: str) -> Thing:
        """Forget a customer's card."""
        method = self.vault.get(method_id, "payment_method")
        if method["customer"] is None:
            raise refused("The payment method is not attached to a customer so detachment is impossible.")
        method["customer"] = None
        return shown(self.vault.keep(method))

    def tell(self, method_id: str, changes: Thing) -> Thing:
        """Let a card behave otherwise from now on, in the words of `Conduct`; what is none of them is refused."""
        method = self.vault.get(method_id, "payment_method")
        told = {**method.get("_told", {}), **changes}
        try:
            _changed(conduct_of(method["_number"]), told)
        except (TypeError, ValueError) as error:
            raise refused(f"A card cannot do that: {error}") from None
        method["_told"] = told
        return shown(self.vault.keep(method))

    def conduct(self, method: Thing) -> Conduct:
        """Return how a card behaves now."""
        return _changed(conduct_of(method["_number"]), method.get("_told", {}))

    def expire_page(self, page: Thing) -> None:
        """Close a page that nobody finished."""
        if page["status"] == "open":
            page["status"] = "expired"
            self.vault.happen("checkout.session.expired", self.vault.keep(page))

    def _new_card(self, setup: Thing, number: str, *, expires: tuple[int, int] | None) -> Thing:
        now = self.vault.clock()
        month, year = expires or (now.month, now.year + _YEARS)
        known = {"brand": conduct_of(number).brand, "last4": number[-4:], "exp_month": month, "exp_year": year}
        return self.vault.keep(
            {"id": self.vault.new_id("pm", f"{setup['id']}/{number}"), "object": "payment_method", "type": "card"}
            | {"created": self.vault.seconds(), "livemode": False, "customer": None}
            | {"card": known, "metadata": {}, "_number": number}
        )

    def _challenge_or_save(self, setup: Thing, conduct: Conduct) -> None:
        if conduct.challenge is Challenge.NEVER:
            self._save(setup)
            return
        url = f"{self.pages_url}/3ds/{setup['_page']}"
        setup["status"], setup["last_setup_error"] = "requires_action", None
        setup["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": url}}
        self.vault.happen("setup_intent.requires_action", self.vault.keep(setup))

    def _save(self, setup: Thing) -> None:
        method = self.vault.get(setup["payment_method"], "payment_method")
        page = self.vault.get(setup["_page"], "checkout.session")
        method["customer"] = setup["customer"]
        setup["status"], setup["next_action"], setup["last_setup_error"] = "succeeded", None, None
        page["status"] = "complete"
        self.vault.happen("payment_method.attached", self.vault.keep(method))
        self.vault.happen("setup_intent.succeeded", self.vault.keep(setup))
        self.vault.happen("checkout.session.completed", self.vault.keep(page))

    def _decline(self, setup: Thing, code: str) -> None:
        setup["status"], setup["payment_method"], setup["next_action"] = "requires_payment_method", None, None
        setup["last_setup_error"] = error_of(code)
        self.vault.happen("setup_intent.setup_failed", self.vault.keep(setup))


def _changed(known: Conduct, told: Thing) -> Conduct:
    changes: dict[str, Any] = dict(told)
    if "challenge" in told:
        changes["challenge"] = Challenge(told["challenge"])
    if "later" in told:
        changes["later"] = Later(told["later"])
    return replace(known, **changes)
