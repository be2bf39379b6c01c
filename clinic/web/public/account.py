"""One's own account: what one may do, the password, the recovery codes."""

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.actions import Entered
from clinic.access.rules import hasher_of
from clinic.kernel.errors import Invalid
from clinic.web.frame import cookies, policy
from clinic.web.frame.forms import FormErrors, NoFields, Secret, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.public import blueprint
from clinic.web.public.forms import NewPassword, not_entered
from clinic.web.public.own import own_account, own_session_id
from clinic.web.public.vouching import own_changes

_PASSWORD = "public/password.html"  # noqa: S105 - a template
_CODES = "public/recovery_codes.html"


class ChangePassword(NewPassword):
    """The present password and the new one."""

    current: Secret

    words = {**NewPassword.words, "current": "Enter the password you have now."}  # noqa: RUF012 - read by FormModel


@blueprint.get("/account")
@policy.staff()
def account() -> str:
    """Show one's own account."""
    found = own_account()
    with runtime().begin(by=actor()) as session:
        left = queries.recovery_codes_left(session, account_id=found.id)
    zone = runtime().clinic.zone
    return render_template("public/account.html", account=found, codes_left=left, changes=own_changes(), zone=zone)


@blueprint.get("/account/password")
@policy.staff()
def password() -> str:
    """Ask for the present and the new password."""
    return render_template(_PASSWORD, form=blank_form())


@blueprint.post("/account/password")
@policy.staff()
def change_password() -> ResponseReturnValue:
    """Replace the password; one's other browsers are signed out."""
    form = read_form(ChangePassword)
    if isinstance(form, FormErrors):
        return render_template(_PASSWORD, form=form), form.status
    try:
        attempt = _change(form)
    except Invalid as refusal:
        errors = form.refused(refusal)
        return render_template(_PASSWORD, form=errors), errors.status
    if not isinstance(attempt, Entered):
        return not_entered(_PASSWORD, form, attempt, wrong="That is not your present password.", field="current")
    answer = make_response(see_other("public.account"))
    cookies.start_session(answer, attempt.token)
    flash("Your password is changed.")
    return answer


def _change(form: ChangePassword) -> access.Attempt:
    wanted = form.require_same()
    with runtime().begin(by=actor()) as session:
        return access.change_password(
            session,
            session_id=own_session_id(),
            current=form.current,
            password=wanted,
            ip=actor().ip,
            now=now(),
            by=actor(),
            hasher=hasher_of(runtime().signing_in),
            words=(runtime().clinic.name,),
        )


@blueprint.get("/account/recovery-codes")
@policy.staff(fresh_mfa=True)
def recovery_codes() -> str:
    """Ask whether to replace the recovery codes."""
    return render_template("public/new_recovery_codes.html")


@blueprint.post("/account/recovery-codes")
@policy.staff(fresh_mfa=True)
def replace_recovery_codes() -> ResponseReturnValue:
    """Make ten new codes and show them, this once."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        codes = access.new_recovery_codes(
            session, session_id=own_session_id(), now=now(), by=actor(), hasher=hasher_of(runtime().signing_in)
        )
    return render_template(_CODES, codes=codes, href="/account")
