"""The chart's part about check-ins: done, open or overdue, never what was answered; ask again, pause, go on."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.kernel.localtime import in_zone
from clinic.monitoring import actions as monitoring
from clinic.monitoring.queries.check_ins import standing
from clinic.people import queries
from clinic.people.models import Patient
from clinic.treatment import actions as treatment
from clinic.treatment.actions.pausing import LONGEST
from clinic.treatment.queries import plan_for, plan_of_patient
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, IsoDate, NoFields, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_ANCHOR = "check-ins"


class PauseForm(FormModel):
    """Until when nothing is asked."""

    words: ClassVar[dict[str, str]] = {"until": "Choose the last day of the pause."}

    until: IsoDate
    version: WholeNumber


def check_ins_part(session: Session, patient: Patient) -> dict[str, object]:
    """Return how the patient stands with check-ins, and until when they rest."""
    plan = plan_of_patient(session, patient.id)
    today = in_zone(now(), patient.zone).date()
    until = plan.paused_until if plan is not None else None
    return {
        "check_ins": standing(session, patient.id, now()),
        "check_ins_paused_until": until if until is not None and until >= today else None,
        "check_ins_can_pause": plan is not None,
        "pause_version": plan.version if plan is not None else 0,
        "pause_first": today,
        "pause_last": today + LONGEST,
        "pause_usual": today + timedelta(days=7),
    }


@blueprint.post("/patients/<uuid:patient_id>/check-ins/again")
@policy.staff(Role.COORDINATOR)
def ask_check_in_again(patient_id: UUID) -> ResponseReturnValue:
    """Text the open check-in once more, or ask anew what was missed."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            _require(session, patient_id)
            ring = runtime().link_ring
            monitoring.ask_again(session, patient_id=patient_id, by=actor(), now=now(), ring=ring)
        flash("Asked again. The text leaves within minutes by day, or in the morning.")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return _back(patient_id)


@blueprint.post("/patients/<uuid:patient_id>/check-ins/pause")
@policy.staff(Role.COORDINATOR)
def pause_check_ins(patient_id: UUID) -> ResponseReturnValue:
    """Ask nothing by text until a day."""
    form = read_form(PauseForm)
    if isinstance(form, FormErrors):
        flash("Choose the last day of the pause.", "error")
        return _back(patient_id)
    return _change(patient_id, until=form.until, version=form.version)


@blueprint.post("/patients/<uuid:patient_id>/check-ins/resume")
@policy.staff(Role.COORDINATOR)
def resume_check_ins(patient_id: UUID) -> ResponseReturnValue:
    """Go on with check-ins now."""
    read_form(NoFields)
    return _change(patient_id, until=None)


def _change(patient_id: UUID, *, until: date | None, version: int | None = None) -> ResponseReturnValue:
    try:
        with runtime().begin(by=actor()) as session:
            _require(session, patient_id)
            plan_id = plan_for(session, patient_id=patient_id).id
            if until is None:
                treatment.resume_check_ins(session, plan_id=plan_id, by=actor(), now=now())
            else:
                treatment.pause_check_ins(session, plan_id=plan_id, until=until, version=version, by=actor(), now=now())
        flash("Check-ins go on." if until is None else "Check-ins are paused. What comes due is on the task list.")
    except ChangedMeanwhile as refusal:
        kept = f" Your day, {until:%B} {until.day}, was not saved." if until else ""
        flash(f"{refusal.message}{kept}", "error")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return _back(patient_id)


def _require(session: Session, patient_id: UUID) -> None:
    queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())


def _back(patient_id: UUID) -> ResponseReturnValue:
    return see_other("coordinator.patient", patient_id=patient_id, _anchor=_ANCHOR)
