"""EasyPost's signed reports: its own examples verify, nothing else does, and every word becomes one of ours."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from easypost.errors.general.signature_verification_error import SignatureVerificationError
from easypost.util import validate_webhook
from werkzeug.datastructures import Headers

from clinic.gateways.carriers import CarrierWord, UnreadableEvent, known_carrier, looks_like
from clinic.gateways.carriers.easypost_events import events_in, word_for
from clinic.gateways.carriers.easypost_webhooks import report_of, signature_of, verified
from clinic.medication.queries.parcels import plain_tracking
from tests.gateways import published_easypost as published

SCANNED = "2026-11-20T15:00:00Z"


def headers(signature: str) -> Headers:
    return Headers({"x-hmac-signature": signature})


def tracker(*scans: dict[str, Any], **changes: object) -> dict[str, Any]:
    blank = {"id": "trk_1", "object": "Tracker", "tracking_code": "1Z", "carrier": "UPS", "updated_at": SCANNED}
    return blank | {"status": scans[-1]["status"] if scans else "unknown", "tracking_details": list(scans)} | changes


def scan(status: str, detail: str | None = None, at: str | None = SCANNED, **changes: object) -> dict[str, Any]:
    return {"status": status, "status_detail": detail, "datetime": at, "message": "Scan"} | changes


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (published.BATCH_CREATED, published.BATCH_SIGNATURE),
        (published.TRACKER_UPDATED, published.TRACKER_SIGNATURE),
    ],
)
def test_the_providers_own_examples_verify_and_one_changed_byte_does_not(body: bytes, signature: str) -> None:
    assert verified(body, headers(signature), [published.SECRET])
    assert signature_of(body, published.SECRET) == signature
    assert not verified(body.replace(b"evt_1", b"evt_2"), headers(signature), [published.SECRET])
    assert not verified(body + b"\n", headers(signature), [published.SECRET])


def test_a_secret_signs_alike_in_both_normal_forms() -> None:
    assert signature_of(b"{}", "s\u00e9cret") == signature_of(b"{}", "se\u0301cret") != signature_of(b"{}", "secret")


def test_while_a_secret_is_replaced_both_sign_and_a_blank_one_never_does() -> None:
    body, old, new = b"{}", "old secret", "new secret"
    assert verified(body, headers(signature_of(body, old)), ["", new, old])
    assert verified(body, headers(signature_of(body, new)), [new, old])
    assert not verified(body, headers(signature_of(body, old)), [new])
    assert not verified(body, headers(signature_of(body, "")), [""])
    assert not verified(body, headers(signature_of(body, old)), [])


@pytest.mark.parametrize(
    "forge",
    [
        lambda _right: "",
        lambda right: right.removeprefix("hmac-sha256-hex="),
        lambda right: right[:-1],
        lambda right: right + "0",
        lambda right: right.upper(),
        lambda _right: "hmac-sha256-hex=s\u00e9cret",
        lambda _right: "hmac-sha256-hex=" + "\udce9",
    ],
)
def test_a_forged_signature_is_refused_whatever_it_is_made_of(forge: Callable[[str], str]) -> None:
    body = published.TRACKER_UPDATED
    assert not verified(body, {"X-Hmac-Signature": forge(published.TRACKER_SIGNATURE)}, [published.SECRET])
    assert not verified(body, {}, [published.SECRET])


@pytest.mark.parametrize("secret", [published.SECRET, "se\u0301cret", "another"])
def test_the_official_client_says_yes_and_no_as_we_do(secret: str) -> None:
    given = {"X-Hmac-Signature": published.TRACKER_SIGNATURE}
    try:
        theirs = bool(validate_webhook(published.TRACKER_UPDATED, given, secret))
    except SignatureVerificationError:
        theirs = False
    assert verified(published.TRACKER_UPDATED, given, [secret]) is theirs


def test_the_published_report_of_a_parcel_is_read_scan_by_scan() -> None:
    report = report_of(published.TRACKER_UPDATED)
    named = (report.event_id, report.tracker_id, report.tracking_number, report.carrier)
    assert named == ("evt_1", "trk_1", "1", "FedEx")
    assert [event.status for event in report.events] == [CarrierWord.LABEL_CREATED] + [CarrierWord.IN_TRANSIT] * 6
    last = report.events[-1]
    assert last.at == datetime(2024, 8, 2, 18, 50, tzinfo=UTC)
    assert (last.word, last.place) == ("in_transit/arrived_at_facility", "EDISON, NJ")
    assert (last.detail, last.signed_by) == ("Arrived at FedEx location", None)
    assert {event.expected_on for event in report.events} == {date(2024, 8, 5)}
    assert len({event.key for event in report.events}) == 7
    assert report_of(published.TRACKER_UPDATED) == report


def test_a_report_about_anything_but_a_parcel_has_no_events() -> None:
    report = report_of(published.BATCH_CREATED)
    assert (report.description, report.tracker_id, report.events) == ("batch.created", None, ())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        json.dumps({"id": "evt_1", "description": "tracker.updated", "result": []}).encode(),
        json.dumps({"id": "evt_1", "description": "tracker.updated", "result": {"object": "Tracker"}}).encode(),
        json.dumps({"id": "evt_1", "description": "x", "result": tracker() | {"tracking_code": None}}).encode(),
        json.dumps({"id": "evt_1", "description": "x", "result": tracker(scan("delivered", at="soon"))}).encode(),
        json.dumps({"id": "evt_1", "description": "x", "result": tracker() | {"tracking_details": 7}}).encode(),
        json.dumps({"id": "evt_1", "description": "x", "result": tracker() | {"tracking_details": [7]}}).encode(),
        json.dumps({"id": "evt_1", "description": "x\x00", "result": tracker()}).encode(),
        json.dumps({"id": "\ud800", "description": "x", "result": tracker()}).encode(),
        json.dumps({"id": "evt_1", "description": "x", "result": tracker(carrier="U\x00S")}).encode(),
        json.dumps(
            {
                "id": "evt_1",
                "description": "x",
                "result": tracker(updated_at="0001-01-01T00:00:00+05:00", status="error"),
            }
        ).encode(),
    ],
)
def test_a_body_that_is_no_report_is_one_plain_refusal(body: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        report_of(body)


@pytest.mark.parametrize(
    ("status", "detail", "word"),
    [
        ("unknown", "unknown", CarrierWord.UNKNOWN),
        ("pre_transit", "label_created", CarrierWord.LABEL_CREATED),
        ("in_transit", "departed_facility", CarrierWord.IN_TRANSIT),
        ("in_transit", "delayed", CarrierWord.IN_TRANSIT),
        ("in_transit", "delivery_exception", CarrierWord.DELIVERY_ATTEMPTED),
        ("in_transit", "arrived_at_pickup_location", CarrierWord.PICKUP_READY),
        ("in_transit", "lost", CarrierWord.EXCEPTION),
        ("out_for_delivery", "out_for_delivery", CarrierWord.OUT_FOR_DELIVERY),
        ("available_for_pickup", "held", CarrierWord.PICKUP_READY),
        ("delivered", "arrived_at_destination", CarrierWord.DELIVERED),
        ("delivered", "damaged", CarrierWord.DELIVERED),
        ("return_to_sender", "refused", CarrierWord.RETURNING),
        ("failure", "damaged", CarrierWord.EXCEPTION),
        ("failure", "return", CarrierWord.RETURNING),
        ("error", "", CarrierWord.EXCEPTION),
        ("cancelled", "cancelled", CarrierWord.CANCELED),
        ("teleported", "delivery_exception", CarrierWord.UNKNOWN),
        ("", "", CarrierWord.UNKNOWN),
    ],
)
def test_every_word_of_the_carriers_is_one_of_ours_and_a_new_one_is_unknown(
    status: str, detail: str, word: CarrierWord
) -> None:
    assert word_for(status, detail) is word


def test_no_published_detail_makes_a_delivery_or_an_unknown_word() -> None:
    words = {word_for("in_transit", detail) for detail in published.STATUS_DETAILS}
    assert not words & {CarrierWord.DELIVERED, CarrierWord.UNKNOWN}


def test_an_unknown_word_keeps_the_carriers_own_beside_ours() -> None:
    (event,) = events_in(tracker(scan("Teleported", "quantum_hub")))
    assert (event.status, event.word) == (CarrierWord.UNKNOWN, "teleported/quantum_hub")
    (silent,) = events_in(tracker(scan("")))
    assert (silent.status, silent.word) == (CarrierWord.UNKNOWN, "(no word)")


def test_a_signature_that_becomes_known_later_is_news_of_the_same_delivery() -> None:
    way = [scan("in_transit", at="2026-11-20T09:00:00Z"), scan("delivered")]
    unsigned, signed = events_in(tracker(*way)), events_in(tracker(*way, signed_by="J. Adult"))
    assert unsigned[0] == signed[0]
    assert (signed[1].signed_by, signed[1].key) == ("J. Adult", f"{unsigned[1].key}|signed")
    assert events_in(tracker(way[0], signed_by="J. Adult"))[0].signed_by is None


def test_of_two_deliveries_the_latest_is_the_signed_one() -> None:
    way = [scan("delivered", at="2026-11-20T09:00:00Z"), scan("return_to_sender"), scan("delivered")]
    assert [event.signed_by for event in events_in(tracker(*way, signed_by="J. Adult"))] == [None, None, "J. Adult"]


def test_the_name_of_whoever_signed_stays_out_of_the_carriers_sentence() -> None:
    said = scan("delivered", message="Delivered, front desk; Signed for by: J. ADULT")
    (event,) = events_in(tracker(said, signed_by="J. Adult"))
    assert event.detail == "Delivered, front desk"
    assert "dult" not in repr(event)


def test_a_delivery_without_a_scan_is_heard_once_whenever_it_is_told() -> None:
    way = scan("in_transit", at="2026-11-20T09:00:00Z")
    told = [events_in(tracker(way, status="delivered", updated_at=at))[-1] for at in (SCANNED, "2026-11-21T08:00:00Z")]
    assert {event.status for event in told} == {CarrierWord.DELIVERED}
    assert len({event.key for event in told}) == 1


def test_scans_come_in_order_and_one_without_an_instant_takes_that_of_the_latest_change() -> None:
    late, early = scan("in_transit", at="2026-11-20T10:00:00-05:00"), scan("pre_transit", at="2026-11-20T09:00:00")
    events = events_in(tracker(late, early, scan("out_for_delivery", at=None), updated_at="2026-11-21T00:00:00Z"))
    assert [event.at for event in events] == [
        datetime(2026, 11, 20, 9, tzinfo=UTC),
        datetime(2026, 11, 20, 15, tzinfo=UTC),
        datetime(2026, 11, 21, tzinfo=UTC),
    ]


def test_what_a_carrier_says_at_length_fits_into_a_row() -> None:
    location = {"city": "X" * 500, "state": "Y" * 500}
    said = scan("w" * 500, "d" * 500, message="m\x00" * 500, carrier_code="c" * 500, tracking_location=location)
    (event,) = events_in(tracker(said, id="t" * 48, tracking_code="n" * 48, carrier="c" * 500, signed_by="s" * 500))
    assert len(event.key) <= 150
    assert len(event.detail) <= 200
    assert "\x00" not in event.detail
    assert len(event.carrier) <= 32


@pytest.mark.parametrize(
    ("carrier", "typed", "fits"),
    [
        ("UPS", "1z 999 aa1 01 2345 6784", True),
        ("UPS", "EZ1000000001", True),
        ("UPS", "961207604031", False),
        ("FedEx", "9612-0760-4031", True),
        ("FedEx", "1Z999AA10123456784", False),
        ("USPS", "9400 1000 0000 0000 0000 00", True),
        ("USPS", "", False),
        ("Pigeon", "961207604031", False),
    ],
)
def test_a_number_is_tidied_and_held_against_its_carriers_pattern(carrier: str, typed: str, *, fits: bool) -> None:
    assert looks_like(carrier, plain_tracking(typed)) is fits


def test_a_carrier_is_written_in_one_way_and_others_are_not_used() -> None:
    assert [known_carrier(name) for name in (" fedex", "usps", "UPS", "Pigeon")] == ["FedEx", "USPS", "UPS", None]
