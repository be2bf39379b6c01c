"""Canceling in two presses, and taking it back as long as the plan runs."""

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.actions.ending import cancel, withdraw_cancel
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import FormState, NoFields, blank_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import HOME, PURPOSE, SEEN, living, require_living, seen, taken
from clinic.web.patient.billing.overview import mine, pressed
from clinic.web.patient.billing.wording import STOPS_NOW


@blueprint.get("/my-plan/cancel")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_stop_plan() -> ResponseReturnValue:
    """Say when the plan would end, and ask once."""
    return _asking(blank_form())


@blueprint.post("/my-plan/cancel")
@policy.patient_link(PURPOSE, audit=SEEN)
def stop_plan() -> ResponseReturnValue:
    """Cancel the plan: at the end of the paid month, or today where none runs."""

    def act(session: Session, patient: Patient, _form: NoFields) -> str:
        cancel(session, require_living(session, patient).subscription_id, by=actor(), now=now())
        me = living(session, patient)
        if me is None or me.period is None or me.state is SubscriptionState.MEDICAL_HOLD:
            return _("Your plan is canceled.")
        last_on = me.period.end_on - timedelta(days=1)
        return _("Your plan is canceled. Your last day is %(day)s.", day=day_text(last_on, "long"))

    return taken(NoFields, act, _asking)


@blueprint.post("/my-plan/keep")
@policy.patient_link(PURPOSE, audit=SEEN)
def keep_plan() -> ResponseReturnValue:
    """Take the cancellation back."""

    def act(session: Session, patient: Patient, _form: NoFields) -> str:
        withdraw_cancel(session, require_living(session, patient).subscription_id, by=actor(), now=now())
        return _("Your plan goes on.")

    return pressed(act)


def _asking(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        me = mine(session, require_living(session, seen(session)))
        if not (me.may_cancel or form.has_errors):
            return see_other(HOME)
        state = me.membership.state
        period = me.membership.period if state is SubscriptionState.ACTIVE else None
        return render_template(
            "patient/billing/cancel.html",
            last_on=period.end_on - timedelta(days=1) if period is not None else None,
            says=STOPS_NOW.get(state),
            form=form,
        ), form.status
