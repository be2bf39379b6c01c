"""Another time for a visit: real times only, and the old one is kept until the new one is taken."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import queries as people
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NoSlot
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.reasons import MOVE_WORDS, MoveReason
from clinic.scheduling.rules.states import UPCOMING
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.booking import Span, choices_of, first_day_of, found_times, sent
from clinic.web.coordinator.visits import Versioned, refused_page, take_step
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, Tick, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import NearbyDay, SlotChoice, near_days


class MoveQuery(FormModel):
    """Where to look for another time."""

    physician: UUID | None = None
    start: NearbyDay | None = None
    span: Span = Span.TWO_WEEKS


class MoveForm(Versioned, MoveQuery):
    """A pressed time button of the move page, with the search that it was found by."""

    slot: SlotChoice
    quiet: Tick
    reason: MoveReason | None = None


@blueprint.get("/visits/<uuid:appointment_id>/move")
@policy.staff(Role.COORDINATOR)
def ask_move(appointment_id: UUID) -> ResponseReturnValue:
    """Show times that this visit may move to."""
    wanted = read_query(MoveQuery)
    with runtime().begin(by=actor()) as session:
        if queries.visit_row(session, appointment_id).state not in UPCOMING:
            flash("This visit cannot be moved any more. Book a new one instead.", "error")
            return see_other("coordinator.visit", appointment_id=appointment_id)
        page = move_page(session, appointment_id, wanted)
        return render_template("coordinator/visits/move.html", **page, problem=None, near=[])


def move_page(session: Session, appointment_id: UUID, wanted: MoveQuery) -> dict[str, object]:
    """Return what the move page shows; the visit's own time does not stand in its way."""
    row = queries.visit_row(session, appointment_id)
    patient = people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
    first = first_day_of(patient, wanted.start)
    found = queries.find_slots(
        session,
        visit_type_code=row.visit_type_code,
        patient_id=row.patient_id,
        physician_ids=[wanted.physician] if wanted.physician else None,
        first_day=first,
        last_day=first + timedelta(days=wanted.span.days - 1),
        ignore_notice=True,
        moving=row.id,
        now=now(),
    )
    chosen = {"physician": wanted.physician, "start": first, "span": wanted.span}
    return {
        "visit": row,
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "more": blank_form(),
        "move_reasons": list(MOVE_WORDS.items()),
        "over": blank_form(prefix="over", physician=wanted.physician or row.physician_id, on=first),
        **choices_of(session, chosen),
        **found_times(found, patient, at=partial(_address, row.id, chosen)),
    }


def _address(appointment_id: UUID, chosen: Mapping[str, object], day: date) -> str:
    asked = sent({**chosen, "start": day})
    return url_for("coordinator.ask_move", appointment_id=appointment_id, **asked)  # type: ignore[arg-type]


@blueprint.post("/visits/<uuid:appointment_id>/move")
@policy.staff(Role.COORDINATOR)
def move_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Move the visit, or say why not and what is near; nothing is given up before the new time is taken."""
    form = read_form(MoveForm)
    if isinstance(form, FormErrors):
        flash("That was not one of the times shown. Choose one below.", "error")
        return see_other("coordinator.ask_move", appointment_id=appointment_id)
    try:
        with runtime().begin(by=actor()) as session:
            actions.move(
                session,
                appointment_id=appointment_id,
                physician_id=form.slot.physician_id,
                starts_at=form.slot.starts_at,
                version=form.version,
                ignore_notice=True,
                tell=not form.quiet,
                reason=form.reason,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
    except NoSlot as refusal:
        return _near_misses(appointment_id, form, refusal)
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    flash("Moved.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


@blueprint.post("/visits/<uuid:appointment_id>/undo-move")
@policy.staff(Role.COORDINATOR)
def undo_move_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Put the visit back where it was, or say why that is not possible any more."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        ring, seen = runtime().link_ring, version or 0
        return actions.undo_move(session, appointment_id=one, version=seen, by=actor(), now=now(), ring=ring)

    return take_step(appointment_id, "The visit is back where it was.", step)


def _near_misses(appointment_id: UUID, wanted: MoveQuery, refusal: NoSlot) -> ResponseReturnValue:
    """Show the same search again with the reason on top; the visit is where it was."""
    with runtime().begin(by=actor()) as session:
        page = move_page(session, appointment_id, wanted)
        zone = queries.visit_row(session, appointment_id).patient_zone
        page |= {"problem": refusal.message, "near": near_days(queries.named(session, refusal.alternatives), zone=zone)}
    return render_template("coordinator/visits/move.html", **page), status_of(refusal)
