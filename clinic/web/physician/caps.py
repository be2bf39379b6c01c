"""The most visits that the physician takes in a day or a week, set by himself or herself."""

from functools import partial
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import UnknownCap
from clinic.scheduling.models import VisitCap
from clinic.scheduling.rules.caps import CapPer, cap_words
from clinic.web.admin.physicians_caps import NewCap, SavedCap, Seen
from clinic.web.admin.physicians_hours import past
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import me, today_of
from clinic.web.physician.time_off import own_step
from clinic.web.stranding import save

_SAVED = ("most", "effective_from", "effective_until")


@blueprint.get("/my-time/caps/new")
@policy.staff(Role.PHYSICIAN)
def new_cap() -> ResponseReturnValue:
    """Ask for a cap."""
    return _show_new(blank_form(per=CapPer.DAY, effective_from=today_of(me())))


@blueprint.post("/my-time/caps/new")
@policy.staff(Role.PHYSICIAN)
def add_cap() -> ResponseReturnValue:
    """Set an own cap, after showing the visits that are too many under it."""
    form = read_form(NewCap)
    own = me()
    show = _show_new
    if isinstance(form, FormErrors):
        return show(form)
    if form.effective_from < today_of(own):
        return show(form.refused(past("effective_from")))
    change = partial(
        actions.set_cap,
        physician_id=own.id,
        visit_type_code=form.visit_type_code,
        per=form.per,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        by=actor(),
        now=now(),
    )
    said = _said(form.most, form.per)
    return save(change, form, own_step(own, show, what=f"{said} is set", done=f"{said}: set."))


@blueprint.get("/my-time/caps/<uuid:cap_id>")
@policy.staff(Role.PHYSICIAN)
def cap(cap_id: UUID) -> ResponseReturnValue:
    """Show an own cap in boxes."""
    found = _own(me(), cap_id)
    return _show(found, filled({name: getattr(found, name) for name in _SAVED}))


@blueprint.post("/my-time/caps/<uuid:cap_id>")
@policy.staff(Role.PHYSICIAN)
def change_cap(cap_id: UUID) -> ResponseReturnValue:
    """Change an own cap, after showing the visits that are too many under it."""
    own = me()
    found = _own(own, cap_id)
    form = read_form(SavedCap)
    show = partial(_show, found)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(
        actions.change_cap,
        cap_id=cap_id,
        most=form.most,
        effective_from=form.effective_from,
        effective_until=form.effective_until,
        version=form.version,
        by=actor(),
        now=now(),
    )
    said = _said(form.most, found.per)
    return save(change, form, own_step(own, show, what=f"{said} is saved", done=f"{said}: saved."))


@blueprint.post("/my-time/caps/<uuid:cap_id>/remove")
@policy.staff(Role.PHYSICIAN)
def remove_cap(cap_id: UUID) -> ResponseReturnValue:
    """Take an own cap back; visits that were too many fit again."""
    own = me()
    found = _own(own, cap_id)
    form = read_form(Seen)
    show = partial(_show, found)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(actions.remove_cap, cap_id=cap_id, version=form.version, by=actor(), now=now())
    said = _said(found.most, found.per)
    return save(change, form, own_step(own, show, what=f"{said} is removed", done=f"{said}: removed."))


def _said(most: int, per: str) -> str:
    return f"Cap of {cap_words(most, per)}"


def _own(own: Physician, cap_id: UUID) -> VisitCap:
    """Return the physician's own cap; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        found = queries.cap(session, cap_id)
    if found.physician_id != own.id:
        raise UnknownCap("There is no such cap. It may have been removed already.")
    return found


def _show_new(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        kinds = [(kind.code, kind.name) for kind in queries.visit_types(session)]
    pers = [(CapPer.DAY, "A day", "Each day for itself."), (CapPer.WEEK, "A week", "Monday to Sunday.")]
    return render_template("physician/cap.html", cap=None, form=form, kinds=kinds, pers=pers), form.status


def _show(cap: VisitCap, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        kind = queries.visit_type(session, cap.visit_type_code).name if cap.visit_type_code else None
    said = _said(cap.most, cap.per) + (f" ({kind})" if kind else "")
    return render_template("physician/cap.html", cap=cap, form=form, said=said), form.status
