"""A patient whom a colleague hands over: accept with one button, or say why not; the former physician sees it."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.handover.actions.answering import accept_transfer, decline_transfer
from clinic.handover.queries.transfers import TransferRow, may_read, transfer_row, unknown, visits_with
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, DomainError, Invalid
from clinic.people import queries as people
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record


class AcceptForm(FormModel):
    """The hand-over as it was shown."""

    version: WholeNumber


class DeclineForm(AcceptForm):
    """Why not, for the coordinator."""

    answer: Note

    words: ClassVar[dict[str, str]] = {"answer": "Write why not, so that somebody else can be found."}


@blueprint.get("/hand-overs/<uuid:transfer_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def received(transfer_id: UUID) -> ResponseReturnValue:
    """Show who comes from whom and why."""
    return _page(transfer_id, blank_form())


@blueprint.post("/hand-overs/<uuid:transfer_id>/accept")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def accept_received(transfer_id: UUID) -> ResponseReturnValue:
    """Take the patient over."""
    form = read_form(AcceptForm)
    if isinstance(form, FormErrors):
        return _page(transfer_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            row = accept_transfer(
                session,
                transfer_id=transfer_id,
                version=form.version,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
            patient_id = row.patient_id
    except (Invalid, Conflict) as refusal:
        return _page(transfer_id, form.refused(_without_box(refusal)))
    flash("Accepted. The record is open to you.")
    return see_other("physician.patient", patient_id=patient_id)


@blueprint.post("/hand-overs/<uuid:transfer_id>/decline")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def decline_received(transfer_id: UUID) -> ResponseReturnValue:
    """Say no, and why."""
    form = read_form(DeclineForm)
    if isinstance(form, FormErrors):
        return _page(transfer_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            decline_transfer(
                session, transfer_id=transfer_id, version=form.version, answer=form.answer, by=actor(), now=now()
            )
    except (Invalid, Conflict) as refusal:
        return _page(transfer_id, form.refused(_without_box(refusal)))
    flash("Declined. The coordinator looks for somebody else.")
    return see_other("physician.today")


def _without_box(refusal: DomainError) -> DomainError:
    """Return the refusal at no box but that of the answer: this page has no other."""
    if refusal.field not in {None, "answer", "reason"}:
        refusal.field = None
    if refusal.field == "reason":
        refusal.field = "answer"
    return refusal


def _elsewhere(form: FormState) -> ResponseReturnValue:
    """Lead away from a hand-over that is over for the reader, with why the last step was refused."""
    if not form.problems:
        raise unknown()
    flash(form.problems[0], "error")
    return see_other("physician.today")


def _page(transfer_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row: TransferRow = transfer_row(session, transfer_id)
        me, about = own_record(session), row.transfer
        if not may_read(session, about, physician_id=me.id, actor=actor(), now=now()):
            return _elsewhere(form)
        patient = people.patient(session, about.patient_id)
        who = (patient.id,)
        journal.note(
            session, "patient.viewed", subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=who
        )
        page = render_template(
            "physician/handover/transfer.html",
            row=row,
            patient=patient,
            is_mine=me.id == about.to_physician_id,
            visits=visits_with(session, patient.id, about.from_physician_id, on=about.takes_effect_on, now=now()),
            form=form,
        )
    return page, form.status
