"""The patient's own sign-ins, as staff see them: when the last one was, and ending them all."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


@blueprint.post("/patients/<uuid:patient_id>/sign-ins/end")
@policy.staff(Role.COORDINATOR, Role.ADMIN)
def end_sign_ins(patient_id: UUID) -> ResponseReturnValue:
    """Sign the patient out on every phone and computer, as when one was lost."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        found = people.patient(session, patient_id)
        ended = access.end_area_sessions(session, patient_id=found.id, by=actor(), now=now())
    flash(f"Signed out on {ended} device{'' if ended == 1 else 's'}." if ended else "Nobody was signed in.")
    return see_other("coordinator.patient", patient_id=patient_id)
