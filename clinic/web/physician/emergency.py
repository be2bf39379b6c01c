"""Opening a record outside the own panel in an emergency, and ending that before its time."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import actions
from clinic.people.errors import AlreadySees
from clinic.people.queries import running_of
from clinic.people.rules.emergency import LASTS, LONGEST_REASON, SHORTEST_REASON
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, NoFields, Note, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record

_MINUTES = int(LASTS.total_seconds() // 60)


class EmergencyForm(FormModel):
    """The record's number as it was read to the physician, and why it has to be opened."""

    record_number: Annotated[Line, Field(max_length=20)]
    reason: Note

    words: ClassVar[dict[str, str]] = {
        "record_number": "Enter the record number, like K7M-2QF4.",
        "reason": f"Say why in at least {SHORTEST_REASON} characters. Others read it later.",
    }


@blueprint.get("/emergency")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True)
def emergency() -> ResponseReturnValue:
    """Say what emergency access is and ask for the record number and the reason."""
    return _page(blank_form())


@blueprint.post("/emergency")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="emergency_access.started")
def open_emergency() -> ResponseReturnValue:
    """Open the record for a quarter of an hour."""
    form = read_form(EmergencyForm)
    if isinstance(form, FormErrors):
        return _page(form)
    try:
        with runtime().begin(by=actor()) as session:
            opened = actions.open_record(
                session, record_number=form.record_number, reason=form.reason, by=actor(), now=now()
            )
            patient_id = opened.patient_id
    except DomainError as refusal:
        _note_refusal(refusal)
        return _page(form.refused(refusal), seen=refusal.patient_id if isinstance(refusal, AlreadySees) else None)
    flash(f"The record is open to you for {_MINUTES} minutes. Everything you look at is written down.")
    return see_other("physician.patient", patient_id=patient_id)


@blueprint.post("/emergency/<uuid:access_id>/end")
@policy.staff(Role.PHYSICIAN, audit="emergency_access.ended")
def end_emergency(access_id: UUID) -> ResponseReturnValue:
    """Shut the record before the time is up."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        actions.end_access(session, access_id=access_id, by=actor(), now=now())
    flash("The record is shut again. An administrator will ask about it.")
    return see_other("physician.patients")


def _page(form: FormState, *, seen: UUID | None = None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        page = render_template(
            "physician/emergency.html",
            form=form,
            seen=seen,
            me=me,
            minutes=_MINUTES,
            longest=LONGEST_REASON,
            running=running_of(session, staff_id=me.staff_id, now=now()) if me.staff_id else [],
        )
    return page, form.status


def _note_refusal(refusal: DomainError) -> None:
    """Write down a try that opened nothing, too (45 CFR 164.312(b)); neither number nor reason is kept."""
    with runtime().begin(by=actor()) as session:
        journal.note(
            session,
            "emergency_access.refused",
            subject_kind="emergency_access",
            subject_id=None,
            at=now(),
            patient_ids=(refusal.patient_id,) if isinstance(refusal, AlreadySees) else (),
            why=refusal.code,
        )
