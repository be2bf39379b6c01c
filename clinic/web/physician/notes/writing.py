"""Writing a note and changing its draft; what was typed is never lost, whatever happened meanwhile."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import day_label
from clinic.scheduling import queries as scheduling
from clinic.treatment.actions import notes as actions
from clinic.treatment.errors import NoteSigned, UnknownNote
from clinic.treatment.queries.notes import NoteRow
from clinic.treatment.rules.notes import LONGEST_NOTE
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, WholeNumber, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.notes.adding import addendum_page
from clinic.web.physician.notes.reading import WORDS_SAID, Words, require_note, seen_draft
from clinic.web.physician.plans.reading import own_patient, seen_patient

_VISITS_OFFERED = 12


class NewNoteQuery(FormModel):
    """The visit that the note is about, where the page of a visit leads here."""

    visit: UUID | None = None


class NewNoteForm(FormModel):
    """What is written, and about which visit; the same form sent twice is one draft."""

    words_typed: Words
    appointment_id: UUID | None = None
    key: UUID

    words: ClassVar[dict[str, str]] = {
        "words_typed": WORDS_SAID["words"],
        "words_typed.long": WORDS_SAID["words.long"],
        "appointment_id": "Choose one of the visits.",
    }


class NoteForm(FormModel):
    """A draft's words as typed over the version that was shown."""

    words_typed: Words
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "words_typed": WORDS_SAID["words"],
        "words_typed.long": WORDS_SAID["words.long"],
    }


@blueprint.get("/my-patients/<uuid:patient_id>/notes/new")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def new_note(patient_id: UUID) -> ResponseReturnValue:
    """Ask what is to be written."""
    wanted = read_query(NewNoteQuery)
    return _new_page(patient_id, blank_form(appointment_id=wanted.visit, key=new_id()))


@blueprint.post("/my-patients/<uuid:patient_id>/notes/new")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def write_note(patient_id: UUID) -> ResponseReturnValue:
    """Keep the draft."""
    form = read_form(NewNoteForm)
    if isinstance(form, FormErrors):
        return _new_page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            written = actions.write_note(
                session,
                patient_id=patient_id,
                words=form.words_typed,
                appointment_id=form.appointment_id,
                key=form.key,
                by=actor(),
                now=now(),
            )
            note_id = written.id
    except DomainError as refusal:
        return _new_page(patient_id, _at_box(form, refusal))
    flash("The draft is kept. Sign it when it is right.")
    return see_other("physician.note", patient_id=patient_id, note_id=note_id)


@blueprint.get("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/edit")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def edit_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Show the draft in a box."""
    return _edit_page(patient_id, note_id, None)


@blueprint.post("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/edit")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Keep the draft's words; a draft signed in between gets them as an addendum, one discarded as a new note."""
    form = read_form(NoteForm)
    if isinstance(form, FormErrors):
        return _edit_page(patient_id, note_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.edit_note(
                session, note_id=note_id, words=form.words_typed, version=form.version, by=actor(), now=now()
            )
    except ChangedMeanwhile as refusal:
        return _edit_page(patient_id, note_id, _at_box(form, refusal), is_stale=True)
    except NoteSigned as refusal:
        return _kept_elsewhere(patient_id, note_id, _at_box(form, refusal))
    except DomainError as refusal:
        return _edit_page(patient_id, note_id, _at_box(form, refusal))
    flash("The draft is kept.")
    return see_other("physician.note", patient_id=patient_id, note_id=note_id)


def _at_box(form: NewNoteForm | NoteForm, refusal: DomainError) -> FormErrors:
    if refusal.field == "words":
        refusal.field = "words_typed"
    elif refusal.field not in type(form).model_fields:
        refusal.field = None
    return form.refused(refusal)


def _new_page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        page = render_template(
            "physician/notes/write.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            form=form,
            note=None,
            saved=None,
            version=None,
            key=form.value("key") or new_id(),
            visits=_visits(session, patient_id),
            longest=LONGEST_NOTE,
        )
    return page, form.status


def _edit_page(
    patient_id: UUID, note_id: UUID, form: FormErrors | None, *, is_stale: bool = False
) -> ResponseReturnValue:
    """Show the draft; over a change made in another window with the new version, so that saving is a decision."""
    with runtime().begin(by=actor()) as session:
        opened = seen_draft(session, patient_id, note_id)
        shown: FormState = form or blank_form(words_typed=opened.note.words)
        page = render_template(
            "physician/notes/write.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            form=shown,
            note=opened.note,
            saved=opened.note.words if is_stale else None,
            version=opened.note.version if is_stale else shown.value("version") or opened.note.version,
            key=None,
            visits=[],
            longest=LONGEST_NOTE,
        )
    return page, shown.status


def _kept_elsewhere(patient_id: UUID, note_id: UUID, form: FormErrors) -> ResponseReturnValue:
    """Offer the typed words where they can still go."""
    if _is_there(patient_id, note_id):
        return addendum_page(patient_id, note_id, form)
    return _new_page(patient_id, form)


def _is_there(patient_id: UUID, note_id: UUID) -> bool:
    with runtime().begin(by=actor()) as session:
        try:
            found: NoteRow = require_note(session, patient_id, note_id)
        except UnknownNote:
            return False
        return found.signed_at is not None


def _visits(session: Session, patient_id: UUID) -> list[tuple[str, str]]:
    """Return the visits that a note can be about, the one under way or the latest first."""
    past = scheduling.past_for_patient(session, patient_id=patient_id, now=now(), limit=_VISITS_OFFERED)
    coming = scheduling.upcoming_for_patient(session, patient_id=patient_id, now=now())[:1]
    return [
        (str(row.id), f"{day_label(row.starts_at, row.patient_zone, language='en')}, {row.visit_name}")
        for row in [*coming, *past]
    ]
