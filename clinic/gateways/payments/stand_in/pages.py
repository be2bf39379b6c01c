"""Two pages for people, as the gateway and the bank would show them: enter a card, and confirm that it is you."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from clinic.gateways.payments.bank.numbers import CONDUCTS, GOOD
from clinic.gateways.payments.bank.vault import BankRefusal, Thing
from clinic.gateways.payments.stand_in.markup import CARD_PAGE, CHALLENGE_PAGE, LABELS
from clinic.gateways.payments.stand_in.provider import Provider

_DECLINED = "The bank declined this card. Choose another one."


def pages(provider: Provider) -> Blueprint:
    """Return the pages; whoever has the long random address may see them, as on the real ones."""
    people = Blueprint("pages", __name__)
    people.register_error_handler(BankRefusal, lambda refused: (refused.error["message"], int(refused.status)))
    bank = provider.bank

    @people.get("/c/pay/<page_id>")
    def card_page(page_id: str) -> ResponseReturnValue:
        bank.settle()
        return _card_page(bank.cards.page(page_id))

    @people.post("/c/pay/<page_id>")
    def enter_card(page_id: str) -> ResponseReturnValue:
        typed = "".join(request.form.get("number", "").split())
        return _after_card(bank.enter_card(page_id, typed or request.form.get("card", GOOD)))

    @people.get("/3ds/<thing_id>")
    def challenge(thing_id: str) -> ResponseReturnValue:
        bank.settle()
        cents = None if thing_id.startswith("cs_") else bank.vault.get(thing_id, "payment_intent")["amount"]
        return render_template_string(CHALLENGE_PAGE, cents=cents)

    @people.post("/3ds/<thing_id>")
    def answer(thing_id: str) -> ResponseReturnValue:
        is_confirmed = request.form.get("answer") == "yes"
        if thing_id.startswith("cs_"):
            return _after_card(bank.answer_setup(thing_id, is_confirmed=is_confirmed))
        action = bank.vault.get(thing_id, "payment_intent")["next_action"] or {}
        back = action.get("redirect_to_url", {}).get("return_url")
        bank.answer_challenge(thing_id, is_confirmed=is_confirmed)
        return redirect(back, HTTPStatus.SEE_OTHER) if back else "Close this window."

    return people


def _card_page(page: Thing) -> ResponseReturnValue:
    has_failed = page["setup_intent"]["last_setup_error"] is not None
    said = _DECLINED if has_failed and page["status"] == "open" else ""
    cards = [(number, LABELS.get(number, "")) for number in CONDUCTS if number in LABELS]
    return render_template_string(CARD_PAGE, page=page, cards=cards, said=said)


def _after_card(page: Thing) -> ResponseReturnValue:
    """Go on to the bank's question, back to the clinic, or show the page again with what the bank said."""
    setup = page["setup_intent"]
    if setup["status"] == "requires_action":
        return redirect(setup["next_action"]["redirect_to_url"]["url"], HTTPStatus.SEE_OTHER)
    if setup["status"] == "succeeded":
        return redirect(page["success_url"], HTTPStatus.SEE_OTHER)
    return _card_page(page)
