"""What was ordered for a patient, dispensed and sent, as a file that other systems read."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from clinic.fhir.medication import supply_bundle
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.medication.queries.record import signed_record
from clinic.web.frame import policy
from clinic.web.frame.json_file import json_file
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient


@blueprint.get("/my-patients/<uuid:patient_id>/medication.json")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="medication.exported")
def medication_fhir(patient_id: UUID) -> ResponseReturnValue:
    """Download every signed order with its fills and parcels as a FHIR R4B Bundle."""
    with runtime().begin(by=actor()) as session:
        patient = own_patient(session, patient_id)
        content = supply_bundle(signed_record(session, patient.id), patient_id=patient.id, at=now())
        journal.note(
            session,
            "medication.exported",
            subject_kind="patient",
            subject_id=patient.id,
            at=now(),
            patient_ids=(patient.id,),
        )
    return json_file(f"medication-{patient.id}.json", content)
