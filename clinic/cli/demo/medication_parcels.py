"""Fills and parcels of the demo: asked for, let out, packed, handed over, followed, confirmed, and taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_cast import Step, Supply
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.pharmacies.sandbox import SandboxPharmacy
from clinic.kernel.actor import Actor, system
from clinic.medication.actions.addresses import say_address
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.pdmp import record_check
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.jobs.following import follow_parcels
from clinic.medication.jobs.telling import tell_pharmacies
from clinic.medication.models import PdmpCheck
from clinic.medication.queries.fills import fill as fill_by_id
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.lots import packed_lots
from clinic.medication.queries.pdmp import latest_check
from clinic.medication.queries.verdicts import open_reasons_of
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.pdmp import PdmpReport
from clinic.scheduling.models import Appointment

WORKER = system("Watch")

_F = FillState
_LOTS = {"A": 28, "B": 27, "C": 6}
"""So many days ago each lot was compounded."""

_KEEPS = timedelta(days=170)
_TRAVELS = timedelta(hours=50, minutes=2)
"""How long an ordinary journey of the sandbox takes."""

_CARRIERS = ("UPS", "FedEx")
_ASKS_BACK = "Please confirm the number of days with the prescriber."
_TALKED = "Talked it through on the telephone; the visit is next week."
_DAY = timedelta(days=1)


@dataclass
class Parcels:
    """Lets fills go their way; `numbers` are those of the labels."""

    desk: Desk
    today: date
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def begin(self, supply: Supply, journey: Journey, order_id: UUID) -> None:
        """Plan everything that follows an order."""
        Way(self, supply, journey, order_id).plan()

    def follow(self) -> None:
        """Ask the carriers' sandbox about the parcels whose turn it is, as the worker does."""
        clock = self.desk.stage.clock
        carriers = {"sandbox": SandboxCarrier(clock)}
        follow_parcels(self.desk.stage.runtime.begin, carriers, clock=clock, by=WORKER)

    def tell(self) -> None:
        """Tell the pretend pharmacy of its fills and hear what it says, as the worker does."""
        channels = {"sandbox": SandboxPharmacy()}
        tell_pharmacies(self.desk.stage.runtime.begin, channels, clock=self.desk.stage.clock, by=WORKER)

    def take_units(self, visit: Appointment) -> None:
        """Let the physician write down the unit that was taken at a session, if the patient has any that may be."""
        if not visit.visit_type_code.endswith("session"):
            return
        by, now = self.desk.team.physicians[visit.physician_id], self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            held = balance_of(session, visit.patient_id)
            lot = next((each for each in held if each.units and each.problem(self.desk.day(now)) is None), None)
            if lot is not None:
                log_session_units(
                    session,
                    patient_id=visit.patient_id,
                    appointment_id=visit.id,
                    lot_id=lot.lot_id,
                    units=1,
                    by=by,
                    now=now,
                )

    def lot(self, supply: Supply) -> LotUnits:
        """Return the lot that the pharmacy packs."""
        name = "C" if supply.left else supply.lot
        made_on = self.today - timedelta(days=_LOTS[name])
        number = f"HC-{made_on:%m%d}-{name}"
        return LotUnits(number=number, compounded_on=made_on, beyond_use_on=made_on + _KEEPS, units=supply.units)


@dataclass
class Way:
    """One fill on its way to one patient; each step plans what follows it, so that a closed gate ends the way."""

    parcels: Parcels
    supply: Supply
    journey: Journey
    order_id: UUID
    fill_id: UUID | None = None
    shipment_id: UUID | None = None
    earliest: datetime | None = None

    @property
    def desk(self) -> Desk:
        """Return the staff of the demo."""
        return self.parcels.desk

    def plan(self) -> None:
        """Plan the question about the address, the release and, for what has come so far, the rest."""
        supply, ordered = self.supply, self.desk.now
        left = self._ago(supply.left) if supply.left else ordered + timedelta(hours=20)
        is_leaving = supply.step is Step.LEFT
        self._at(left - timedelta(hours=30 if is_leaving else 1), self.confirm_address)
        self._at(left - timedelta(hours=29 if is_leaving else 0), self.release)
        if is_leaving:
            self._at(left - timedelta(hours=28), partial(self.tell, _F.SENT, _F.ACCEPTED))
            self._at(left - timedelta(hours=2), partial(self.tell, _F.COMPOUNDING, _F.VERIFIED, _F.PACKED))
            self._at(left, self.leave)
        elif supply.step is Step.CLARIFICATION:
            self._at(left + timedelta(hours=1), partial(self.tell, _F.SENT, _F.ACCEPTED))
            self._at(self._ago(7), partial(self.tell, _F.CLARIFICATION))
        elif supply.step is Step.AT_PHARMACY:
            for hours in (0.1, 1, 4.2):
                self._at(left + timedelta(hours=hours), self.parcels.tell)

    def confirm_address(self) -> None:
        """Let a coordinator ask whether the address is right."""
        by = self.desk.anybody()
        with self.desk.stage.runtime.begin(by=by) as session:
            say_address(session, patient_id=self.journey.patient_id, is_right=True, by=by, now=self.desk.now)

    def release(self) -> None:
        """Let the physician look into the program again and let the fill out."""
        by, now = physician_of(self.desk, self.journey), self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            known = latest_check(session, self.journey.patient_id)
            if known is None or now - known.checked_at > _DAY:
                look(session, self.desk, self.journey)
            self.fill_id = request_fill(session, order_id=self.order_id, by=by, now=now).id
            open_reasons = open_reasons_of(release_fill(session, fill_id=self.fill_id, by=by, now=now).decision)
            if open_reasons and all(each.override for each in open_reasons):
                codes = [each.code.value for each in open_reasons]
                release_fill(session, fill_id=self.fill_id, overrides=codes, reason=_TALKED, by=by, now=now)

    def tell(self, *states: FillState) -> None:
        """Let a coordinator write down what the pharmacy said on the telephone."""
        by = self.desk.anybody()
        with self.desk.stage.runtime.begin(by=by) as session:
            if self._is_out(session):
                for state in states:
                    lots = (self.parcels.lot(self.supply),) if state is _F.VERIFIED else ()
                    reason = _ASKS_BACK if state is _F.CLARIFICATION else ""
                    told = Told(state=state, lots=lots, reason=reason)
                    record_pharmacy_step(session, fill_id=self._fill(), told=told, by=by, now=self.desk.now)

    def leave(self) -> None:
        """Let a coordinator hand the parcel over, and plan when the carrier is asked about it."""
        by, now, number = self.desk.anybody(), self.desk.now, next(self.parcels.numbers)
        label = Label(
            carrier=_CARRIERS[number % len(_CARRIERS)],
            tracking_number=f"DEMO{number:08d}{self.supply.ending}",
            expected_on=self.desk.day(now + _TRAVELS),
            channel="sandbox",
        )
        with self.desk.stage.runtime.begin(by=by) as session:
            if not self._is_out(session):
                return
            parcel = hand_over(session, fill_id=self._fill(), label=label, by=by, now=now).shipment
        if parcel is None:
            return
        self.shipment_id = parcel.id
        self.parcels.follow()
        heard = self._ago(self.supply.heard) if self.supply.heard else now + _TRAVELS
        self.desk.stage.at(heard, self.parcels.follow)
        if self.supply.confirms:
            self.desk.stage.at(now + _TRAVELS + timedelta(hours=2), self.confirm)

    def confirm(self) -> None:
        """Let the patient confirm lot, count and locked storage."""
        by = self.journey.owner.actor
        with self.desk.stage.runtime.begin(by=by) as session:
            (lot, units), *_ = packed_lots(session, self._fill())
            found = Found(lot_number=lot.number, counted=units, is_seal_intact=True, is_locked_away=True)
            assert self.shipment_id is not None
            confirm_receipt(session, shipment_id=self.shipment_id, found=found, by=by, now=self.desk.now)

    def _is_out(self, session: Session) -> bool:
        """Tell whether the gate let the fill out."""
        return fill_by_id(session, self._fill()).state not in {_F.REQUESTED, _F.BLOCKED}

    def _fill(self) -> UUID:
        assert self.fill_id is not None
        return self.fill_id

    def _ago(self, hours: float) -> datetime:
        return self.desk.stage.until - timedelta(hours=hours)

    def _at(self, when: datetime, act: Callable[[], None]) -> None:
        """Plan a step, some minutes after the one before where its time is over already."""
        self.earliest = max(when, (self.earliest or self.desk.now) + timedelta(minutes=5))
        self.desk.stage.at(self.earliest, act)


def physician_of(desk: Desk, journey: Journey) -> Actor:
    """Return the patient's physician."""
    assert journey.physician_id is not None
    return desk.team.physicians[journey.physician_id]


def look(session: Session, desk: Desk, journey: Journey, *, report: PdmpReport | None = None) -> PdmpCheck:
    """Let the patient's physician look into the program; without a report there is nothing else."""
    found = report or PdmpReport(
        state=journey.owner.new.state, checked_at=desk.now, result="nothing_else", reference="Q-DEMO"
    )
    by = physician_of(desk, journey)
    return record_check(session, patient_id=journey.patient_id, report=found, by=by, now=desk.now)
