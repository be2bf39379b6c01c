"""What happens to supply in the demo's last days: requests, counts, a loss, a dispute and a recall."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.answers import Wishes
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_cast import ALLOWED, DISPUTES, HEARD, LOSES, NOT_HEARD, SHORT, SUPPLIES
from clinic.cli.demo.medication_parcels import WORKER, look, physician_of
from clinic.cli.demo.stage import Act
from clinic.kernel.actor import Actor
from clinic.medication.actions.claims import ClaimKind, record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.parcels import dispute_delivery
from clinic.medication.actions.recalls import hear_recall, recall_lot
from clinic.medication.actions.requests import request_refill
from clinic.medication.jobs.watching import watch_supply_when_due
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.queries.recalls import waiting_notices
from clinic.medication.queries.since import facts_since_last_count, newest_entry
from clinic.medication.rules.units import expected

_LETTER = "The pharmacy\u2019s letter of this morning"
_MISSING = "I was at home all day. Nothing came, and nobody rang."
_LOST = "One fell into the sink."


@dataclass(frozen=True)
class LastDays:
    """What patients and staff do about supply in the days before the reader comes; `journeys` are by place."""

    desk: Desk
    journeys: Mapping[int, Journey]

    def plan(self) -> None:
        """Plan all of it."""
        for place, supply in SUPPLIES.items():
            if supply.asks is not None:
                self._ago(supply.asks + 1, partial(self.count, place, missing=2 if place == SHORT else 0))
                self._ago(supply.asks, partial(self.ask, place))
        self._ago(4, partial(self.look_again, ALLOWED))
        self._ago(30, partial(self.lose, LOSES))
        self._ago(26, partial(self.try_again, LOSES))
        self._ago(5, partial(self.dispute, DISPUTES))
        self._ago(4, partial(self.recall, NOT_HEARD))
        self._ago(2.5, partial(self.hear, HEARD))
        self._ago(0.6, self.watch)

    def count(self, place: int, *, missing: int = 0) -> None:
        """Let the patient say how many units are there, some fewer than there should be."""
        me, patient_id = self._patient(place), self.journeys[place].patient_id
        with self.desk.stage.runtime.begin(by=me) as session:
            counted = max(0, units_left(session, patient_id) - missing)
            record_count(
                session, patient_id=patient_id, counted=counted, at=CountAt(moment="refill"), by=me, now=self.desk.now
            )

    def ask(self, place: int) -> None:
        """Let the patient ask for the next parcel."""
        me = self._patient(place)
        with self.desk.stage.runtime.begin(by=me) as session:
            request_refill(
                session,
                patient_id=self.journeys[place].patient_id,
                is_adult_available=True,
                by=me,
                now=self.desk.now,
            )

    def look_again(self, place: int) -> None:
        """Let the physician look into the monitoring program before deciding about a request."""
        journey = self.journeys[place]
        with self.desk.stage.runtime.begin(by=physician_of(self.desk, journey)) as session:
            look(session, self.desk, journey)

    def lose(self, place: int) -> None:
        """Let the patient report a lost unit."""
        me, patient_id = self._patient(place), self.journeys[place].patient_id
        with self.desk.stage.runtime.begin(by=me) as session:
            if balance_of(session, patient_id):
                record_loss(
                    session,
                    patient_id=patient_id,
                    kind=ClaimKind.LOST,
                    units=1,
                    words=_LOST,
                    by=me,
                    now=self.desk.now,
                )

    def try_again(self, place: int) -> None:
        """Let the physician try to let the next fill out, against which several things speak."""
        by, patient_id = physician_of(self.desk, self.journeys[place]), self.journeys[place].patient_id
        with self.desk.stage.runtime.begin(by=by) as session:
            order = live_order_of(session, patient_id)
            if order is not None:
                fill = request_fill(session, order_id=order.id, by=by, now=self.desk.now)
                release_fill(session, fill_id=fill.id, by=by, now=self.desk.now)

    def dispute(self, place: int) -> None:
        """Let the patient say that a parcel did not come which somebody signed for."""
        me = self._patient(place)
        with self.desk.stage.runtime.begin(by=me) as session:
            for parcel in shipments_of(session, self.journeys[place].patient_id)[:1]:
                if parcel.delivered_at is not None:
                    dispute_delivery(session, shipment_id=parcel.id, words=_MISSING, by=me, now=self.desk.now)

    def recall(self, place: int) -> None:
        """Let a coordinator recall the lot of which this patient has units."""
        by = self.desk.team.coordinators[0]
        with self.desk.stage.runtime.begin(by=by) as session:
            for held in balance_of(session, self.journeys[place].patient_id)[:1]:
                recall_lot(session, lot_id=held.lot_id, source=_LETTER, by=by, now=self.desk.now)

    def hear(self, place: int) -> None:
        """Let a coordinator reach a patient about a recall."""
        by = self.desk.team.coordinators[0]
        with self.desk.stage.runtime.begin(by=by) as session:
            for notice in waiting_notices(session, self.journeys[place].patient_id):
                hear_recall(session, notice_id=notice.id, by=by, now=self.desk.now)

    def watch(self) -> None:
        """Look for orders that end and parcels that stay silent, as the worker does."""
        stage = self.desk.stage
        watch_supply_when_due(stage.runtime.begin, clock=stage.clock, by=WORKER)

    def _ago(self, hours: float, act: Act) -> None:
        self.desk.stage.at(self.desk.stage.until - timedelta(hours=hours), act)

    def _patient(self, place: int) -> Actor:
        return self.journeys[place].owner.actor


def units_left(session: Session, patient_id: UUID) -> int:
    """Return how many units a patient has who accounts for all since the last count."""
    return expected(facts_since_last_count(session, patient_id, counted=0))


def units_said(session: Session, patient_id: UUID) -> Wishes:
    """Return what a patient with supply answers about units: what is there."""
    if newest_entry(session, patient_id) is None:
        return {}
    return {("unit_count", "remaining"): units_left(session, patient_id)}
