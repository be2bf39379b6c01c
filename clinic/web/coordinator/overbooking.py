"""Booking or moving over another visit: what is in the way is named before anybody agrees to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import to_instant
from clinic.people import queries as people
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NoSlot, OverbookChanged
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import OverbookPreview
from clinic.scheduling.rules.reasons import LEAST_REASON, MoveReason
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.visits import Versioned, refused_page
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, LocalTime, Tick, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import NearbyDay


class OverForm(FormModel):
    """Where a visit is wanted although it is not free; `seen` comes with the page that named what is in the way."""

    physician: UUID
    on: NearbyDay
    at: LocalTime
    reason: Line = Field(min_length=LEAST_REASON, max_length=200)
    seen: Line | None = None

    words: ClassVar[Mapping[str, Any]] = {
        "physician": "Choose the physician.",
        "on": "Enter the day.",
        "at": "Enter the time, for example 2:30 PM.",
        "reason": f"Write why, in at least {LEAST_REASON} letters. Colleagues will read it.",
    }


class BookOverForm(OverForm):
    """A new visit over another one."""

    patient: UUID
    type: Line


class MoveOverForm(OverForm, Versioned):
    """A visit that is to move over another one."""

    quiet: Tick
    move_reason: MoveReason | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an overbooking page asks about: whose visit of which kind, and the address that its form goes to."""

    patient_id: UUID
    visit_type_code: str
    address: str
    back: str
    moving: UUID | None = None


@blueprint.post("/book/over")
@policy.staff(Role.COORDINATOR)
def book_over() -> ResponseReturnValue:
    """Name what a new visit would sit on; sent again with what was named, book it there."""
    form = read_form(BookOverForm)
    if isinstance(form, FormErrors):
        return _unusable(form)
    here = url_for("coordinator.book_over")
    back = url_for("coordinator.book", patient=form.patient, type=form.type, start=form.on)
    asked = Asked(form.patient, form.type, here, back)

    def book(session: Session, starts_at: datetime) -> Appointment:
        return actions.overbook_now(
            session,
            visit_type_code=form.type,
            patient_id=form.patient,
            physician_id=form.physician,
            starts_at=starts_at,
            reason=form.reason,
            seen=form.seen,
            by=actor(),
            now=now(),
            ring=runtime().link_ring,
        )

    return _named_then_done(asked, form, book, said="Booked. The patient gets a text with the time and a link.")


@blueprint.post("/visits/<uuid:appointment_id>/move/over")
@policy.staff(Role.COORDINATOR)
def move_over(appointment_id: UUID) -> ResponseReturnValue:
    """Name what a moved visit would sit on; sent again with what was named, move it there."""
    form = read_form(MoveOverForm)
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
    here = url_for("coordinator.move_over", appointment_id=row.id)
    back = url_for("coordinator.ask_move", appointment_id=row.id)
    asked = Asked(row.patient_id, row.visit_type_code, here, back, moving=row.id)
    if isinstance(form, FormErrors):
        return _page(asked, form, preview=None)

    def move(session: Session, starts_at: datetime) -> Appointment:
        return actions.move(
            session,
            appointment_id=row.id,
            physician_id=form.physician,
            starts_at=starts_at,
            overbook_reason=form.reason,
            seen=form.seen,
            tell=not form.quiet,
            reason=form.move_reason,
            version=form.version,
            by=actor(),
            now=now(),
            ring=runtime().link_ring,
        )

    return _named_then_done(asked, form, move, said="Moved.")


def _named_then_done(
    asked: Asked, form: OverForm, do: Callable[[Session, datetime], Appointment], *, said: str
) -> ResponseReturnValue:
    """Show what is in the way the first time; the second time do it, or show what came in the way meanwhile."""
    starts_at = _instant(asked, form)
    if form.seen is None:
        return _preview(asked, form, starts_at)
    try:
        with runtime().begin(by=actor()) as session:
            visit_id = do(session, starts_at).id
    except OverbookChanged as refusal:
        return _preview(asked, form, starts_at, refusal=refusal)
    except DomainError as refusal:
        if asked.moving is not None and not isinstance(refusal, NoSlot) and refusal.field is None:
            return refused_page(asked.moving, refusal)
        return _page(asked, form.refused(refusal), preview=None)
    flash(said)
    return see_other("coordinator.visit", appointment_id=visit_id)


def _instant(asked: Asked, form: OverForm) -> datetime:
    """Return the typed day and time on the clock that the patient goes by."""
    typed: time = form.at
    with runtime().begin(by=actor()) as session:
        patient = people.patient(session, asked.patient_id)
    return to_instant(form.on, typed, patient.zone)


def _preview(
    asked: Asked, form: OverForm, starts_at: datetime, *, refusal: OverbookChanged | None = None
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        preview = queries.overbook_preview(
            session,
            visit_type_code=asked.visit_type_code,
            patient_id=asked.patient_id,
            physician_id=form.physician,
            starts_at=starts_at,
            now=now(),
            moving=asked.moving,
            held_by=actor().id,
        )
    if preview.refusal is not None:
        return _page(asked, form.refused(preview.refusal), preview=None)
    return _page(asked, filled(form), preview=preview, starts_at=starts_at, refusal=refusal)


def _page(
    asked: Asked,
    form: FormState,
    *,
    preview: OverbookPreview | None,
    starts_at: datetime | None = None,
    refusal: DomainError | None = None,
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=asked.patient_id, now=now())
        page = {
            "patient": patient,
            "contact": people.contact_of(session, patient),
            "physicians": [(str(one.id), one.full_name) for one in people.active_physicians(session)],
            "kind": queries.visit_type(session, asked.visit_type_code),
            "moving": queries.visit_row(session, asked.moving) if asked.moving else None,
        }
        status = status_of(refusal) if refusal else form.status
        html = render_template(
            "coordinator/book/over.html",
            asked=asked,
            form=form,
            preview=preview,
            starts_at=starts_at,
            problem=refusal.message if refusal else None,
            **page,
        )
    return html, status


def _unusable(form: FormErrors) -> ResponseReturnValue:
    """Show the form with what to put right, or start over where not even the patient is known."""
    try:
        patient_id, kind = UUID(form.value("patient")), form.value("type")
    except ValueError:
        return see_other("coordinator.book")
    if not kind:
        return see_other("coordinator.book", patient=patient_id)
    here, back = url_for("coordinator.book_over"), url_for("coordinator.book", patient=patient_id, type=kind)
    return _page(Asked(patient_id, kind, here, back), form, preview=None)
