"""Adding to a signed note: typed first, then shown as it will be hashed, then signed; words stay if a code is asked."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.treatment.actions import notes as actions
from clinic.treatment.errors import NoteNotSigned
from clinic.treatment.rules.notes import LONGEST_NOTE, addendum_hash
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.physician import blueprint
from clinic.web.physician.notes.reading import WORDS_SAID, Opened, Words, seen_note
from clinic.web.physician.plans.reading import own_patient

_SAID = {"words_typed": WORDS_SAID["words"], "words_typed.long": WORDS_SAID["words.long"]}


class AddendumForm(FormModel):
    """What is to be added."""

    words_typed: Words

    words: ClassVar[dict[str, str]] = _SAID


class SignAddendumForm(FormModel):
    """The words that the page showed with their hash; the same form sent twice counts once."""

    words_typed: Words
    shown: Line
    key: UUID

    words: ClassVar[dict[str, str]] = _SAID


@blueprint.get("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/addendum")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_addendum(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Show the note and ask what is added."""
    return addendum_page(patient_id, note_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/addendum")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def check_addendum(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Show exactly what will be signed; nothing is kept yet."""
    form = read_form(AddendumForm)
    if isinstance(form, FormErrors):
        return addendum_page(patient_id, note_id, form)
    return _check_page(patient_id, note_id, form.words_typed, form=blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/addendum/sign")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="note.extended")
def sign_addendum(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Sign what was shown and add it to the note."""
    form = read_form(SignAddendumForm)
    if isinstance(form, FormErrors):
        return addendum_page(patient_id, note_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.add_addendum(
                session,
                note_id=note_id,
                words=form.words_typed,
                shown=form.shown,
                key=form.key,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        refusal.field = None
        return _check_page(patient_id, note_id, form.words_typed, form=form.refused(refusal))
    flash("The addendum is signed.")
    return see_other("physician.note", patient_id=patient_id, note_id=note_id)


def addendum_page(patient_id: UUID, note_id: UUID, form: FormState) -> ResponseReturnValue:
    """Return the page on which words are added to a signed note."""
    with runtime().begin(by=actor()) as session:
        opened = seen_note(session, patient_id, note_id)
        _require_signed(opened)
        page = render_template(
            "physician/notes/addendum.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            note=opened.note,
            form=form,
            longest=LONGEST_NOTE,
        )
    return page, form.status


def _check_page(patient_id: UUID, note_id: UUID, words: str, *, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        opened = seen_note(session, patient_id, note_id)
        _require_signed(opened)
        page = render_template(
            "physician/notes/check.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            note=opened.note,
            words=words,
            shown=addendum_hash(words, note_hash=opened.note.content_hash, actor_id=actor().id),
            key=form.value("key") or new_id(),
            is_fresh=visitor().is_fresh(now()),
            form=form,
        )
    return page, form.status


def _require_signed(opened: Opened) -> None:
    if opened.note.signed_at is None:
        raise NoteNotSigned("This note is not signed yet. Change it instead.")
