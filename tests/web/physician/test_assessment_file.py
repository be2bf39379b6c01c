"""A physician downloads a patient's finished answers for another system; nobody else gets them."""

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from clinic.audit.models import AuditEvent
from clinic.monitoring.actions import answering
from tests.domains.monitoring.check_in_makers import GAD7, Survey, every, survey
from tests.domains.scheduling.calendar_makers import NOW, at
from tests.web.html import Browser


def finished(clinic, session) -> Survey:
    patient = clinic.patient()
    clinic.visit(patient, clinic.okafor, at(25, 10))
    asked = survey(session, patient, "gad7")
    asked.save("gad7", every(GAD7, 2))
    return asked


def address(asked: Survey) -> str:
    return f"/my-patients/{asked.patient.id}/answers/{asked.part('gad7').id}.json"


def submit(session, asked: Survey) -> None:
    answering.submit(session, check_in_id=asked.id, leaves_out=True, by=asked.by, now=NOW)
    session.commit()


def test_finished_answers_are_downloaded_and_that_is_written_down(doctor: Browser, clinic, session):
    asked = finished(clinic, session)
    submit(session, asked)
    answer = doctor.client.get(address(asked))
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    QuestionnaireResponse.model_validate(answer.json)
    items = {item["linkId"]: item["answer"] for item in answer.json["item"]}
    assert items["score.total"] == [{"valueDecimal": 14.0}]
    assert items["q7"][0]["valueCoding"]["display"] == "More than half the days"
    written = session.query(AuditEvent).filter_by(action="assessment.exported").one()
    assert written.patient_ids == [asked.patient.id]


def test_unfinished_answers_and_those_of_others_do_not_exist(doctor: Browser, colleague: Browser, clinic, session):
    asked = finished(clinic, session)
    other = clinic.patient()
    clinic.visit(other, clinic.okafor, at(26, 10))
    session.commit()
    assert doctor.client.get(address(asked)).status_code == 404
    submit(session, asked)
    assert colleague.client.get(address(asked)).status_code == 404
    assert doctor.client.get(address(asked).replace(str(asked.patient.id), str(other.id))).status_code == 404


def test_a_coordinator_gets_no_answers(desk: Browser, doctor: Browser, clinic, session):
    asked = finished(clinic, session)
    submit(session, asked)
    assert desk.client.get(address(asked)).status_code == 403
