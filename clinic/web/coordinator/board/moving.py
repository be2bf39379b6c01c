"""Moves a visit on the board and takes a move back; the server judges, the script only shows what it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.kernel.localtime import to_instant
from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.reasons import MoveReason
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.refusing import refused, unusable
from clinic.web.coordinator.courses.summary import no_longer_fits
from clinic.web.frame import policy
from clinic.web.frame.display import when
from clinic.web.frame.forms import FormErrors, FormModel, IsoDate, IsoInstant, LocalTime, Tick, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime

_AT_LEAST = 60
"""Seconds for which Undo is offered at least."""


class PlaceForm(FormModel):
    """With whom and when: an instant from a drag, or a day and a time of the clinic's clock from a dialog."""

    physician: UUID
    starts_at: IsoInstant | None = None
    on: IsoDate | None = None
    at: LocalTime | None = None

    words: ClassVar[Mapping[str, Any]] = {
        "physician": "Choose a physician.",
        "on": "Enter the day, for example 2026-11-25.",
        "at": "Enter the time, for example 14:30.",
    }

    def instant(self) -> datetime:
        """Return when the visit is to start, or raise Invalid when neither instant nor day and time are there."""
        if self.starts_at is not None:
            return self.starts_at
        if self.on is None or self.at is None:
            raise Invalid("Enter a day and a time.", field="at")
        return to_instant(self.on, self.at, runtime().clinic.zone)


class BoardMoveForm(PlaceForm):
    """A visit as it was shown, where it is to go, and whether the patient is texted."""

    version: WholeNumber
    tell: Tick
    reason: MoveReason | None = None


class UndoForm(FormModel):
    """A visit as the move left it."""

    version: WholeNumber


@blueprint.post("/board/visits/<uuid:appointment_id>/move")
@policy.staff(Role.COORDINATOR)
def board_move(appointment_id: UUID) -> ResponseReturnValue:
    """Move a visit that was dragged or given another time in the dialog."""
    form = read_form(BoardMoveForm)
    if isinstance(form, FormErrors):
        return unusable(form)
    try:
        with runtime().begin(by=actor()) as session:
            visit = _moved(session, appointment_id, form)
            session.flush()
            return jsonify(_done(session, visit, form))
    except DomainError as refusal:
        return refused(refusal)


def _moved(session: Session, appointment_id: UUID, form: BoardMoveForm) -> Appointment:
    return actions.move(
        session,
        appointment_id=appointment_id,
        physician_id=form.physician,
        starts_at=form.instant(),
        version=form.version,
        ignore_notice=True,
        tell=form.tell,
        reason=form.reason,
        by=actor(),
        now=now(),
        ring=runtime().link_ring,
    )


def _done(session: Session, visit: Appointment, form: BoardMoveForm) -> dict[str, object]:
    zone = runtime().clinic.zone
    leaves = queries.waiting_news(session, visit.id)
    if not form.tell:
        news = "The patient is not texted."
    elif leaves is None:
        news = "The patient knows this time, so no text is sent."
    elif leaves <= now():
        news = "The patient is texted now, because the visit is near."
    else:
        news = f"The patient is texted at {when(leaves, zone, 'bare')} unless you undo."
    if no_longer_fits(session, visit.patient_id):
        news += " Later visits no longer fit: open the visit to see the proposal."
    return {
        "version": visit.version,
        "said": f"Moved to {when(visit.starts_at, zone)}. {news}",
        "seconds": max(int((leaves - now()).total_seconds()), _AT_LEAST) if leaves else _AT_LEAST,
    }


@blueprint.post("/board/visits/<uuid:appointment_id>/undo")
@policy.staff(Role.COORDINATOR)
def board_undo_move(appointment_id: UUID) -> ResponseReturnValue:
    """Put a visit back where it was before the last move; a text that has not left is not sent."""
    form = read_form(UndoForm)
    if isinstance(form, FormErrors):
        return unusable(form)
    try:
        with runtime().begin(by=actor()) as session:
            visit = actions.undo_move(
                session,
                appointment_id=appointment_id,
                version=form.version,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
            session.flush()
            back = when(visit.starts_at, runtime().clinic.zone)
            return jsonify(version=visit.version, said=f"Put back to {back}.")
    except DomainError as refusal:
        return refused(refusal)
