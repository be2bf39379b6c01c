"""A patient's finished answers as a file that other systems read."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from clinic.fhir.response import About, questionnaire_response
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.monitoring.queries.responses import response
from clinic.web.frame import policy
from clinic.web.frame.json_file import json_file
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient


@blueprint.get("/my-patients/<uuid:patient_id>/answers/<uuid:assessment_id>.json")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="assessment.exported")
def assessment_fhir(patient_id: UUID, assessment_id: UUID) -> ResponseReturnValue:
    """Download one finished assessment as a FHIR R4B QuestionnaireResponse."""
    with runtime().begin(by=actor()) as session:
        own_patient(session, patient_id)
        found = response(session, patient_id=patient_id, assessment_id=assessment_id)
        about = About(
            response_id=assessment_id,
            patient_id=patient_id,
            language=found.assessment.language,
            state=found.assessment.state,
            at=found.done_at,
        )
        content = questionnaire_response(found.instrument, found.answers, about=about, scores=found.scores)
        journal.note(
            session,
            "assessment.exported",
            subject_kind="assessment",
            subject_id=assessment_id,
            at=now(),
            patient_ids=(patient_id,),
        )
    return json_file(f"answers-{assessment_id}.json", content)
