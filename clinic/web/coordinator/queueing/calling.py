"""A call written down where it was made: who was reached, what it settled, when the rest comes back."""

from typing import ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic import deskwork
from clinic.kernel import request_key
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.people import queries as people
from clinic.people.rules.contact_log import CallOutcome
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.queueing.placing import Placed, back_to, refused, unreadable
from clinic.web.frame import policy
from clinic.web.frame.display import when
from clinic.web.frame.forms import FormErrors, Many, read_form
from clinic.web.frame.requests import actor, now, runtime


class CallForm(Placed):
    """How a call ended, and the tasks that it settled; the form sent twice does it once."""

    words: ClassVar[dict[str, str]] = {"outcome": "Choose how the call ended."}

    outcome: CallOutcome
    settled: Many[UUID]
    key: UUID


@blueprint.post("/today/calls/<uuid:patient_id>")
@policy.staff(Role.COORDINATOR)
def log_call(patient_id: UUID) -> ResponseReturnValue:
    """Write down a call to a patient; what it did not settle comes back by itself."""
    form = read_form(CallForm)
    if isinstance(form, FormErrors):
        return unreadable(form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            content = f"{patient_id}{form.model_dump_json(include={'outcome', 'settled'})}"
            if request_key.remember(session, by=actor(), key=form.key, content=content, now=now()):
                return back_to(form)
            called = deskwork.log_call(
                session,
                patient_id=patient_id,
                outcome=form.outcome,
                settled=form.settled,
                by=actor(),
                now=now(),
            )
            request_key.settle(session, by=actor(), key=form.key, result_id=patient_id)
    except DomainError as refusal:
        return refused(form, refusal)
    flash(f"Call saved. {_what_follows(called)}".strip())
    return back_to(form)


def _what_follows(called: deskwork.Called) -> str:
    if called.done:
        return f"{called.done} {'task is' if called.done == 1 else 'tasks are'} done."
    if called.back_at:
        zone = runtime().clinic.zone
        return f"{_tasks(called.put_off)} back {when(called.back_at, zone)}."
    return "It stays in the queue." if called.stays else ""


def _tasks(count: int) -> str:
    return "The task is" if count == 1 else f"{count} tasks are out of sight; the first is"
