"""The staff list and one person's account."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.rules.accounts import INVITATION_LASTS
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.web.admin import blueprint
from clinic.web.admin.words import ROLE_CHOICES, hand_over
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, Many, blank_form, read_form, redisplay
from clinic.web.frame.requests import actor, now, runtime
from clinic.worklist import queries as tasks


class Invitation(FormModel):
    """Whom to invite, and what they may do."""

    full_name: Line
    email: Line
    roles: Many[Role]

    words = {  # noqa: RUF012 - read by FormModel
        "full_name": "Enter the name as colleagues know it.",
        "email": "Enter a work e-mail address, like dana@example.org.",
        "roles": "Choose at least one role.",
    }


@blueprint.get("/admin/staff")
@policy.staff(Role.ADMIN)
def staff() -> str:
    """List everybody who has an account."""
    with runtime().begin(by=actor()) as session:
        rows = queries.staff(session)
        waiting = tasks.count_open(session, roles=[Role.ADMIN])
    return render_template("admin/staff/index.html", rows=rows, waiting=waiting)


@blueprint.get("/admin/staff/invite")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def invite() -> str:
    """Ask whom to invite."""
    return render_template("admin/staff/invite.html", form=blank_form(), choices=ROLE_CHOICES)


@blueprint.post("/admin/staff/invite")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def send_invitation() -> ResponseReturnValue:
    """Make the account and show the link to hand over, this once."""
    form = read_form(Invitation)
    if isinstance(form, FormErrors):
        return redisplay("admin/staff/invite.html", form, choices=ROLE_CHOICES)
    try:
        with runtime().begin(by=actor()) as session:
            account, token = access.invite_staff(
                session, email=form.email, full_name=form.full_name, roles=form.roles, by=actor(), now=now()
            )
    except DomainError as refusal:
        return redisplay("admin/staff/invite.html", form.refused(refusal), choices=ROLE_CHOICES)
    return hand_over("public.invitation", account.full_name, token, lasts=INVITATION_LASTS)


@blueprint.get("/admin/staff/<uuid:account_id>")
@policy.staff(Role.ADMIN)
def member(account_id: UUID) -> str:
    """Show one person's account and what can be done to it."""
    with runtime().begin(by=actor()) as session:
        found = queries.account(session, account_id)
        left = queries.recovery_codes_left(session, account_id=account_id)
    return render_template("admin/staff/member.html", account=found, codes_left=left)
