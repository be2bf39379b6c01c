"""Memberships at the demo clinic: joined, approved, paid and changed by the product's own actions."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.approving import approve
from clinic.billing.actions.cards import setup
from clinic.billing.actions.changing import change_plan
from clinic.billing.actions.ending import cancel
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.actions.hardship import REVIEW_MONTHS, approve_hardship, ask_hardship
from clinic.billing.actions.holding import hold
from clinic.billing.actions.pausing import pause
from clinic.billing.actions.refunds import refund_invoice
from clinic.billing.jobs.cards import begin_card, look_at_card
from clinic.billing.queries.discounts import hardship_of
from clinic.billing.queries.invoice_pages import invoices_of
from clinic.billing.queries.payments import method_in_use
from clinic.cli.demo.billing_cast import MEMBERS, Member
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_parcels import physician_of
from clinic.cli.demo.stage import Act
from clinic.gateways.payments.bank import Bank
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import months_after
from workers import work

_WORDS = "The plan goes on every month, by itself, until I cancel. I agree."
_ADDRESS = "203.0.113.7"
_UNCLEAR = "The monitoring program shows other prescribers; this is to be talked through first."
_LATE = "A delivery came three days late."
_BACK_CENTS = 2_500
_RATE, _LOWER_RATE = 5_000, 2_500
_DAY = timedelta(days=1)
_LAST_DAYS = 8
"""So many mornings a worker looks for memberships whose month is over: those that began with the story."""


@dataclass
class Memberships:
    """Everybody's membership; a patient's place in the list says which."""

    desk: Desk
    journeys: Sequence[Journey]
    today: date
    bank: Bank
    ids: dict[int, UUID] = field(default_factory=dict)

    def plan(self) -> None:
        """Plan everything that does not follow from a first visit."""
        stage = self.desk.stage
        if len(self.journeys) <= max(MEMBERS):
            return
        for place, member in MEMBERS.items():
            if member.ago is not None:
                self._ago(member.ago, partial(self.join, place))
            for hours, verb in member.then:
                self._ago(hours, partial(getattr(self, verb), place))
        for day in range(_LAST_DAYS):
            stage.at(stage.until - day * _DAY - timedelta(hours=6), self.look_after)
        self._ago(0.5, self.look_after)

    def join(self, place: int) -> None:
        """Let a coordinator enroll a patient, who then agrees and enters a card; a physician approves."""
        member, journey, by = MEMBERS[place], self.journeys[place], self.desk.anybody()
        with self._begin(by) as session:
            row = enroll(
                session, journey.patient_id, plan_code=member.plan, zone=self.desk.zone, by=by, now=self.desk.now
            )
        self.ids[place] = row.id
        if member.is_reduced:
            self.ask_for_less(place, basis_points=_RATE)
            self._later(15, partial(self.grant, place))
        self._later(25, partial(self.agree, place))
        if member.card is not None:
            self._later(31, partial(self.enter_card, place))
        if member.approves:
            self._later(95, partial(self.approve, place))

    def agree(self, place: int) -> None:
        """Let a patient agree to the renewal."""
        me, language = self.journeys[place].owner.actor, self.journeys[place].owner.new.language
        said = {"wording": _WORDS, "language": str(language), "address": _ADDRESS}
        with self._begin(me) as session:
            consent_to_renewal(session, self.ids[place], **said, by=me, now=self.desk.now)

    def enter_card(self, place: int) -> None:
        """Let a patient enter a card on the bank's page, and come back."""
        member, me = MEMBERS[place], self.journeys[place].owner.actor
        begin, charging = self.desk.stage.runtime.begin, self.desk.stage.runtime.charging
        assert charging.gateway is not None
        assert member.card is not None
        started = begin_card(
            begin,
            charging.gateway,
            self.journeys[place].patient_id,
            return_url_of=self._address,
            clock=self.desk.stage.clock,
            by=me,
        )
        with self._begin(me) as session:
            page = setup(session, started.setup_id).gateway_setup_id
        assert page is not None
        expires = (self.today.month, self.today.year) if member.expires else None
        if self.bank.enter_card(page, member.card, expires=expires)["status"] == "open":
            self.bank.answer_setup(page, is_confirmed=True)
        look_at_card(begin, charging.gateways, started.setup_id, clock=self.desk.stage.clock, by=me)

    def approve(self, place: int) -> None:
        """Let the patient's physician approve, and a worker take the first payment a little later."""
        by = physician_of(self.desk, self.journeys[place])
        with self._begin(by) as session:
            approve(session, self.ids[place], by=by, now=self.desk.now)
        self._later(3, self.move_money)

    def ask_for_less(self, place: int, *, basis_points: int = _LOWER_RATE) -> None:
        """Let a coordinator ask for a hardship rate."""
        by = self.desk.team.coordinators[0]
        with self._begin(by) as session:
            ask_hardship(session, self.ids[place], reason="income", basis_points=basis_points, by=by, now=self.desk.now)

    def grant(self, place: int) -> None:
        """Let the administrator approve a hardship rate."""
        by = self.desk.team.admin
        with self._begin(by) as session:
            asked = hardship_of(session, self.ids[place])
            assert asked is not None
            review_on = months_after(self.desk.day(self.desk.now), REVIEW_MONTHS)
            approve_hardship(session, asked.id, review_on=review_on, version=asked.version, by=by, now=self.desk.now)

    def break_card(self, place: int) -> None:
        """Let a bank decline a saved card from now on."""
        with self.desk.stage.read() as session:
            card = method_in_use(session, self.journeys[place].patient_id)
        assert card is not None
        self.bank.tell(card.gateway_method_id, charge_code="insufficient_funds")

    def pause(self, place: int) -> None:
        """Let a patient pause from the end of the month that is paid."""
        me = self.journeys[place].owner.actor
        with self._begin(me) as session:
            pause(session, self.ids[place], resume_on=self.today + 40 * _DAY, by=me, now=self.desk.now)

    def hold(self, place: int) -> None:
        """Let the physician put a membership on hold."""
        by = physician_of(self.desk, self.journeys[place])
        with self._begin(by) as session:
            hold(session, self.ids[place], reason=_UNCLEAR, by=by, now=self.desk.now)

    def raise_plan(self, place: int) -> None:
        """Let a patient choose a higher plan, which a worker then charges for."""
        self._choose(place, "standard")
        self._later(3, self.move_money)

    def lower(self, place: int) -> None:
        """Let a patient choose a lower plan for the next month."""
        self._choose(place, "starter")

    def cancel(self, place: int) -> None:
        """Let a patient cancel to the end of the month."""
        me = self.journeys[place].owner.actor
        with self._begin(me) as session:
            cancel(session, self.ids[place], by=me, now=self.desk.now)

    def give_back(self, place: int) -> None:
        """Let a coordinator give something back, which a worker takes to the bank."""
        by = self.desk.team.coordinators[0]
        with self._begin(by) as session:
            newest = invoices_of(session, self.journeys[place].patient_id)[0]
            refund_invoice(session, newest.id, amount_cents=_BACK_CENTS, reason=_LATE, by=by, now=self.desk.now)
        self._later(3, self.move_money)

    def look_after(self) -> None:
        """Renew what is due, ask the cards for it, and tell members, as the worker does."""
        runtime = self.desk.stage.runtime
        work.renew_memberships(runtime)
        work.tell_members(runtime)
        self._later(3, self.move_money)

    def move_money(self) -> None:
        """Ask the cards for what is due and send refunds, as the worker does."""
        work.move_money(self.desk.stage.runtime, seconds=60)

    def _choose(self, place: int, plan_code: str) -> None:
        me = self.journeys[place].owner.actor
        with self._begin(me) as session:
            change_plan(session, self.ids[place], plan_code=plan_code, by=me, now=self.desk.now)

    def _address(self, setup_id: UUID) -> str:
        return f"{self.desk.stage.runtime.clinic.public_base_url}/my-plan/card/{setup_id}"

    def _ago(self, hours: float, act: Act) -> None:
        self.desk.stage.at(self.desk.stage.until - timedelta(hours=hours), act)

    def _later(self, minutes: float, act: Act) -> None:
        self.desk.stage.at(self.desk.now + timedelta(minutes=minutes), act)

    def _begin(self, by: Actor) -> AbstractContextManager[Session]:
        return self.desk.stage.runtime.begin(by=by)


def is_early(place: int) -> bool:
    """Tell whether somebody came on the story's first morning, so that the first month is over by now."""
    member = MEMBERS.get(place)
    return member is not None and member.is_old


def follows_visit(member: Member | None) -> bool:
    """Tell whether a membership begins with the first visit."""
    return member is not None and not member.is_old and member.ago is None
