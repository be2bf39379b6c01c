"""The kinds of visits that the clinic offers: the list, a new one, and changing one."""

from functools import partial
from http import HTTPStatus

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import VisitTypeRefused
from clinic.scheduling.models import VisitType
from clinic.scheduling.rules.purposes import PURPOSE_WORDS, VisitPurpose
from clinic.web.admin import blueprint
from clinic.web.admin.visit_bar import Span, visit_bar
from clinic.web.admin.visit_types_form import (
    ROWS,
    NewVisitTypeForm,
    SavedVisitTypeForm,
    Unit,
    filled_from,
    notice_words,
)
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.stranding import Step, save

_UNITS = [(unit.value, unit.value) for unit in Unit]
_PURPOSES = [(purpose.value, words) for purpose, words in PURPOSE_WORDS.items()]


@blueprint.get("/admin/visit-types")
@policy.staff(Role.ADMIN)
def visit_types() -> str:
    """List the kinds of visits in the order that booking offers them, those not offered any more last."""
    with runtime().begin(by=actor()) as session:
        kinds = queries.visit_types(session, only_active=False)
    rows = [(kind, _bar(kind), notice_words(kind.min_notice_minutes), _purpose(kind)) for kind in kinds]
    return render_template("admin/visit_types/index.html", rows=sorted(rows, key=lambda row: not row[0].is_active))


@blueprint.get("/admin/visit-types/new")
@policy.staff(Role.ADMIN)
def new_visit_type() -> ResponseReturnValue:
    """Ask what is new."""
    usual = blank_form(
        from_1=0,
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        notice=2,
        notice_unit=Unit.HOURS,
        horizon_days=60,
        position=0,
        is_active=True,
    )
    return _show(None, usual)


@blueprint.post("/admin/visit-types/new")
@policy.staff(Role.ADMIN)
def add_visit_type() -> ResponseReturnValue:
    """Offer a new kind of visit."""
    form = read_form(NewVisitTypeForm)
    if isinstance(form, FormErrors):
        return _show(None, form)
    try:
        with runtime().begin(by=actor()) as session:
            _require_free(session, form.code)
            actions.save_visit_type(session, new=form.new(form.code), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show(None, form.refused(refusal))
    flash(f"{form.name} added.")
    return see_other("admin.visit_types")


@blueprint.get("/admin/visit-types/<code>")
@policy.staff(Role.ADMIN)
def visit_type(code: str) -> ResponseReturnValue:
    """Show a kind of visit in boxes."""
    return _show(code, filled_from(_kind(code)))


@blueprint.post("/admin/visit-types/<code>")
@policy.staff(Role.ADMIN)
def save_visit_type(code: str) -> ResponseReturnValue:
    """Change a kind of visit from now on, after showing the visits that this strands."""
    form = read_form(SavedVisitTypeForm)
    show = partial(_show, code)
    _kind(code)
    if isinstance(form, FormErrors):
        return show(form)
    try:
        new = form.new(code)
    except VisitTypeRefused as refusal:
        return show(form.refused(refusal))
    step = Step(
        show=show,
        physician_id=None,
        what=f"{form.name} is changed",
        done=f"{form.name} saved. Visits that are booked keep their times.",
        leave=lambda: see_other("admin.visit_types"),
        back=(url_for("admin.visit_types"), "Visit types"),
    )
    change = partial(actions.save_visit_type, new=new, version=form.version, by=actor(), now=now())
    return save(change, form, step)


def _require_free(session: Session, code: str) -> None:
    if any(kind.code == code for kind in queries.visit_types(session, only_active=False)):
        raise VisitTypeRefused("Another kind of visit has this code. Choose a new one.", field="code")


def _kind(code: str) -> VisitType:
    with runtime().begin(by=actor()) as session:
        return queries.visit_type(session, code)


def _purpose(kind: VisitType) -> str:
    return PURPOSE_WORDS[VisitPurpose(kind.purpose)]


def _bar(kind: VisitType) -> str:
    span = Span(
        patient_minutes=kind.patient_minutes,
        stretches=kind.physician_segments,
        before=kind.buffer_before_minutes,
        after=kind.buffer_after_minutes,
    )
    return visit_bar(kind.name, span, key=kind.code)


def _show(code: str | None, form: FormState) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    kind = _kind(code) if code else None
    page = render_template(
        "admin/visit_types/visit_type.html",
        kind=kind,
        form=form,
        rows=ROWS,
        units=_UNITS,
        purposes=_PURPOSES,
        purpose=_purpose(kind) if kind else None,
        bar=_bar(kind) if kind else None,
        notice=notice_words(kind.min_notice_minutes) if kind else None,
        is_changed=kind is not None and form.status == HTTPStatus.CONFLICT,
    )
    return page, form.status
