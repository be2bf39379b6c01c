"""One flag: what the rule saw, what it was judged by, what became of it, and the physician's decision."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards.sign_off import sign_off_queue
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.monitoring.actions import flags as actions
from clinic.monitoring.queries.flag_history import history_of, seen_by
from clinic.monitoring.queries.flags import FlagRow, flags_by_id
from clinic.monitoring.rules.signals import RULES
from clinic.people import queries as people
from clinic.treatment.queries import may_decide
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.signing.deciding import SettleForm, days, first_form, note_seen, own_flag
from clinic.web.physician.signing.queue import show_queue


@blueprint.get("/flags/<uuid:flag_id>")
@policy.staff(Role.PHYSICIAN, audit="flag.viewed")
def flag(flag_id: UUID) -> ResponseReturnValue:
    """Show one flag to a physician of the patient, or to the one who took the call about it."""
    return _show(flag_id, first_form())


@blueprint.post("/flags/<uuid:flag_id>/settle")
@policy.staff(Role.PHYSICIAN, audit="flag.viewed")
def settle_flag(flag_id: UUID) -> ResponseReturnValue:
    """Keep the decision; from the queue the next one opens by itself."""
    form = read_form(SettleForm)
    if isinstance(form, FormErrors):
        return _again(flag_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            row = own_flag(session, flag_id)
            following = _following(session, row) if form.queue else None
            actions.settle(
                session,
                flag_id=flag_id,
                decision=form.decision,
                note=form.note,
                look_again_on=form.look_again_on,
                version=form.version,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        return _again(flag_id, form.refused(refusal))
    flash("Settled.")
    if form.queue:
        return see_other("physician.sign_off", **({"item": following} if following else {}))
    return see_other("physician.flag", flag_id=flag_id)


def _following(session: Session, row: FlagRow) -> str | None:
    me = people.physician_of_staff(session, actor().id)
    if me is None:
        return None
    queue = sign_off_queue(session, physician_id=me.id, zone=runtime().clinic.zone, now=now())
    return queue.after(f"flag-{row.id}")


def _again(flag_id: UUID, form: FormErrors) -> ResponseReturnValue:
    if form.value("queue"):
        return show_queue(f"flag-{flag_id}", form)
    return _show(flag_id, form)


def _show(flag_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = own_flag(session, flag_id)
        seen = seen_by(session, row)
        note_seen(session, row)
        known = flags_by_id(session, row.escalates)
        beyond = [known[each] for each in row.escalates if each in known]
        rule = RULES.get(row.rule_id)
        page = render_template(
            "physician/flags/show.html",
            row=row,
            form=form,
            patient=people.patient(session, row.patient_id),
            is_own=may_decide(session, actor=actor(), patient_id=row.patient_id, now=now()),
            along=[one for one in beyond if one.is_open and one.rule_id == row.rule_id],
            beyond=beyond,
            neutral=rule.neutral.get("en", "") if rule else "",
            history=history_of(session, row),
            seen=seen,
            zone=runtime().clinic.zone,
            **days(),
        )
    return page, form.status
