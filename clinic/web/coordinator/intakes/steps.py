"""A patient's intake on the patient's page: where it stands, starting one, and sending its link again."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.intake.actions.starting import resend_link, start_intake
from clinic.intake.queries.intakes import answers_of, complete_sections, intake_of
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import WITH_PATIENT, IntakeState, Source
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import queries
from clinic.people.models import Patient
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.intake_words import LOOKS, NEXT

_ANCHOR = "intake"


def intake_part(session: Session, patient: Patient) -> dict[str, object]:
    """Return where the patient's intake stands, and how many parts are done."""
    found = intake_of(session, patient.id)
    if found is None:
        return {"intake": None}
    state = IntakeState(found.state)
    return {
        "intake": found,
        "intake_look": LOOKS[state],
        "intake_next": NEXT[state],
        "intake_done": len(complete_sections(answers_of(session, found.id))),
        "intake_parts": len(sections()),
        "intake_is_theirs": state in WITH_PATIENT,
    }


@blueprint.post("/patients/<uuid:patient_id>/intake/start")
@policy.staff(Role.COORDINATOR)
def start_patient_intake(patient_id: UUID) -> ResponseReturnValue:
    """Start an intake and text its link; pressing twice starts one."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            wanted = {"patient_id": patient_id, "source": Source.DESK, "ring": runtime().link_ring}
            start_intake(session, **wanted, by=actor(), now=now())  # type: ignore[arg-type]
        flash("Intake started. The text with the link leaves within minutes by day, or in the morning.")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return see_other("coordinator.patient", patient_id=patient_id, _anchor=_ANCHOR)


@blueprint.post("/patients/<uuid:patient_id>/intake/link")
@policy.staff(Role.COORDINATOR)
def send_intake_link(patient_id: UUID) -> ResponseReturnValue:
    """Text the link once more."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            resend_link(session, patient_id=patient_id, by=actor(), now=now(), ring=runtime().link_ring)
        flash("The link is on its way. It leaves within minutes by day, or in the morning.")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return see_other("coordinator.patient", patient_id=patient_id, _anchor=_ANCHOR)
