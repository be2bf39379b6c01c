"""Plain facts for the pure rules: an order as typed, what is signed, and a patient against whom nothing speaks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from clinic.medication.rules.gate import GateInputs, GatePolicy, LastCount, OrderFacts, PdmpFacts, PrescriberFacts
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.signed_content import OrderContent
from clinic.medication.rules.units import LotFacts

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
A_DAY = timedelta(days=1)

TYPED = {
    "drug": "Substance A",
    "form": "troche",
    "route": "sublingual",
    "strength_value": "12.5",
    "strength_unit": "of something",
    "quantity": "6",
    "units_per_session": "2",
    "days_supply": "21",
    "refills": "1",
    "directions": "As the plan says.\nAn adult stays.",
    "indication": "What it is for",
}
CONTENT = OrderContent(
    order_id=UUID(int=1),
    plan_id=UUID(int=2),
    issued_on=TODAY,
    schedule="III",
    patient_name="Ana Ruiz Peña",
    patient_address="1 Palm Way, Miami, FL 33101",
    patient_born_on=date(1980, 2, 29),
    patient_state="FL",
    drug="Substance A",
    form="troche",
    route="sublingual",
    strength_value=Decimal("12.5"),
    strength_unit="of something",
    quantity=6,
    units_per_session=2,
    days_supply=21,
    refills=0,
    directions="As the plan says.",
    indication="What it is for",
    prescriber_name="Ada Okafor, MD",
    prescriber_address="2 Bay Street, Tampa, FL 33602",
    dea_number="AO1234563",
    cds_number=None,
    license_number="ME100001",
    pharmacy_name="Bayside Compounding",
    pharmacy_address="3 Dock Road, Tampa, FL 33602",
)
POLICY = GatePolicy(most_units_on_hand=12)
ORDER = OrderFacts(
    id=UUID(int=1),
    state=OrderState.ACTIVE,
    issued_on=date(2026, 10, 1),
    expires_on=date(2027, 4, 1),
    refills=2,
    fills_done=1,
    quantity=6,
    units_per_session=2,
    days_supply=21,
    physician_id=UUID(int=3),
)
LOT = LotFacts(number="B7", beyond_use_on=date(2027, 3, 1), is_recalled=False)
CLEAR = GateInputs(
    patient_id=UUID(int=4),
    at=AT,
    today=TODAY,
    state="NJ",
    is_active=True,
    phase="maintenance",
    order=ORDER,
    prescriber=PrescriberFacts(has_license=True, has_dea=True, has_cds=True),
    has_pharmacy_license=True,
    is_covered=True,
    covered_until=date(2026, 12, 31),
    pdmp=PdmpFacts(id=UUID(int=5), state="NJ", checked_at=AT - A_DAY, result="nothing_else"),
    last_visit_on=TODAY - 90 * A_DAY,
    holds=0,
    overdue_check_ins=(),
    missing_consents=(),
    is_paid=True,
    last_supplied_on=TODAY - 19 * A_DAY,
    last_days_supply=21,
    expected_on_hand=2,
    last_count=LastCount(on=TODAY - 7 * A_DAY, missing=0),
    recalled_on_hand=0,
    open_disputes=0,
    parcels_under_way=0,
    address_confirmed_on=TODAY - 14 * A_DAY,
    is_address_served=True,
    is_adult_available=True,
    lots=(LOT,),
    next_session_on=date(2026, 12, 1),
)
"""Every number stands on its limit, so that one more of anything is a reason."""


def with_order(inputs=CLEAR, **changes):
    return replace(inputs, order=replace(inputs.order, **changes))


def with_pdmp(inputs=CLEAR, **changes):
    return replace(inputs, pdmp=replace(inputs.pdmp, **changes))


def with_count(inputs=CLEAR, **changes):
    return replace(inputs, last_count=replace(inputs.last_count, **changes))


def with_prescriber(inputs=CLEAR, **changes):
    return replace(inputs, prescriber=replace(inputs.prescriber, **changes))


def with_lots(inputs=CLEAR, **changes):
    return replace(inputs, lots=tuple(replace(lot, **changes) for lot in inputs.lots))
