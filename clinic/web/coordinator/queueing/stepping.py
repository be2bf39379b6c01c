"""The buttons of a row: on it, done, undo, back now, the link again, what became of a visit."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic import deskwork
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.readiness.actions.starting import begin_visit
from clinic.scheduling import actions as scheduling
from clinic.web.clinical_check import check_of
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.queueing.placing import Placed, back_to, refused, unreadable
from clinic.web.frame import policy
from clinic.web.frame.display import when
from clinic.web.frame.forms import FormErrors, Line, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.readiness import not_begun
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome


class VersionForm(Placed):
    """A task as it was shown."""

    version: WholeNumber


class CloseForm(VersionForm):
    """A task as it was shown, how it ended and an optional note."""

    outcome: Outcome = Outcome.DONE
    note: Line = Field("", max_length=200)


class VisitStep(StrEnum):
    """What became of a visit."""

    CONFIRM = "confirm"
    ARRIVE = "arrive"
    MISS = "miss"
    COMPLETE = "complete"


class StepForm(VersionForm):
    """A visit as it was shown, and what became of it."""

    step: VisitStep


class _Step(NamedTuple):
    """What is done, which returns why it was not, and what is said of it when it was."""

    act: Callable[[Session, UUID, int], str]
    said: str


def _confirm(session: Session, visit_id: UUID, version: int) -> str:
    scheduling.confirm(session, appointment_id=visit_id, via="staff", version=version, by=actor(), now=now())
    return ""


def _arrive(session: Session, visit_id: UUID, version: int) -> str:
    begun = begin_visit(session, appointment_id=visit_id, version=version, by=actor(), now=now())
    if check := check_of(session, begun.visit.patient_id):
        flash(f"{check.words} Call before anything begins.", "error")
    return not_begun(begun)


def _miss(session: Session, visit_id: UUID, version: int) -> str:
    scheduling.mark_no_show(session, appointment_id=visit_id, version=version, by=actor(), now=now())
    return ""


def _complete(session: Session, visit_id: UUID, version: int) -> str:
    scheduling.complete(session, appointment_id=visit_id, version=version, by=actor(), now=now())
    return ""


_STEPS: Mapping[VisitStep, _Step] = MappingProxyType(
    {
        VisitStep.CONFIRM: _Step(_confirm, "Confirmed by telephone."),
        VisitStep.ARRIVE: _Step(_arrive, "Marked as arrived."),
        VisitStep.MISS: _Step(_miss, "Marked as a no-show. The task to call is in the queue."),
        VisitStep.COMPLETE: _Step(_complete, "Marked as completed."),
    }
)


@blueprint.post("/today/visits/<uuid:appointment_id>")
@policy.staff(Role.COORDINATOR)
def step_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Write down what became of a visit, as it was shown."""
    form = read_form(StepForm)
    if isinstance(form, FormErrors):
        return unreadable(form)
    step = _STEPS[form.step]
    try:
        with runtime().begin(by=actor()) as session:
            closed = step.act(session, appointment_id, form.version)
    except DomainError as refusal:
        return refused(form, refusal)
    flash(*((closed, "error") if closed else (step.said, "message")))
    return back_to(form)


@blueprint.post("/tasks/<uuid:item_id>/close")
@policy.staff(Role.COORDINATOR)
def close_task(item_id: UUID) -> ResponseReturnValue:
    """Take a task off the list; the next page offers to bring it back."""
    form = read_form(CloseForm)
    if isinstance(form, FormErrors):
        return unreadable(form)
    try:
        with runtime().begin(by=actor()) as session:
            worklist.close_item(
                session,
                item_id=item_id,
                version=form.version,
                outcome=form.outcome,
                note=form.note or None,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return refused(form, refusal)
    return back_to(form, done=item_id)


@blueprint.post("/tasks/<uuid:item_id>/claim")
@policy.staff(Role.COORDINATOR)
def claim_task(item_id: UUID) -> ResponseReturnValue:
    """Say "I am on it", so that a colleague does not call as well."""
    return _version_step(worklist.claim, item_id)


@blueprint.post("/tasks/<uuid:item_id>/reopen")
@policy.staff(Role.COORDINATOR)
def reopen_task(item_id: UUID) -> ResponseReturnValue:
    """Bring a task back that was just taken off the list."""
    return _version_step(worklist.reopen, item_id, said="The task is back on the list.")


@blueprint.post("/tasks/<uuid:item_id>/bring-back")
@policy.staff(Role.COORDINATOR)
def bring_task_back(item_id: UUID) -> ResponseReturnValue:
    """Put a task that was put off back in the queue now."""
    return _version_step(worklist.bring_back, item_id, said="The task is back in the queue.")


@blueprint.post("/tasks/<uuid:item_id>/link")
@policy.staff(Role.COORDINATOR)
def send_task_link(item_id: UUID) -> ResponseReturnValue:
    """Text the link that the task is about once more."""
    form = read_form(Placed)
    if isinstance(form, FormErrors):
        return unreadable(form)
    try:
        with runtime().begin(by=actor()) as session:
            back = deskwork.send_link(session, item_id=item_id, by=actor(), now=now(), ring=runtime().link_ring)
    except DomainError as refusal:
        return refused(form, refusal)
    until = f" The task is back {when(back, runtime().clinic.zone)}, unless it is done by then." if back else ""
    flash(f"The link is on its way by text.{until}")
    return back_to(form)


def _version_step(act: Callable[..., object], item_id: UUID, *, said: str | None = None) -> ResponseReturnValue:
    form = read_form(VersionForm)
    if isinstance(form, FormErrors):
        return unreadable(form)
    try:
        with runtime().begin(by=actor()) as session:
            act(session, item_id=item_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        return refused(form, refusal)
    if said:
        flash(said)
    return back_to(form)
