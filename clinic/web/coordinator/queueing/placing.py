"""Where in the queue a button was pressed, so that the page after it goes on at the next row."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import DomainError
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber
from clinic.web.frame.requests import see_other
from clinic.web.frame.telling import told
from clinic.worklist.rules import Harm

OUT_OF_DATE = "That button was out of date. Look again and press it once more."


class Placed(FormModel):
    """What of the queue was shown, how many rows were passed over, and the row that comes next."""

    harm: Harm | None = None
    skip: WholeNumber = 0
    following: UUID | None = None


def back_to(form: Placed, *, done: UUID | None = None) -> ResponseReturnValue:
    """Return to the queue as it was shown, at the row that came next."""
    anchor = f"task-{form.following}" if form.following else "needs-heading"
    return see_other(
        "coordinator.today",
        harm=form.harm.value if form.harm else None,
        skip=form.skip or None,
        at=form.following,
        done=done,
        _anchor=anchor,
    )


def refused(form: Placed, refusal: DomainError) -> ResponseReturnValue:
    """Return to the queue with why the step was refused."""
    flash(told(refusal), "error")
    return back_to(form)


def unreadable(_form: FormErrors) -> ResponseReturnValue:
    """Return to the queue from a button that does not fit the page any more."""
    flash(OUT_OF_DATE, "error")
    return see_other("coordinator.today")
