"""A membership for each patient of the town, in different states, with discounts and a change of price."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.billing.actions.approving import approve
from clinic.billing.actions.cards import ask_card, card_came, card_started, customer_made
from clinic.billing.actions.collecting import collect
from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.discounts import NewDiscount, give_discount, new_discount
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.actions.hardship import approve_hardship, ask_hardship
from clinic.billing.actions.holding import hold, release
from clinic.billing.actions.page_link import page_link
from clinic.billing.actions.payments import apply_result
from clinic.billing.actions.prices import NewPrice, announce_price_change, new_price
from clinic.billing.actions.refunds import apply_refund, refund_invoice
from clinic.billing.models import Invoice, Refund
from clinic.billing.queries.payments import customer_of, method_in_use, payment
from clinic.billing.queries.plans import entitlements_of, plan_of_code, price_on
from clinic.billing.rules.documents import CreditKind
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.generated.town import Town

JOINED = NOW - timedelta(days=2)
TODAY = JOINED.date() + timedelta(days=2)
GOOD_CARD = "4242424242424242"
CARDS = {"cleo": "4000000000000341"}


@dataclass
class Member:
    """A patient of the town who joins, and the physician who decides."""

    session: Session
    town: Town
    key: str
    by: Actor
    now: datetime = JOINED

    @property
    def patient(self) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.town.patients[self.key], name="Patient")

    @property
    def bank(self) -> SandboxGateway:
        found = self.town.runtime.charging.gateways["sandbox"]
        assert isinstance(found, SandboxGateway)
        return found

    def said(self, what: str) -> str:
        """Return words that stand nowhere but where they are written now."""
        return f"{what}canary of {self.key}"


def add_billing(session: Session, town: Town, doctors: dict[str, Actor]) -> None:
    """Let both patients pay; a neighbor's card is declined, another one waits for the physician; prices change."""
    amy, bea = (Member(session, town, key, by) for key, by in doctors.items())
    joined = {}
    for each in (amy, bea):
        row_id = joined[each.key] = _joined(each, "starter")
        paid = _billed(each, row_id)
        _given_back(each, paid)
        hold(session, row_id, reason=each.said("holdmember"), by=each.by, now=NOW)
        if each is amy:
            release(session, row_id, reason=each.said("releasemember"), by=each.by, now=NOW)
    cleo, dora = (Member(session, town, key, doctors["amy"]) for key in ("cleo", "dora"))
    joined["cleo"] = _joined(cleo, "standard")
    _billed(cleo, joined["cleo"])
    _joined(dora, "care_only")
    _lowered(session, town, joined)
    _raised(session, by=town.actors["admin"])


def _lowered(session: Session, town: Town, joined: dict[str, UUID]) -> None:
    """Let a rate be asked for, another one run, and a discount be given by its code."""
    desk, admin = ({"by": town.actors[key], "now": NOW} for key in ("colleague", "admin"))
    wanted = {"reason": "job_lost", "basis_points": 5_000}
    ask_hardship(session, joined["amy"], **wanted, **desk)
    asked = ask_hardship(session, joined["bea"], **wanted, **desk)
    approve_hardship(session, asked.id, review_on=date(2027, 2, 1), version=asked.version, **admin)
    new = NewDiscount(
        code="WINTER", name="Winter", basis_points=1_000, amount_cents=None, periods=2, most_redemptions=None,
        valid_from_on=TODAY, valid_until_on=None,
    )  # fmt: skip
    new_discount(session, new=new, **admin)
    give_discount(session, joined["cleo"], code="WINTER", **desk)


def _raised(session: Session, *, by: Actor) -> None:
    """Announce another price to those who have the first plan; the worker's first look tells them."""
    said = {"today": TODAY, "by": by, "now": NOW}
    plan_id = plan_of_code(session, "starter").id
    old = price_on(session, plan_id, on=TODAY)
    new = NewPrice(cents=26_300, valid_from_on=TODAY, entitlements=entitlements_of(session, old.id))
    new_price(session, plan_id, new=new, based_on=old.id, **said)
    announce_price_change(session, old.id, effective_on=date(2027, 1, 15), **said)


def open_billing(session: Session, town: Town, key: str) -> None:
    """Open a patient's page of the own plan with the birth date."""
    patient, ring = session.get_one(Patient, town.patients[key]), town.runtime.link_ring
    link = page_link(session, patient, by=town.actors["coordinator"], now=NOW, ring=ring)
    known = {"birth_date": patient.birth_date, "now": NOW, "ip": "203.0.113.82"}
    token, born = access.render_link(session, link_id=link.id, ring=ring), patient.birth_date
    opened = access.open_link(session, token=token, **known, birth_date_of=lambda *_: born)
    town.secrets[key, "plan session token"] = opened.session_token


def _zone(town: Town) -> str:
    return town.runtime.clinic.zone


def _joined(member: Member, plan_code: str) -> UUID:
    session, patient = member.session, member.patient
    patient_id = member.town.patients[member.key]
    said = {"by": patient, "now": member.now}
    row = enroll(session, patient_id, plan_code=plan_code, zone=_zone(member.town), **said)
    member.town.owner_of[row.id] = member.key
    wording = {"wording": "It renews by itself.", "language": "en", "address": member.said("consentaddress")}
    consent_to_renewal(session, row.id, **wording, **said)
    _card(member, patient_id)
    return row.id


def _card(member: Member, patient_id: UUID) -> None:
    session, bank, said = member.session, member.bank, {"by": member.patient, "now": member.now}
    setup = ask_card(session, patient_id, gateway="sandbox", **said)
    customer = customer_of(session, patient_id, "sandbox")
    assert customer is not None
    token = bank.create_customer(str(customer.id), key=str(customer.id))
    customer_made(session, customer.id, token=token)
    started = bank.begin_card(token, key=str(setup.id), return_url="https://clinic.example.org")
    card_started(session, setup.id, started=started, now=member.now)
    bank.bank.enter_card(started.setup_id, CARDS.get(member.key, GOOD_CARD))
    assert card_came(session, setup.id, result=bank.card_of(started.setup_id), **said) is not None


def _billed(member: Member, subscription_id: UUID) -> Invoice:
    session, now = member.session, member.now
    invoice = approve(session, subscription_id, by=member.by, now=now)
    asked = collect(session, invoice.id, by=member.by, now=now)
    customer, method = customer_of(session, invoice.patient_id, "sandbox"), method_in_use(session, invoice.patient_id)
    assert asked is not None
    assert customer is not None
    assert method is not None
    result = member.bank.charge(
        customer=customer.gateway_customer_id or "",
        method=method.gateway_method_id,
        cents=asked.amount_cents,
        reference=str(asked.id),
        key=asked.idempotency_key,
        is_scheduled=True,
    )
    apply_result(session, asked.id, result=result, learned_by="answer", by=member.by, now=now)
    return invoice


def _given_back(member: Member, invoice: Invoice) -> None:
    session, by, now = member.session, member.town.actors["colleague"], member.now
    credit = {"kind": CreditKind.CREDIT, "amount_cents": 1_100, "reason": member.said("credit")}
    issue_credit_note(session, invoice.id, **credit, by=by, now=now)
    back = refund_invoice(session, invoice.id, amount_cents=2_300, reason=member.said("refund"), by=by, now=now)
    member.town.owner_of[back.payment_id] = member.key
    _sent_back(member, back)


def _sent_back(member: Member, back: Refund) -> None:
    paid_by = payment(member.session, back.payment_id).gateway_payment_id
    assert paid_by is not None
    result = member.bank.refund(paid_by, back.amount_cents, key=back.idempotency_key, reference=str(back.id))
    apply_refund(member.session, back.id, result=result, by=member.by, now=member.now)
