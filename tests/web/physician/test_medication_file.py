"""A physician downloads what was ordered for a patient, dispensed and sent; nobody else gets it."""

from fhir.resources.R4B.bundle import Bundle

from clinic.audit.models import AuditEvent
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser


def test_the_file_is_downloaded_and_that_is_written_down(doctor: Browser, clinic, session):
    patient = clinic.patient()
    clinic.visit(patient, clinic.okafor, at(25, 10))
    session.commit()
    answer = doctor.client.get(f"/my-patients/{patient.id}/medication.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    Bundle.model_validate(answer.json)
    written = session.query(AuditEvent).filter_by(action="medication.exported").one()
    assert written.patient_ids == [patient.id]


def test_neither_a_colleague_nor_a_coordinator_gets_it(
    doctor: Browser, colleague: Browser, desk: Browser, clinic, session
):
    patient = clinic.patient()
    clinic.visit(patient, clinic.okafor, at(25, 10))
    session.commit()
    address = f"/my-patients/{patient.id}/medication.json"
    assert colleague.client.get(address).status_code == 404
    assert desk.client.get(address).status_code == 403
