"""The second factor: asked for after the password, and again before a grave action."""

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access.actions import Attempt, Entered
from clinic.access.rules import hasher_of
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.public import blueprint
from clinic.web.public.forms import Arrival, Code, PasswordAgain, not_entered
from clinic.web.public.landing import onward
from clinic.web.public.own import own_account, own_session_id

_CODE = "public/code.html"
_RECOVERY = "public/recovery.html"
_AGAIN = "public/again.html"
_WRONG_CODE = "That code did not work. Wait for the next one and type it in."
_WRONG_RECOVERY = "That recovery code did not work. Each one works once; try another."
_WRONG_PASSWORD = "That password did not work. Try again."  # noqa: S105 - a sentence


@blueprint.get("/sign-in/code")
@policy.half_signed_in()
def code() -> ResponseReturnValue:
    """Ask for the app's code."""
    wanted = read_query(Arrival).next
    if visitor().mfa_at is not None:
        return onward(wanted, actor().roles)
    if not _has_app():
        return see_other("public.set_up", next=wanted)
    return render_template(_CODE, form=blank_form(next=wanted))


@blueprint.post("/sign-in/code")
@policy.half_signed_in()
def check_code() -> ResponseReturnValue:
    """Complete signing in with a right code."""
    return _check_app_code(_CODE)


@blueprint.get("/sign-in/recovery")
@policy.half_signed_in()
def recovery() -> ResponseReturnValue:
    """Ask for a recovery code."""
    return render_template(_RECOVERY, form=blank_form(next=read_query(Arrival).next))


@blueprint.post("/sign-in/recovery")
@policy.half_signed_in()
def check_recovery() -> ResponseReturnValue:
    """Complete signing in with a recovery code, which then is used up."""
    form = read_form(Code)
    if isinstance(form, FormErrors):
        return render_template(_RECOVERY, form=form), form.status
    with runtime().begin(by=actor()) as session:
        attempt = access.recovery(
            session,
            session_id=own_session_id(),
            code=form.code,
            ip=actor().ip,
            now=now(),
            by=actor(),
            hasher=hasher_of(runtime().signing_in),
        )
    if not isinstance(attempt, Entered):
        return not_entered(_RECOVERY, form, attempt, wrong=_WRONG_RECOVERY, field="code")
    return _go_on(attempt, form.next)


@blueprint.get("/sign-in/again")
@policy.staff()
def again() -> ResponseReturnValue:
    """Ask for the second factor once more, because what follows is grave."""
    return render_template(_AGAIN, form=blank_form(next=read_query(Arrival).next), by_password=_asks_password())


@blueprint.post("/sign-in/again")
@policy.staff()
def check_again() -> ResponseReturnValue:
    """Step the session up for five minutes."""
    if not _asks_password():
        return _check_app_code(_AGAIN, by_password=False)
    form = read_form(PasswordAgain)
    if isinstance(form, FormErrors):
        return render_template(_AGAIN, form=form, by_password=True), form.status
    strict = runtime().signing_in
    with runtime().begin(by=actor()) as session:
        attempt = access.step_up_by_password(
            session,
            session_id=own_session_id(),
            password=form.password,
            ip=actor().ip,
            now=now(),
            by=actor(),
            hasher=hasher_of(strict),
            may_skip_second_factor=strict.may_skip_second_factor,
        )
    if not isinstance(attempt, Entered):
        return not_entered(_AGAIN, form, attempt, wrong=_WRONG_PASSWORD, field="password", by_password=True)
    return _go_on(attempt, form.next)


def _check_app_code(template: str, **context: object) -> ResponseReturnValue:
    form = read_form(Code)
    if isinstance(form, FormErrors):
        return render_template(template, form=form, **context), form.status
    attempt = _give_code(form.code)
    if not isinstance(attempt, Entered):
        return not_entered(template, form, attempt, wrong=_WRONG_CODE, field="code", **context)
    return _go_on(attempt, form.next)


def _give_code(typed: str) -> Attempt:
    with runtime().begin(by=actor()) as session:
        return access.second_factor(
            session, session_id=own_session_id(), code=typed, ip=actor().ip, now=now(), by=actor()
        )


def _go_on(entered: Entered, wanted: str | None) -> ResponseReturnValue:
    answer = make_response(onward(wanted, entered.roles))
    cookies.start_session(answer, entered.token)
    return answer


def _has_app() -> bool:
    return own_account().totp_confirmed_at is not None


def _asks_password() -> bool:
    return runtime().signing_in.may_skip_second_factor and not _has_app()
