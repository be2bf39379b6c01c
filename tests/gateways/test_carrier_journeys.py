"""Pretend parcels: each script ends as its page says, is the same however often it is read, and only grows."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.gateways.carriers import Carrier, CarrierEvent, CarrierFailure, CarrierWord
from clinic.gateways.carriers.journeys import BY_LAST_DIGITS, SIGNER, journey_of
from clinic.gateways.carriers.sandbox import SandboxCarrier
from tests.conftest import TestClock

BEGAN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
W = CarrierWord


def followed(last_two: str, hours: float) -> tuple[CarrierEvent, ...]:
    tracker_id = SandboxCarrier(lambda: BEGAN).register("UPS", f"1Z999AA101234567{last_two}").tracker_id
    return SandboxCarrier(lambda: BEGAN + timedelta(hours=hours)).poll(tracker_id)


@pytest.mark.parametrize(
    ("last_two", "ends", "is_signed"),
    [
        ("11", [W.OUT_FOR_DELIVERY, W.DELIVERED], True),
        ("80", [W.OUT_FOR_DELIVERY, W.DELIVERED], False),
        ("81", [W.DELIVERY_ATTEMPTED, W.OUT_FOR_DELIVERY, W.DELIVERED], True),
        ("82", [W.DELIVERY_ATTEMPTED, W.PICKUP_READY], False),
        ("83", [W.IN_TRANSIT, W.EXCEPTION], False),
        ("84", [W.OUT_FOR_DELIVERY, W.RETURNING, W.RETURNING], False),
        ("85", [W.LABEL_CREATED, W.IN_TRANSIT, W.IN_TRANSIT], False),
        ("86", [W.LABEL_CREATED], False),
        ("87", [W.UNKNOWN, W.OUT_FOR_DELIVERY, W.DELIVERED], True),
        ("88", [W.OUT_FOR_DELIVERY, W.DELIVERED], True),
        ("89", [W.OUT_FOR_DELIVERY, W.DELIVERED], True),
        ("90", [W.DELIVERED, W.RETURNING, W.RETURNING], True),
        ("91", [W.LABEL_CREATED, W.CANCELED], False),
        ("92", [W.DELIVERED, W.LABEL_CREATED], True),
        ("93", [W.OUT_FOR_DELIVERY, W.DELIVERED], True),
    ],
)
def test_the_last_two_digits_decide_the_end(last_two: str, ends: list[CarrierWord], *, is_signed: bool) -> None:
    events = followed(last_two, hours=24 * 30)
    assert [event.status for event in events][-len(ends) :] == ends
    assert [event.signed_by for event in events if event.signed_by] == ([SIGNER] if is_signed else [])


@pytest.mark.parametrize("last_two", ["11", *BY_LAST_DIGITS])
def test_what_was_told_once_is_told_again_with_the_same_key(last_two: str) -> None:
    known: dict[str, datetime] = {}
    for hours in range(0, 130, 5):
        events = {event.key.removesuffix("|signed"): event.at for event in followed(last_two, hours)}
        assert known.items() <= events.items()
        assert all(at <= BEGAN + timedelta(hours=hours) for at in events.values())
        known = events


def test_a_late_signature_comes_a_day_after_the_delivery() -> None:
    assert followed("89", 60)[-1].signed_by is None
    assert followed("89", 80)[-1].signed_by == SIGNER


def test_one_script_brings_a_delivery_from_before_the_parcel_was_handed_over() -> None:
    assert followed("92", 0)[0].at == BEGAN - timedelta(days=3)


def test_a_sandbox_parcel_travels_on_the_clinics_clock(clock: TestClock) -> None:
    carrier: Carrier = SandboxCarrier(clock)
    registered = carrier.register("FedEx", "961207604011")
    assert [event.status for event in registered.events] == [W.LABEL_CREATED]
    clock.advance(hours=51)
    events = carrier.poll(registered.tracker_id)
    assert (events[-1].status, events[-1].carrier, len(events)) == (W.DELIVERED, "FedEx", 6)


@pytest.mark.parametrize("tracker_id", ["", "trk_1", "sandbox_x_UPS_1", "sandbox_1_UPS_1;drop", "sandbox_1_UPS_1\n"])
def test_an_id_of_another_make_is_nobodys_parcel(tracker_id: str) -> None:
    with pytest.raises(CarrierFailure):
        SandboxCarrier(lambda: BEGAN).poll(tracker_id)


def test_an_ordinary_number_travels_in_the_ordinary_way() -> None:
    assert journey_of("1Z999AA10123456700") == journey_of("94001000000000000000AB") != journey_of("86")
