"""The reader's own plan, and those that can be chosen, as their pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from clinic.billing.queries.memberships import Membership
from clinic.billing.queries.plans import PlanOnSale
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.money import shown
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.web.frame.display import day_text
from clinic.web.frame.language import language
from clinic.web.patient.billing.finding import named
from clinic.web.patient.billing.wording import CEILINGS, STATES, WAITS

_S = SubscriptionState
Look = tuple[str, str, LazyString]


class SumRow(NamedTuple):
    """One line of a table of amounts."""

    words: str
    cents: int
    more: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A plan to choose, with what is in it as words."""

    code: str
    name: str
    meaning: str
    cents: int
    included: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """The reader's own plan."""

    membership: Membership
    entitlements: Mapping[Entitlement, int | None]

    @property
    def code(self) -> str:
        """Return the plan's code."""
        return self.membership.plan_code

    @property
    def name(self) -> str:
        """Return the plan's name in the language of the page."""
        return named(self.membership.plan_name, self.membership.plan_name_es)

    @property
    def cents(self) -> int:
        """Return what a month costs."""
        return self.membership.cents

    @property
    def look(self) -> Look:
        """Return look, glyph and name of where it stands."""
        return STATES[self.membership.state]

    @property
    def says(self) -> str:
        """Return the one sentence that matters most: when money is asked for next, or why none is."""
        return _said(self.membership)

    @property
    def included(self) -> list[tuple[str, str]]:
        """Return what is in the plan, with what is left of it where a period runs."""
        return included(self.entitlements, self.membership.left if self._is_in_period else {})

    @property
    def steps(self) -> list[tuple[str, bool]]:
        """Return the steps of joining and whether each is done; none once the plan was approved."""
        if self.membership.state is not _S.PENDING:
            return []
        return [
            (_("Agree that it renews by itself"), self.membership.has_consent),
            (_("Add your card"), self.membership.card is not None),
            (_("A physician approves your plan. Only then the first month is charged."), False),
        ]

    @property
    def needs_consent(self) -> bool:
        """Tell whether joining waits for the patient's yes."""
        return self.membership.state is _S.PENDING and not self.membership.has_consent

    @property
    def needs_card(self) -> bool:
        """Tell whether joining waits for a card."""
        return self.membership.state is _S.PENDING and self.membership.card is None

    @property
    def may_keep(self) -> bool:
        """Tell whether a noted cancellation can be taken back."""
        return self.membership.is_ending

    @property
    def may_unpause(self) -> bool:
        """Tell whether a noted pause can be taken back."""
        return self.membership.is_pausing

    @property
    def may_resume(self) -> bool:
        """Tell whether the plan is paused and can go on sooner."""
        return self.membership.state is _S.PAUSED

    @property
    def may_unchange(self) -> bool:
        """Tell whether a noted change to another plan can be taken back."""
        return self.membership.next_plan_code is not None and not self.membership.is_ending

    @property
    def may_change(self) -> bool:
        """Tell whether another plan can be taken."""
        return self.membership.state is _S.ACTIVE and not self.membership.is_ending

    @property
    def may_pause(self) -> bool:
        """Tell whether the plan can be paused at the end of its month."""
        is_free = not (self.membership.is_ending or self.membership.is_pausing)
        return self.membership.state is _S.ACTIVE and is_free

    @property
    def may_cancel(self) -> bool:
        """Tell whether the plan can be canceled, which is as long as it lives."""
        return self.membership.is_live and not self.membership.is_ending

    @property
    def _is_in_period(self) -> bool:
        return self.membership.state in {_S.ACTIVE, _S.PAST_DUE}


def offered(plan: PlanOnSale) -> Offered:
    """Return a plan on sale in the language of the page."""
    return Offered(
        code=plan.code,
        name=plan.named(language()),
        meaning=plan.meant(language()),
        cents=plan.cents,
        included=included(plan.entitlements, {}),
    )


def included(most: Mapping[Entitlement, int | None], left: Mapping[Entitlement, int | None]) -> list[tuple[str, str]]:
    """Return what a plan has as words and amounts; what it has none of is left out."""
    found = []
    for key, word in CEILINGS.items():
        amount = most.get(key, 0)
        if amount or key is Entitlement.REPLY_BUSINESS_DAYS:
            found.append((str(word), _amount(key, amount, left.get(key))))
    return found


def _amount(key: Entitlement, most: int | None, left: int | None) -> str:
    if key is Entitlement.PHYSICIAN_VISIT_DAYS:
        return ngettext("%(num)d day", "%(num)d days", most or 0)
    if key is Entitlement.REPLY_BUSINESS_DAYS:
        return ngettext("%(num)d business day", "%(num)d business days", most) if most else _("the same day")
    if most is None:
        return _("no limit")
    return _("%(left)s of %(most)s left", left=left, most=most) if left is not None else str(most)


def _said(me: Membership) -> str:
    if me.is_ending and me.state is _S.MEDICAL_HOLD:
        return _("Canceled. It ends with the days that you have paid for. Nothing more is charged.")
    if me.is_ending and me.period is not None:
        last_on = me.period.end_on - timedelta(days=1)
        return _("Canceled. Your last day is %(day)s. Nothing more is charged.", day=_long(last_on))
    if me.state is _S.ACTIVE and me.next_charge is not None:
        return _next_charge(me)
    if me.state is _S.PAUSED and me.resume_on is not None:
        return _(
            "It starts again on %(day)s. Then %(amount)s is charged.", day=_long(me.resume_on), amount=shown(me.cents)
        )
    if not me.is_live and me.ended_at is not None:
        return _("It ended on %(day)s. Nothing more is charged.", day=_long(today_in(me.zone, me.ended_at)))
    return str(WAITS.get(me.state, ""))


def _next_charge(me: Membership) -> str:
    assert me.next_charge is not None
    on, amount = _long(me.next_charge.on), shown(me.next_charge.cents)
    if me.is_pausing and me.period is not None:
        return _(
            "It pauses on %(day)s. Next charge: %(amount)s on %(on)s.",
            day=_long(me.period.end_on),
            amount=amount,
            on=on,
        )
    if me.next_plan_name is not None:
        plan = named(me.next_plan_name, me.next_plan_name_es or me.next_plan_name)
        return _("Next charge: %(amount)s on %(on)s, then for %(plan)s.", amount=amount, on=on, plan=plan)
    return _("Next charge: %(amount)s on %(on)s", amount=amount, on=on)


def _long(day: date) -> str:
    return day_text(day, "long")
