"""Signing out of the area: this browser, or every one."""

from flask import flash, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.access import actions as access
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint


@blueprint.post("/me/sign-out")
@policy.patient_area()
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    read_form(NoFields)
    session_id = visitor().session_id
    assert session_id is not None
    with runtime().begin(by=actor()) as session:
        access.leave_area(session, session_id=session_id, by=actor(), now=now())
    return _left(_("You are signed out."))


@blueprint.post("/me/sign-out-everywhere")
@policy.patient_area()
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this patient, on whatever phone or computer."""
    read_form(NoFields)
    link = visitor().link
    assert link is not None
    with runtime().begin(by=actor()) as session:
        access.end_area_sessions(session, patient_id=link.patient_id, by=actor(), now=now())
    return _left(_("You are signed out everywhere."))


def _left(said: str) -> ResponseReturnValue:
    """Go back to the door; the browser forgets the pages it kept."""
    answer = cookies.end_session(make_response(see_other("patient.sign_in")), kind="area")
    cookies.drop(answer, kind="link")
    flash(said)
    return answer
