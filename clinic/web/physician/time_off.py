"""Taking time off or offering extra hours, and taking either back; visits that would be stranded are shown first."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.people.models import Physician
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import UnknownHours
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.rules.availability import OverrideKind
from clinic.web.admin.physicians_exceptions import ExceptionForm, Seen
from clinic.web.admin.physicians_words import exception_rows
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, blank_form, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import me
from clinic.web.slots import NearbyDay
from clinic.web.stranding import Step, save


class WantedDay(FormModel):
    """The day to begin with."""

    on: NearbyDay | None = None


def own_step(physician: Physician, show: Callable[[FormState], ResponseReturnValue], *, what: str, done: str) -> Step:
    """Return a step that looks at the physician's own visits and ends on My time."""
    return Step(
        show=show,
        physician_id=physician.id,
        what=what,
        done=done,
        leave=lambda: see_other("physician.my_time"),
        back=(url_for("physician.my_time"), "My time"),
    )


@blueprint.get("/my-time/off/new")
@policy.staff(Role.PHYSICIAN)
def new_time_off() -> ResponseReturnValue:
    """Ask when the physician is away, or works more than the week says."""
    wanted = read_query(WantedDay)
    return _show(me(), blank_form(kind=OverrideKind.CLOSED, first_day=wanted.on))


@blueprint.post("/my-time/off/new")
@policy.staff(Role.PHYSICIAN)
def add_time_off() -> ResponseReturnValue:
    """Close or open the physician's own stretch, after showing the visits that this strands."""
    form = read_form(ExceptionForm)
    own = me()
    show = partial(_show, own)
    if isinstance(form, FormErrors):
        return show(form)
    try:
        starts_at, ends_at = form.stretch(own.zone)
    except Invalid as refusal:
        return show(form.refused(refusal))
    change = partial(
        actions.add_override,
        physician_id=own.id,
        kind=form.kind,
        starts_at=starts_at,
        ends_at=ends_at,
        note=form.note or "",
        by=actor(),
        now=now(),
    )
    is_off = form.kind is OverrideKind.CLOSED
    what = "You take time off" if is_off else "You add extra hours"
    return save(change, form, own_step(own, show, what=what, done="Time off added." if is_off else "Hours added."))


@blueprint.get("/my-time/off/<uuid:override_id>")
@policy.staff(Role.PHYSICIAN)
def time_off(override_id: UUID) -> ResponseReturnValue:
    """Ask whether time off or extra hours are taken back."""
    own = me()
    return _show_removal(own, _own(own, override_id), blank_form())


@blueprint.post("/my-time/off/<uuid:override_id>")
@policy.staff(Role.PHYSICIAN)
def remove_time_off(override_id: UUID) -> ResponseReturnValue:
    """Take time off or extra hours back, after showing the visits that this strands."""
    form = read_form(Seen)
    own = me()
    found = _own(own, override_id)
    show = partial(_show_removal, own, found)
    if isinstance(form, FormErrors):
        return show(form)
    change = partial(actions.remove_override, override_id=override_id, version=form.version, by=actor(), now=now())
    is_off = found.kind == OverrideKind.CLOSED
    what = "You take your time off back" if is_off else "You take your extra hours back"
    return save(change, form, own_step(own, show, what=what, done="Taken back. Your weekly hours hold again."))


def _own(own: Physician, override_id: UUID) -> AvailabilityOverride:
    """Return the physician's own exception that is not over; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        ahead = queries.overrides_of(session, physician_id=own.id, since=now())
    for found in ahead:
        if found.id == override_id:
            return found
    raise UnknownHours("There is no such time off. It may have been taken back already, or be over.")


def _show(own: Physician, form: FormState) -> ResponseReturnValue:
    kinds = [
        (OverrideKind.CLOSED, "Time off", "No visits then, whatever your week says."),
        (OverrideKind.EXTRA, "Extra hours", "Visits are offered then, on top of your week."),
    ]
    return render_template("physician/time_off.html", me=own, form=form, kinds=kinds), form.status


def _show_removal(own: Physician, found: AvailabilityOverride, form: FormState) -> ResponseReturnValue:
    (row,) = exception_rows([found], zone=own.zone)
    return render_template("physician/remove_time_off.html", me=own, row=row, form=form), form.status
