"""Taking back what was planned with a patient: a hand-over or a move, each from the page that shows it."""

from collections.abc import Callable
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import DomainError
from clinic.people import queries
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class SeenForm(FormModel):
    """What is taken back, as it was shown."""

    version: WholeNumber


def taken_back(patient_id: UUID, *, withdraw: Callable[..., object], done: str, endpoint: str) -> ResponseReturnValue:
    """Call `withdraw(session, version=)` with what was shown, say `done` or why not, and go back to the page."""
    form = read_form(SeenForm)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            withdraw(session, version=0 if isinstance(form, FormErrors) else form.version)
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(done)
    return see_other(endpoint, patient_id=patient_id)
