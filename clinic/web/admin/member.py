"""What an administrator does to a colleague's account: roles, a new link, a lost phone, off and on."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.models import StaffAccount
from clinic.access.rules.accounts import INVITATION_LASTS, RESET_LASTS
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.web.admin import blueprint
from clinic.web.admin.words import ROLE_CHOICES, hand_over
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Many,
    NoFields,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_ROLES = "admin/staff/roles.html"
_CONFIRM = "admin/staff/confirm.html"

_VERBS = {
    "disable": access.disable_staff,
    "enable": access.enable_staff,
    "lost-phone": access.forget_second_factor,
}
_DONE = {
    "disable": "{name} can no longer sign in.",
    "enable": "{name} can sign in again.",
    "lost-phone": "{name} sets up a new phone at the next sign-in.",
}


class Roles(FormModel):
    """The roles, and the account as it was shown."""

    roles: Many[Role]
    version: WholeNumber

    words = {"roles": "Choose at least one role."}  # noqa: RUF012 - read by FormModel


class Seen(FormModel):
    """The account as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/staff/<uuid:account_id>/roles")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def roles(account_id: UUID) -> ResponseReturnValue:
    """Ask what a colleague may do."""
    found = _account(account_id)
    return _show_roles(found, blank_form(roles=found.roles, version=found.version))


@blueprint.post("/admin/staff/<uuid:account_id>/roles")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def change_roles(account_id: UUID) -> ResponseReturnValue:
    """Give other roles; the colleague signs in again."""
    form = read_form(Roles)
    if isinstance(form, FormErrors):
        return _show_roles(_account(account_id), form)
    try:
        with runtime().begin(by=actor()) as session:
            access.change_roles(
                session, account_id=account_id, roles=form.roles, version=form.version, by=actor(), now=now()
            )
    except DomainError as refusal:
        return _show_roles(_account(account_id), form.refused(refusal))
    flash("Roles changed. They hold from now on.")
    return see_other("admin.member", account_id=account_id)


@blueprint.get("/admin/staff/<uuid:account_id>/<any(disable, enable, 'lost-phone'):verb>")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def confirm(account_id: UUID, verb: str) -> ResponseReturnValue:
    """Say what will happen and ask for a yes."""
    return _show_confirm(_account(account_id), verb, blank_form())


@blueprint.post("/admin/staff/<uuid:account_id>/<any(disable, enable, 'lost-phone'):verb>")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def confirmed(account_id: UUID, verb: str) -> ResponseReturnValue:
    """Switch an account off or on, or take a lost phone off it."""
    form = read_form(Seen)
    found = _account(account_id)
    if isinstance(form, FormErrors):
        return _show_confirm(found, verb, form)
    try:
        with runtime().begin(by=actor()) as session:
            _VERBS[verb](session, account_id=account_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        return _show_confirm(found, verb, form.refused(refusal))
    flash(_DONE[verb].format(name=found.full_name))
    return see_other("admin.member", account_id=account_id)


@blueprint.get("/admin/staff/<uuid:account_id>/link")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def link(account_id: UUID) -> ResponseReturnValue:
    """Say what a new invitation or reset link does."""
    return render_template("admin/staff/link.html", account=_account(account_id), form=blank_form())


@blueprint.post("/admin/staff/<uuid:account_id>/link")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def make_link(account_id: UUID) -> ResponseReturnValue:
    """Make a new invitation for somebody who has not come in yet, else a reset link; show it this once."""
    read_form(NoFields)
    found = _account(account_id)
    try:
        with runtime().begin(by=actor()) as session:
            if found.password_hash is None:
                token = access.invite_again(session, account_id=account_id, by=actor(), now=now())
                return hand_over("public.invitation", found.full_name, token, lasts=INVITATION_LASTS)
            token = access.start_reset(session, account_id=account_id, by=actor(), now=now())
            return hand_over("public.reset", found.full_name, token, lasts=RESET_LASTS)
    except DomainError as refusal:
        flash(refusal.message, "error")
        return see_other("admin.member", account_id=account_id)


def _account(account_id: UUID) -> StaffAccount:
    with runtime().begin(by=actor()) as session:
        return queries.account(session, account_id)


def _show_roles(found: StaffAccount, form: FormState) -> ResponseReturnValue:
    return render_template(_ROLES, account=found, form=form, choices=ROLE_CHOICES), form.status


def _show_confirm(found: StaffAccount, verb: str, form: FormState) -> ResponseReturnValue:
    return render_template(_CONFIRM, account=found, verb=verb, form=form), form.status
