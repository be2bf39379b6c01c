"""What the desk reads of a patient's membership: the plan, the money, the documents, and what can be done now."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.errors import WrongState
from clinic.billing.models import SubscriptionEvent
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.discounts import discount_of, hardship_of
from clinic.billing.queries.invoice_pages import BalanceMove, balance_moves, credit_notes_of, invoices_of
from clinic.billing.queries.memberships import Membership, standing
from clinic.billing.queries.plans import PlanOnSale, plans_on_sale
from clinic.billing.queries.prices import announced_of
from clinic.billing.queries.subscriptions import history, living, subscription
from clinic.billing.rules.money import shown
from clinic.billing.rules.subscriptions import NEXT, Event, SubscriptionState
from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient
from clinic.web.coordinator.billing.words import BALANCE_KEPT, BALANCE_USED, EVENT_WORDS, MEMBERSHIP_LOOKS
from clinic.web.frame.requests import now, runtime
from clinic.worklist.queries import ItemRow, open_items_of_patient
from clinic.worklist.rules import WorkKind

_S = SubscriptionState
_HISTORY_SHOWN = 12


class Offered(NamedTuple):
    """What a coordinator can do about a membership as it stands."""

    may_change: bool
    may_pause: bool
    may_resume: bool
    may_cancel: bool
    may_discount: bool


def billing_of(session: Session, patient: Patient) -> dict[str, object]:
    """Return everything that the billing page of a patient shows; no reason of a physician is in it."""
    found = standing(session, patient.id, now=now())
    is_live = found is not None and found.is_live
    today = in_zone(now(), runtime().clinic.zone).date()
    return {
        "membership": found,
        "offered": offered(found),
        "plans": () if is_live else plans_on_sale(session, on=today),
        "discount": discount_of(session, found.subscription_id) if found and is_live else None,
        "hardship": hardship_of(session, found.subscription_id) if found and is_live else None,
        "price_change": announced_of(session, subscription(session, found.subscription_id))
        if found and is_live
        else None,
        "invoices": invoices_of(session, patient.id),
        "credits": credit_notes_of(session, patient.id),
        "balance_cents": balance_cents(session, patient.id),
        "moves": [(each.on, _moved(each), each.cents) for each in balance_moves(session, patient.id)],
        "events": _events(session, found) if found else [],
        "has_missed": any(each.kind is WorkKind.MISSED_PERIODS for each in _tasks(session, patient)),
    }


def offered(found: Membership | None) -> Offered:
    """Return what can be done; what stands against it in detail is said when it is pressed."""
    if found is None or not found.is_live:
        return Offered(*[False] * len(Offered._fields))
    is_active = found.state is _S.ACTIVE
    return Offered(
        may_change=is_active and not found.is_ending,
        may_pause=is_active and not (found.is_ending or found.is_pausing),
        may_resume=(found.state, Event.RESUMED) in NEXT,
        may_cancel=not found.is_ending and (found.state, Event.CANCELED) in NEXT,
        may_discount=True,
    )


def living_id(session: Session, patient_id: UUID) -> UUID:
    """Return the membership that lives, or raise WrongState."""
    found = living(session, patient_id)
    if found is None:
        raise WrongState("There is no membership any more. Enroll the patient again, if that is wanted.")
    return found.id


def plan_options(plans: Iterable[PlanOnSale]) -> list[tuple[str, str, str]]:
    """Return plans as the macro of radios takes them: code, name with the price, meaning."""
    return [(each.code, f"{each.name}, {shown(each.cents)} a month", each.meaning) for each in plans]


def _moved(move: BalanceMove) -> str:
    """Return what put cents on the patient's credit, or used them."""
    return BALANCE_USED if move.cents < 0 else BALANCE_KEPT.get(move.source_kind, "Kept")


def _tasks(session: Session, patient: Patient) -> list[ItemRow]:
    return open_items_of_patient(session, patient_id=patient.id)


def _events(session: Session, found: Membership) -> list[dict[str, object]]:
    """Return what happened to the membership, the newest first."""
    told = [each for each in reversed(history(session, found.subscription_id)) if _is_told(each)]
    return [{"at": each.at, "what": _word(each), "who": each.actor_name} for each in told[:_HISTORY_SHOWN]]


def _is_told(event: SubscriptionEvent) -> bool:
    return event.event in EVENT_WORDS or event.from_state != event.to_state


def _word(event: SubscriptionEvent) -> str:
    return EVENT_WORDS.get(event.event) or MEMBERSHIP_LOOKS[event.to_state][0]
