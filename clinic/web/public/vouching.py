"""Telling people that how they sign in was changed, until they say that it was them."""

from flask import Flask, flash
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.queries import UnvouchedChange
from clinic.kernel.actor import ActorKind
from clinic.web.frame import policy
from clinic.web.frame.context import warn_with
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.public import blueprint

_WARNING = "How you sign in was changed. Open your account page (your name, above) and say whether you know about it."


def own_changes() -> list[UnvouchedChange]:
    """Return what was changed about the sign-in of the person who asks, before they came."""
    account_id, session_id = actor().id, visitor().session_id
    if actor().kind is not ActorKind.STAFF or account_id is None or session_id is None:
        return []
    with runtime().begin(by=actor()) as session:
        return queries.unvouched(session, account_id=account_id, session_id=session_id)


@blueprint.post("/account/that-was-me")
@policy.staff()
def that_was_me() -> ResponseReturnValue:
    """Take the notice away."""
    read_form(NoFields)
    account_id = actor().id
    assert account_id is not None
    with runtime().begin(by=actor()) as session:
        access.vouch(session, account_id=account_id, by=actor(), now=now())
    flash("Thank you. The notice is gone.")
    return see_other("public.account")


@blueprint.record
def _warn(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    warn_with(state.app, lambda: [_WARNING] if own_changes() else [])
