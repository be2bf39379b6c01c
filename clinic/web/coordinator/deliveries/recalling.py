"""Recalling a lot, and writing down which patients have heard of it."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.medication.actions.recalls import hear_recall, recall_lot
from clinic.medication.queries.recalls import notices_of, recall_of_lot
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.deliveries.lots import lot_page
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, Note, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class RecallForm(FormModel):
    """On whose word a lot is recalled, and why."""

    source: Annotated[Line, Field(max_length=200)]
    reason: Annotated[Note, Field(max_length=1000)] = ""

    words: ClassVar[dict[str, str]] = {
        "source": "Write on whose word, for example the pharmacy\u2019s letter and its day.",
    }


class HeardForm(FormModel):
    """Which notice a patient has heard of."""

    notice: UUID


@blueprint.post("/lots/<uuid:lot_id>/recall")
@policy.staff(Role.COORDINATOR, audit="lot.viewed")
def recall(lot_id: UUID) -> ResponseReturnValue:
    """Recall the lot: nobody can use or send its units any more, and everybody concerned is to be called."""
    form = read_form(RecallForm)
    if isinstance(form, FormErrors):
        return lot_page(lot_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            made = recall_lot(session, lot_id=lot_id, source=form.source, reason=form.reason, by=actor(), now=now())
            concerned = len(notices_of(session, made.id))
    except DomainError as refusal:
        return lot_page(lot_id, form.refused(refusal))
    flash(f"Recalled. {concerned} {'patient is' if concerned == 1 else 'patients are'} to be called.")
    return see_other("coordinator.lot", lot_id=lot_id)


@blueprint.post("/lots/<uuid:lot_id>/heard")
@policy.staff(Role.COORDINATOR, audit="lot.viewed")
def heard_of_recall(lot_id: UUID) -> ResponseReturnValue:
    """Write down that a patient was told by telephone; the task closes."""
    form = read_form(HeardForm)
    if isinstance(form, FormErrors):
        return lot_page(lot_id, form)
    with runtime().begin(by=actor()) as session:
        made = recall_of_lot(session, lot_id)
        known = {notice.id for notice, _ in notices_of(session, made.id)} if made else set()
        if form.notice in known:
            hear_recall(session, notice_id=form.notice, by=actor(), now=now())
    if form.notice in known:
        flash("Written down: the patient knows.")
    return see_other("coordinator.lot", lot_id=lot_id)
