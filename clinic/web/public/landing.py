"""Where a person lands: each role on the page where its day begins."""

from collections.abc import Collection

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import ActorKind, Role
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, see_other
from clinic.web.public import blueprint

_HOMES = (
    (Role.COORDINATOR, "coordinator.today"),
    (Role.PHYSICIAN, "physician.today"),
    (Role.ADMIN, "admin.staff"),
)


def home_of(roles: Collection[Role]) -> str:
    """Return the path of the first page for these roles."""
    for role, endpoint in _HOMES:
        if role in roles and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("public.account")


def onward(wanted: str | None, roles: Collection[Role]) -> ResponseReturnValue:
    """Go on to the page asked for before signing in, if it is one of ours, else to the role's own."""
    return redirect(policy.safe_next(wanted, default=home_of(roles)), 303)


@blueprint.get("/")
@policy.public("leads staff to their page and everybody else to sign-in", knows_staff=True)
def home() -> ResponseReturnValue:
    """Lead on; this address shows nothing itself."""
    if actor().kind is not ActorKind.STAFF:
        return see_other("public.sign_in")
    return onward(None, actor().roles)
