"""Putting a patient on the waiting list on the telephone, for a booked visit or for a first one."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid, NotFound
from clinic.people import queries as people
from clinic.scheduling import queries
from clinic.waitlist.actions.joining import join_for_first, join_for_visit
from clinic.waitlist.queries.entries import of_patient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import missed_line
from clinic.web.coordinator.waiting.wishing import CHOICES, WishForm, of_new
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, Line, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.waiting_words import wants_words


class AddForm(WishForm):
    """For which visit: the id of a booked one, or the code of a kind of visit for a first one."""

    wanted: Line

    words = {**WishForm.words, "wanted": "Choose the visit that somebody waits for."}  # noqa: RUF012 - as its parent has it


@blueprint.get("/patients/<uuid:patient_id>/waiting")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def ask_wait(patient_id: UUID) -> ResponseReturnValue:
    """Show what the patient waits for already, and the form for more."""
    return _page(patient_id, None)


@blueprint.post("/patients/<uuid:patient_id>/waiting")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def add_wait(patient_id: UUID) -> ResponseReturnValue:
    """Put the patient on the list."""
    form = read_form(AddForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    made = {"wishes": form.wishes(), "by": actor(), "now": now()}
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            booked = {
                str(one.id): one.id for one in queries.upcoming_for_patient(session, patient_id=patient_id, now=now())
            }
            if form.wanted in booked:
                entry = join_for_visit(session, appointment_id=booked[form.wanted], **made)  # type: ignore[arg-type]
            else:
                entry = join_for_first(session, patient_id=patient_id, visit_type_code=form.wanted, **made)  # type: ignore[arg-type]
            entry_id = entry.id
    except (Invalid, Conflict) as refusal:
        return _page(patient_id, form.refused(refusal))
    except NotFound:
        return _page(patient_id, form.refused(Invalid("Choose the visit from the list.", field="wanted")))
    flash("On the waiting list.")
    return see_other("coordinator.waitlist_entry", waiting_id=entry_id)


def _page(patient_id: UUID, form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        journal.note(
            session,
            "patient.viewed",
            subject_kind="patient",
            subject_id=patient.id,
            at=now(),
            patient_ids=(patient.id,),
        )
        visits = queries.upcoming_for_patient(session, patient_id=patient_id, now=now())
        present = visits[0].starts_at if visits else None
        shown = form or of_new(now(), zone=patient.zone, present=present)
        page = render_template(
            "coordinator/waiting/add.html",
            form=shown,
            patient=patient,
            contact=people.contact_of(session, patient),
            missed=missed_line(session, patient.id),
            visits=visits,
            types=queries.visit_types(session),
            physicians=[(str(one.id), one.full_name) for one in people.active_physicians(session)],
            entries=of_patient(session, patient_id),
            wants=wants_words,
            **CHOICES,
        )
    return page, shown.status
