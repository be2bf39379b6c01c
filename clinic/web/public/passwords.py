"""Choosing a password behind an invitation or a reset link."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.errors import TokenNoLongerValid
from clinic.access.rules import hasher_of
from clinic.access.rules.accounts import TokenPurpose
from clinic.kernel.errors import Invalid
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.public import blueprint
from clinic.web.public.forms import NewPassword

_PAGES = {TokenPurpose.INVITE: "public/invitation.html", TokenPurpose.RESET: "public/reset.html"}


@blueprint.get("/invitation/<token>")
@policy.public("its single-use token names the account; looking uses nothing up")
def invitation(token: str) -> ResponseReturnValue:
    """Ask a new colleague to choose a password."""
    return _ask(token, TokenPurpose.INVITE)


@blueprint.post("/invitation/<token>")
@policy.public("its single-use token names the account")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Take up the invitation."""
    return _choose(token, TokenPurpose.INVITE)


@blueprint.get("/reset/<token>")
@policy.public("its single-use token names the account; looking uses nothing up")
def reset(token: str) -> ResponseReturnValue:
    """Ask for a new password."""
    return _ask(token, TokenPurpose.RESET)


@blueprint.post("/reset/<token>")
@policy.public("its single-use token names the account")
def finish_reset(token: str) -> ResponseReturnValue:
    """Set the new password; the second factor stays as it is."""
    return _choose(token, TokenPurpose.RESET)


def _ask(token: str, purpose: TokenPurpose) -> ResponseReturnValue:
    return _page(token, purpose, blank_form())


def _choose(token: str, purpose: TokenPurpose) -> ResponseReturnValue:
    form = read_form(NewPassword)
    if isinstance(form, FormErrors):
        return _page(token, purpose, form)
    try:
        password = form.require_same()
        with runtime().begin(by=actor()) as session:
            _finish(session, token, purpose)(password)
    except TokenNoLongerValid:
        return _dead()
    except Invalid as refusal:
        return _page(token, purpose, form.refused(refusal))
    answer = make_response(see_other("public.sign_in"))
    cookies.end_session(answer)
    flash("Your password is saved. Sign in with it now.")
    return answer


def _finish(session: Session, token: str, purpose: TokenPurpose) -> Callable[[str], object]:
    verb: Callable[..., object] = access.accept_invitation
    if purpose is TokenPurpose.RESET:
        verb = partial(access.finish_reset, ip=actor().ip)
    return lambda password: verb(
        session,
        token=token,
        password=password,
        now=now(),
        hasher=hasher_of(runtime().signing_in),
        words=(runtime().clinic.name,),
    )


def _page(token: str, purpose: TokenPurpose, form: FormState) -> ResponseReturnValue:
    try:
        with runtime().begin(by=actor()) as session:
            account = queries.account_of_token(session, token=token, purpose=purpose, now=now())
    except TokenNoLongerValid:
        return _dead()
    return render_template(_PAGES[purpose], form=form, token=token, account=account), form.status


def _dead() -> ResponseReturnValue:
    return render_template("public/dead_link.html"), HTTPStatus.NOT_FOUND
