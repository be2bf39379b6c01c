"""Where the units of one entry of the ledger came from: parcel, fill, lot, order and PDMP check."""

from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.medication.queries.ledger import Trace
from clinic.medication.queries.lots import facts_of_lots
from clinic.medication.queries.orders import is_intact
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.queries.verdicts import decision
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.medication.reading import trace_of
from clinic.web.physician.medication.showing import names_for
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.plans.reading import seen_patient


@blueprint.get("/my-patients/<uuid:patient_id>/medication/units/<int:place>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def trace_units(patient_id: UUID, place: int) -> str:
    """Show the way of an entry's units back to the PDMP check."""
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        found = trace_of(session, patient_id, place)
        return render_template(
            "physician/medication/trace.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            looks=LOOKS,
            entry=found.entry,
            fill=found.fill,
            lot=found.lot,
            order=found.order,
            look=found.pdmp_check,
            **_beside(session, found),
        )


def _beside(session: Session, found: Trace) -> dict[str, object]:
    """Return the parcels of the fill, what the gate said, and what speaks against lot and order."""
    asked = found.fill.decision_id
    return {
        "parcels": [each for each in shipments_of(session, found.fill.patient_id) if each.fill_id == found.fill.id],
        "decision": decision(session, asked) if asked else None,
        "is_recalled": facts_of_lots(session, [found.lot.id])[found.lot.id].is_recalled,
        "is_intact": is_intact(found.order),
        "names": names_for(session, [found.order]),
    }
