"""What is true of memberships and money whatever happened, looked at from the tables and from the bank alone."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.billing.models import Invoice, Payment, Refund, Subscription, SubscriptionEvent
from clinic.billing.queries.balances import open_of
from clinic.billing.queries.books import journal_check
from clinic.billing.queries.subscriptions import may
from clinic.billing.rules.capabilities import ALWAYS
from clinic.billing.rules.periods import months_after, today_in
from clinic.billing.rules.subscriptions import CHARGED, LIVE
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.domains.billing.billing_makers import Life
from tests.domains.billing.payment_makers import ZONE
from tests.domains.scheduling.calendar_makers import NOW

MOST_SCHEDULED = 4
"""The first attempt of an invoice at a card, and three more."""


class Truths(RuleBasedStateMachine):
    """Invariants over the whole of billing; whoever inherits it makes things happen.

    What goes wrong stays in the tables, so a look at every third step and at the end is enough.
    """

    life: Life
    people: list[UUID]
    steps = 0

    @property
    def session(self) -> Session:
        return self.life.session

    @invariant()
    def all_is_true_now_and_then(self) -> None:
        self.steps += 1
        if self.steps % 3 == 0:
            self.all_is_true()

    def all_is_true(self) -> None:
        self.session.expire_all()
        looks: list[Callable[[], None]] = [
            self.the_books_agree,
            self.nobody_pays_twice,
            self.nothing_is_charged_where_nothing_may_be,
            self.months_tile,
            self.attempts_are_few,
            self.no_more_goes_back_than_came,
            self.care_never_stops,
        ]
        for look in looks:
            look()

    def the_books_agree(self) -> None:
        """Every entry comes to nothing, the journal says what documents say, and no number is left out."""
        self.session.execute(text("set constraints all immediate"))
        self.session.execute(text("set constraints all deferred"))
        assert journal_check(self.session).faults == ()
        invoices = self.session.scalars(select(Invoice).where(Invoice.number.is_not(None))).all()
        rest = open_of(self.session, invoices)
        assert all(rest[each.id] >= 0 and (rest[each.id] > 0) == (each.state == "open") for each in invoices)

    def nobody_pays_twice(self) -> None:
        """The bank has at most one payment for an invoice, and what it has the clinic knows, or will ask about."""
        ours = {str(each.id): each for each in self.session.scalars(select(Payment))}
        told = self.life.gateway.payments_since(NOW - timedelta(days=1))
        paid = [each for each in told if each.state.value == "succeeded"]
        assert all(each.reference in ours for each in told)
        by_invoice = Counter(ours[each.reference].invoice_id for each in paid if each.reference)
        assert set(by_invoice.values()) <= {1}
        for each in paid:
            known = ours[each.reference or ""]
            assert known.amount_cents == each.cents
            assert known.state == "succeeded" or known.next_look_at is not None
        believed = {each.id for each in ours.values() if each.state == "succeeded"}
        assert {str(each) for each in believed} <= {each.reference for each in paid}

    def nothing_is_charged_where_nothing_may_be(self) -> None:
        """A card is asked only while a membership may be charged; what is suspended a person may settle."""
        for payment in self.session.scalars(select(Payment)):
            invoice = self.session.get_one(Invoice, payment.invoice_id)
            stood = self._stood(invoice.subscription_id)
            before = [state for at, state in stood if at < payment.created_at][-1:]
            states = {state for at, state in stood if at == payment.created_at} | set(before)
            allowed = {state.value for state in CHARGED} | ({"suspended"} if not payment.is_scheduled else set())
            assert states & allowed

    def months_tile(self) -> None:
        """No day of a membership is asked for twice, and between two months lie days on hold only."""
        for row in self.session.scalars(select(Subscription)):
            wanted = select(Invoice).where(
                Invoice.subscription_id == row.id, Invoice.state.in_(["open", "paid"]), Invoice.kind != "change"
            )
            months = self.session.scalars(wanted.order_by(Invoice.period_start_on, Invoice.number)).all()
            for one, other in pairwise(months):
                assert other.period_start_on >= one.period_end_on
                if other.kind == "renewal" and not self._was_missed(row):
                    end, is_sure = self._end_of(row, one, before=other.period_start_on)
                    assert other.period_start_on == end or (not is_sure and other.period_start_on > end)

    def attempts_are_few(self) -> None:
        """An invoice is tried four times on its own days, and never again at a card that was refused for good."""
        tried: dict[tuple[UUID, UUID], list[Payment]] = defaultdict(list)
        for each in self.session.scalars(select(Payment).order_by(Payment.attempt)):
            tried[each.invoice_id, each.method_id].append(each)
        for payments in tried.values():
            failed = [each for each in payments if each.is_scheduled and each.state == "failed"]
            assert len(failed) <= MOST_SCHEDULED
            assert not any(each.is_hard for each in payments[:-1])

    def no_more_goes_back_than_came(self) -> None:
        """Refunds stay within their payment, here and at the bank."""
        back: Counter[UUID] = Counter()
        for each in self.session.scalars(select(Refund).where(Refund.state != "failed")):
            back[each.payment_id] += each.amount_cents
        for payment_id, cents in back.items():
            payment = self.session.get_one(Payment, payment_id)
            assert cents <= payment.amount_cents
            at_bank = self.life.gateway.refunds_of(payment.gateway_payment_id or "")
            assert sum(each.cents for each in at_bank if each.state.value != "failed") <= cents

    def care_never_stops(self) -> None:
        """One membership lives at most; whatever is owed, what a patient always has stays."""
        now = self.life.clock()
        for patient_id in self.people:
            assert all(may(self.session, patient_id, each, now=now) for each in ALWAYS)
            states = self.session.scalars(select(Subscription.state).where(Subscription.patient_id == patient_id))
            assert sum(each in LIVE for each in states) <= 1

    def _stood(self, subscription_id: UUID) -> list[tuple[datetime, str]]:
        row = SubscriptionEvent
        wanted = select(row.at, row.to_state).where(row.subscription_id == subscription_id)
        return [(at, state) for at, state in self.session.execute(wanted.order_by(row.at, row.version))]

    def _end_of(self, row: Subscription, month: Invoice, *, before: date) -> tuple[date, bool]:
        """Return the day on which a paid month ended, with its days on hold; not sure where a hold began after it."""
        paid_on = today_in(ZONE, month.paid_at) if month.paid_at else month.period_start_on
        end = months_after(paid_on, 1) if month.kind == "first" else month.period_end_on
        is_sure, since = True, None
        for at, state in self._stood(row.id):
            day = today_in(ZONE, at)
            if state == "medical_hold" and since is None:
                since = day
            elif state != "medical_hold" and since is not None:
                if month.period_start_on <= since and day <= before:
                    is_sure, end = is_sure and since <= end, end + (day - since)
                since = None
        return end, is_sure

    def _was_missed(self, row: Subscription) -> bool:
        """Tell whether months went by that nobody billed, which a person decided about."""
        asked = select(WorkItem.id).where(WorkItem.kind == WorkKind.MISSED_PERIODS)
        return bool(self.session.scalars(asked.where(WorkItem.patient_id == row.patient_id)).all())
