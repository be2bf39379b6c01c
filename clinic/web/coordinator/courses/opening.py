"""Opening a plan for a patient who has none."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import queries as people
from clinic.treatment import actions, queries
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.planner import patient_seen
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_LONG_AGO = date(1990, 1, 1)


class OpenForm(FormModel):
    """Whose plan it is, by which protocol, and what came before it."""

    physician: UUID
    protocol: UUID
    prior_sessions: Annotated[WholeNumber, Field(ge=0, le=200)] = 0
    prior_session_on: Annotated[IsoDate, Field(ge=_LONG_AGO)] | None = None

    words: ClassVar[dict[str, str]] = {
        "physician": "Choose the physician.",
        "protocol": "Choose the protocol.",
        "prior_sessions": "Enter a whole number, 0 for none.",
        "prior_sessions.range": "Enter a number from 0 to 200.",
        "prior_session_on": "Enter the day of the last one as a date, or leave it empty.",
        "prior_session_on.range": "Enter a day after 1989.",
    }


@blueprint.get("/patients/<uuid:patient_id>/course/open")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def ask_open_course(patient_id: UUID) -> ResponseReturnValue:
    """Ask who leads the plan and by which protocol."""
    with runtime().begin(by=actor()) as session:
        team = people.care_team_of(session, patient_id=patient_id, now=now())
        newest = queries.default_version(session).id
    known = next((physician.id for _, physician in team if physician.is_active), None)
    return _page(patient_id, blank_form(physician=known, protocol=newest, prior_sessions=0))


@blueprint.post("/patients/<uuid:patient_id>/course/open")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def open_course(patient_id: UUID) -> ResponseReturnValue:
    """Open the plan; it begins with the evaluation."""
    form = read_form(OpenForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            actions.open_plan(
                session,
                patient_id=patient_id,
                physician_id=form.physician,
                protocol_version_id=form.protocol,
                prior_sessions=form.prior_sessions,
                prior_session_on=form.prior_session_on,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return _page(patient_id, form.refused(refusal))
    flash("Plan opened.")
    return see_other("coordinator.course", patient_id=patient_id)


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = patient_seen(session, patient_id)
        offered = [one for one in queries.protocols(session) if one.retired_at is None]
        page = render_template(
            "coordinator/courses/open.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            form=form,
            present=queries.plan_of_patient(session, patient_id),
            physicians=[(str(one.id), one.full_name) for one in people.active_physicians(session)],
            protocols=[(str(one.version_id), f"{one.name}, version {one.number}") for one in offered],
        )
    return page, form.status
