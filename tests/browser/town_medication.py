"""Medication in the small town: Paloma's order, a parcel at her door, a report, and a count that differs."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.order_states import record_external_status
from clinic.medication.actions.orders import draft_order
from clinic.medication.actions.page_link import page_link
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.actions.requests import request_refill
from clinic.medication.actions.signing import sign_order
from clinic.medication.models import Fill, Prescription, Shipment
from clinic.medication.queries.ledger import entries_of
from clinic.medication.queries.lots import packed_lots
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderFields
from clinic.people.models import Patient
from tests.browser.town import Town
from tests.domains.medication.medication_makers import FIELDS, a_check
from tests.domains.medication.supply_makers import LOT, deliver, patient_of
from tests.domains.treatment.plan_makers import on

PATIENT = "paloma"
SIGNED = on("2026-11-18", 9)
LEFT = on("2026-11-20", 15)


def add_medication(town: Town) -> None:
    """Bring a first parcel to the patient, from the signature on; nobody confirmed it yet."""
    with town.begin(by=town.actors["okafor"]) as session:
        order = sign_order_of(town, session, PATIENT, now=SIGNED)
        # No visit of hers stands in the calendar, which a physician can set aside.
        aside = {"overrides": ("visit_overdue",), "reason": "Seen by the family doctor, whose letter is here."}
        parcel = parcel_of(town, session, order, left=LEFT, at=town.now - timedelta(minutes=40), **aside)
        ((lot, _),) = packed_lots(session, parcel.fill_id)
        said = {"patient_id": order.patient_id, "by": town.dana, "now": town.now - timedelta(minutes=20)}
        claim = record_loss(session, kind="damaged", units=1, words="One of them broke in two.", **said)
        count = record_count(session, counted=9, at=CountAt(), **said)
        entry = entries_of(session, order.patient_id)[0]
    town.others |= {
        "order_id": order.id,
        "fill_id": parcel.fill_id,
        "shipment_id": parcel.id,
        "lot_id": lot.id,
        "claim_id": claim.id,
        "count_id": count.id,
        "unit_place": entry.place,
    }


def deliveries_session(town: Town, key: str = PATIENT) -> str:
    """Return the session token of a patient who opened the link to the own deliveries."""
    patient, now = town.patients[key], town.runtime.clock()
    with town.begin(by=town.dana) as session:
        opened = access.open_link(
            session,
            token=_token(town, session, key),
            birth_date=patient.birth_date,
            now=now,
            ip=None,
            birth_date_of=lambda *_: patient.birth_date,
        )
        return opened.session_token


def deliveries_link(town: Town, key: str = PATIENT) -> str:
    """Return the token of a patient's link to the own deliveries, as a text carries it."""
    with town.begin(by=town.dana) as session:
        return _token(town, session, key)


def _token(town: Town, session: Session, key: str) -> str:
    ring = town.runtime.link_ring
    link = page_link(session, town.patients[key], by=town.dana, now=town.runtime.clock(), ring=ring)
    return access.render_link(session, link_id=link.id, ring=ring)


def sign_order_of(
    town: Town, session: Session, key: str, *, now: datetime, fields: OrderFields = FIELDS
) -> Prescription:
    """Write and sign an order, which the pharmacy takes at once."""
    by, patient = town.actors["okafor"], town.patients[key]
    order = draft_order(
        session, patient_id=patient.id, pharmacy_id=town.others["pharmacy_id"], fields=fields, by=by, now=now
    )
    sign_order(
        session,
        order_id=order.id,
        version=order.version,
        pdmp_check_id=a_check(session, patient, by=by, now=now).id,
        issued_on=now.date(),
        has_stepped_up=True,
        by=by,
        now=now,
    )
    record_external_status(
        session, order_id=order.id, status="PharmacyVerified", reference="RX-555", by=town.dana, now=now
    )
    return order


def release_fill_of(town: Town, session: Session, order: Prescription, *, now: datetime, **aside: object) -> Fill:
    """Let the next fill go that the patient asks for."""
    by, patient = town.actors["okafor"], session.get_one(Patient, order.patient_id)
    request_refill(session, patient_id=patient.id, is_adult_available=True, by=patient_of(session, order), now=now)
    a_check(session, patient, by=by, now=now)
    fill = request_fill(session, order_id=order.id, by=town.dana, now=now)
    return release_fill(session, fill_id=fill.id, by=by, now=now, **aside).fill


def parcel_of(
    town: Town, session: Session, order: Prescription, *, left: datetime, at: datetime, **aside: object
) -> Shipment:
    """Let a fill out, through the pharmacy and to the carrier, who delivers it."""
    fill = release_fill_of(town, session, order, now=left, **aside)
    for state in (FillState.SENT, FillState.ACCEPTED, FillState.VERIFIED, FillState.PACKED):
        told = Told(state=state, lots=(LOT,) if state is FillState.VERIFIED else ())
        record_pharmacy_step(session, fill_id=fill.id, told=told, by=town.dana, now=left)
    number = f"1Z000000000000{left:%d%H}"
    label = Label(carrier="UPS", tracking_number=number, expected_on=at.date())
    handed = hand_over(session, fill_id=fill.id, label=label, by=town.dana, now=left)
    return deliver(session, handed.shipment, at=at)
