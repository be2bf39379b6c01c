"""A patient's forms in the chart: how each stands, and what was signed as a file."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import all_kinds
from clinic.consents.rules.standing import Signed
from clinic.kernel.actor import Role
from clinic.people.models import Patient
from clinic.treatment.queries.caring import patients_of_pain
from clinic.web.form_looks import Look, look_of
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient
from clinic.web.signed_files import READ, signed_file


class ChartForm(NamedTuple):
    """One form as the chart shows it, with its last signature."""

    name: str
    look: Look
    signed: Signed | None


def chart_forms(session: Session, patient: Patient) -> list[ChartForm]:
    """Return how each form of a patient stands."""
    of_pain = patients_of_pain(session, [patient.id])
    mine = standing_of(session, [patient.id], now(), of_pain=of_pain)[patient.id]
    return [ChartForm(all_kinds()[form.kind].physician, look_of(form), form.signed) for form in mine.forms]


@blueprint.get("/my-patients/<uuid:patient_id>/forms/<uuid:signature_id>.pdf")
@policy.staff(Role.PHYSICIAN, audit=READ)
def signed_form_file(patient_id: UUID, signature_id: UUID) -> Response:
    """Return a signed form of an own patient as a file."""
    with runtime().begin(by=actor()) as session:
        own_record(session)
        return signed_file(session, own_patient(session, patient_id), signature_id)
