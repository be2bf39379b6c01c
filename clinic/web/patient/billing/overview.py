"""The page of the own plan: what it is, what it costs, when money is asked for next, and everything to do about it."""

from collections.abc import Callable
from datetime import date, timedelta
from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.invoice_pages import InvoiceRow, invoices_of
from clinic.billing.queries.memberships import Membership, standing
from clinic.billing.queries.plans import plan_of_price, plans_on_sale
from clinic.billing.queries.prices import announced_of
from clinic.billing.queries.subscriptions import subscription
from clinic.billing.rules.capabilities import GRACE_DAYS
from clinic.kernel.errors import DomainError
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormState, NoFields
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import PURPOSE, SEEN, seen, taken, today
from clinic.web.patient.billing.owing import owed
from clinic.web.patient.billing.showing import Mine, offered
from clinic.web.patient.billing.wording import invoice_look, told

_NEWEST = 3


class ListedInvoice(NamedTuple):
    """An invoice in a list."""

    id: UUID
    number: str
    on: date
    look: tuple[str, str, str]
    cents: int


@blueprint.get("/my-plan")
@policy.patient_link(PURPOSE, audit=SEEN)
def my_plan() -> ResponseReturnValue:
    """Show the plan, or those that can be chosen."""
    return show()


def show(problem: str | None = None, *, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    """Return the page, with why the last step did not work."""
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        me = standing(session, patient.id, now=now())
        if me is None or not me.is_live:
            return _choosing(session, patient, me, problem=problem), status
        return render_template("patient/billing/overview.html", **_page(session, patient, me), problem=problem), status


def pressed(act: Callable[[Session, Patient, NoFields], str]) -> ResponseReturnValue:
    """Act on a button of the page; a refusal stands above the plan as it is now."""

    def shown(form: FormState) -> ResponseReturnValue:
        return show(next(iter(form.problems), None), status=form.status)

    return taken(NoFields, act, shown)


def show_refusal(refusal: DomainError) -> ResponseReturnValue:
    """Return the page as it is now, with why the last step was refused."""
    return show(told(refusal), status=status_of(refusal))


def mine(session: Session, me: Membership) -> Mine:
    """Return a membership as its page shows it."""
    row = subscription(session, me.subscription_id)
    return Mine(membership=me, entitlements=plan_of_price(session, row.price_id).entitlements)


def listed(rows: tuple[InvoiceRow, ...]) -> list[ListedInvoice]:
    """Return invoices for a list; one without a number is none yet."""
    return [
        ListedInvoice(row.id, row.number_text, row.issued_on, invoice_look(row.state), row.total_cents)
        for row in rows
        if row.issued_on is not None
    ]


def _page(session: Session, patient: Patient, me: Membership) -> dict[str, object]:
    return {
        "mine": mine(session, me),
        "owed": owed(session, me.open_invoice_id, language=language()) if me.open_invoice_id else None,
        "waits_from": _waits_from(me),
        "price_change": announced_of(session, subscription(session, me.subscription_id)),
        "card": me.card,
        "has_card": me.card is not None,
        "ends_early": _ends_early(me),
        "credit_cents": max(0, balance_cents(session, patient.id)),
        "invoices": listed(invoices_of(session, patient.id))[:_NEWEST],
    }


def _choosing(session: Session, patient: Patient, ended: Membership | None, *, problem: str | None) -> str:
    return render_template(
        "patient/billing/choose.html",
        ended=mine(session, ended) if ended is not None else None,
        plans=[offered(plan) for plan in plans_on_sale(session, on=today())],
        has_invoices=bool(invoices_of(session, patient.id)),
        problem=problem,
    )


def _waits_from(me: Membership) -> date | None:
    """Return the day from which new visits and deliveries wait for an open payment."""
    return me.past_due_on + timedelta(days=GRACE_DAYS + 1) if me.past_due_on is not None else None


def _ends_early(me: Membership) -> bool:
    """Tell whether the card runs out before the next charge."""
    if me.card is None or me.next_charge is None:
        return False
    last = me.card.expires_year, me.card.expires_month
    return last < (me.next_charge.on.year, me.next_charge.on.month)
