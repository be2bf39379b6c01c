"""Writing down a legal basis and changing one, with the reason and with what it said before."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.treatment.actions.legal import add_legal_basis, change_legal_basis
from clinic.treatment.queries.legal import legal_basis
from clinic.treatment.rules.legal import PRODUCT_SCHEDULE
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.legal_bases.form import (
    LEVELS,
    SCHEDULE_CHOICES,
    STATE_CHOICES,
    BasisForm,
    SavedBasisForm,
    filled_from,
)
from clinic.web.physician.legal_bases.history import changes_of_basis, differing


@blueprint.get("/physician/legal-bases/new")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def new_legal_basis() -> ResponseReturnValue:
    """Ask what the law says."""
    return _show_new(blank_form(schedule=PRODUCT_SCHEDULE))


@blueprint.post("/physician/legal-bases/new")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def save_new_legal_basis() -> ResponseReturnValue:
    """Write it down."""
    form = read_form(BasisForm)
    if isinstance(form, FormErrors):
        return _show_new(form)
    try:
        with runtime().begin(by=actor()) as session:
            add_legal_basis(session, new=form.new(), reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show_new(form.refused(refusal))
    flash(f"{form.name} is written down. Dates are judged by it from now on.")
    return see_other("physician.legal_bases")


@blueprint.get("/physician/legal-bases/<uuid:basis_id>")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def legal_basis_page(basis_id: UUID) -> ResponseReturnValue:
    """Show a basis in boxes, with who changed what."""
    return _show(basis_id, None)


@blueprint.post("/physician/legal-bases/<uuid:basis_id>")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def save_legal_basis(basis_id: UUID) -> ResponseReturnValue:
    """Change what a basis says, or give it a last day."""
    form = read_form(SavedBasisForm)
    if isinstance(form, FormErrors):
        return _show(basis_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            _change(session, basis_id, form)
    except ChangedMeanwhile as refusal:
        return _show(basis_id, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        return _show(basis_id, form.refused(refusal))
    flash(f"{form.name} is saved. Dates are judged by it from now on.")
    return see_other("physician.legal_bases")


def _change(session: Session, basis_id: UUID, form: SavedBasisForm) -> None:
    change_legal_basis(
        session,
        basis_id=basis_id,
        new=form.new(),
        reason=form.reason,
        version=form.version,
        by=actor(),
        now=now(),
    )


def _show_new(form: FormState) -> ResponseReturnValue:
    page = render_template("physician/legal_bases/basis.html", form=form, basis=None, changes=[], **_choices())
    return page, form.status


def _show(basis_id: UUID, form: FormErrors | None, *, is_stale: bool = False) -> ResponseReturnValue:
    """Show the form; over a colleague's change with the new version, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        basis = legal_basis(session, basis_id)
        changes = changes_of_basis(session, basis_id, zone=runtime().clinic.zone)
    shown: FormState = form or filled_from(basis)
    page = render_template(
        "physician/legal_bases/basis.html",
        form=shown,
        basis=basis,
        version=basis.version if is_stale else shown.value("version") or basis.version,
        changes=changes,
        differing=differing(filled_from(basis), shown) if is_stale else None,
        **_choices(),
    )
    return page, shown.status


def _choices() -> dict[str, object]:
    return {"levels": LEVELS, "states": STATE_CHOICES, "schedules": SCHEDULE_CHOICES}
