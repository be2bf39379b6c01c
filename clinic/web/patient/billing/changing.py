"""Another plan: what there is, what it costs to the cent, and a yes of its own."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.actions.changing import change_plan, withdraw_change
from clinic.billing.actions.enrolling import consent_to_renewal
from clinic.billing.queries.changes import ChangePreview, preview_change
from clinic.billing.queries.memberships import Membership
from clinic.billing.queries.plans import plan_of_price, plans_on_sale
from clinic.billing.rules.line_words import Said, line_words
from clinic.kernel.errors import DomainError, NotFound
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, NoFields, blank_form, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing import finding
from clinic.web.patient.billing.consent import Terms, change_terms
from clinic.web.patient.billing.finding import HOME, PURPOSE, SEEN, require_living, seen
from clinic.web.patient.billing.forms import ChangeForm
from clinic.web.patient.billing.overview import mine, pressed, show_refusal
from clinic.web.patient.billing.paying import collect, say
from clinic.web.patient.billing.showing import SumRow, offered
from clinic.web.patient.billing.wording import TOTALS, WordsChanged, refused
from clinic.web.patient.deliveries.finding import reader


@blueprint.get("/my-plan/change")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_change() -> ResponseReturnValue:
    """Show the other plans."""
    with runtime().begin(by=actor()) as session:
        me = mine(session, require_living(session, seen(session)))
        if not me.may_change:
            return see_other(HOME)
        plans = [offered(plan) for plan in plans_on_sale(session, on=finding.today()) if plan.code != me.code]
        return render_template("patient/billing/change.html", mine=me, plans=plans)


@blueprint.get("/my-plan/change/<code>")
@policy.patient_link(PURPOSE, audit=SEEN)
def preview_plan(code: str) -> ResponseReturnValue:
    """Show what a change costs today and from then on, before anything changes."""
    try:
        return _previewing(code, blank_form())
    except NotFound:
        raise
    except DomainError as refusal:
        return show_refusal(refusal)


@blueprint.post("/my-plan/change/<code>")
@policy.patient_link(PURPOSE, audit=SEEN)
def change_own_plan(code: str) -> ResponseReturnValue:
    """Take the other plan as it was shown: at once when it is paid, or from the next month."""
    with runtime().begin(by=actor()) as session:
        reader(session)
    form = read_form(ChangeForm)
    if isinstance(form, FormErrors):
        return _previewing(code, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = people.lock_patient(session, reader(session).id)
            invoice_id = _change(session, patient, form, code=code)
    except NotFound:
        raise
    except DomainError as refusal:
        return _previewing(code, form.refused(refused(refusal)))
    if invoice_id is None:
        flash(_("Thank you. Your change is noted."))
        return see_other(HOME)
    try:
        say(collect(invoice_id))
    except DomainError as refusal:
        return show_refusal(refusal)
    return see_other(HOME)


@blueprint.post("/my-plan/change/withdraw")
@policy.patient_link(PURPOSE, audit=SEEN)
def withdraw_own_change() -> ResponseReturnValue:
    """Stay with the present plan after all."""

    def act(session: Session, patient: Patient, _form: NoFields) -> str:
        withdraw_change(session, require_living(session, patient).subscription_id, by=actor(), now=now())
        return _("Your plan stays as it is.")

    return pressed(act)


def _change(session: Session, patient: Patient, form: ChangeForm, *, code: str) -> UUID | None:
    """Keep the yes and change the plan; return the invoice that is to be paid first, if one is."""
    me = require_living(session, patient)
    preview = preview_change(session, me.subscription_id, plan_code=code, now=now())
    terms = _terms(session, preview)
    terms.require(form)
    if form.due_cents != preview.due_cents:
        raise WordsChanged("Another amount is due now than was shown.")
    said = {"wording": terms.kept, "language": language(), "address": actor().ip or "unknown"}
    consent_to_renewal(session, me.subscription_id, **said, by=actor(), now=now())
    invoice = change_plan(session, me.subscription_id, plan_code=code, by=actor(), now=now())
    return invoice.id if invoice is not None and invoice.state == "open" else None


def _previewing(code: str, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        me = require_living(session, seen(session))
        finding.offered(session, code)
        preview = preview_change(session, me.subscription_id, plan_code=code, now=now())
        page = render_template(
            "patient/billing/preview.html",
            mine=mine(session, me),
            terms=_terms(session, preview),
            preview=preview,
            rows=_rows(session, preview, me),
            form=form,
        )
        return page, form.status


def _terms(session: Session, preview: ChangePreview) -> Terms:
    plan = plan_of_price(session, preview.price_id)
    name, cents = plan.named(language()), preview.cents_a_month
    sentences = change_terms(plan=name, cents=cents, phone=runtime().clinic.phone)
    return Terms(code=plan.code, name=name, cents=cents, sentences=sentences)


def _rows(session: Session, preview: ChangePreview, me: Membership) -> list[SumRow]:
    """Return the lines of what is due today, in the words of the invoice that follows."""
    plan = plan_of_price(session, preview.price_id)
    old, new = Said(me.plan_name, me.plan_name_es), Said(plan.name, plan.name_es)
    rows = [
        SumRow(line_words(line.kind, new if line.price_id else old, line.service).words(language()), line.amount)
        for line in preview.lines
    ]
    return [*rows, SumRow(str(TOTALS["due"]), preview.due_cents, is_total=True)]
