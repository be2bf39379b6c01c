"""Bad input, one case each: the answer says what is wrong and with which value, nothing is lost, the ledger stays.

Forged and replayed webhooks are refused in tests/webhooks/test_webhooks_carriers.py.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.gateways.carriers import CarrierWord
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.handing import hand_over
from clinic.medication.actions.parcels import take_events
from clinic.medication.errors import LotUnknown, OrderRefused, ParcelRefused, SecondOrder, UnitsRefused
from clinic.medication.models import (
    Fill,
    Prescription,
    Receipt,
    Shipment,
    TrackingEvent,
    UnitBalance,
    UnitCount,
    UnitEntry,
)
from clinic.medication.rules.orders import checked_order
from tests.domains.medication.medication_makers import FIELDS, OrderClinic
from tests.domains.medication.supply_makers import (
    CARRIER,
    a_label,
    a_packed_fill,
    a_plan_of,
    an_order,
    confirm,
    deliver,
    supplied,
    told,
)
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

TYPED = {name: str(value) for name, value in asdict(FIELDS).items()}
LATER = NOW + timedelta(days=2)
NEWARK = {"state": "NJ", "city": "Newark", "postal_code": "07102", "county_fips": "34013"}


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("quantity", "2.5", "not \u201c2.5\u201d. A prescription must say it (21 CFR 1306.05)."),
        (
            "refills",
            "6",
            "An order of schedule III has 0 to 5 refills, not \u201c6\u201d (21 CFR 1306.22(a)). Nobody can",
        ),
    ],
)
def test_an_order_that_cannot_be_names_value_and_rule_at_its_box(field: str, typed: str, words: str):
    with pytest.raises(OrderRefused) as refused:
        checked_order(TYPED | {field: typed})
    assert (refused.value.field, words in str(refused.value)) == (field, True)


def kept(session) -> list[object]:
    """Return where every order, fill and parcel stands, and every row of the ledger."""
    session.flush()
    wanted = (
        *(select(table.id, table.state) for table in (Prescription, Fill, Shipment)),
        select(UnitBalance.lot_id, UnitBalance.units),
        *(select(table.id) for table in (UnitEntry, UnitCount, Receipt, TrackingEvent)),
    )
    return [sorted(str(tuple(row)) for row in session.execute(each)) for each in wanted]


def refused_words(session, act: Callable[[], object], error: type[Exception]) -> str:
    before = kept(session)
    with pytest.raises(error) as refused:
        act()
    assert kept(session) == before
    return str(refused.value)


def test_what_comes_wrong_about_a_supply_is_refused_and_everything_stays(session, order_clinic: OrderClinic):
    order = an_order(order_clinic)
    parcel = supplied(order_clinic, order)
    patient_id, plan = order.patient_id, a_plan_of(session, order)

    def hear(**changes: object) -> Callable[[], object]:
        event = told(parcel, CarrierWord.DELIVERED, at=LATER, **changes)
        return lambda: take_events(session, shipment_id=parcel.id, events=[event], by=CARRIER, now=LATER)

    def count() -> object:
        whose = {"patient_id": patient_id, "by": COORDINATOR, "now": LATER}
        return record_count(session, counted=13, at=CountAt(moment="asked"), **whose)

    second = refused_words(session, lambda: order_clinic.draft(plan, now=LATER), SecondOrder)
    assert "Amend that one, or stop it first; a physician of the patient can do either." in second
    assert "13 is more than was ever there since the last count, which is 12." in refused_words(
        session, count, UnitsRefused
    )
    stray = refused_words(session, hear(tracking_number="1Z9999999999999999"), ParcelRefused)
    assert f"about 1Z9999999999999999, and this parcel is UPS {parcel.tracking_number}" in stray


def test_a_parcel_has_its_own_number_leaves_before_it_comes_and_holds_its_own_lot(session, order_clinic: OrderClinic):
    first, other = an_order(order_clinic), an_order(order_clinic)
    label = a_label()
    sent = a_packed_fill(order_clinic, first)
    parcel = hand_over(session, fill_id=sent.id, label=label, by=COORDINATOR, now=NOW).shipment
    assert parcel is not None
    fill = a_packed_fill(order_clinic, other)
    again = refused_words(
        session, lambda: hand_over(session, fill_id=fill.id, label=label, by=COORDINATOR, now=NOW), ParcelRefused
    )
    assert f"UPS {label.tracking_number} is the number of another parcel, and nobody can use it twice." in again
    before = kept(session)
    early = told(parcel, CarrierWord.DELIVERED, at=NOW - timedelta(hours=1), signed_by="A. Invented")
    take_events(session, shipment_id=parcel.id, events=[early], by=CARRIER, now=NOW)
    assert kept(session) == before
    deliver(session, parcel, at=NOW + timedelta(days=1))
    unknown = refused_words(session, lambda: confirm(session, parcel, now=LATER, lot_number="X-1"), LotUnknown)
    assert "\u201cX-1\u201d is not a number of this parcel." in unknown


def test_an_order_is_not_signed_ahead_of_its_day_nor_without_the_licenses_of_the_patients_state(
    session, order_clinic: OrderClinic
):
    draft = order_clinic.draft(order_clinic.treated())
    ahead = refused_words(session, lambda: order_clinic.sign(draft, issued_on=date(2026, 11, 24)), OrderRefused)
    assert "11/23/2026 where the patient is, not 11/24/2026 (21 CFR 1306.05(a)). Nobody can set this aside." in ahead
    herrera, by = order_clinic.physician("Dr. Luis Herrera", states=("FL",))
    patient = order_clinic.patient(**NEWARK)
    draft = order_clinic.draft(order_clinic.plan(patient=patient, physician=herrera), by=by)
    elsewhere = refused_words(session, lambda: order_clinic.sign(draft), OrderRefused)
    for lacking in (
        "Dr. Luis Herrera has no license in New Jersey on 11/23/2026 (N.J.S.A. 45:1-62).",
        "Dr. Luis Herrera has no DEA registration in New Jersey on 11/23/2026; each state needs one (71 FR 69478).",
        "Dr. Luis Herrera has no CDS registration of New Jersey on 11/23/2026 (N.J.S.A. 24:21).",
    ):
        assert f"{lacking} Nobody can set this aside." in elsewhere
