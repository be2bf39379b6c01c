"""One patient's membership: joined, paid, paused, and what happens when a card fails."""

from dataclasses import dataclass
from datetime import time, timedelta
from uuid import UUID

from clinic.billing.actions.approving import approve
from clinic.billing.actions.cards import setup
from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.actions.pausing import pause
from clinic.billing.jobs.cards import begin_card, look_at_card
from clinic.billing.queries.payments import method_in_use
from clinic.gateways.payments.bank.numbers import GOOD
from clinic.kernel.errors import DomainError
from clinic.simulation.world import Patient
from workers import work

_WORDS = "The plan goes on every month, by itself, until I cancel. I agree."
_ADDRESS = "203.0.113.7"
_INDUCTION, _MAINTENANCE = "intensive", "starter"
_APPROVALS = time(8, 50)
_TIRED_AFTER = (10, 20)
_PAUSE = timedelta(days=40)


@dataclass
class Membership:
    """What the patient and the staff do about the membership; renewals are the workers'."""

    patient: Patient
    id: UUID | None = None

    def join(self) -> None:
        """Let a coordinator enroll the patient, who agrees and enters a card; a physician approves on a workday."""
        patient, world, by = self.patient, self.patient.world, self.patient.world.desk.anybody()
        plan = _MAINTENANCE if patient.is_established else _INDUCTION
        with world.begin(by) as session:
            row = enroll(session, patient.id, plan_code=plan, zone=world.desk.zone, by=by, now=world.now)
            self.id = row.id
        patient.later(self._agree, minutes=(5, 300))

    def _agree(self) -> None:
        patient, me = self.patient, self.patient.actor
        said = {"wording": _WORDS, "language": str(patient.new.language), "address": _ADDRESS}
        with patient.world.begin(me) as session:
            consent_to_renewal(session, self._id(), **said, by=me, now=patient.world.now)
        self.enter_card()
        patient.at(patient.world.on_workday(after_days=0, at=_APPROVALS), self._approve)

    def enter_card(self) -> None:
        """Let the patient enter a good card on the bank's page, and come back."""
        world, me = self.patient.world, self.patient.actor
        runtime = world.desk.stage.runtime
        gateway = runtime.charging.gateway
        assert gateway is not None
        started = begin_card(
            runtime.begin, gateway, self.patient.id, return_url_of=self._address, clock=runtime.clock, by=me
        )
        with world.begin(me) as session:
            page = setup(session, started.setup_id).gateway_setup_id
        assert page is not None
        world.bank.enter_card(page, GOOD, expires=(12, world.today.year + 4))
        look_at_card(runtime.begin, runtime.charging.gateways, started.setup_id, clock=runtime.clock, by=me)

    def _approve(self) -> None:
        world, by = self.patient.world, self.patient.physician
        try:
            with world.begin(by) as session:
                approve(session, self._id(), by=by, now=world.now)
        except DomainError as refusal:
            world.counts[f"refused: {refusal.code}"] += 1
        self.patient.later(self._collect, minutes=(2, 4))

    def _collect(self) -> None:
        work.move_money(self.patient.world.desk.stage.runtime, seconds=60)

    def month(self) -> None:
        """Let the month bring a card that fails from now on, or a pause."""
        behavior = self.patient.world.behavior
        if self.id is None:
            return
        if self.patient.happens(behavior.card_fails_a_month):
            self._break_card()
        elif self.patient.happens(behavior.pauses_a_month):
            self._pause()

    def _break_card(self) -> None:
        patient, world = self.patient, self.patient.world
        with world.desk.stage.read() as session:
            card = method_in_use(session, patient.id)
        if card is None:
            return
        world.bank.tell(card.gateway_method_id, charge_code="insufficient_funds")
        if patient.happens(world.behavior.brings_new_card):
            days = timedelta(days=patient.chance.randint(*_TIRED_AFTER) + patient.chance.randint(0, 25))
            patient.at(world.desk.in_hours(world.now + days), self.enter_card)

    def _pause(self) -> None:
        world, me = self.patient.world, self.patient.actor
        try:
            with world.begin(me) as session:
                pause(session, self._id(), resume_on=world.today + _PAUSE, by=me, now=world.now)
        except DomainError as refusal:
            world.counts[f"refused: {refusal.code}"] += 1

    def _address(self, setup_id: UUID) -> str:
        return f"{self.patient.world.desk.stage.runtime.clinic.public_base_url}/my-plan/card/{setup_id}"

    def _id(self) -> UUID:
        assert self.id is not None
        return self.id
