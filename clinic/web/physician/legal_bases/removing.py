"""Taking a legal basis off the list: it was wrong, or another one says the same."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.treatment.actions.legal import remove_legal_basis
from clinic.treatment.queries.legal import legal_basis
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.legal_bases.form import SeenBasisForm


@blueprint.get("/physician/legal-bases/<uuid:basis_id>/remove")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def ask_remove_legal_basis(basis_id: UUID) -> ResponseReturnValue:
    """Ask why it is taken away."""
    return _ask(basis_id, blank_form())


@blueprint.post("/physician/legal-bases/<uuid:basis_id>/remove")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def remove_basis(basis_id: UUID) -> ResponseReturnValue:
    """Take it away; visits that are booked stay booked."""
    form = read_form(SeenBasisForm)
    if isinstance(form, FormErrors):
        return _ask(basis_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            remove_legal_basis(
                session, basis_id=basis_id, reason=form.reason, version=form.version, by=actor(), now=now()
            )
    except ChangedMeanwhile as refusal:
        return _ask(basis_id, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        return _ask(basis_id, form.refused(refusal))
    flash("Removed. Visits that stood on it stay booked and are shown as affected.")
    return see_other("physician.legal_bases")


def _ask(basis_id: UUID, form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        basis = legal_basis(session, basis_id)
    version = basis.version if is_stale else form.value("version") or basis.version
    page = render_template("physician/legal_bases/remove.html", basis=basis, form=form, version=version)
    return page, form.status
