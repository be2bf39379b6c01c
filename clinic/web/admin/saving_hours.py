"""What all edits of one physician's hours share when they are saved in two steps."""

from collections.abc import Callable

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.people.models import Physician
from clinic.web.frame.forms import FormState
from clinic.web.frame.requests import see_other
from clinic.web.stranding import Step


def hours_step(physician: Physician, show: Callable[[FormState], ResponseReturnValue], *, what: str, done: str) -> Step:
    """Return a step that looks at this physician's visits and ends on the physician's page."""
    return Step(
        show=show,
        physician_id=physician.id,
        what=f"{physician.full_name}. {what}",
        done=done,
        leave=lambda: see_other("admin.physician", physician_id=physician.id),
        back=(url_for("admin.physician", physician_id=physician.id), physician.full_name),
    )
