"""Stopping all texts at once, and starting them again: a question first, and a second factor that is fresh."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.messaging import actions as messaging
from clinic.messaging.queries import standing_stop, waiting_by_lane
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, NoFields, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_PAGE = "admin/stopping.html"
_STOPPED = "No text leaves any more."
_UNDER_WAY = "{count} had just left for the phone company and may still arrive."


class Reason(FormModel):
    """Why all texts are stopped, for everybody to read."""

    reason: Line

    words = {"reason": "Say in a few words why. Everybody reads it until texts leave again."}  # noqa: RUF012 - read by FormModel


@blueprint.get("/admin/system/stop")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def ask_stop() -> ResponseReturnValue:
    """Say what stopping does and ask why."""
    return _show(blank_form(), stopping=True)


@blueprint.post("/admin/system/stop")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def stop_texts() -> ResponseReturnValue:
    """Let no text leave from now on."""
    form = read_form(Reason)
    if isinstance(form, FormErrors):
        return _show(form, stopping=True)
    try:
        with runtime().begin(by=actor()) as session:
            under_way = messaging.stop_sending(session, reason=form.reason, by=actor(), now=now())
    except DomainError as refusal:
        return _show(form.refused(refusal), stopping=True)
    flash(f"{_STOPPED} {_UNDER_WAY.format(count=under_way)}" if under_way else _STOPPED)
    return see_other("admin.system")


@blueprint.get("/admin/system/start")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def ask_start() -> ResponseReturnValue:
    """Say what leaves when texts start again."""
    return _show(blank_form(), stopping=False)


@blueprint.post("/admin/system/start")
@policy.staff(Role.ADMIN, fresh_mfa=True)
def start_texts() -> ResponseReturnValue:
    """Let texts leave again."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            messaging.start_sending(session, by=actor(), now=now())
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("Texts leave again, each if it is still true.")
    return see_other("admin.system")


def _show(form: FormState, *, stopping: bool) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = render_template(
            _PAGE,
            form=form,
            stopping=stopping,
            stop=standing_stop(session),
            waiting=sum(lane.waiting for lane in waiting_by_lane(session, now=now())),
            zone=runtime().clinic.zone,
        )
    return page, form.status
