"""Joining: the plan's price and terms on one page, a yes of its own to automatic renewal, then the card."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.actions.enrolling import consent_to_renewal, enroll
from clinic.billing.queries.memberships import Membership
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.errors import DomainError, NotFound
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing import finding
from clinic.web.patient.billing.cards import lead_to_card
from clinic.web.patient.billing.consent import Terms, renewal_terms
from clinic.web.patient.billing.finding import PURPOSE, SEEN, living, named, nowhere, seen
from clinic.web.patient.billing.forms import AgreeForm
from clinic.web.patient.billing.wording import refused
from clinic.web.patient.deliveries.finding import reader


@blueprint.get("/my-plan/join/<code>")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_join(code: str) -> ResponseReturnValue:
    """Show what would be agreed to."""
    return _asking(code, blank_form())


@blueprint.post("/my-plan/join/<code>")
@policy.patient_link(PURPOSE, audit=SEEN)
def join(code: str) -> ResponseReturnValue:
    """Keep the yes with its words, and lead on to the card."""
    with runtime().begin(by=actor()) as session:
        reader(session)
    form = read_form(AgreeForm)
    if isinstance(form, FormErrors):
        return _asking(code, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = people.lock_patient(session, reader(session).id)
            has_card = _agree(session, patient, form, code=code)
    except NotFound:
        raise
    except DomainError as refusal:
        return _asking(code, form.refused(refused(refusal)))
    if not has_card:
        return lead_to_card()
    flash(_("Thank you. Your agreement is kept."))
    return see_other(finding.HOME)


def _agree(session: Session, patient: Patient, form: AgreeForm, *, code: str) -> bool:
    """Enroll the patient if nobody has, keep the yes, and tell whether a card is there."""
    me = living(session, patient)
    terms = _terms(session, me, code)
    terms.require(form)
    if me is None:
        zone = runtime().clinic.zone
        enroll(session, patient.id, plan_code=code, zone=zone, by=actor(), now=now())
        me = finding.require_living(session, patient)
    if not me.has_consent:
        said = {"wording": terms.kept, "language": language(), "address": actor().ip or "unknown"}
        consent_to_renewal(session, me.subscription_id, **said, by=actor(), now=now())
    return me.card is not None


def _asking(code: str, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        me = living(session, seen(session))
        if me is None or me.plan_code != code:
            finding.offered(session, code)
        if me is not None and (me.state is not SubscriptionState.PENDING or me.has_consent or me.plan_code != code):
            return see_other(finding.HOME)
        terms = _terms(session, me, code)
        page = render_template(
            "patient/billing/join.html", terms=terms, form=form, has_card=me is not None and me.card is not None
        )
        return page, form.status


def _terms(session: Session, me: Membership | None, code: str) -> Terms:
    """Return the terms of the plan that waits for a yes, else of one on sale."""
    if me is None:
        plan = finding.offered(session, code)
        name, cents = plan.named(language()), plan.cents
    elif me.plan_code != code or me.state is not SubscriptionState.PENDING:
        raise nowhere()
    else:
        name, cents = named(me.plan_name, me.plan_name_es), me.cents
    sentences = renewal_terms(plan=name, cents=cents, phone=runtime().clinic.phone)
    return Terms(code=code, name=name, cents=cents, sentences=sentences)
