"""Changing whether a patient is in the clinic's care: what will stop is said before, and nobody is texted."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic import casework
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.people import queries
from clinic.people.errors import PatientNotFound
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.people.rules.statuses import LONGEST_REASON, NEXT, is_correction
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Note,
    Tick,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

STATUSES = {
    PatientStatus.ACTIVE: ("In our care", "Visits can be booked again. What was canceled stays canceled."),
    PatientStatus.DISCHARGED: ("Discharged", "The care has ended. The patient can come back."),
    PatientStatus.DECEASED: ("Deceased", "The patient has died."),
}


class NotSure(Invalid):
    """A death is written down only with a second yes."""

    code = "not_sure"


class StatusForm(FormModel):
    """The new status, why, and for a death a second yes."""

    words: ClassVar[dict[str, str]] = {"status": "Choose the new status.", "reason": "Write why."}

    status: PatientStatus
    reason: Note
    sure: Tick
    version: WholeNumber


@blueprint.get("/patients/<uuid:patient_id>/status")
@policy.staff(Role.COORDINATOR, Role.ADMIN, audit="patient.viewed")
def ask_status(patient_id: UUID) -> ResponseReturnValue:
    """Show what would stop, and ask for the status and the reason."""
    return _page(patient_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/status")
@policy.staff(Role.COORDINATOR, Role.ADMIN, audit="patient.viewed")
def save_status(patient_id: UUID) -> ResponseReturnValue:
    """Change the status, and stop what has to stop."""
    form = read_form(StatusForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        _save(patient_id, form)
    except (Invalid, Conflict, Forbidden) as refusal:
        return _page(patient_id, form.refused(refusal))
    flash(_told(form.status))
    if actor().has(Role.COORDINATOR):
        return see_other("coordinator.patient", patient_id=patient_id)
    return see_other("admin.clinic")


def _save(patient_id: UUID, form: StatusForm) -> None:
    if form.status is PatientStatus.DECEASED and not form.sure:
        raise NotSure("Tick this box if you are sure that the patient has died.", field="sure")
    with runtime().begin(by=actor()) as session:
        _record(session, patient_id)
        casework.set_status(
            session,
            patient_id=patient_id,
            status=form.status,
            reason=form.reason,
            version=form.version,
            by=actor(),
            now=now(),
        )


def _told(status: PatientStatus) -> str:
    if status is PatientStatus.ACTIVE:
        return "The patient is in our care again."
    return "The care has ended. What was to come is called off, and nobody was texted."


def _record(session: Session, patient_id: UUID) -> Patient:
    """Return the record; an administrator sees it only where a death may have to be taken back."""
    if actor().has(Role.COORDINATOR):
        return queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    found = queries.patient(session, patient_id)
    if not is_correction(PatientStatus(found.status)):
        raise PatientNotFound
    return found


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = _record(session, patient_id)
        note_viewed(session, patient_id)
        stake = casework.at_stake(session, patient_id=patient_id, now=now())
    status = PatientStatus(patient.status)
    page = render_template(
        "coordinator/patients/status.html",
        patient=patient,
        form=form,
        stake=stake,
        present=STATUSES.get(status, ("Merged", ""))[0],
        options=[(each.value, *STATUSES[each]) for each in STATUSES if each in NEXT[status]],
        may_change=not is_correction(status) or actor().has(Role.ADMIN),
        may_die=PatientStatus.DECEASED in NEXT[status],
        longest=LONGEST_REASON,
        clinic_zone=runtime().clinic.zone,
    )
    return page, form.status
