"""Medication at the demo clinic: orders after first visits, fills, parcels and counts, by the product's own actions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo import staff
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_cast import (
    ADDRESSES,
    PHARMACIES,
    PHARMACY_LICENSES,
    PROGRAM,
    REGISTRATIONS,
    SUPPLIES,
    order_of,
)
from clinic.cli.demo.medication_days import LastDays
from clinic.cli.demo.medication_parcels import Parcels, look, physician_of
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant
from clinic.medication.actions.order_states import record_external_status
from clinic.medication.actions.orders import draft_order
from clinic.medication.actions.pharmacies import add_pharmacy, record_pharmacy_license
from clinic.medication.actions.registrations import record_registration
from clinic.medication.actions.signing import sign_order
from clinic.medication.actions.supply_locks import day_of
from clinic.medication.rules.pdmp import PdmpReport
from clinic.medication.rules.registering import NewPharmacyLicense, NewRegistration
from clinic.people import queries as people
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.plans import plan_for
from clinic.treatment.rules.legal import LegalVisit, uncovered

_SINCE = timedelta(days=700)
_OUTAGE = "The program was down all evening; the pharmacy's own record was read instead."
_OTHERS = "Two other prescribers and two other pharmacies in the last months; to be asked about."
_EXAMINED = "Came to the office for the first visit."


@dataclass
class Medication:
    """Everybody's supply; a patient's place in the list says which."""

    desk: Desk
    journeys: Sequence[Journey]
    today: date
    pharmacies: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parcels = Parcels(self.desk, self.today)

    def plan(self) -> None:
        """Plan the opening and everything that does not follow from a first visit."""
        self.desk.stage.at(self.desk.stage.clock.instant + timedelta(minutes=7), self.open)
        self.desk.after_visit = self.parcels.take_units
        look = edge_instant(self.today - timedelta(days=2), staff.OPENING, self.desk.zone) + timedelta(hours=4)
        if len(self.journeys) > max(*SUPPLIES, PROGRAM):
            self.desk.stage.at(look, self.find_others)
            LastDays(self.desk, {place: self.journeys[place] for place in SUPPLIES}).plan()

    def open(self) -> None:
        """Let the administrator add pharmacies and registrations."""
        admin, now = self.desk.team.admin, self.desk.now
        with self.desk.stage.runtime.begin(by=admin) as session:
            for pharmacy in PHARMACIES:
                made = add_pharmacy(session, new=pharmacy, by=admin, now=now)
                self.pharmacies.append(made.id)
                for state, days in PHARMACY_LICENSES:
                    first, last = self.today - _SINCE, self.today + timedelta(days=days)
                    new = NewPharmacyLicense(state=state, number=f"PH-{state}-DEMO", valid_from=first, valid_until=last)
                    record_pharmacy_license(session, pharmacy_id=made.id, new=new, by=admin, now=now)
            for physician_id, held in zip(self.desk.team.physicians, REGISTRATIONS, strict=True):
                for one in held:
                    held_by = self._registration(one)
                    record_registration(session, physician_id=physician_id, new=held_by, by=admin, now=now)

    def _registration(self, held: tuple[str, str, str, int]) -> NewRegistration:
        kind, state, number, days = held
        return NewRegistration(
            kind=kind,
            state=state,
            number=number,
            address=ADDRESSES[state],
            valid_from=self.today - _SINCE,
            valid_until=self.today + timedelta(days=days),
        )

    def order(self, place: int) -> None:
        """Let the physician write and sign an order for somebody whose plan has just begun."""
        supply, journey = SUPPLIES[place], self.journeys[place]
        by, now, patient_id = physician_of(self.desk, journey), self.desk.now, journey.patient_id
        with self.desk.stage.runtime.begin(by=by) as session:
            self._examine(session, patient_id, by=by)
            report = PdmpReport(state=journey.owner.new.state, checked_at=now, result="unavailable", outage=_OUTAGE)
            check = look(session, self.desk, journey, report=report if supply.outage else None)
            order = draft_order(
                session,
                patient_id=patient_id,
                pharmacy_id=self.pharmacies[supply.pharmacy],
                fields=order_of(supply),
                by=by,
                now=now,
            )
            sign_order(
                session,
                order_id=order.id,
                version=order.version,
                pdmp_check_id=check.id,
                issued_on=day_of(people.patient(session, patient_id), now),
                has_stepped_up=True,
                by=by,
                now=now,
            )
            record_external_status(
                session, order_id=order.id, status="PharmacyVerified", reference="RX-DEMO", by=by, now=now
            )
        self.parcels.begin(supply, journey, order.id)

    def _examine(self, session: Session, patient_id: UUID, *, by: Actor) -> None:
        """Write down that the patient was examined in person, where no rule covers telemedicine alone until today."""
        plan, now = plan_for(session, patient_id=patient_id), self.desk.now
        patient = people.patient(session, patient_id)
        today = day_of(patient, now)
        if (
            uncovered(legal_bases(session), LegalVisit(patient.state, today), exam_on=plan.in_person_exam_on)
            is not None
        ):
            change_plan(
                session,
                plan_id=plan.id,
                reason=_EXAMINED,
                version=plan.version,
                by=by,
                now=now,
                in_person_exam_on=day_of(patient, now),
            )

    def find_others(self) -> None:
        """Let a physician find other prescribers in the monitoring program."""
        journey, now = self.journeys[PROGRAM], self.desk.now
        report = PdmpReport(
            state=journey.owner.new.state,
            checked_at=now,
            result="unexplained",
            reference="Q-DEMO",
            prescribers=2,
            pharmacies=2,
            note=_OTHERS,
        )
        with self.desk.stage.runtime.begin(by=physician_of(self.desk, journey)) as session:
            look(session, self.desk, journey, report=report)
