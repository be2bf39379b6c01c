"""One call for a person: what happened, whom to telephone, "I have it", and what was done."""

from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, NotFound
from clinic.messaging.queries import standing_stop, waiting_by_lane
from clinic.monitoring.queries.flags import may_decide
from clinic.oncall import actions, queries
from clinic.oncall.errors import NotYours
from clinic.oncall.queries import Caller, PageRow
from clinic.oncall.rules import OUTCOMES, PageKind
from clinic.people import queries as people
from clinic.people.rules import display_name
from clinic.people.rules.contact_log import CallOutcome
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, Note, blank_form, read_form
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.oncall import blueprint


class DoneForm(FormModel):
    """How the call ended, what was done, and who of those with this phone it was about."""

    outcome: CallOutcome
    note: Note = ""
    patient_id: UUID | None = None

    words: ClassVar[dict[str, str]] = {
        "outcome": "Choose how the call ended.",
        "note.long": "Use at most 2,000 characters.",
        "patient_id": "Choose one of those who use this phone.",
    }


@blueprint.get("/on-call/<uuid:page_id>")
@policy.staff(audit="on_call.viewed")
def page(page_id: UUID) -> ResponseReturnValue:
    """Show one call."""
    return _show(page_id, None)


@blueprint.post("/on-call/<uuid:page_id>/have")
@policy.staff()
def have_it(page_id: UUID) -> ResponseReturnValue:
    """Take the call, or learn who was faster."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        holder = actions.acknowledge(session, page_id=page_id, by=actor(), now=now())
    if holder.is_you:
        flash("You have it. Nobody else is called now.")
    else:
        flash(f"{holder.name} was faster and has it.", "error")
    return see_other("oncall.page", page_id=page_id)


@blueprint.post("/on-call/<uuid:page_id>/done")
@policy.staff()
def say_done(page_id: UUID) -> ResponseReturnValue:
    """Keep what was done."""
    form = read_form(DoneForm)
    if isinstance(form, FormErrors):
        return _show(page_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            if not _may_read(session, queries.page(session, page_id)):
                raise NotYours("Only whoever has this call, or knows the patient, can write down what was done.")
            actions.write_down(
                session,
                page_id=page_id,
                outcome=form.outcome,
                note=form.note,
                patient_id=form.patient_id or _only_patient(session, page_id),
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return _show(page_id, form.refused(refusal))
    flash("Written down.")
    return see_other("oncall.page", page_id=page_id)


def _only_patient(session: Session, page_id: UUID) -> UUID | None:
    """Return whom it is about where nobody had to choose."""
    caller = queries.caller_of(session, queries.page(session, page_id))
    return caller.patients[0].id if caller and len(caller.patients) == 1 else None


def _show(page_id: UUID, form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = queries.page(session, page_id)
        may_read = _may_read(session, row)
        caller = queries.caller_of(session, row) if may_read else None
        _note_seen(session, row, caller)
        shown = render_template(
            "oncall/call.html",
            form=form or blank_form(),
            row=row,
            writer=caller,
            check=_check(session, row),
            may_read=may_read,
            names=_names(caller),
            texts=_thread(caller),
            done=queries.what_was_done(session, page_id) if may_read else None,
            notices=queries.notices_of(session, page_id),
            paused=[lane for lane in waiting_by_lane(session, now=now()) if lane.paused_at],
            stop=standing_stop(session),
            outcomes=list(OUTCOMES.items()),
            may_open_patient=may_open("coordinator.patient"),
            may_open_conversation=may_open("coordinator.conversation"),
            zone=runtime().clinic.zone,
        )
    return shown, form.status if form else HTTPStatus.OK


def _may_read(session: Session, row: PageRow) -> bool:
    """Tell whether the reader may read a patient's words: an administrator only by taking the call.

    Any physician may while nobody has it; afterwards only one of the patient's own.
    """
    if actor().has(Role.COORDINATOR) or row.holder_id == actor().id:
        return True
    return actor().has(Role.PHYSICIAN) and (row.is_open or _is_own_patient(session, row.patient_id))


def _is_own_patient(session: Session, patient_id: UUID | None) -> bool:
    if patient_id is None:
        return False
    try:
        people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    except NotFound:
        return False
    return True


def _check(session: Session, row: PageRow) -> str | None:
    """Return the address of the flag that a call is about, for who may decide about it."""
    if row.kind is not PageKind.URGENT_FLAG or row.patient_id is None:
        return None
    if not may_decide(session, actor=actor(), patient_id=row.patient_id, now=now()):
        return None
    if row.subject_id is not None:
        return url_for("physician.flag", flag_id=row.subject_id)
    return url_for("physician.findings", patient_id=row.patient_id)


def _thread(caller: Caller | None) -> list[dict[str, object]]:
    texts = caller.texts if caller else ()
    return [{"out": False, "text": one.body or "", "at": one.received_at} for one in texts]


def _names(caller: Caller | None) -> dict[UUID, str]:
    return {
        one.id: display_name(one.legal_first_name, one.legal_last_name, one.preferred_name)
        for one in (caller.patients if caller else ())
    }


def _note_seen(session: Session, row: PageRow, caller: Caller | None) -> None:
    journal.note(
        session,
        "on_call.viewed",
        subject_kind="on_call_page",
        subject_id=row.id,
        at=now(),
        patient_ids=tuple(one.id for one in caller.patients) if caller else (),
    )
