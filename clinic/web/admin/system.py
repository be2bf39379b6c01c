"""What runs: workers, queues of texts, sweeps, and the tasks that only an administrator can settle."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.dashboards.operations import operations, parked_facts
from clinic.dashboards.recovery import try_again
from clinic.dashboards.well_being import well_being
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.messaging import actions as messaging
from clinic.messaging.queries import standing_stop
from clinic.web.admin import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, NoFields, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks


class Seen(FormModel):
    """The task as it was shown."""

    version: WholeNumber


class ChosenLane(FormModel):
    """One queue of texts."""

    lane: WholeNumber


@blueprint.get("/admin/system")
@policy.staff(Role.ADMIN)
def system() -> str:
    """Show what runs and what stands still."""
    has_provider = runtime().texting.gateway is not None
    with runtime().begin(by=actor()) as session:
        state = operations(session, now=now())
        return render_template(
            "admin/system.html",
            state=state,
            well=well_being(session, state, has_provider=has_provider, now=now()),
            parked=parked_facts(session),
            stop=standing_stop(session),
            items=tasks.open_items(session, roles=[Role.ADMIN]),
            texting=has_provider,
            zone=runtime().clinic.zone,
        )


@blueprint.post("/admin/tasks/<uuid:item_id>/close")
@policy.staff(Role.ADMIN)
def close_task(item_id: UUID) -> ResponseReturnValue:
    """Take an administrators' task off the list."""
    form = read_form(Seen)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("admin.system")
    try:
        with runtime().begin(by=actor()) as session:
            worklist.close_item(session, item_id=item_id, version=form.version, by=actor(), now=now())
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("Done.")
    return see_other("admin.system")


@blueprint.post("/admin/lanes/resume")
@policy.staff(Role.ADMIN)
def resume_lane() -> ResponseReturnValue:
    """Send again in a queue of texts that was on hold."""
    form = read_form(ChosenLane)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("admin.system")
    try:
        with runtime().begin(by=actor()) as session:
            messaging.resume_lane(session, number=form.lane, by=actor(), now=now())
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("Texts of this queue leave again.")
    return see_other("admin.system")


@blueprint.post("/admin/facts/<uuid:row_id>/again")
@policy.staff(Role.ADMIN)
def try_fact_again(row_id: UUID) -> ResponseReturnValue:
    """Put background work that was given up back in line."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            try_again(session, row_id=row_id, by=actor(), now=now())
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash("It is in line again. A worker takes it up within seconds.")
    return see_other("admin.system")
