"""Changes of plan: a higher one once it is paid, a lower one with the next period, or now by a physician."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.invoices import issue_invoice
from clinic.billing.actions.locks import lock_subscription, require_own, require_physician, today_of
from clinic.billing.actions.moves import wish
from clinic.billing.actions.quitting import drop_changes
from clinic.billing.errors import ChangeRefused, PaymentUnderWay, WrongState
from clinic.billing.models import Invoice, PlanPrice, Subscription
from clinic.billing.queries.changes import priced_lines, rebate_of_month, require_another, require_upgradable
from clinic.billing.queries.payments import method_in_use
from clinic.billing.queries.plans import plan_of_code, price_on
from clinic.billing.queries.subscriptions import open_invoices
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.subscriptions import SubscriptionState, Wish
from clinic.kernel.actor import Actor
from clinic.treatment.rules.plans import written_reason


def change_plan(session: Session, subscription_id: UUID, *, plan_code: str, by: Actor, now: datetime) -> Invoice | None:
    """Change to another plan: a higher one by an invoice that makes it count once it is paid, a lower one later.

    Returns that invoice, or None for a change with the next period. Raises NotYourMembership, UnknownPlan,
    ChangeRefused, PaymentUnderWay and WrongState.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    price = _price(session, row, plan_code, now=now)
    old = require_another(session, row, price)
    if price.amount_cents <= old.amount_cents:
        _drop_unpaid(session, row, by=by, now=now)
        wish(session, row, Wish.PLAN_CHOSEN, by=by, now=now, columns={"next_price_id": price.id})
        return None
    require_upgradable(row)
    _drop_unpaid(session, row, by=by, now=now)
    return _issue(session, row, price, by=by, now=now)


def lower_now(
    session: Session, subscription_id: UUID, *, plan_code: str, reason: str, by: Actor, now: datetime
) -> Invoice | None:
    """Change to a lower plan at once, as a physician of the patient; the difference goes on the patient's balance.

    Where the month is not paid it begins with the next one, and None is returned. Raises NotYourMembership,
    UnknownPlan, ChangeRefused for a plan that is not lower, PaymentUnderWay, WrongState and ReasonTooShort.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    words, price = written_reason(reason), _price(session, row, plan_code, now=now)
    if price.amount_cents >= require_another(session, row, price).amount_cents:
        raise ChangeRefused("This plan is not lower. A patient chooses a higher one.", field="plan")
    _drop_unpaid(session, row, by=by, now=now)
    wish(session, row, Wish.PLAN_CHOSEN, by=by, now=now, reason=words, columns={"next_price_id": price.id})
    if row.state != SubscriptionState.ACTIVE:
        return None
    return _issue(session, row, price, by=by, now=now)


def withdraw_change(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Subscription:
    """Stay with the plan that runs: a change that was wanted, or was not paid, does not happen.

    Raises NotYourMembership, PaymentUnderWay, and WrongState where none was wanted.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    if row.next_price_id is None and not _unpaid(session, row):
        raise WrongState("No change of plan is waiting. Open the membership again to see where it is.")
    _drop_unpaid(session, row, by=by, now=now)
    wish(session, row, Wish.PLAN_KEPT, by=by, now=now, columns={"next_price_id": None})
    return row


def _price(session: Session, row: Subscription, plan_code: str, *, now: datetime) -> PlanPrice:
    return price_on(session, plan_of_code(session, plan_code).id, on=today_of(row, now))


def _unpaid(session: Session, row: Subscription) -> list[Invoice]:
    return [each for each in open_invoices(session, row.id) if each.kind == InvoiceKind.CHANGE]


def _drop_unpaid(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Give up an earlier change that was not paid, or raise PaymentUnderWay while its money may come."""
    drop_changes(session, row, by=by, now=now)
    if _unpaid(session, row):
        raise PaymentUnderWay("A payment for another plan is under way. Wait until the bank has answered.")


def _issue(session: Session, row: Subscription, price: PlanPrice, *, by: Actor, now: datetime) -> Invoice:
    if open_invoices(session, row.id):
        raise PaymentUnderWay("This month's own invoice is not paid yet. Settle it first, then change the plan.")
    today = today_of(row, now)
    lines = priced_lines(session, row, price, day=today)
    if sum(line.amount for line in lines) > 0 and method_in_use(session, row.patient_id) is None:
        raise WrongState("There is no card that could pay the difference. Enter a card first.")
    given = rebate_of_month(session, row)
    return issue_invoice(
        session,
        row,
        kind=InvoiceKind.CHANGE,
        lines=lines,
        period=lines[-1].service,
        due_on=today,
        redemption_id=given[1] if given else None,
        by=by,
        now=now,
    )
