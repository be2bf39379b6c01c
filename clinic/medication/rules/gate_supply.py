"""What keeps a parcel back in units, counts and parcels: too soon, too many, uncounted, disputed, unusable."""

from collections.abc import Iterator
from datetime import date, timedelta

from clinic.medication.rules.gate_inputs import Asked, GateInputs, GatePolicy
from clinic.medication.rules.reasons import Reason, ReasonCode


def about_units(asked: Asked) -> Iterator[Reason]:
    """Yield what of time and units speaks against it."""
    inputs, policy = asked.inputs, asked.policy
    allowed_on = inputs.allowed_on(policy)
    if allowed_on is not None and inputs.today < allowed_on:
        assert inputs.last_supplied_on is not None
        values = {"supplied_on": inputs.last_supplied_on.isoformat(), "allowed_on": allowed_on.isoformat()}
        yield Reason(code=ReasonCode.TOO_EARLY, values={**values, "days": str(inputs.last_days_supply)})
    on_hand, units = inputs.expected_on_hand, inputs.units
    if inputs.order is not None and on_hand > inputs.order.units_per_session:
        enough = {"units": str(on_hand), "per_session": str(inputs.order.units_per_session)}
        yield Reason(code=ReasonCode.ENOUGH_ON_HAND, values=enough)
    if units is not None and units + on_hand > policy.most_units_on_hand:
        total = {"units": str(units), "total": str(units + on_hand), "most": str(policy.most_units_on_hand)}
        yield Reason(code=ReasonCode.TOO_MANY_UNITS, values=total)
    yield from _about_count(inputs, policy)


def _about_count(inputs: GateInputs, policy: GatePolicy) -> Iterator[Reason]:
    last = inputs.last_count
    if last is None:
        if inputs.last_supplied_on is not None:
            yield Reason(code=ReasonCode.COUNT_MISSING)
        return
    counted_on = last.on.isoformat()
    if (inputs.today - last.on).days > policy.count_valid_days:
        values = {"counted_on": counted_on, "days": str(policy.count_valid_days)}
        yield Reason(code=ReasonCode.COUNT_OLD, values=values)
    if last.missing:
        direction = "fewer" if last.missing > 0 else "more"
        difference = {"counted_on": counted_on, "units": str(abs(last.missing)), "direction": direction}
        yield Reason(code=ReasonCode.COUNT_DIFFERS, values=difference)


def about_parcel(asked: Asked) -> Iterator[Reason]:
    """Yield what of other parcels, the pharmacy, the address and the door speaks against it."""
    inputs, policy = asked.inputs, asked.policy
    if inputs.parcels_under_way:
        yield Reason(code=ReasonCode.PARCEL_UNDER_WAY, values={"count": str(inputs.parcels_under_way)})
    if inputs.open_disputes:
        yield Reason(code=ReasonCode.DISPUTE_OPEN, values={"count": str(inputs.open_disputes)})
    if inputs.recalled_on_hand:
        yield Reason(code=ReasonCode.RECALL_OPEN, values={"units": str(inputs.recalled_on_hand)})
    if inputs.has_pharmacy_license is False or (inputs.has_pharmacy_license is None and inputs.order is not None):
        yield Reason(code=ReasonCode.PHARMACY_NO_LICENSE, values={"state": inputs.state})
    yield from _about_address(inputs, policy)
    if inputs.is_adult_available is False:
        yield Reason(code=ReasonCode.NO_ADULT)
    if inputs.is_paid is False:
        yield Reason(code=ReasonCode.NOT_PAID)
    if inputs.shipments_left is not None and inputs.shipments_left <= 0:
        yield Reason(code=ReasonCode.PLAN_USED_UP)


def _about_address(inputs: GateInputs, policy: GatePolicy) -> Iterator[Reason]:
    if inputs.is_address_served is False:
        yield Reason(code=ReasonCode.ADDRESS_NOT_SERVED)
    confirmed_on = inputs.address_confirmed_on
    if confirmed_on is None:
        yield Reason(code=ReasonCode.ADDRESS_UNCONFIRMED)
    elif (inputs.today - confirmed_on).days > policy.address_confirmed_days:
        values = {"confirmed_on": confirmed_on.isoformat(), "days": str(policy.address_confirmed_days)}
        yield Reason(code=ReasonCode.ADDRESS_OLD, values=values)


def about_lots(asked: Asked) -> Iterator[Reason]:
    """Yield each lot of the parcel that is recalled or does not keep long enough, or that none is known."""
    inputs, policy = asked.inputs, asked.policy
    if not inputs.lots:
        yield Reason(code=ReasonCode.LOTS_UNKNOWN)
    needed_on = _needed_on(inputs, policy)
    for lot in sorted(inputs.lots, key=lambda each: each.number):
        if lot.is_recalled:
            yield Reason(code=ReasonCode.LOT_RECALLED, values={"lot": lot.number})
    for lot in sorted(inputs.lots, key=lambda each: each.number):
        if lot.beyond_use_on < needed_on:
            values = {"lot": lot.number, "beyond_use_on": lot.beyond_use_on.isoformat()}
            margin = {"needed_on": needed_on.isoformat(), "days": str(policy.beyond_use_margin_days)}
            yield Reason(code=ReasonCode.LOT_BEYOND_USE, values={**values, **margin})


def _needed_on(inputs: GateInputs, policy: GatePolicy) -> date:
    """Return the day until which units must keep: the next session and some days, or today where none is planned."""
    session_on = max(inputs.next_session_on or inputs.today, inputs.today)
    return session_on + timedelta(days=policy.beyond_use_margin_days)
