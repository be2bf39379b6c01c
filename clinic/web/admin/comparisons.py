"""Each night's comparison of our texts with the provider's own list."""

from flask import render_template

from clinic.kernel.actor import Role
from clinic.messaging.queries.audits import comparisons as compared
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime

_NIGHTS = 30


@blueprint.get("/admin/system/comparisons")
@policy.staff(Role.ADMIN)
def comparisons() -> str:
    """Show the last nights, and which texts were too many or too few."""
    with runtime().begin(by=actor()) as session:
        nights = compared(session, limit=_NIGHTS)
    return render_template("admin/comparisons.html", nights=nights, zone=runtime().clinic.zone)
