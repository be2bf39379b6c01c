"""The official client against a stand-in and against broken servers: every call ends in an answer or in one failure."""

from collections.abc import Callable, Iterator

import pytest
import requests

from clinic.gateways.carriers import Carrier, CarrierFailure, CarrierWord, FailureKind
from clinic.gateways.carriers.easypost import EasyPostCarrier
from clinic.gateways.carriers.manual import ManualCarrier
from clinic.gateways.carriers.stand_in.running import running
from clinic.gateways.carriers.stand_in.setup import Setup
from tests.gateways import published_easypost as published
from tests.gateways.conftest import Canned

KEY = "key-for-tests"
PARCEL, NOBODYS = "1Z999AA10123456711", "1Z999AA10123456795"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(Setup(KEY, "secret")) as url:
        yield url


def carrier_at(address: str, key: str = KEY, read_seconds: float = 5.0) -> EasyPostCarrier:
    return EasyPostCarrier(api_key=key, base_url=address, read_seconds=read_seconds)


def failure_of(call: Callable[[], object]) -> CarrierFailure:
    with pytest.raises(CarrierFailure) as found:
        call()
    return found.value


def numbered(last_two: str) -> str:
    return f"1Z999AA101234567{last_two}"


def test_a_parcel_is_registered_once_however_often_it_is_asked_for(address: str) -> None:
    carrier: Carrier = carrier_at(address)
    first, again = (carrier.register("UPS", PARCEL) for _ in range(2))
    assert first == again
    assert [event.status for event in first.events] == [CarrierWord.LABEL_CREATED]
    assert carrier.poll(first.tracker_id) == first.events
    named = first.events[0]
    assert (named.tracker_id, named.tracking_number, named.carrier) == (first.tracker_id, PARCEL, "UPS")
    assert carrier.register("UPS", numbered("12")).tracker_id != first.tracker_id


def test_the_wire_has_exactly_the_published_fields(address: str) -> None:
    made = carrier_at(address).register("UPS", PARCEL)
    found = requests.get(f"{address}/trackers/{made.tracker_id}", auth=(KEY, ""), timeout=5).json()
    assert set(found) == published.TRACKER_RESOURCE
    listed = requests.get(f"{address}/trackers", params={"tracking_code": PARCEL}, auth=(KEY, ""), timeout=5).json()
    assert listed == {"trackers": [found], "has_more": False}


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("EZ1000000001", CarrierWord.LABEL_CREATED),
        ("EZ2000000002", CarrierWord.IN_TRANSIT),
        ("EZ3000000003", CarrierWord.OUT_FOR_DELIVERY),
        ("EZ4000000004", CarrierWord.DELIVERED),
        ("EZ5000000005", CarrierWord.RETURNING),
        ("EZ6000000006", CarrierWord.EXCEPTION),
        ("EZ7000000007", CarrierWord.UNKNOWN),
    ],
)
def test_the_published_test_numbers_stand_where_they_are_said_to(address: str, number: str, word: CarrierWord) -> None:
    assert carrier_at(address).register("USPS", number).events[-1].status is word


@pytest.mark.parametrize(
    ("last_two", "kind", "status"),
    [
        ("95", FailureKind.REJECTED, 422),
        ("96", FailureKind.UNCLEAR, 500),
        ("97", FailureKind.UNCLEAR, 500),
        ("98", FailureKind.UNCLEAR, None),
        ("99", FailureKind.UNAVAILABLE, 429),
    ],
)
def test_every_way_to_fail_is_sorted(address: str, last_two: str, kind: FailureKind, status: int | None) -> None:
    carrier = carrier_at(address)
    failure = failure_of(lambda: carrier.register("UPS", numbered(last_two)))
    assert (failure.kind, failure.http_status) == (kind, status)
    assert "1Z999" not in str(failure)


@pytest.mark.parametrize(("carrier", "number"), [("Pigeon", PARCEL), ("UPS", "961207604031"), ("", "")])
def test_a_number_that_is_not_the_carriers_is_refused(address: str, carrier: str, number: str) -> None:
    failure = failure_of(lambda: carrier_at(address).register(carrier, number))
    assert (failure.kind, failure.code) == (FailureKind.REJECTED, "TRACKER.CREATE.ERROR")


def test_a_wrong_key_and_an_unknown_tracker_are_refused_for_good(address: str) -> None:
    wrong = failure_of(lambda: carrier_at(address, key="wrong").register("UPS", PARCEL))
    assert (wrong.kind, wrong.http_status, wrong.code) == (FailureKind.REJECTED, 401, "APIKEY.INACTIVE")
    nobody = failure_of(lambda: carrier_at(address).poll("trk_0"))
    assert (nobody.kind, nobody.http_status) == (FailureKind.REJECTED, 404)
    with pytest.raises(ValueError, match="tracker id"):
        carrier_at(address).poll("../webhooks")


JSON = b"Content-Type: application/json\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", FailureKind.UNCLEAR),
        (b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>", FailureKind.UNCLEAR),
        (b"HTTP/1.1 404 Not Found\r\n" + JSON + b"<html>", FailureKind.REJECTED),
        (b"HTTP/1.1 400 Bad Request\r\n" + JSON + b'{"error":"no words"}', FailureKind.REJECTED),
        (b"HTTP/1.1 408 Request Timeout\r\n" + JSON + b'{"error":{}}', FailureKind.UNCLEAR),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", FailureKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b"not json", FailureKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b"[]", FailureKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b'"text"', FailureKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b'{"id":7}', FailureKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b'{"id":"trk_1","tracking_details":[{}]}', FailureKind.UNCLEAR),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"id":', FailureKind.UNCLEAR),
    ],
)
def test_a_broken_answer_is_never_taken_for_a_parcel(
    canned: Callable[..., Canned], answer: bytes, kind: FailureKind
) -> None:
    carrier = carrier_at(canned(answer).url + "/v2")
    assert failure_of(lambda: carrier.register("UPS", PARCEL)).kind is kind
    expected = FailureKind.UNAVAILABLE if kind is FailureKind.UNCLEAR else kind
    assert failure_of(lambda: carrier.poll("trk_1")).kind is expected


def test_a_silent_server_is_left_after_a_while(canned: Callable[..., Canned]) -> None:
    carrier = carrier_at(canned(silent=True).url + "/v2", read_seconds=0.2)
    assert failure_of(lambda: carrier.register("UPS", PARCEL)).kind is FailureKind.UNCLEAR


def test_the_key_goes_nowhere_but_to_the_address_given(canned: Callable[..., Canned]) -> None:
    elsewhere = canned(b"HTTP/1.1 200 OK\r\n" + JSON + b"{}")
    location = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n"
    moved = canned(location.encode())
    failure_of(lambda: carrier_at(moved.url + "/v2").register("UPS", PARCEL))
    assert KEY.encode() in moved.requests[0]
    assert not elsewhere.requests


def test_a_parcel_that_nobody_follows_is_known_by_what_people_write() -> None:
    carrier: Carrier = ManualCarrier()
    assert (carrier.register("UPS", PARCEL).tracker_id, carrier.poll("")) == ("", ())
