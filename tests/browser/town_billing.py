"""Billing in the small town: Paloma is a member whose card has paid, and others can join."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from clinic.billing.actions.approving import approve
from clinic.billing.actions.cards import setup
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.jobs.cards import begin_card, look_at_card
from clinic.billing.jobs.charging import charge_due, pay_now
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.kernel.actor import Actor, ActorKind, system
from tests.browser.town import Town

PATIENT = "paloma"
CASHIER = system("Payments")
GOOD, DECLINED = "4242424242424242", "4000000000000341"


def add_billing(town: Town) -> None:
    """Let a patient with a plan join and pay."""
    joined_at = town.now - timedelta(days=5)
    with town.begin(by=person(town, PATIENT)) as session:
        zone = town.runtime.clinic.zone
        patient_id, by = town.patients[PATIENT].id, person(town, PATIENT)
        row = enroll(session, patient_id, plan_code="standard", zone=zone, by=by, now=joined_at)
    agree(town, PATIENT, row.id, now=joined_at)
    enter_card(town, PATIENT, GOOD, now=joined_at)
    with town.begin(by=town.actors["okafor"]) as session:
        invoice_id = approve(session, row.id, by=town.actors["okafor"], now=joined_at).id
    pay_now(town.begin, town.runtime.charging.gateways, invoice_id, clock=at(joined_at), by=CASHIER)
    town.others["invoice_id"] = invoice_id


def agree(town: Town, key: str, subscription_id: UUID, *, now: datetime) -> None:
    """Let a patient agree to renewals."""
    said = {"wording": "It renews by itself.", "language": "en", "address": "203.0.113.7"}
    with town.begin(by=person(town, key)) as session:
        consent_to_renewal(session, subscription_id, **said, by=person(town, key), now=now)


def enter_card(town: Town, key: str, number: str, *, now: datetime) -> None:
    """Let a patient enter a card on the bank's page and come back."""
    gateways, by, clock = town.runtime.charging.gateways, person(town, key), at(now)
    gateway = gateways["sandbox"]
    assert isinstance(gateway, SandboxGateway)
    asked = {"return_url_of": lambda _: "https://clinic.example.org", "clock": clock, "by": by}
    started = begin_card(town.begin, gateway, town.patients[key].id, **asked)
    with town.begin(by=by) as session:
        token = setup(session, started.setup_id).gateway_setup_id
    gateway.bank.enter_card(token, number)
    look_at_card(town.begin, gateways, started.setup_id, clock=clock, by=by)


def collect(town: Town) -> None:
    """Let the standing orders run, and a worker ask the cards for what is due."""
    town.catch_up()
    charge_due(town.begin, town.runtime.charging.gateways, clock=town.runtime.clock, by=CASHIER)


def person(town: Town, key: str) -> Actor:
    """Return a patient as somebody at the own page."""
    return Actor(kind=ActorKind.PATIENT, id=town.patients[key].id, name="Patient")


def at(now: datetime) -> Callable[[], datetime]:
    """Return a clock that stands."""
    return lambda: now
