"""The one contract of each port of supply: every way to a carrier and to a pharmacy keeps to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from clinic.gateways.carriers import Carrier, CarrierFailure, CarrierWord, FailureKind, Registered
from clinic.gateways.carriers.easypost import EasyPostCarrier
from clinic.gateways.carriers.manual import ManualCarrier
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.carriers.stand_in.running import running
from clinic.gateways.carriers.stand_in.setup import Setup
from clinic.gateways.pharmacies import FillOrder, PharmacyChannel, StepWord
from clinic.gateways.pharmacies.manual import ManualPharmacy
from clinic.gateways.pharmacies.sandbox import SandboxPharmacy

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY, NUMBER = "key-for-tests", "1Z999AA10123456711"
FILL = FillOrder(UUID("01890000-0000-7000-8000-000000000000"), 12, "troche", NOW)


@pytest.fixture(scope="module", params=["manual", "sandbox", "easypost"])
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    """Give each way to a carrier; the service is a process's worth of HTTP behind the official client."""
    if request.param == "easypost":
        with running(Setup(KEY, "secret")) as url:
            yield EasyPostCarrier(api_key=KEY, base_url=url)
    else:
        yield ManualCarrier() if request.param == "manual" else SandboxCarrier(lambda: NOW)


@pytest.fixture(params=[ManualPharmacy(), SandboxPharmacy()], ids=["manual", "sandbox"])
def pharmacy(request: pytest.FixtureRequest) -> PharmacyChannel:
    """Give each way to a pharmacy."""
    channel: PharmacyChannel = request.param
    return channel


def test_a_parcel_is_registered_once_and_polling_tells_the_same_again(carrier: Carrier) -> None:
    first = carrier.register("UPS", NUMBER)
    assert carrier.register("UPS", NUMBER) == first
    assert carrier.poll(first.tracker_id) == first.events


def test_what_is_told_names_its_parcel_and_has_a_key_an_instant_and_a_word_of_ours(carrier: Carrier) -> None:
    made = carrier.register("UPS", NUMBER)
    assert len({event.key for event in made.events}) == len(made.events)
    for event in made.events:
        assert (event.tracker_id, event.tracking_number, event.carrier) == (made.tracker_id, NUMBER, "UPS")
        assert event.at.utcoffset() == timedelta(0)
        assert isinstance(event.status, CarrierWord)
        assert event.word
        assert 0 < len(event.key) <= 150


def test_a_carrier_that_follows_nothing_has_no_tracker_and_others_refuse_a_stranger(carrier: Carrier) -> None:
    if carrier.channel == "manual":
        assert carrier.register("UPS", NUMBER) == Registered("")
        assert carrier.poll("anything") == ()
        return
    with pytest.raises(CarrierFailure) as refused:
        carrier.poll("trk_nobodys")
    assert (refused.value.kind, refused.value.http_status) == (FailureKind.REJECTED, 404)
    assert "trk_nobodys" not in str(refused.value)


def test_a_fill_is_submitted_as_often_as_one_likes_and_steps_only_come_to_those_told(pharmacy: PharmacyChannel) -> None:
    assert pharmacy.submit(FILL) == pharmacy.submit(FILL)
    told = [pharmacy.status(FILL, now=NOW + timedelta(hours=hours)) for hours in range(0, 60, 6)]
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(told))
    assert pharmacy.status(FILL, now=NOW + timedelta(hours=54)) == told[-1]


def test_steps_of_a_pharmacy_have_words_keys_and_exactly_the_units_of_the_fill(pharmacy: PharmacyChannel) -> None:
    steps = pharmacy.status(FILL, now=NOW + timedelta(days=30))
    assert bool(steps) is not pharmacy.submit(FILL).is_by_hand
    assert len({step.key for step in steps}) == len(steps)
    assert all(isinstance(step.word, StepWord) and step.at >= NOW for step in steps)
    assert {sum(lot.units for lot in step.lots) for step in steps if step.lots} <= {FILL.units}
    assert all(lot.compounded_on <= lot.beyond_use_on for step in steps for lot in step.lots)
