"""Asking for a card on the gateway's page, looking what came of it, and having the gateway forget old cards."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

from clinic.billing.actions.cards import FAILED, ask_card, card_came, card_started, customer_made, setup
from clinic.billing.jobs.charging import SECONDS, Gateways
from clinic.billing.jobs.claiming import claim
from clinic.billing.models import CardSetup, GatewayCustomer, PaymentMethod
from clinic.billing.queries.payments import customer_of, is_asked
from clinic.billing.rules.collecting import look_again_at
from clinic.gateways.payments import CardResult, CardWord, GatewayRefused, GatewayUnclear, PaymentGateway
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin

_FORGET_LATER = timedelta(hours=1)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """A page of the gateway at `url` asks for a card; `setup_id` is our own name for that."""

    setup_id: UUID
    url: str


@dataclass(frozen=True, slots=True)
class SetupSeen:
    """What became of asking for a card: `asked`, `requires_action`, `succeeded` or `failed` with the bank's code."""

    state: str
    decline_code: str | None


def begin_card(
    begin: Begin,
    gateway: PaymentGateway,
    patient_id: UUID,
    *,
    return_url_of: Callable[[UUID], str],
    clock: Clock,
    by: Actor,
) -> Started:
    """Ask for a card on the gateway's own page, which comes back to `return_url_of` our own name for it.

    Raises GatewayUnclear or GatewayRefused where the gateway opens no page; asking again begins anew.
    """
    with begin(by=by) as session:
        asked = ask_card(session, patient_id, gateway=gateway.name, by=by, now=clock())
        customer = customer_of(session, asked.patient_id, gateway.name)
    assert customer is not None, "whoever is asked for a card is stored first"
    token = customer.gateway_customer_id or _new_customer(begin, gateway, customer, by=by)
    started = gateway.begin_card(token, key=str(asked.id), return_url=return_url_of(asked.id))
    with begin(by=by) as session:
        card_started(session, asked.id, started=started, now=clock())
    return Started(asked.id, started.url)


def look_at_card(begin: Begin, gateways: Gateways, setup_id: UUID, *, clock: Clock, by: Actor) -> SetupSeen:
    """Ask the gateway what became of asking for a card, and use the card if it came; raises UnknownSetup.

    Where the gateway does not answer, it is as it was, and a worker asks again.
    """
    with begin(by=by) as session:
        row = setup(session, setup_id)
        token, name = row.gateway_setup_id, row.gateway
    if token is not None and name in gateways:
        try:
            result = gateways[name].card_of(token)
        except (GatewayUnclear, GatewayRefused) as trouble:
            _logger.warning("card: %s", type(trouble).__name__)
        else:
            with begin(by=by) as session:
                card_came(session, setup_id, result=result, by=by, now=clock())
    with begin(by=by) as session:
        row = setup(session, setup_id)
        return SetupSeen(row.state, row.decline_code)


def keep_cards(
    begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor, most: int = 20, seconds: float = SECONDS
) -> int:
    """Look after pages that nobody came back from, and have old cards forgotten; return how many were looked at."""
    until, seen = monotonic() + seconds, 0
    looks = (_look_after_page, _forget_one)
    for look in looks:
        for _ in range(most):
            if monotonic() >= until or not look(begin, gateways, clock=clock, by=by):
                break
            seen += 1
    return seen


def _new_customer(begin: Begin, gateway: PaymentGateway, customer: GatewayCustomer, *, by: Actor) -> str:
    token = gateway.create_customer(str(customer.id), key=str(customer.id))
    with begin(by=by) as session:
        kept = customer_made(session, customer.id, token=token).gateway_customer_id
    assert kept is not None, "what was just kept is there"
    return kept


def _look_after_page(begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor) -> bool:
    with begin(by=by) as session:
        claimed = claim(session, CardSetup, gateways, now=clock())
        if claimed is None:
            return False
        setup_id, name, token, since = claimed.id, claimed.gateway, claimed.gateway_setup_id, claimed.created_at
    try:
        result = gateways[name].card_of(token) if token else CardResult(state=CardWord(FAILED))
    except (GatewayUnclear, GatewayRefused) as trouble:
        _logger.warning("card: %s", type(trouble).__name__)
        with begin(by=by) as session:
            setup(session, setup_id).next_look_at = look_again_at(since, clock())
        return True
    try:
        with begin(by=by) as session:
            card_came(session, setup_id, result=result, by=by, now=clock())
    except Exception as mistake:  # noqa: BLE001 - one card that fails never stops the rest
        _logger.error("card %s: %s", setup_id, type(mistake).__name__)  # noqa: TRY400 - the class only
    return True


def _forget_one(begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor) -> bool:
    """Have one old card forgotten, unless a payment of it is still under way."""
    with begin(by=by) as session:
        card = claim(session, PaymentMethod, gateways, now=clock())
        if card is None:
            return False
        if is_asked(session, card.id):
            card.next_look_at = clock() + _FORGET_LATER
            return True
        card_id, name, token = card.id, card.gateway, card.gateway_method_id
    try:
        gateways[name].detach(token)
    except (GatewayUnclear, GatewayRefused) as trouble:
        _logger.warning("old card: %s", type(trouble).__name__)
        return True  # Its lease ends, and it is due again.
    with begin(by=by) as session:
        session.get_one(PaymentMethod, card_id, with_for_update=True).next_look_at = None
    return True
