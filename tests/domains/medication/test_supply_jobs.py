"""A fill that goes from release to the door by the sandbox alone: pharmacy and carrier on the clinic's clock."""

from dataclasses import replace
from datetime import timedelta

from clinic.gateways.carriers import CarrierFailure, FailureKind, Registered
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.pharmacies import PharmacyStep, StepWord
from clinic.gateways.pharmacies.sandbox import SandboxPharmacy
from clinic.kernel.actor import system
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.jobs.following import follow_parcels
from clinic.medication.jobs.telling import tell_pharmacies
from clinic.medication.queries.lots import packed_lots
from clinic.medication.rules.fills import FillState
from clinic.worklist.queries import open_about
from clinic.worklist.rules import WorkKind
from tests.domains.medication.medication_makers import a_pharmacy
from tests.domains.medication.supply_makers import a_packed_fill, a_released_fill, an_order
from tests.domains.scheduling.calendar_makers import COORDINATOR

WORKER = system("Supply worker")


class AwayAtFirst(SandboxCarrier):
    """A service that cannot be reached when it is first told of a parcel."""

    def __init__(self, clock):
        super().__init__(clock)
        self.asked_at = []

    def register(self, carrier: str, tracking_number: str) -> Registered:
        self.asked_at.append(self._clock())
        if len(self.asked_at) == 1:
            raise CarrierFailure(FailureKind.UNAVAILABLE, http_status=503, code="AWAY", reason="away")
        return super().register(carrier, tracking_number)


def test_the_sandbox_brings_a_fill_to_the_door_and_asking_again_changes_nothing(session, begin, clock, order_clinic):
    pharmacy = a_pharmacy(session, name="Sandbox Compounding", channel="sandbox")
    fill = a_released_fill(order_clinic, an_order(order_clinic, pharmacy_id=pharmacy.id))
    channels = {"sandbox": SandboxPharmacy()}
    for _ in range(20):
        tell_pharmacies(begin, channels, clock=clock, by=WORKER)
        if fill.state == "packed":
            break
        clock.advance(hours=8)
        session.expire_all()
    assert fill.state == "packed"
    assert sum(units for _, units in packed_lots(session, fill.id)) == fill.units
    assert tell_pharmacies(begin, channels, clock=clock, by=WORKER) == 0
    label = Label(carrier="UPS", tracking_number="1Z00000000000000", channel="sandbox")
    handed = hand_over(session, fill_id=fill.id, label=label, by=COORDINATOR, now=clock())
    assert handed.shipment is not None, handed.decision.reasons
    carriers = {"sandbox": SandboxCarrier(clock)}
    for _ in range(40):
        follow_parcels(begin, carriers, clock=clock, by=WORKER)
        clock.advance(hours=6)
    session.expire_all()
    assert handed.shipment.tracker_id
    assert handed.shipment.state in {"delivered", "delivered_unsigned"}
    assert clock() - handed.shipment.handed_over_at > timedelta(days=9)


def test_a_service_that_was_away_hears_of_the_parcel_ten_minutes_later(session, begin, clock, order_clinic):
    fill = a_packed_fill(order_clinic, an_order(order_clinic))
    label = Label(carrier="UPS", tracking_number="1Z00000000000000", channel="sandbox")
    handed = hand_over(session, fill_id=fill.id, label=label, by=COORDINATOR, now=clock())
    away = AwayAtFirst(clock)
    for _ in range(12):
        follow_parcels(begin, {"sandbox": away}, clock=clock, by=WORKER)
        clock.advance(minutes=2)
    assert [at - away.asked_at[0] for at in away.asked_at] == [timedelta(0), timedelta(minutes=10)]
    session.expire_all()
    assert handed.shipment.tracker_id


class Careless(SandboxPharmacy):
    """A pharmacy whose label says that the units keep for years."""

    def status(self, order, *, now):
        long = timedelta(days=900)
        return tuple(
            replace(step, lots=tuple(replace(lot, beyond_use_on=lot.compounded_on + long) for lot in step.lots))
            for step in super().status(order, now=now)
        )


def test_what_a_pharmacy_cannot_have_meant_becomes_one_task_and_is_settled_by_hand(session, begin, clock, order_clinic):
    pharmacy = a_pharmacy(session, name="Sandbox Compounding", channel="sandbox")
    fill = a_released_fill(order_clinic, an_order(order_clinic, pharmacy_id=pharmacy.id))
    channels = {"sandbox": Careless()}
    for _ in range(6):
        tell_pharmacies(begin, channels, clock=clock, by=WORKER)
        clock.advance(hours=8)
    session.expire_all()
    assert (fill.state, packed_lots(session, fill.id)) == ("compounding", [])
    assert len(open_about(session, WorkKind.PHARMACY_ASKS, subject_id=fill.id)) == 1
    told = Told(state=FillState.REJECTED, reason="It cannot pack it.")
    record_pharmacy_step(session, fill_id=fill.id, told=told, by=COORDINATOR, now=clock())
    assert open_about(session, WorkKind.PHARMACY_ASKS, subject_id=fill.id) == []


class AsksBack(SandboxPharmacy):
    """A pharmacy that always asks back first."""

    def status(self, order, *, now):
        why = "Please confirm the days."
        return (PharmacyStep(key=f"{order.reference}|asked", at=now, word=StepWord.CLARIFICATION, lots=(), reason=why),)


def test_a_pharmacy_that_asks_back_is_called(session, begin, clock, order_clinic):
    pharmacy = a_pharmacy(session, name="Sandbox Compounding", channel="sandbox")
    fill = a_released_fill(order_clinic, an_order(order_clinic, pharmacy_id=pharmacy.id))
    tell_pharmacies(begin, {"sandbox": AsksBack()}, clock=clock, by=WORKER)
    session.expire_all()
    assert fill.state == "clarification"
    assert len(open_about(session, WorkKind.PHARMACY_ASKS, subject_id=fill.id)) == 1
    told = Told(state=FillState.ACCEPTED)
    record_pharmacy_step(session, fill_id=fill.id, told=told, by=COORDINATOR, now=clock())
    assert open_about(session, WorkKind.PHARMACY_ASKS, subject_id=fill.id) == []
