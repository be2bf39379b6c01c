"""Going on after a pause: what lacks, and a physician who lets it go on all the same."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.handover.actions.restarting import held_membership, restart
from clinic.handover.errors import RestartNotYet
from clinic.handover.queries.restarts import restart_of
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Forbidden, Invalid
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, Tick, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient, seen_plan


class RestartForm(FormModel):
    """Whether to go on although something lacks, and why."""

    version: WholeNumber
    lifts: Tick
    reason: Note | None = None

    words: ClassVar[dict[str, str]] = {"reason": "Write why."}


@blueprint.get("/my-patients/<uuid:patient_id>/restart")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_restart(patient_id: UUID) -> ResponseReturnValue:
    """Show where the patient stands between the pause and the next session."""
    return _page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/restart")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_restart(patient_id: UUID) -> ResponseReturnValue:
    """Let the course go on."""
    form = read_form(RestartForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            plan = seen_plan(session, patient_id).plan
            restart(
                session,
                plan_id=plan.id,
                lifts=form.lifts,
                reason=form.reason or "",
                version=form.version,
                by=actor(),
                now=now(),
            )
    except ChangedMeanwhile as refusal:
        return _page(patient_id, form.refused(refusal), is_stale=True)
    except (RestartNotYet, Invalid, Conflict, Forbidden) as refusal:
        return _page(patient_id, form.refused(refusal))
    flash("The course goes on.")
    return see_other("physician.plan", patient_id=patient_id)


def _page(patient_id: UUID, form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = seen_plan(session, patient_id)
        typed_version = "" if is_stale else form.value("version")
        page = render_template(
            "physician/handover/restart.html",
            patient=found.patient,
            plan=found.plan,
            standing=restart_of(session, found.plan, now=now()),
            membership=held_membership(session, patient_id),
            version=typed_version or found.plan.version,
            form=form,
        )
    return page, form.status
