"""One visit of a list: set it aside, take it up again, or take its move back."""

from collections.abc import Callable
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Forbidden, NotFound
from clinic.replacement.actions.approving import Pick, set_aside, take_up
from clinic.replacement.actions.undoing import undo_row
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_AT = "/replacements/<uuid:replacement_id>/visits/<uuid:replacement_visit_id>"


class RowForm(FormModel):
    """A row as it was shown."""

    version: WholeNumber


@blueprint.post(f"{_AT}/aside")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def set_visit_aside(replacement_id: UUID, replacement_visit_id: UUID) -> ResponseReturnValue:
    """Leave a visit for a person."""

    def step(session: Session, version: int) -> None:
        pick = Pick(replacement_visit_id, version)
        set_aside(session, replacement_id=replacement_id, pick=pick, by=actor(), now=now())

    return _take(replacement_id, step, "Set aside. The visit stays on the list until somebody moved or canceled it.")


@blueprint.post(f"{_AT}/take-up")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def take_visit_up(replacement_id: UUID, replacement_visit_id: UUID) -> ResponseReturnValue:
    """Look for a place again."""

    def step(session: Session, version: int) -> None:
        pick = Pick(replacement_visit_id, version)
        take_up(session, replacement_id=replacement_id, pick=pick, by=actor(), now=now())

    return _take(replacement_id, step, "Looked for a place again.")


@blueprint.post(f"{_AT}/undo")
@policy.staff(Role.COORDINATOR, Role.PHYSICIAN)
def undo_visit(replacement_id: UUID, replacement_visit_id: UUID) -> ResponseReturnValue:
    """Put a moved visit back."""

    def step(session: Session, version: int) -> None:
        undo_row(session, row_id=replacement_visit_id, version=version, by=actor(), now=now(), ring=runtime().link_ring)

    return _take(replacement_id, step, "Put back. The patient is told nothing.")


def _take(replacement_id: UUID, step: Callable[[Session, int], None], done: str) -> ResponseReturnValue:
    form = read_form(RowForm)
    if isinstance(form, FormErrors):
        flash("Something was missing. Look again and press the button once more.", "error")
        return see_other("coordinator.replacement", replacement_id=replacement_id)
    try:
        with runtime().begin(by=actor()) as session:
            step(session, form.version)
    except (NotFound, Forbidden):
        raise
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(done)
    return see_other("coordinator.replacement", replacement_id=replacement_id)
