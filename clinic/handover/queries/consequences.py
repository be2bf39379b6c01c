"""What would follow from a move, looked up in every domain before anything is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.billing.queries.subscriptions import living
from clinic.handover.models import Relocation
from clinic.handover.rules.moving import About, Consequence, MoveStatus, NewMove, leaving_words
from clinic.handover.rules.transferring import is_licensed
from clinic.kernel.localtime import day_label, edge_instant, in_zone, zone_letters
from clinic.medication.models import Shipment
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.pharmacies import licensed, pharmacy
from clinic.medication.queries.registrations import registered
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.pdmp import PROGRAM
from clinic.people.models import Patient
from clinic.people.queries import licences_by_physician, physician
from clinic.people.rules import STATES, zone_for
from clinic.scheduling.queries import VisitRow, upcoming_for_patient
from clinic.scheduling.queries.locations import periods
from clinic.scheduling.rules.slots import LicencePeriod
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.queries.caring import patients_of_pain
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.rules.legal import LegalVisit, beyond

_NOON = time(12)
_S = ShipmentState
_ON_ITS_WAY = (
    *(_S.LABEL_CREATED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY, _S.PICKUP_READY, _S.DELIVERY_ATTEMPTED, _S.EXCEPTION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """A patient, the move, the plan, and the visits from that day on."""

    session: Session
    patient: Patient
    move: NewMove
    plan: TreatmentPlan | None
    visits: tuple[VisitRow, ...]
    licences: dict[UUID, tuple[LicencePeriod, ...]]

    @property
    def place(self) -> str:
        """Return the name of the state."""
        return STATES[self.move.state]

    def day(self, visit: VisitRow) -> date:
        """Return the day of a visit where the patient lives now."""
        return in_zone(visit.starts_at, self.patient.zone).date()

    def is_licensed(self, physician_id: UUID, on: date) -> bool:
        """Tell whether a physician may treat in the new state on a day."""
        return is_licensed(self.licences.get(physician_id, ()), state=self.move.state, on=on)


def consequences_of(session: Session, patient: Patient, move: NewMove, *, now: datetime) -> list[Consequence]:
    """Return everything that follows from a move, what a person has to see to first."""
    ground = _ground(session, patient, move, now=now)
    if move.is_leaving:
        return leaving_words(
            move.state,
            _said(patient, move.on),
            visits=len(ground.visits),
            has_order=live_order_of(session, patient.id) is not None,
            has_membership=living(session, patient.id) is not None,
        )
    found = [*_visits(ground), *_keeper(ground), *_supply(ground), *_law(ground), *_parcels(ground), *_rest(ground)]
    return sorted(found, key=lambda each: not each.is_task)


def planned_move(session: Session, patient_id: UUID) -> Relocation | None:
    """Return the move of a patient that is still to come."""
    wanted = select(Relocation).where(Relocation.patient_id == patient_id, Relocation.status == MoveStatus.PLANNED)
    return session.scalar(wanted)


def moves_of(session: Session, patient_id: UUID) -> list[Relocation]:
    """Return every move of a patient, the newest first."""
    wanted = select(Relocation).where(Relocation.patient_id == patient_id)
    return list(session.scalars(wanted.order_by(Relocation.created_at.desc(), Relocation.id)))


def _ground(session: Session, patient: Patient, move: NewMove, *, now: datetime) -> _Ground:
    plan = plan_of_patient(session, patient.id)
    coming = upcoming_for_patient(session, patient_id=patient.id, now=now)
    visits = tuple(row for row in coming if in_zone(row.starts_at, patient.zone).date() >= move.on)
    who = {row.physician_id for row in visits} | ({plan.physician_id} if plan else set())
    held = licences_by_physician(session, who)
    return _Ground(
        session=session,
        patient=patient,
        move=move,
        plan=plan,
        visits=visits,
        licences={one: periods(each) for one, each in held.items()},
    )


def _visits(ground: _Ground) -> Iterator[Consequence]:
    for visit in ground.visits:
        if not ground.is_licensed(visit.physician_id, ground.day(visit)):
            day = _said(ground.patient, ground.day(visit))
            yield Consequence(
                about=About.VISIT,
                sentence=f"The visit on {day} needs another physician: {visit.physician_name} holds no {ground.place} "
                "license on that day.",
                visit_id=str(visit.id),
            )


def _keeper(ground: _Ground) -> Iterator[Consequence]:
    if ground.plan is not None and not ground.is_licensed(ground.plan.physician_id, ground.move.on):
        name = physician(ground.session, ground.plan.physician_id).full_name
        yield Consequence(
            about=About.PHYSICIAN,
            sentence=f"The plan needs another physician: {name} holds no {ground.place} license from that day on.",
        )


def _supply(ground: _Ground) -> Iterator[Consequence]:
    """Yield what the next order or shipment in the new state needs; only a change of the state asks for it."""
    move, order = ground.move, live_order_of(ground.session, ground.patient.id)
    if move.state == ground.patient.state or ground.plan is None:
        return
    program = PROGRAM[move.state]
    yield Consequence(
        about=About.SUPPLY,
        sentence=f"A look into {ground.place}'s monitoring program is due before the next order ({program}).",
    )
    keeper = ground.plan.physician_id
    if (keeper, "dea", move.state) not in registered(ground.session, [keeper], on=move.on):
        name = physician(ground.session, keeper).full_name
        yield Consequence(
            about=About.SUPPLY, sentence=f"{name} has no registration to prescribe in {ground.place} on that day."
        )
    if order is not None:
        yield Consequence(
            about=About.SUPPLY,
            sentence=f"The signed order is for {STATES[order.patient_state]}; {ground.place} needs one of its own.",
        )
        if (order.pharmacy_id, move.state) not in licensed(ground.session, [order.pharmacy_id], on=move.on):
            name = pharmacy(ground.session, order.pharmacy_id).name
            yield Consequence(about=About.SUPPLY, sentence=f"{name} may not send to {ground.place}: choose another.")


def _law(ground: _Ground) -> Iterator[Consequence]:
    days = {ground.move.on, *(ground.day(visit) for visit in ground.visits)}
    exam_on = ground.plan.in_person_exam_on if ground.plan else None
    visits = [LegalVisit(ground.move.state, day) for day in sorted(days)]
    for sentence in beyond(legal_bases(ground.session), visits, exam_on=exam_on):
        yield Consequence(about=About.LAW, sentence=sentence)


def _parcels(ground: _Ground) -> Iterator[Consequence]:
    wanted = select(func.count()).where(Shipment.patient_id == ground.patient.id, Shipment.state.in_(list(_ON_ITS_WAY)))
    count = ground.session.scalar(wanted.select_from(Shipment)) or 0
    if count:
        parcels = "1 parcel is" if count == 1 else f"{count} parcels are"
        yield Consequence(about=About.PARCELS, sentence=f"{parcels} on the way to the present address.")
    if ground.plan is not None:
        said = _said(ground.patient, ground.move.on)
        yield Consequence(about=About.PARCELS, sentence=f"From {said} on parcels go to the new address.")


def _rest(ground: _Ground) -> Iterator[Consequence]:
    move, patient = ground.move, ground.patient
    assert move.address is not None
    zone = move.address.zone or zone_for(move.address.county_fips, move.address.postal_code)
    at = edge_instant(move.on, _NOON, zone)
    if zone_letters(at, zone) != zone_letters(at, patient.zone):
        words = f"Visits from then on are told in {zone_letters(at, zone)} instead of {zone_letters(at, patient.zone)}."
        yield Consequence(about=About.CLOCK, sentence=f"{words} The times themselves stay.")
    if move.state != patient.state and patients_of_pain(ground.session, [patient.id]):
        yield Consequence(about=About.FORMS, sentence=f"The agreement about pain for {ground.place} is to be signed.")
    if living(ground.session, patient.id) is not None:
        yield Consequence(about=About.STAYS, sentence="The membership and its months stay as they are.")
    if not ground.visits:
        yield Consequence(about=About.STAYS, sentence="No visit is booked from that day on.")


def _said(patient: Patient, day: date) -> str:
    return day_label(edge_instant(day, _NOON, patient.zone), patient.zone, language="en")
