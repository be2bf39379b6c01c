"""Approving proposals by row or all at once, looking again, and taking back what nobody was told yet."""

import re
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Forbidden, NotFound
from clinic.replacement.actions.approving import Approved, Pick, approve, approve_all
from clinic.replacement.actions.proposing import propose_again
from clinic.replacement.actions.undoing import undo_row
from clinic.replacement.jobs import AT_ONCE, carry_out_approved
from clinic.replacement.queries import batches
from clinic.replacement.rules.states import RowState
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.replacements.listing import show_list
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, Many, NoFields, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_PICK = re.compile(r"([0-9a-f-]{36}):([0-9]{1,9})")


def pick_of(typed: object) -> Pick:
    """Return the row and version that `id:version` names."""
    found = _PICK.fullmatch(str(typed))
    try:
        if found is not None:
            return Pick(UUID(found[1]), int(found[2]))
    except ValueError:
        pass
    raise PydanticCustomError("enum", "not a row of the list")


PickChoice = Annotated[Pick, BeforeValidator(pick_of)]


class ApproveForm(FormModel):
    """The rows that were ticked, or all of the proposals that the page showed."""

    row: Many[PickChoice]
    version: WholeNumber
    which: Literal["all", "chosen"] = "chosen"

    words: ClassVar[dict[str, str]] = {"row": "Those were not the visits shown. Look again."}


@blueprint.post("/replacements/<uuid:replacement_id>/approve")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN, audit="replacement.viewed")
def approve_places(replacement_id: UUID) -> ResponseReturnValue:
    """Move the visits that were ticked, or all, one transaction each; the worker goes on where there are many."""
    form = read_form(ApproveForm)
    if isinstance(form, FormErrors):
        flash("Those choices could not be read. Look again and press the button once more.", "error")
        return see_other("coordinator.replacement", replacement_id=replacement_id)
    if form.which == "chosen" and not form.row:
        flash("Nothing was ticked, so nothing changed.", "error")
        return see_other("coordinator.replacement", replacement_id=replacement_id)
    try:
        approved = _approved(replacement_id, form)
    except (NotFound, Forbidden):
        raise
    except DomainError as refusal:
        with runtime().begin(by=actor()) as session:
            return show_list(session, replacement_id, problem=refusal.message), status_of(refusal)
    for sentence in dict.fromkeys(approved.left):
        flash(sentence, "error")
    carry_out_approved(
        runtime().begin, clock=runtime().clock, ring=runtime().link_ring, replacement_id=replacement_id, most=AT_ONCE
    )
    _say_outcome(replacement_id, approved.count)
    return see_other("coordinator.replacement", replacement_id=replacement_id)


@blueprint.post("/replacements/<uuid:replacement_id>/again")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def propose_places_again(replacement_id: UUID) -> ResponseReturnValue:
    """Look for places anew, also for visits booked since."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            propose_again(session, replacement_id=replacement_id, by=actor(), now=now())
    except (NotFound, Forbidden):
        raise
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("Every proposal is of this minute now.")
    return see_other("coordinator.replacement", replacement_id=replacement_id)


@blueprint.post("/replacements/<uuid:replacement_id>/undo")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def undo_replacement(replacement_id: UUID) -> ResponseReturnValue:
    """Take back every move of the list of which no text has left, one transaction each."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        ids = batches.undoable_rows(session, batches.listed_one(session, replacement_id, actor=actor()), now=now())
    stayed: list[str] = []
    for one in ids:
        try:
            with runtime().begin(by=actor()) as session:
                undo_row(session, row_id=one, by=actor(), now=now(), ring=runtime().link_ring)
        except DomainError as refusal:
            stayed.append(refusal.message)
    back = len(ids) - len(stayed)
    flash(f"{back} {'visit is' if back == 1 else 'visits are'} back where {'it was' if back == 1 else 'they were'}.")
    for sentence in dict.fromkeys(stayed):
        flash(sentence, "error")
    return see_other("coordinator.replacement", replacement_id=replacement_id)


def _approved(replacement_id: UUID, form: ApproveForm) -> Approved:
    with runtime().begin(by=actor()) as session:
        if form.which == "all":
            return approve_all(session, replacement_id=replacement_id, version=form.version, by=actor(), now=now())
        return approve(session, replacement_id=replacement_id, picks=form.row, by=actor(), now=now())


def _say_outcome(replacement_id: UUID, count: int) -> None:
    with runtime().begin(by=actor()) as session:
        found = batches.listed_one(session, replacement_id, actor=actor())
    left = found.counts.get(RowState.APPROVED, 0)
    approved = f"{count} {'visit' if count == 1 else 'visits'} approved."
    going_on = f" {left} still being moved." if left else ""
    flash(f"{approved}{going_on} Each patient gets one text, which waits a moment so that you can undo.")
