"""A patient's notes as a list, and one of them to read."""

from uuid import UUID

from flask import render_template

from clinic.kernel.actor import Role
from clinic.scheduling import queries as scheduling
from clinic.treatment.queries.notes import notes_of
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.notes.reading import is_own_draft, seen_note
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import seen_patient


@blueprint.get("/my-patients/<uuid:patient_id>/notes")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def notes(patient_id: UUID) -> str:
    """List the patient's signed notes and the reader's own drafts."""
    with runtime().begin(by=actor()) as session:
        patient, me = seen_patient(session, patient_id), own_record(session)
        found = notes_of(session, patient_id=patient_id, physician_id=me.id)
        return render_template(
            "physician/notes/index.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            drafts=[row for row in found if row.signed_at is None],
            signed=[row for row in found if row.signed_at is not None],
        )


@blueprint.get("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def note(patient_id: UUID, note_id: UUID) -> str:
    """Show one note; what is signed is held against its hash each time."""
    with runtime().begin(by=actor()) as session:
        opened = seen_note(session, patient_id, note_id)
        about = opened.note.appointment_id
        return render_template(
            "physician/notes/note.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            note=opened.note,
            is_own_draft=is_own_draft(opened),
            visit=scheduling.visit_row(session, about) if about else None,
        )
