"""Signing in with a password, and out."""

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access.actions import Entered
from clinic.access.rules import hasher_of
from clinic.access.rules.sessions import NextStep
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, NoFields, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.public import blueprint
from clinic.web.public.forms import Arrival, SignIn, not_entered
from clinic.web.public.landing import onward

_PAGE = "public/sign_in.html"
_WRONG = "We do not know this address and password together. Check both and try again."
_STEPS = {NextStep.GIVE_CODE: "public.code", NextStep.SET_UP: "public.set_up"}


@blueprint.get("/sign-in")
@policy.public("asks staff who they are", knows_staff=True)
def sign_in() -> ResponseReturnValue:
    """Ask for address and password."""
    wanted = read_query(Arrival).next
    if visitor().mfa_at is not None:
        return onward(wanted, actor().roles)
    return render_template(_PAGE, form=blank_form(next=wanted))


@blueprint.post("/sign-in")
@policy.public("checks the password; wrong ones are counted", knows_staff=True)
def check_password() -> ResponseReturnValue:
    """Open a session for a right password; a wrong one and an unknown address look alike."""
    form = read_form(SignIn)
    if isinstance(form, FormErrors):
        return render_template(_PAGE, form=form), form.status
    attempt = _attempt(form)
    if not isinstance(attempt, Entered):
        return not_entered(_PAGE, form, attempt, wrong=_WRONG)
    step = _STEPS.get(attempt.next)
    answer = make_response(see_other(step, next=form.next) if step else onward(form.next, attempt.roles))
    cookies.start_session(answer, attempt.token)
    return answer


def _attempt(form: SignIn) -> access.Attempt:
    strict = runtime().signing_in
    with runtime().begin(by=actor()) as session:
        attempt = access.sign_in(
            session,
            email=form.email,
            password=form.password,
            ip=actor().ip,
            now=now(),
            by=actor(),
            hasher=hasher_of(strict),
            may_skip_second_factor=strict.may_skip_second_factor,
        )
        left = visitor().session_id
        if isinstance(attempt, Entered) and left is not None:
            access.sign_out(session, session_id=left, now=now(), by=actor())
    return attempt


@blueprint.post("/sign-out")
@policy.half_signed_in()
def sign_out() -> ResponseReturnValue:
    """End this browser's session and have it forget what it kept."""
    read_form(NoFields)
    left = visitor().session_id
    if left is not None:
        with runtime().begin(by=actor()) as session:
            access.sign_out(session, session_id=left, now=now(), by=actor())
    answer = make_response(see_other("public.sign_in"))
    cookies.end_session(answer)
    flash("You are signed out.")
    return answer
