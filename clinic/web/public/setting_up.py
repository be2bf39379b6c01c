"""Setting up the authenticator app, and the recovery codes that are shown once."""

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access.actions import CodesIssued
from clinic.access.models import StaffAccount
from clinic.access.rules import hasher_of
from clinic.access.rules.totp import in_groups, setup_uri
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, FormState, NoFields, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.public import blueprint
from clinic.web.public.forms import Arrival, Code, not_entered
from clinic.web.public.landing import home_of, onward
from clinic.web.public.own import own_account, own_session_id
from clinic.web.public.qr import qr_code

_PAGE = "public/set_up.html"
_CODES = "public/recovery_codes.html"
_WRONG = "That code did not match. Check that the app shows this clinic, then type its newest code."


@blueprint.get("/sign-in/set-up")
@policy.half_signed_in()
def set_up() -> ResponseReturnValue:
    """Show what the authenticator app needs to know."""
    wanted = read_query(Arrival).next
    account = own_account()
    if account.totp_confirmed_at is not None:
        return onward(wanted, actor().roles)
    return _show(account, blank_form(next=wanted))


@blueprint.post("/sign-in/set-up/begin")
@policy.half_signed_in()
def begin_set_up() -> ResponseReturnValue:
    """Prepare a fresh secret for the app."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        access.begin_totp(session, session_id=own_session_id(), now=now(), by=actor())
    return see_other("public.set_up")


@blueprint.post("/sign-in/set-up")
@policy.half_signed_in()
def finish_set_up() -> ResponseReturnValue:
    """Take the app's first code and show the recovery codes, this once."""
    form = read_form(Code)
    if isinstance(form, FormErrors):
        return _show(own_account(), form)
    with runtime().begin(by=actor()) as session:
        issued = access.confirm_totp(
            session,
            session_id=own_session_id(),
            code=form.code,
            ip=actor().ip,
            now=now(),
            by=actor(),
            hasher=hasher_of(runtime().signing_in),
        )
    if not isinstance(issued, CodesIssued):
        return not_entered(_PAGE, form, issued, wrong=_WRONG, field="code", **_needs(own_account()))
    href = policy.safe_next(form.next, default=home_of(actor().roles))
    answer = make_response(render_template(_CODES, codes=issued.codes, href=href))
    cookies.start_session(answer, issued.entered.token)
    return answer


def _show(account: StaffAccount, form: FormState) -> ResponseReturnValue:
    return render_template(_PAGE, form=form, **_needs(account)), form.status


def _needs(account: StaffAccount) -> dict[str, object]:
    seed = account.totp_seed
    if seed is None:
        return {"qr": None, "secret": None}
    return {
        "qr": qr_code(setup_uri(seed, issuer=runtime().clinic.name, account=account.email)),
        "secret": in_groups(seed),
    }
