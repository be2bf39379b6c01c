"""What keeps a parcel back in its order, in who prescribes, in the law, and in the state's monitoring program."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from clinic.medication.rules.gate_inputs import Asked, Moment, OrderFacts, PdmpFacts, PrescriberFacts
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.pdmp import MOST_DAYS_IN_OUTAGE, PdmpResult, counts_until
from clinic.medication.rules.reasons import Reason, ReasonCode
from clinic.medication.rules.signed_content import STATES_WITH_OWN_REGISTRATION
from clinic.treatment.rules.legal import day_in_full

_FILLS = frozenset({OrderState.ACTIVE})
_SECONDS_AN_HOUR = 3600
# A fill that was released in time may still leave when its order was used up by it or ran out since.
_SHIPS = _FILLS | {OrderState.DEPLETED, OrderState.EXPIRED}
_ACTIVE_ENOUGH: Mapping[Moment, frozenset[OrderState]] = MappingProxyType(
    {
        Moment.RELEASE: _FILLS,
        Moment.SHIP: _SHIPS,
        Moment.SWEEP: _FILLS,
    }
)
_UNWRITTEN = "None was ever written down."
_NOTHING_HELD = PrescriberFacts(has_license=False, has_dea=False, has_cds=False)


def about_order(asked: Asked) -> Iterator[Reason]:
    """Yield what of the order speaks against it: none, not active, six months over, fills used."""
    inputs = asked.inputs
    order = inputs.order
    if order is None:
        yield Reason(code=ReasonCode.NO_ORDER)
        return
    if order.state not in _ACTIVE_ENOUGH[asked.moment]:
        yield Reason(code=ReasonCode.ORDER_NOT_ACTIVE, values={"state": order.state.replace("_", " ")})
    if inputs.today > order.expires_on:
        days = {"issued_on": order.issued_on.isoformat(), "expires_on": order.expires_on.isoformat()}
        yield Reason(code=ReasonCode.ORDER_EXPIRED, values=days)
    if order.fills_done > order.refills:
        yield Reason(code=ReasonCode.ORDER_USED_UP, values={"allowed": str(1 + order.refills)})


def about_law(asked: Asked) -> Iterator[Reason]:
    """Yield what prescriber and clinic lack in the patient's state today."""
    inputs = asked.inputs
    state = {"state": inputs.state}
    if inputs.prescriber is not None or inputs.order is not None:
        held = inputs.prescriber or _NOTHING_HELD
        if not held.has_license:
            yield Reason(code=ReasonCode.PRESCRIBER_NO_LICENSE, values=state)
        if not held.has_dea:
            yield Reason(code=ReasonCode.PRESCRIBER_NO_DEA, values=state)
        if inputs.state in STATES_WITH_OWN_REGISTRATION and not held.has_cds:
            yield Reason(code=ReasonCode.PRESCRIBER_NO_CDS, values=state)
    if not inputs.is_covered:
        ended = _UNWRITTEN
        if inputs.covered_until is not None:
            ended = f"{inputs.last_basis or 'The last one'} ended on {day_in_full(inputs.covered_until)}."
        yield Reason(code=ReasonCode.NO_LEGAL_BASIS, values={**state, "ended": ended})


def about_program(asked: Asked) -> Iterator[Reason]:
    """Yield what the last look into the monitoring program says, or that one is due."""
    inputs, policy = asked.inputs, asked.policy
    look = inputs.pdmp
    if look is None:
        yield Reason(code=ReasonCode.PDMP_MISSING, values={"state": inputs.state})
        return
    if inputs.at > counts_until(look.checked_at, valid_days=policy.pdmp_valid_days):
        values = {"ago": _ago(inputs.at - look.checked_at), "days": str(policy.pdmp_valid_days)}
        yield Reason(code=ReasonCode.PDMP_OLD, values=values)
    if look.state != inputs.state:
        where = {"checked_state": look.state, "state": inputs.state}
        yield Reason(code=ReasonCode.PDMP_OTHER_STATE, values=where)
    if look.result == PdmpResult.UNEXPLAINED:
        yield Reason(code=ReasonCode.PDMP_UNEXPLAINED)
    yield from _about_outage(look, inputs.order)


def _about_outage(look: PdmpFacts, order: OrderFacts | None) -> Iterator[Reason]:
    if look.result == PdmpResult.UNAVAILABLE and order is not None and order.days_supply > MOST_DAYS_IN_OUTAGE:
        values = {"most_days": str(MOST_DAYS_IN_OUTAGE), "days": str(order.days_supply)}
        yield Reason(code=ReasonCode.PDMP_OUTAGE, values=values)


def _ago(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else f"{int(time.total_seconds() // _SECONDS_AN_HOUR)} hours"
