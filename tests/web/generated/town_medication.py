"""Orders, fills, parcels, lots and units of the town's patients, with a word to look for in everything written down."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.gateways.carriers import CarrierWord
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.disposals import dispose
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.order_states import hold_order, record_external_status, stop_order
from clinic.medication.actions.orders import amend_order, draft_order
from clinic.medication.actions.page_link import page_link
from clinic.medication.actions.parcels import StaffWord, staff_report, take_events
from clinic.medication.actions.pharmacies import add_pharmacy, record_pharmacy_license
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.actions.recalls import recall_lot
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.actions.registrations import record_registration
from clinic.medication.actions.requests import decline_request, request_refill
from clinic.medication.actions.settling_claims import settle_claim
from clinic.medication.actions.signing import sign_order
from clinic.medication.models import Fill, Lot, Pharmacy, Prescription, Shipment
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderFields, OrderForm, Route
from clinic.medication.rules.parcels import ParcelWord
from clinic.medication.rules.registering import NewPharmacy, NewPharmacyLicense, NewRegistration
from clinic.people.models import Patient
from clinic.treatment import actions as treatment
from clinic.treatment.rules.phases import Phase
from tests.domains.medication.medication_makers import a_check
from tests.domains.medication.supply_makers import CARRIER, told
from tests.domains.scheduling.calendar_makers import FAR_AHEAD, LONG_AGO, NOW, Clinic
from tests.web.generated.town import EARLIER, Town

NEIGHBORS = {
    "cleo": {
        "legal_first_name": "Clovinda",
        "legal_last_name": "Marshfeather",
        "preferred_name": "Cloudy",
        "birth_date": date(1952, 8, 23),
        "phone": "+13055550136",
        "email": "mailcanarythree@example.org",
        "address_line": "31 Sandpiper Rookery",
        "city": "Norquibble",
        "postal_code": "33155",
    },
    "dora": {
        "legal_first_name": "Dorabelle",
        "legal_last_name": "Quenchwater",
        "preferred_name": "Dotterel",
        "birth_date": date(1964, 12, 11),
        "phone": "+13055550137",
        "email": "mailcanaryfour@example.org",
        "address_line": "66 Larkspur Causeway",
        "city": "Soutquibble",
        "postal_code": "33166",
    },
}
"""Two more patients of the first physician's: of one a fill is packed, of the other it is kept back by the gate."""
STRENGTHS = {"amy": "137.375", "bea": "141.625", "cleo": "143.875", "dora": "149.125"}
_SIX = {"physician": "731946", "other": "842057"}
_OVERRIDABLE = ("too_early", "enough_on_hand", "count_missing", "dispute_open", "visit_overdue", "check_ins_overdue")
_EXPECTED_ON = date(2026, 11, 25)
_Row = TypeVar("_Row", Prescription, Fill, Shipment, Lot)


@dataclass
class Course:
    """One patient of the town with the physician who orders, at a moment that moves on with what happens."""

    session: Session
    town: Town
    key: str
    by: Actor
    pharmacy: Pharmacy
    now: datetime

    @property
    def patient_id(self) -> UUID:
        return self.town.patients[self.key]

    @property
    def patient(self) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.patient_id, name="Patient")

    @property
    def desk(self) -> Actor:
        return self.town.actors["colleague"]

    def word(self, what: str) -> str:
        """Return a word that stands nowhere but where it is written now."""
        return f"{what}canary of {self.key}"

    def owns(self, row: _Row) -> _Row:
        """Remember whose a row is."""
        self.town.owner_of[row.id] = self.key
        return row

    def later(self, *, hours: float = 1) -> datetime:
        self.now += timedelta(hours=hours)
        return self.now


def add_medication(session: Session, town: Town, clinic: Clinic, doctors: dict[str, Actor]) -> None:
    """Let every patient of the town be supplied as far as the tables go, and two neighbors a part of the way."""
    pharmacy = _pharmacy(session, town)
    for doctor in _SIX:
        _register(session, town, doctor)
    for key, by in doctors.items():
        _long(Course(session, town, key, by, pharmacy, EARLIER))
    for key, facts in NEIGHBORS.items():
        patient = clinic.patient(**facts)
        town.patients[key] = patient.id
        town.owner_of |= {patient.id: key, patient.phone_id: key}
        _short(Course(session, town, key, doctors["amy"], pharmacy, EARLIER))


def _pharmacy(session: Session, town: Town) -> Pharmacy:
    by = town.actors["admin"]
    new = NewPharmacy(
        name="Pharmcanary Mortar", phone="+13055550138", address="8 Pestlecanary Row, Tampa, FL 33601",
        dea_number=_dea("FM", "615243"),
    )  # fmt: skip
    made = add_pharmacy(session, new=new, by=by, now=EARLIER)
    held = NewPharmacyLicense(state="FL", number="PHLICCANARY1", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
    record_pharmacy_license(session, pharmacy_id=made.id, new=held, by=by, now=EARLIER)
    return made


def _register(session: Session, town: Town, doctor: str) -> None:
    new = NewRegistration(
        kind="dea", state="FL", number=_dea("BU", _SIX[doctor]), address=f"{_SIX[doctor]} Registrycanary Road, Miami",
        valid_from=LONG_AGO, valid_until=FAR_AHEAD,
    )  # fmt: skip
    made = record_registration(
        session, physician_id=town.physicians[doctor], new=new, by=town.actors["admin"], now=EARLIER
    )
    town.owner_of[made.id] = f"dr {doctor}"


def _dea(letters: str, six: str) -> str:
    """Return a number with its check digit."""
    digits = [int(one) for one in six]
    return f"{letters}{six}{(sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10}"


def _long(course: Course) -> None:
    """Bring one fill to the patient and another one on its way, and let all be reported that can be."""
    session, by = course.session, course.by
    _declined(course)
    stopped = _signed(course, _draft(course, "first"))
    stop_order(session, order_id=stopped.id, reason=course.word("stop"), by=by, now=course.later())
    order = _signed(course, _draft(course, "second"))
    lot = _brought(course, order)
    course.now = NOW - timedelta(days=2)
    parcel = _handed_over(course, _packed(course, order, "two"))
    _tracked(course, parcel, is_delivered=course.key == "bea")
    _reported(course, lot)
    _looked_while_out(course)
    request_refill(session, patient_id=course.patient_id, by=course.patient, now=course.later())
    amended = amend_order(
        session, order_id=order.id, pharmacy_id=course.pharmacy.id, fields=_fields(course, "third"), by=by,
        now=course.later(),
    )  # fmt: skip
    course.owns(amended)
    hold_order(session, order_id=order.id, reason=course.word("hold"), by=by, now=course.later())


def _short(course: Course) -> None:
    """Let a fill of a neighbor be packed, or be kept back because nobody looked into the program again."""
    session, by = course.session, course.by
    who = {"patient_id": course.patient_id, "physician_id": course.town.physicians["physician"]}
    plan = treatment.open_plan(session, **who, by=course.desk, now=course.now)
    course.town.owner_of[plan.id] = course.key
    induction = {"phase": Phase.INDUCTION, "reason": course.word("phase"), "version": plan.version}
    treatment.enter_phase(session, plan_id=plan.id, **induction, by=by, now=course.now)
    course.now = NOW - timedelta(days=2)
    order = _signed(course, _draft(course, "only"))
    if course.key == "cleo":
        _packed(course, order, "one")
        return
    request_refill(session, patient_id=course.patient_id, by=course.patient, now=NOW)
    fill = course.owns(request_fill(session, order_id=order.id, by=course.desk, now=NOW))
    assert not release_fill(session, fill_id=fill.id, by=by, now=NOW).decision.is_allowed


def _fields(course: Course, which: str) -> OrderFields:
    return OrderFields(
        drug=f"drugcanary {which} of {course.key}",
        form=OrderForm.TROCHE,
        route=Route.SUBLINGUAL,
        strength_value=Decimal(STRENGTHS[course.key]),
        strength_unit=f"unitcanary {course.key}",
        quantity=12,
        units_per_session=2,
        days_supply=28,
        refills=2,
        directions=f"directionscanary {which} of {course.key}",
        indication=f"ordercanary {which} indication of {course.key}",
    )


def _draft(course: Course, which: str) -> Prescription:
    made = draft_order(
        course.session, patient_id=course.patient_id, pharmacy_id=course.pharmacy.id, fields=_fields(course, which),
        by=course.by, now=course.later(),
    )  # fmt: skip
    return course.owns(made)


def _look(course: Course, **changes: object) -> UUID:
    patient = course.session.get_one(Patient, course.patient_id)
    found = {"result": "explained", "reference": course.word("QUERY"), "note": course.word("looked")} | changes
    return a_check(course.session, patient, by=course.by, now=course.later(), **found).id


def _signed(course: Course, draft: Prescription) -> Prescription:
    session, patient = course.session, course.session.get_one(Patient, course.patient_id)
    look, now = _look(course), course.later()
    sign_order(
        session, order_id=draft.id, version=draft.version, pdmp_check_id=look, has_stepped_up=True,
        issued_on=in_zone(now, patient.zone).date(), by=course.by, now=now,
    )  # fmt: skip
    record_external_status(
        session, order_id=draft.id, status="PharmacyVerified", reference=course.word("RX"), by=course.desk,
        now=course.later(),
    )  # fmt: skip
    return draft


def _declined(course: Course) -> None:
    asked = request_refill(course.session, patient_id=course.patient_id, by=course.patient, now=course.later())
    decline_request(
        course.session, request_id=asked.id, answer=course.word("declined"), version=asked.version, by=course.desk,
        now=course.later(),
    )  # fmt: skip


def _packed(course: Course, order: Prescription, which: str) -> Fill:
    """Let a fill through the gate, past what a physician may set aside, and through the pharmacy."""
    session, key = course.session, course.key
    request_refill(session, patient_id=course.patient_id, by=course.patient, now=course.later())
    _look(course)
    fill = course.owns(request_fill(session, order_id=order.id, by=course.desk, now=course.later()))
    said = release_fill(
        session, fill_id=fill.id, by=course.by, now=course.later(), overrides=_OVERRIDABLE,
        reason=f"overridecanary {which} of {key}",
    )  # fmt: skip
    assert said.decision.is_allowed, said.decision.reasons
    lot = LotUnits(
        number=f"Lotcanary {key} {which}", compounded_on=date(2026, 11, 12), beyond_use_on=date(2027, 4, 30), units=12
    )
    for step in (
        Told(state=FillState.SENT),
        Told(state=FillState.CLARIFICATION, reason=course.word("asked back")),
        Told(state=FillState.ACCEPTED, reference=course.word("PHREF")),
        Told(state=FillState.VERIFIED, lots=(lot,)),
        Told(state=FillState.PACKED),
    ):
        record_pharmacy_step(session, fill_id=fill.id, told=step, by=course.desk, now=course.later(hours=0.1))
    course.owns(session.scalars(select(Lot).where(Lot.number == lot.number)).one())
    return fill


def _handed_over(course: Course, fill: Fill) -> Shipment:
    number = f"1Z{course.key.upper()}CANARY000000{fill.number}"
    label = Label(carrier="UPS", tracking_number=number, expected_on=_EXPECTED_ON)
    handed = hand_over(course.session, fill_id=fill.id, label=label, by=course.desk, now=course.later())
    assert handed.shipment is not None, handed.decision.reasons
    return course.owns(handed.shipment)


def _tracked(course: Course, parcel: Shipment, *, is_delivered: bool) -> None:
    seen = {"place": course.word("Depot"), "detail": course.word("scan")}
    events = [told(parcel, CarrierWord.IN_TRANSIT, at=course.later(), **seen)]
    if is_delivered:
        events.append(told(parcel, CarrierWord.DELIVERED, at=course.later(), signed_by=course.word("Signer")))
    take_events(course.session, shipment_id=parcel.id, events=events, by=CARRIER, now=course.later())
    if not is_delivered:
        said = StaffWord(status=ParcelWord.EXCEPTION, reason=course.word("phoned carrier"))
        staff_report(course.session, shipment_id=parcel.id, said=said, by=course.desk, now=course.later())


def _brought(course: Course, order: Prescription) -> Lot:
    """Let the patient have a fill and say so; return its lot."""
    fill = _packed(course, order, "one")
    parcel = _handed_over(course, fill)
    _tracked(course, parcel, is_delivered=True)
    found = Found(lot_number=f"LOTCANARY-{course.key}-ONE", counted=12, is_seal_intact=True, is_locked_away=True)
    confirm_receipt(course.session, shipment_id=parcel.id, found=found, by=course.patient, now=course.later())
    return course.session.scalars(select(Lot).where(Lot.number == f"Lotcanary {course.key} one")).one()


def _reported(course: Course, lot: Lot) -> None:
    """Let units be lost twice, put away, counted with a difference, and their lot be recalled."""
    session, who = course.session, {"patient_id": course.patient_id}
    lost = {**who, "kind": "lost", "units": 1, "by": course.patient}
    settled = record_loss(session, **lost, words=course.word("dropped"), now=course.later())
    settle_claim(
        session, claim_id=settled.id, settlement=course.word("settlement"), version=settled.version, by=course.by,
        now=course.later(),
    )  # fmt: skip
    record_loss(session, **lost, words=course.word("mislaid"), now=course.later())
    dispose(
        session, **who, lot_id=lot.id, units=1, method="destroyed_at_home", witness=course.word("Witness"),
        by=course.patient, now=course.later(),
    )  # fmt: skip
    counted = {"counted": 7, "at": CountAt(moment="asked"), "by": course.patient}
    record_count(session, **who, **counted, now=course.later())
    recall_lot(
        session, lot_id=lot.id, source=course.word("letter"), reason=course.word("recall"), by=course.desk,
        now=course.later(),
    )  # fmt: skip


def _looked_while_out(course: Course) -> None:
    """Note that the program could not be reached."""
    _look(course, result="unavailable", reference=None, note=None, outage=course.word("outage"))


def open_deliveries(session: Session, town: Town, key: str) -> None:
    """Open a patient's page of deliveries with the birth date."""
    patient, ring = session.get_one(Patient, town.patients[key]), town.runtime.link_ring
    link = page_link(session, patient, by=town.actors["coordinator"], now=NOW, ring=ring)
    token, born = access.render_link(session, link_id=link.id, ring=ring), patient.birth_date
    opened = access.open_link(
        session, token=token, birth_date=born, now=NOW, ip="203.0.113.81", birth_date_of=lambda *_: born
    )
    town.secrets[key, "deliveries session token"] = opened.session_token
