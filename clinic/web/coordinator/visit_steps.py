"""The buttons of a visit: confirmed, arrived, completed, missed, each for the visit as it was shown."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.readiness.actions.checking import check
from clinic.readiness.actions.starting import begin_visit
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.reasons import LEAST_REASON
from clinic.web.clinical_check import check_of
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.visits import Versioned, refused_page, take_step, visit_page
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, Line, NoFields, read_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.readiness import not_begun

_WHY = f"Write why, in at least {LEAST_REASON} letters. Colleagues will read it."


class WaiveForm(Versioned):
    """Why a late cancellation counts as one in time."""

    reason: Line = Field(min_length=LEAST_REASON)

    words: ClassVar[Mapping[str, Any]] = {"reason": _WHY}


class RoomForm(Versioned):
    """The address of a video room for one visit; empty is the usual one."""

    join_url: Line | None = Field(default=None, max_length=300)


@blueprint.post("/visits/<uuid:appointment_id>/confirm")
@policy.staff(Role.COORDINATOR)
def confirm_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Record that the patient confirmed, for example on the phone."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        return actions.confirm(session, appointment_id=one, via="staff", version=version, by=actor(), now=now())

    return take_step(appointment_id, "Confirmed.", step)


@blueprint.post("/visits/<uuid:appointment_id>/arrive")
@policy.staff(Role.COORDINATOR)
def arrive_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Record that the patient is here; a session begins only where it is ready, and a physician is named first."""
    closed = ""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        nonlocal closed
        begun = begin_visit(session, appointment_id=one, version=version, by=actor(), now=now())
        closed = not_begun(begun)
        if decider := check_of(session, begun.visit.patient_id):
            flash(f"{decider.words} Call before anything begins.", "error")
        return begun.visit

    return take_step(appointment_id, lambda: (closed, "error") if closed else ("Marked as arrived.", "message"), step)


@blueprint.post("/visits/<uuid:appointment_id>/check-gates")
@policy.staff(Role.COORDINATOR)
def check_gates(appointment_id: UUID) -> ResponseReturnValue:
    """Look at the gates of a session again and keep what is found."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            found = check(session, appointment_id=appointment_id, by=actor(), now=now())
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    flash("Checked: nothing is in the way." if found.verdict == "go" else "Checked: the session is not ready yet.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


@blueprint.post("/visits/<uuid:appointment_id>/undo-arrive")
@policy.staff(Role.COORDINATOR)
def undo_arrive_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Take "arrived" back."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        return actions.undo_arrive(session, appointment_id=one, version=version, by=actor(), now=now())

    return take_step(appointment_id, "Taken back.", step)


@blueprint.post("/visits/<uuid:appointment_id>/complete")
@policy.staff(Role.COORDINATOR)
def complete_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Record that the visit took place."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        return actions.complete(session, appointment_id=one, version=version, by=actor(), now=now())

    return take_step(appointment_id, "Marked as completed.", step)


@blueprint.post("/visits/<uuid:appointment_id>/missed")
@policy.staff(Role.COORDINATOR)
def missed_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Record that the patient did not come."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        return actions.mark_no_show(session, appointment_id=one, version=version, by=actor(), now=now())

    return take_step(appointment_id, "Marked as a no-show.", step)


@blueprint.post("/visits/<uuid:appointment_id>/undo-missed")
@policy.staff(Role.COORDINATOR)
def undo_missed_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Take "no-show" back on the same day."""

    def step(session: Session, one: UUID, version: int | None) -> Appointment:
        return actions.undo_no_show(session, appointment_id=one, version=version, by=actor(), now=now())

    return take_step(appointment_id, "Taken back.", step)


@blueprint.post("/visits/<uuid:appointment_id>/waive")
@policy.staff(Role.COORDINATOR)
def waive_late_cancel(appointment_id: UUID) -> ResponseReturnValue:
    """Let a late cancellation count as one in time."""
    form = read_form(WaiveForm)
    if isinstance(form, FormErrors):
        return with_problem(appointment_id, form, "waive")
    try:
        with runtime().begin(by=actor()) as session:
            actions.waive_late_cancel(
                session, appointment_id=appointment_id, reason=form.reason, version=form.version, by=actor(), now=now()
            )
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    flash("The cancellation no longer counts as late.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


@blueprint.post("/visits/<uuid:appointment_id>/room")
@policy.staff(Role.COORDINATOR)
def set_room(appointment_id: UUID) -> ResponseReturnValue:
    """Give the visit a video room of its own, or the usual one again."""
    form = read_form(RoomForm)
    if isinstance(form, FormErrors):
        return with_problem(appointment_id, form, "room")
    try:
        with runtime().begin(by=actor()) as session:
            actions.set_join_url(
                session, appointment_id=appointment_id, url=form.join_url, version=form.version, by=actor(), now=now()
            )
    except DomainError as refusal:
        if refusal.field is None:
            return refused_page(appointment_id, refusal)
        return with_problem(appointment_id, form.refused(refusal), "room")
    flash("Saved. The patient and the physician will find the room when it is due.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


def with_problem(appointment_id: UUID, form: FormErrors, which: str) -> ResponseReturnValue:
    """Show the visit with one of its small forms as it was sent, and what to put right."""
    with runtime().begin(by=actor()) as session:
        page = visit_page(session, appointment_id) | {which: with_prefix(form, which)}
    return render_template("coordinator/visits/show.html", **page), form.status
