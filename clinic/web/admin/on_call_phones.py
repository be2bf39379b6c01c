"""A colleague's phone for calls, entered by an administrator."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.access.errors import NoSuchAccount
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.oncall import actions, queries
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.oncall.standing import PhoneForm, phone_form


@blueprint.get("/admin/on-call/phones/<uuid:staff_id>")
@policy.staff(Role.ADMIN)
def on_call_phone(staff_id: UUID) -> ResponseReturnValue:
    """Show somebody's phone for calls."""
    return _show(staff_id, None)


@blueprint.post("/admin/on-call/phones/<uuid:staff_id>")
@policy.staff(Role.ADMIN)
def save_on_call_phone(staff_id: UUID) -> ResponseReturnValue:
    """Keep somebody's phone for calls."""
    form = read_form(PhoneForm)
    if isinstance(form, FormErrors):
        return _show(staff_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.save_phone(session, staff_id=staff_id, typed=form.phone, by=actor(), now=now())
    except NoSuchAccount:
        raise
    except DomainError as refusal:
        return _show(staff_id, form.refused(refusal))
    flash("The phone is saved." if form.phone.strip() else "The phone is taken away.")
    return see_other("admin.on_call")


def _show(staff_id: UUID, form: FormState | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = queries.contact(session, staff_id)
    if found is None:
        raise NoSuchAccount("This person cannot sign in, so nobody calls them. Open the rota and choose a colleague.")
    shown = form or phone_form(found)
    page = render_template("admin/on_call/phone.html", person=found, form=shown)
    return page, form.status if form else HTTPStatus.OK
