"""Orders, fills, parcels, counts and recalls in any order: no unit is lost, made up, or used against a rule."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import casework
from clinic.gateways.carriers import CarrierEvent, CarrierWord
from clinic.gateways.carriers.easypost_webhooks import Report
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.kernel.transaction import undone, whole
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, correct_after_count, record_count
from clinic.medication.actions.disposals import dispose
from clinic.medication.actions.fills import cancel_fill, release_fill, request_fill
from clinic.medication.actions.handing import hand_over
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.order_states import hold_order, record_external_status, resume_order
from clinic.medication.actions.order_watch import watch_orders
from clinic.medication.actions.orders import amend_order
from clinic.medication.actions.parcel_watch import watch_parcels
from clinic.medication.actions.parcels import StaffWord, dispute_delivery, staff_report, take_events
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.actions.recalls import recall_lot
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.actions.reports import take_report
from clinic.medication.actions.requests import request_refill
from clinic.medication.actions.settling_claims import settle_claim
from clinic.medication.actions.signing import sign_order
from clinic.medication.models import (
    Lot,
    Prescription,
    SupplyClaim,
    UnitBalance,
    UnitEntry,
)
from clinic.medication.queries.ledger import last_count
from clinic.medication.queries.orders import is_intact
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ParcelWord
from clinic.people.models import Patient
from tests.domains.medication.medication_makers import FIELDS, OrderClinic, a_check
from tests.domains.medication.supply_makers import (
    CARRIER,
    WATCHER,
    a_label,
    a_plan_of,
    an_order,
    told,
)
from tests.domains.medication.supply_truths import MAY_BE_SET_ASIDE, Truths
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import book, on

WHO = st.integers(0, 1)
FEW = st.integers(0, 14)
FAR = st.integers(0, 7) | st.just(7)
LOTS = [
    LotUnits(
        number=f"LOT-{i}",
        compounded_on=date(2026, 11, 9),
        beyond_use_on=date(2026, 12, 5 + 40 * (i > 0) // 2),
        units=12,
    )
    for i in range(3)
]
ON_THE_WAY = [
    *(FillState.SENT, FillState.ACCEPTED, FillState.VERIFIED, FillState.PACKED),
    *(FillState.CLARIFICATION, FillState.REJECTED),
]


class Supply(Truths):
    """Two patients, two orders, three lots; every rule may be refused, and then nothing has changed."""

    world: Callable[[], tuple[Session, OrderClinic, list[Prescription], list[object], list[Patient]]]

    def __init__(self) -> None:
        super().__init__()
        self.session, self.clinic, orders, self.visits, spare = type(self).world()
        self.orders, self.spare = list(orders), [each.id for each in spare]
        self.people = [order.patient_id for order in orders]
        self.savepoint = self.session.begin_nested()
        self.now = NOW
        self.heard: list[CarrierEvent] = []

    def teardown(self) -> None:
        try:
            for who in (0, 1):
                self.order_grows_old_and_somebody_asks(who, 1)
            self.all_is_true()
            assert all(is_intact(order) for order in self.orders)
        finally:
            self.savepoint.rollback()
            self.session.expire_all()

    def attempt(self, action: Callable[..., object], /, **wanted: object) -> None:
        """Do it whole or not at all; a refusal leaves the ledger as it was."""
        before = self.session.scalar(select(func.count()).select_from(UnitEntry))
        try:
            with whole(self.session):
                action(self.session, **({"by": COORDINATOR, "now": self.now} | wanted))
        except DomainError:
            self.session.expire_all()
            assert self.session.scalar(select(func.count()).select_from(UnitEntry)) == before

    @initialize(lots=st.tuples(st.sampled_from(LOTS), st.sampled_from(LOTS)), until=st.tuples(FAR, FAR))
    def something_is_under_way(self, lots: tuple[LotUnits, LotUnits], until: tuple[int, int]) -> None:
        for who, (lot, end) in enumerate(zip(lots, until, strict=True)):
            self.a_fill_goes_far(who=who, lot=lot, until=end, is_looked=True)
        self.now += timedelta(days=2)
        self.ask_and_let_out(0, is_looked=False, overrides=set(MAY_BE_SET_ASIDE))

    @rule(who=WHO, lot=st.sampled_from(LOTS), until=FAR, is_looked=st.booleans())
    def a_fill_goes_far(self, who: int, lot: LotUnits, until: int, *, is_looked: bool) -> None:
        steps = (
            lambda: self.ask_and_let_out(who, is_looked=is_looked, overrides=MAY_BE_SET_ASIDE),
            lambda: self.pharmacy_tells(who, lot, ON_THE_WAY[:4]),
            lambda: self.hand_over(who, is_known=False),
            lambda: self.carrier_tells(who, CarrierWord.DELIVERED, 6, is_signed=True),
            lambda: self.patient_confirms(who, 12, lot),
            lambda: self.patient_takes(who, 2, LOTS.index(lot)),
            lambda: self.patient_reports(who, "found", 1, lot),
        )
        for step in steps[:until]:
            self.now += timedelta(hours=8)
            step()

    @rule(hours=st.integers(1, 240))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        who=WHO,
        is_looked=st.booleans(),
        overrides=st.sets(st.sampled_from(sorted(MAY_BE_SET_ASIDE))) | st.just(MAY_BE_SET_ASIDE),
    )
    def ask_and_let_out(self, who: int, *, is_looked: bool, overrides: set[str]) -> None:
        order = self.orders[who]
        self.attempt(request_refill, patient_id=self.people[who], by=self.me(who))
        if is_looked:
            patient = self.session.get_one(Patient, self.people[who])
            a_check(self.session, patient, by=self.clinic.doctor, now=self.now)
        self.attempt(request_fill, order_id=order.id)
        fill = self.fill_of(who)
        if fill is not None:
            self.attempt(release_fill, fill_id=fill.id, overrides=overrides, reason="Agreed", by=self.clinic.doctor)

    @rule(
        who=WHO,
        lot=st.sampled_from(LOTS),
        steps=st.lists(st.sampled_from(ON_THE_WAY), max_size=3) | st.just(ON_THE_WAY[:4]),
    )
    def pharmacy_tells(self, who: int, lot: LotUnits, steps: list[FillState]) -> None:
        fill = self.fill_of(who)
        for state in steps if fill else ():
            lots = [lot] if state is FillState.VERIFIED else []
            self.attempt(record_pharmacy_step, fill_id=fill.id, told=Told(state=state, lots=lots, reason="They say so"))

    @rule(who=WHO, is_known=st.booleans())
    def hand_over(self, who: int, *, is_known: bool) -> None:
        fill, other = self.fill_of(who), self.parcel_of(1 - who)
        label = a_label(tracking_number=other.tracking_number) if is_known and other else a_label()
        if fill is not None:
            self.attempt(
                hand_over,
                fill_id=fill.id,
                label=label,
                overrides=MAY_BE_SET_ASIDE,
                reason="Agreed",
                by=self.clinic.doctor,
            )

    @rule(
        who=WHO,
        word=st.sampled_from(CarrierWord) | st.just(CarrierWord.DELIVERED),
        hours=st.integers(-6, 90),
        is_signed=st.booleans(),
    )
    def carrier_tells(self, who: int, word: CarrierWord, hours: int, *, is_signed: bool) -> None:
        parcel = self.parcel_of(who)
        if parcel is not None:
            at = parcel.handed_over_at + timedelta(hours=hours)
            signed_by = "A. Invented" if is_signed and word is CarrierWord.DELIVERED else None
            self.heard.append(told(parcel, word, at=at, signed_by=signed_by))
            self.attempt(take_events, shipment_id=parcel.id, events=[self.heard[-1]], by=CARRIER)

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), who=WHO)
    def carrier_repeats(self, data: st.DataObject, who: int) -> None:
        parcel = self.parcel_of(who)
        again = data.draw(st.lists(st.sampled_from(self.heard), min_size=1, max_size=3))
        if parcel is not None:
            self.attempt(take_events, shipment_id=parcel.id, events=again, by=CARRIER)

    @rule(who=WHO, word=st.sampled_from(ParcelWord), is_signed=st.booleans())
    def staff_tells(self, who: int, word: ParcelWord, *, is_signed: bool) -> None:
        parcel = self.parcel_of(who)
        if parcel is not None:
            said = StaffWord(status=word, reason="Asked the carrier", has_signature=is_signed)
            self.attempt(staff_report, shipment_id=parcel.id, said=said)

    @rule(who=WHO, counted=FEW | st.just(12), lot=st.sampled_from(LOTS))
    def patient_confirms(self, who: int, counted: int, lot: LotUnits) -> None:
        parcel = self.parcel_of(who)
        if parcel is not None:
            found = Found(lot_number=lot.number, counted=counted, is_seal_intact=True, is_locked_away=True)
            patient = self.me(who)
            self.attempt(confirm_receipt, shipment_id=parcel.id, found=found, by=patient)

    @rule(who=WHO)
    def patient_disputes(self, who: int) -> None:
        parcel = self.parcel_of(who)
        if parcel is not None:
            self.attempt(dispute_delivery, shipment_id=parcel.id, by=self.me(who))

    @rule(who=WHO, units=FEW, place=st.integers(0, 2))
    def patient_takes(self, who: int, units: int, place: int) -> None:
        lot = self.session.scalar(select(Lot).where(Lot.number == LOTS[place].number))
        if lot is not None:
            self.attempt(
                log_session_units,
                patient_id=self.people[who],
                appointment_id=self.visits[who].id,
                lot_id=lot.id,
                units=units,
            )

    @rule(who=WHO, counted=FEW)
    def patient_counts(self, who: int, counted: int) -> None:
        self.attempt(record_count, patient_id=self.people[who], counted=counted, at=CountAt())

    @rule(
        who=WHO,
        kind=st.sampled_from(["lost", "stolen", "damaged", "found"]),
        units=FEW,
        lot=st.sampled_from([*LOTS, None]),
    )
    def patient_reports(self, who: int, kind: str, units: int, lot: LotUnits | None) -> None:
        number = lot.number if lot else None
        self.attempt(record_loss, patient_id=self.people[who], kind=kind, units=units, lot_number=number)

    @rule(who=WHO, units=FEW, place=st.integers(0, 2))
    def units_are_disposed_of(self, who: int, units: int, place: int) -> None:
        lot = self.session.scalar(select(Lot).where(Lot.number == LOTS[place].number))
        if lot is not None:
            self.attempt(dispose, patient_id=self.people[who], lot_id=lot.id, units=units, method="take_back_site")

    @rule(place=st.integers(0, 2))
    def lot_is_recalled(self, place: int) -> None:
        lot = self.session.scalar(select(Lot).where(Lot.number == LOTS[place].number))
        if lot is not None:
            self.attempt(recall_lot, lot_id=lot.id, source="Letter")

    @rule(who=WHO, is_expired=st.booleans())
    def what_is_at_home_is_recalled_or_grows_old_and_somebody_takes_it(self, who: int, *, is_expired: bool) -> None:
        mine = select(UnitBalance.lot_id).where(UnitBalance.patient_id == self.people[who])
        for lot_id in list(self.session.scalars(mine.where(UnitBalance.units > 0))):
            lot = self.session.get_one(Lot, lot_id)
            if is_expired:
                self.now += timedelta(days=max((lot.beyond_use_on - self.now.date()).days + 1, 1))
            else:
                self.attempt(recall_lot, lot_id=lot_id, source="Letter")
            self.now += timedelta(hours=1)
            self.patient_takes(who, 1, [each.number for each in LOTS].index(lot.number))

    @rule(who=WHO, lot=st.sampled_from(LOTS), is_expired=st.booleans())
    def what_is_packed_is_recalled_or_grows_old_and_somebody_hands_it_over(
        self, who: int, lot: LotUnits, *, is_expired: bool
    ) -> None:
        self.a_fill_goes_far(who, lot, 2, is_looked=True)
        if is_expired:
            self.now += timedelta(days=max((lot.beyond_use_on - self.now.date()).days, 1))
        else:
            self.lot_is_recalled(LOTS.index(lot))
        self.hand_over(who, is_known=False)

    @rule(who=WHO, is_back=st.booleans())
    def order_is_held(self, who: int, *, is_back: bool) -> None:
        held = {"order_id": self.orders[who].id, "reason": "A question", "by": self.clinic.doctor}
        self.attempt(resume_order if is_back else hold_order, **held)

    @rule(who=WHO)
    def fill_is_canceled(self, who: int) -> None:
        fill = self.fill_of(who)
        if fill is not None:
            self.attempt(cancel_fill, fill_id=fill.id, reason="Not now")

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), who=WHO, event_id=st.sampled_from(["evt_1", "evt_2", "evt_3"]))
    def carrier_reports(self, data: st.DataObject, who: int, event_id: str) -> None:
        parcel = self.parcel_of(who)
        events = data.draw(st.lists(st.sampled_from(self.heard), min_size=1, max_size=3))
        if parcel is not None:
            named = Report(event_id, "tracker.updated", "trk_1", parcel.tracking_number, parcel.carrier, tuple(events))
            self.attempt(take_report, report=named, by=CARRIER)

    @rule(who=WHO)
    def report_is_settled(self, who: int) -> None:
        mine = select(SupplyClaim).where(SupplyClaim.patient_id == self.people[who], SupplyClaim.settled_at.is_(None))
        claim = self.session.scalar(mine.order_by(SupplyClaim.reported_at).limit(1))
        if claim is not None:
            wanted = {"claim_id": claim.id, "version": claim.version, "settlement": "Talked about it"}
            self.attempt(settle_claim, by=self.clinic.doctor, **wanted)

    @rule(who=WHO)
    def physician_follows_the_last_count(self, who: int) -> None:
        count = last_count(self.session, self.people[who])
        if count is not None:
            self.attempt(correct_after_count, count_id=count.id, reason="Believed", by=self.clinic.doctor)

    @rule(who=WHO, refills=st.integers(0, 2))
    def order_is_amended(self, who: int, refills: int) -> None:
        order, doctor = self.orders[who], self.clinic.doctor
        fields, pharmacy_id = replace(FIELDS, refills=refills), self.clinic.pharmacy.id
        self.attempt(amend_order, order_id=order.id, pharmacy_id=pharmacy_id, fields=fields, by=doctor)
        draft = self.session.scalar(select(Prescription).where(Prescription.state == "draft").limit(1))
        if draft is None or draft.amends_id != order.id:
            return
        patient = self.session.get_one(Patient, self.people[who])
        look = a_check(self.session, patient, by=doctor, now=self.now)
        wanted = {"pdmp_check_id": look.id, "issued_on": in_zone(self.now, patient.zone).date(), "has_stepped_up": True}
        self.attempt(sign_order, order_id=draft.id, version=draft.version, by=doctor, **wanted)
        self.attempt(record_external_status, order_id=draft.id, status="PharmacyVerified")
        if draft.signed_at is not None:
            self.orders[who] = draft

    @rule(who=WHO, days=st.integers(-1, 1))
    def order_grows_old_and_somebody_asks(self, who: int, days: int) -> None:
        last_day = self.orders[who].expires_on
        assert last_day is not None
        self.now = max(self.now, edge_instant(last_day + timedelta(days=days), time(12), "America/New_York"))
        if days:
            self.attempt(watch_orders, by=WATCHER)
        self.fill_is_canceled(who)
        self.ask_and_let_out(who, is_looked=True, overrides=set(MAY_BE_SET_ASIDE))

    @precondition(lambda self: self.spare)
    @rule(who=WHO)
    def record_is_merged(self, who: int) -> None:
        loser, survivor = (self.session.get_one(Patient, each) for each in (self.people[who], self.spare[-1]))
        versions = {"loser_version": loser.version, "survivor_version": survivor.version}
        self.attempt(casework.merge, loser_id=loser.id, survivor_id=survivor.id, **versions)
        self.session.refresh(loser)
        if loser.merged_into_id is not None:
            self.people[who] = self.spare.pop()

    @rule()
    def silence_is_watched(self) -> None:
        self.attempt(watch_parcels, by=WATCHER)

    @rule(who=WHO)
    def a_worker_is_killed_while_it_takes_a_delivery(self, who: int) -> None:
        parcel = self.parcel_of(who)
        if parcel is not None:
            event = told(parcel, CarrierWord.DELIVERED, at=self.now, signed_by="A. Invented")
            with suppress(DomainError), undone(self.session):
                take_events(self.session, shipment_id=parcel.id, events=[event], by=CARRIER, now=self.now)
            self.session.expire_all()


@pytest.fixture
def world(session, order_clinic):
    orders = [an_order(order_clinic) for _ in range(2)]
    times = [on("2027-04-05", 10), on("2027-04-05", 11)]  # So late that units are taken when somebody says so.
    visits = [
        book(session, a_plan_of(session, order), at=at, kind="follow_up")
        for order, at in zip(orders, times, strict=True)
    ]
    session.flush()
    return session, order_clinic, orders, visits, [order_clinic.patient() for _ in range(2)]


def test_units_are_conserved_whatever_happens_in_whatever_order(world):
    machine = type("World", (Supply,), {"world": staticmethod(lambda: world)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
