"""A patient's medication on one page: the order that counts, beside it the units, the way of each shipment."""

from collections.abc import Iterable
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.medication.models import Prescription
from clinic.medication.queries import fills, orders, parcels, verdicts
from clinic.medication.queries.lots import lots_of_fills
from clinic.medication.queries.pharmacies import pharmacies_by_id
from clinic.people.queries import physicians_by_id
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.medication.against import shown
from clinic.web.physician.medication.reading import fill_to_decide, reasons_now
from clinic.web.physician.medication.supply import supply_of
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.plans.reading import seen_patient


@blueprint.get("/my-patients/<uuid:patient_id>/medication")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def medication(patient_id: UUID) -> str:
    """Show what is ordered, what is at home, and what speaks against the next shipment now."""
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        return render_template(
            "physician/medication/medication.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            looks=LOOKS,
            **_of_orders(session, patient_id),
            **supply_of(session, patient),
            **_of_shipments(session, patient_id),
        )


def names_for(session: Session, found: Iterable[Prescription]) -> dict[UUID, str]:
    """Return the names of the physicians and pharmacies of these orders, by id."""
    listed = list(found)
    people = physicians_by_id(session, {each.physician_id for each in listed})
    places = pharmacies_by_id(session, {each.pharmacy_id for each in listed})
    return {key: each.full_name for key, each in people.items()} | {key: each.name for key, each in places.items()}


def _of_orders(session: Session, patient_id: UUID) -> dict[str, object]:
    every = orders.orders_of(session, patient_id)
    live = orders.live_order_of(session, patient_id)
    return {
        "live": live,
        "is_intact": live is not None and orders.is_intact(live),
        "draft": orders.draft_of(session, patient_id),
        "every_order": every,
        "names": names_for(session, every),
    }


def _of_shipments(session: Session, patient_id: UUID) -> dict[str, object]:
    found, waiting = fills.fills_of(session, patient_id), fill_to_decide(session, patient_id)
    busy = None if waiting else fills.fill_under_way(session, patient_id)
    return {
        "fills": found,
        "lots": lots_of_fills(session, [each.id for each in found]),
        "shipments": parcels.shipments_of(session, patient_id),
        "requests": verdicts.requests_of(session, patient_id),
        "asked": verdicts.request_of(session, patient_id),
        "waiting": waiting,
        "busy": busy,
        "reasons": shown(reasons_now(session, [patient_id])[patient_id], patient_id),
    }
