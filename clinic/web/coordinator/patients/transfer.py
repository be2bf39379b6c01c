"""Handing a patient over to another physician: proposed here, accepted by the one who receives."""

from datetime import date
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.handover.actions.proposing import propose_transfer, withdraw_transfer
from clinic.handover.queries.transfers import choices, open_transfer, transfers_of, visits_with
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from clinic.kernel.localtime import in_zone
from clinic.people import queries
from clinic.people.models import Patient
from clinic.treatment.queries import plan_of_patient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.coordinator.patients.taking_back import taken_back
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import NearbyDay


class TransferForm(FormModel):
    """To whom, from which day on, and why."""

    to: UUID
    on: NearbyDay
    reason: Note

    words: ClassVar[dict[str, str]] = {
        "to": "Choose the physician.",
        "on": "Choose the day.",
        "reason": "Write why. The physicians read it.",
    }


@blueprint.get("/patients/<uuid:patient_id>/transfer")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def transfer(patient_id: UUID) -> ResponseReturnValue:
    """Show who has the patient, who can receive, and what was handed over before."""
    return _page(patient_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/transfer")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def save_transfer(patient_id: UUID) -> ResponseReturnValue:
    """Ask the other physician."""
    form = read_form(TransferForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            propose_transfer(
                session,
                patient_id=patient_id,
                to_physician_id=form.to,
                on=form.on,
                reason=form.reason,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict, Forbidden, NotFound) as refusal:
        return _page(patient_id, form.refused(refusal))
    flash("Proposed. The physician sees it on the own day and answers there.")
    return see_other("coordinator.transfer", patient_id=patient_id)


@blueprint.post("/patients/<uuid:patient_id>/transfer/<uuid:transfer_id>/withdraw")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def take_transfer_back(patient_id: UUID, transfer_id: UUID) -> ResponseReturnValue:
    """Take the proposal back."""
    return taken_back(
        patient_id,
        withdraw=partial(withdraw_transfer, transfer_id=transfer_id, by=actor(), now=now()),
        done="Taken back. The patient stays with the present physician.",
        endpoint="coordinator.transfer",
    )


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        note_viewed(session, patient_id)
        page = render_template(
            "coordinator/handover/transfer.html", patient=patient, form=form, **_shown(session, patient)
        )
    return page, form.status


def _shown(session: Session, patient: Patient) -> dict[str, object]:
    today: date = in_zone(now(), patient.zone).date()
    plan, standing = plan_of_patient(session, patient.id), open_transfer(session, patient.id)
    known = transfers_of(session, patient.id)
    if plan is None:
        return {"plan": None, "standing": None, "known": known, "today": today}
    found = choices(session, state=patient.state, present_id=plan.physician_id, on=today)
    return {
        "plan": plan,
        "present": queries.physician(session, plan.physician_id).full_name,
        "standing": next((each for each in known if standing and each.transfer.id == standing.id), None),
        "known": known,
        "today": today,
        "able": [(str(each.id), each.name) for each in found if each.why_not is None],
        "unable": [each.why_not for each in found if each.why_not and each.id != plan.physician_id],
        "visits": visits_with(session, patient.id, plan.physician_id, on=today, now=now()),
    }
