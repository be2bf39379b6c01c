"""One patient's supply: orders after a look into the program, fills past the gate, parcels, units."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.cli.demo.medication_days import units_left
from clinic.kernel.errors import DomainError
from clinic.medication.actions.addresses import say_address
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.order_states import record_external_status
from clinic.medication.actions.orders import draft_order
from clinic.medication.actions.pdmp import record_check
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.actions.requests import request_refill
from clinic.medication.actions.signing import sign_order
from clinic.medication.actions.supply_locks import day_of
from clinic.medication.models import Pharmacy, Shipment
from clinic.medication.queries.fills import fill as fill_by_id
from clinic.medication.queries.fills import fill_under_way
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.lots import packed_lots
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.verdicts import open_reasons_of
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderFields, OrderForm, Route
from clinic.medication.rules.pdmp import PdmpReport
from clinic.people import queries as people
from clinic.scheduling.models import Appointment
from clinic.simulation.world import Patient
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.plans import plan_for
from clinic.treatment.rules.legal import LegalVisit, uncovered

_ROUND, _DESK = time(9, 10), time(15, 20)
_ENOUGH = 1
"""With so many units left the patient asks for the next shipment."""

_TALKED = "Talked it through with the patient; the next visit is booked."
_EXAMINED = "Came to the office for an examination."
_INDUCTION = {"quantity": 3, "days_supply": 10, "refills": 1}
_MAINTENANCE = {"quantity": 2, "days_supply": 56, "refills": 2}
_AHEAD = timedelta(days=75)
"""Rules warn sixty days before they end; what is examined by then covers what is booked."""

_TRAVELS = timedelta(hours=54)
_LAST_LOOKS = 12
_PATIENCE = 8


@dataclass
class Supply:
    """What staff and the patient do so that units are at home before a session; the rest is the workers'."""

    patient: Patient
    fill_id: UUID | None = None
    shipment_id: UUID | None = None
    tries: int = 0

    def order(self) -> None:
        """Let the physician look into the program, write and sign an order, and ask for its first fill."""
        patient, world = self.patient, self.patient.world
        sizes = _MAINTENANCE if patient.is_established or patient.program.taken else _INDUCTION
        if not self._try(lambda session: self._write(session, **sizes)):
            patient.at(world.on_workday(after_days=3, at=_ROUND), self.look)
            return
        self.decide()

    def _write(self, session: Session, *, quantity: int, days_supply: int, refills: int) -> None:
        patient, by, now = self.patient, self.patient.physician, self.patient.world.now
        person = people.patient(session, patient.id)
        self._examine(session, today=day_of(person, now))
        report = PdmpReport(state=patient.new.state, checked_at=now, result="nothing_else", reference="Q-SIM")
        check = record_check(session, patient_id=patient.id, report=report, by=by, now=now)
        pharmacy_id = session.scalars(select(Pharmacy.id).order_by(Pharmacy.name)).first()
        assert pharmacy_id is not None
        fields = OrderFields(
            drug="Simulated compound",
            form=OrderForm.TROCHE,
            route=Route.SUBLINGUAL,
            strength_value=Decimal(1),
            strength_unit="simulated strength",
            quantity=quantity,
            units_per_session=1,
            days_supply=days_supply,
            refills=refills,
            directions="As agreed for each session, with the support person there.",
            indication="Simulated indication",
        )
        order = draft_order(session, patient_id=patient.id, pharmacy_id=pharmacy_id, fields=fields, by=by, now=now)
        sign_order(
            session,
            order_id=order.id,
            version=order.version,
            pdmp_check_id=check.id,
            issued_on=day_of(person, now),
            has_stepped_up=True,
            by=by,
            now=now,
        )
        record_external_status(
            session, order_id=order.id, status="PharmacyVerified", reference="RX-SIM", by=by, now=now
        )

    def _examine(self, session: Session, *, today: date) -> None:
        """Write down that the patient was examined in person, where soon no rule covers telemedicine alone."""
        patient, by, now = self.patient, self.patient.physician, self.patient.world.now
        plan = plan_for(session, patient_id=patient.id)
        visit = LegalVisit(patient.new.state, today + _AHEAD)
        if uncovered(legal_bases(session), visit, exam_on=plan.in_person_exam_on) is not None:
            change_plan(
                session,
                plan_id=plan.id,
                reason=_EXAMINED,
                version=plan.version,
                by=by,
                now=now,
                in_person_exam_on=today,
            )

    def examine_ahead(self) -> None:
        """Let the physician see the patient in person before a rule ends that covers the sessions to come."""
        today = self.patient.world.today
        self._try(lambda session: self._examine(session, today=today))

    def look(self) -> None:
        """Let the patient ask for more when little is left, and nothing is on its way."""
        patient, world = self.patient, self.patient.world
        with world.desk.stage.read() as session:
            if patient.program.is_over(session):
                return
            is_calm = units_left(session, patient.id) > _ENOUGH or fill_under_way(session, patient.id) is not None
            order = live_order_of(session, patient.id)
        if is_calm:
            return
        if order is None:
            patient.at(world.on_workday(after_days=0, at=_ROUND), self._order_again)
            return
        self._try(self._ask, by_patient=True)
        patient.at(world.on_workday(after_days=0, at=_ROUND), self.decide)

    def _ask(self, session: Session) -> None:
        me, now = self.patient.actor, self.patient.world.now
        request_refill(session, patient_id=self.patient.id, is_adult_available=True, by=me, now=now)

    def _order_again(self) -> None:
        with self.patient.world.desk.stage.read() as session:
            is_needed = live_order_of(session, self.patient.id) is None and not self.patient.program.is_over(session)
        if is_needed:
            self.order()

    def decide(self) -> None:
        """Let the physician ask for a fill and let it out; while the gate is closed, look again on later days."""
        patient, world = self.patient, self.patient.world
        if not self._try(self._release):
            self._wait()
            return
        with world.desk.stage.read() as session:
            fill = fill_by_id(session, self.fill_id) if self.fill_id else None
        if fill is not None and fill.state in {FillState.REQUESTED, FillState.BLOCKED}:
            self._wait()
        elif fill is not None:
            self.tries = 0
            patient.at(world.on_workday(after_days=2, at=_DESK), self.leave)

    def _wait(self) -> None:
        self.tries += 1
        world = self.patient.world
        world.counts["shipments held back"] += 1
        if self.tries > _PATIENCE:
            self.tries = 0
            self.patient.at(world.on_workday(after_days=14, at=_ROUND), self.look)
            return
        self.patient.at(world.on_workday(after_days=min(self.tries, 4), at=_ROUND), self.decide)

    def _release(self, session: Session) -> None:
        patient, by, now = self.patient, self.patient.physician, self.patient.world.now
        order = live_order_of(session, patient.id)
        if order is None:
            self.fill_id = None
            return
        say_address(session, patient_id=patient.id, is_right=True, by=by, now=now)
        report = PdmpReport(state=patient.new.state, checked_at=now, result="nothing_else", reference="Q-SIM")
        record_check(session, patient_id=patient.id, report=report, by=by, now=now)
        waiting = fill_under_way(session, patient.id)
        fill = waiting or request_fill(session, order_id=order.id, by=by, now=now)
        self.fill_id = fill.id
        if fill.state not in {FillState.REQUESTED, FillState.BLOCKED}:
            return
        reasons = open_reasons_of(release_fill(session, fill_id=fill.id, by=by, now=now).decision)
        for each in reasons:
            patient.world.counts[f"gate: {each.code.value}"] += 1
        if reasons and self.tries > 1 and all(each.override for each in reasons):
            codes = [each.code.value for each in reasons]
            release_fill(session, fill_id=fill.id, overrides=codes, reason=_TALKED, by=by, now=now)

    def leave(self) -> None:
        """Let the desk hand over what the pharmacy has packed."""
        patient, world = self.patient, self.patient.world
        self._try(self._hand_over, by_desk=True)
        if self.shipment_id is not None:
            patient.at(world.now + _TRAVELS, partial(self._receive, self.shipment_id))
            return
        self.tries += 1
        if self.tries <= _PATIENCE:
            patient.at(world.on_workday(after_days=1, at=_DESK), self.leave)
        else:
            self.tries = 0
            patient.at(world.on_workday(after_days=7, at=_ROUND), self.look)

    def _hand_over(self, session: Session) -> None:
        world, self.shipment_id = self.patient.world, None
        if self.fill_id is None or fill_by_id(session, self.fill_id).state != FillState.PACKED:
            return
        world.parcels += 1
        number = f"SIM{world.parcels:08d}{self._ending()}"
        label = Label(
            carrier="UPS", tracking_number=number, expected_on=world.today + timedelta(days=2), channel="sandbox"
        )
        parcel = hand_over(
            session, fill_id=self.fill_id, label=label, by=world.desk.team.coordinators[0], now=world.now
        ).shipment
        self.shipment_id = parcel.id if parcel else None

    def _ending(self) -> str:
        """Draw what becomes of a parcel, as the last digits of its number."""
        draw, behavior = self.patient.chance.random(), self.patient.world.behavior
        for share, ending in (
            (behavior.parcel_late, "89"),
            (behavior.parcel_waits, "82"),
            (behavior.parcel_returns, "84"),
            (behavior.parcel_lost, "85"),
        ):
            if draw < share:
                return ending
            draw -= share
        return "01"

    def _receive(self, shipment_id: UUID, looks: int = 0) -> None:
        """Let the patient confirm what has come, a little later; look again where nothing has."""
        patient, world = self.patient, self.patient.world
        with world.desk.stage.read() as session:
            parcel = session.get_one(Shipment, shipment_id)
        if parcel.delivered_at is not None:
            if patient.happens(world.behavior.confirms_parcel):
                patient.phone.after(self.confirm, minutes=(30, 600))
        elif looks < _LAST_LOOKS:
            patient.at(world.now + timedelta(days=1), partial(self._receive, shipment_id, looks + 1))
        else:
            self.look()

    def confirm(self) -> None:
        """Let the patient confirm lot, count and locked storage."""
        self._try(self._confirm, by_patient=True)

    def _confirm(self, session: Session) -> None:
        if self.shipment_id is None:
            return
        parcel = session.get_one(Shipment, self.shipment_id)
        if parcel.delivered_at is None or parcel.confirmed_at is not None:
            return
        (lot, units), *_ = packed_lots(session, parcel.fill_id)
        found = Found(lot_number=lot.number, counted=units, is_seal_intact=True, is_locked_away=True)
        confirm_receipt(session, shipment_id=parcel.id, found=found, by=self.patient.actor, now=self.patient.world.now)

    def take(self, visit: Appointment) -> None:
        """Let the physician write down the unit that was taken at a session, if the patient has any that may be."""
        by, now = self.patient.world.desk.team.physicians[visit.physician_id], self.patient.world.now
        with self.patient.world.begin(by) as session:
            held = balance_of(session, self.patient.id)
            today = self.patient.world.today
            lot = next((each for each in held if each.units and each.problem(today) is None), None)
            if lot is None:
                self.patient.world.counts["sessions without a unit at home"] += 1
                return
            log_session_units(
                session,
                patient_id=self.patient.id,
                appointment_id=visit.id,
                lot_id=lot.lot_id,
                units=1,
                by=by,
                now=now,
            )

    def _try(self, act: Callable[[Session], None], *, by_patient: bool = False, by_desk: bool = False) -> bool:
        """Do something in a transaction; a refusal is counted, and everything is as before."""
        world = self.patient.world
        by = self.patient.actor if by_patient else self.patient.physician
        try:
            with world.begin(world.desk.team.coordinators[0] if by_desk else by) as session:
                act(session)
        except DomainError as refusal:
            world.counts[f"refused: {refusal.code}"] += 1
            return False
        return True
