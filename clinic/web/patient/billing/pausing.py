"""A pause at the end of the paid month, the day it ends, and going on sooner."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.actions.pausing import latest_resume_on, pause, resume, withdraw_pause
from clinic.billing.queries.memberships import Membership
from clinic.billing.queries.subscriptions import subscription
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import months_after
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import FormState, NoFields, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import HOME, PURPOSE, SEEN, require_living, seen, taken
from clinic.web.patient.billing.forms import PauseForm
from clinic.web.patient.billing.overview import mine, pressed, show_refusal
from clinic.web.patient.billing.paying import collect, say
from clinic.web.patient.deliveries.finding import reader

_MOST_MONTHS = 3


@blueprint.get("/my-plan/pause")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_pause() -> ResponseReturnValue:
    """Show from when and until when the plan could pause."""
    return _asking(blank_form())


@blueprint.post("/my-plan/pause")
@policy.patient_link(PURPOSE, audit=SEEN)
def pause_plan() -> ResponseReturnValue:
    """Note a pause from the end of the paid month."""

    def act(session: Session, patient: Patient, form: PauseForm) -> str:
        me = require_living(session, patient)
        pause(session, me.subscription_id, resume_on=form.resume_on, by=actor(), now=now())
        return _("Your pause is noted.")

    return taken(PauseForm, act, _asking)


@blueprint.post("/my-plan/pause/withdraw")
@policy.patient_link(PURPOSE, audit=SEEN)
def unpause_plan() -> ResponseReturnValue:
    """Take a noted pause back."""

    def act(session: Session, patient: Patient, _form: NoFields) -> str:
        withdraw_pause(session, require_living(session, patient).subscription_id, by=actor(), now=now())
        return _("Your plan goes on without a pause.")

    return pressed(act)


@blueprint.post("/my-plan/resume")
@policy.patient_link(PURPOSE, audit=SEEN)
def resume_plan() -> ResponseReturnValue:
    """End the pause today, which charges a month from today on."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            me = require_living(session, people.lock_patient(session, reader(session).id))
            invoice = resume(session, me.subscription_id, by=actor(), now=now())
            invoice_id = invoice.id if invoice.state == "open" else None
        if invoice_id is not None:
            say(collect(invoice_id))
    except DomainError as refusal:
        return show_refusal(refusal)
    return see_other(HOME)


def _asking(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        me = require_living(session, seen(session))
        if me.period is None or not (mine(session, me).may_pause or form.has_errors):
            return see_other(HOME)
        return render_template(
            "patient/billing/pause.html", from_on=me.period.end_on, days=_days(session, me), form=form
        ), form.status


def _days(session: Session, me: Membership) -> list[tuple[str, str]]:
    """Return the days on which the plan could go on: one, two or three months after its paid month."""
    assert me.period is not None
    latest = latest_resume_on(subscription(session, me.subscription_id))
    days = [months_after(me.period.end_on, months) for months in range(1, _MOST_MONTHS + 1)]
    return [(day.isoformat(), day_text(day, "long")) for day in days if day <= latest]
