"""Signs of supply at every edge: early refills, counts, lost units, parcels, contact data."""

from uuid import UUID

import pytest

from clinic.monitoring.rules.evidence import (
    ContactChange,
    ContactFacts,
    DeliveryDispute,
    Evidence,
    LossClaim,
    RefillRequest,
    SharedContact,
    UnitCount,
)
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    day,
    evidence,
    findings,
    found,
    level,
    same,
    signal,
    supplied,
    told,
)

WATCH, REVIEW, HOLD = Level.WATCH, Level.REVIEW, Level.HOLD


def refills(*asked: tuple[int, int]) -> Evidence:
    """Return requests: how many days ago, and how many days before the plan allowed it."""
    return supplied(
        refill_requests=tuple(
            RefillRequest(id=same(ago), on=day(ago), allowed_on=day(ago - early)) for ago, early in asked
        )
    )


def counts(*missing: tuple[int, int]) -> Evidence:
    """Return counts: how many days ago, and how many units were missing."""
    return supplied(
        ledger=tuple(
            UnitCount(id=same(ago), on=day(ago), before=2, dispensed=4, taken=3, wasted=1, counted=2 - gone)
            for ago, gone in missing
        )
    )


def losses(*ago: int) -> Evidence:
    return supplied(loss_claims=tuple(LossClaim(id=same(each), on=day(each), what="lost") for each in ago))


def parcels(*ago: int, signed: bool = True) -> Evidence:
    return supplied(
        deliveries=tuple(
            DeliveryDispute(id=same(each), on=day(each), signed_on=day(each + 1) if signed else None) for each in ago
        )
    )


def contacts(*ago: int, **more: object) -> Evidence:
    changes = tuple(ContactChange(id=same(each), on=day(each), what="phone") for each in ago)
    return supplied(contact_changes=ContactFacts(changes=changes, **more))


def moved(ago: int, *, sent: int, what: str = "address") -> Evidence:
    changes = (ContactChange(id=same(ago), on=day(ago), what=what),)
    return supplied(contact_changes=ContactFacts(changes=changes, sent_on=(day(sent),)))


CASES = [
    ("D01", evidence(), NO_DATA),
    ("D01", refills(), None),
    ("D01", refills((1, 3)), None),
    ("D01", refills((1, 4)), WATCH),
    ("D01", refills((1, 4), (91, 4)), REVIEW),
    ("D01", refills((1, 4), (92, 4)), WATCH),
    ("D01", refills((1, 4), (30, 3)), WATCH),
    ("D01", refills((1, 4), (20, 9), (40, 9)), HOLD),
    ("D01", found("early_refill_request", 2, days_early=3), None),
    ("D01", found("early_refill_request", 2, days_early=4), WATCH),
    ("D01", found("early_refill_request", 2), None),
    ("D02", evidence(), NO_DATA),
    ("D02", counts(), None),
    ("D02", counts((3, 0)), None),
    ("D02", counts((3, -1)), None),
    ("D02", counts((3, 1)), REVIEW),
    ("D02", counts((3, 2)), HOLD),
    ("D02", counts((40, 1), (3, 1)), HOLD),
    ("D02", counts((368, 1), (3, 1)), HOLD),
    ("D02", counts((369, 1), (3, 1)), REVIEW),
    ("D02", counts((40, 0), (3, 1)), REVIEW),
    ("D02", counts((40, 2), (3, 0)), None),
    ("D03", evidence(), NO_DATA),
    ("D03", losses(), None),
    ("D03", losses(3), REVIEW),
    ("D03", losses(3, 368), HOLD),
    ("D03", losses(3, 369), REVIEW),
    ("D03", found("lost_or_stolen", 3), REVIEW),
    ("D03", found("lost_or_stolen", 3, 20, what="stolen"), HOLD),
    ("D04", evidence(), NO_DATA),
    ("D04", parcels(), None),
    ("D04", parcels(3), REVIEW),
    ("D04", parcels(3, signed=False), None),
    ("D04", parcels(3, 368), HOLD),
    ("D04", parcels(3, 369), REVIEW),
    ("D04", found("not_delivered", 3), None),
    ("D04", found("not_delivered", 3, adult_signature=True), REVIEW),
    ("D05", evidence(), NO_DATA),
    ("D05", contacts(), None),
    ("D05", contacts(3), None),
    ("D05", contacts(3, 93), REVIEW),
    ("D05", contacts(3, 94), None),
    ("D05", contacts(shared=(SharedContact(id=same(1), on=day(1), what="device", others=1),)), REVIEW),
    ("D05", contacts(forwarded_on=(day(2),)), REVIEW),
    ("D05", moved(6, sent=3), REVIEW),
    ("D05", moved(7, sent=3), None),
    ("D05", moved(3, sent=3), REVIEW),
    ("D05", moved(2, sent=3), None),
    ("D05", moved(3, sent=1, what="phone"), None),
    ("D05", found("address_changed", 3), None),
    ("D05", found("address_changed", 3, 4), REVIEW),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


def test_an_event_outside_the_look_back_is_no_sign_of_today():
    assert level("D03", losses(30)) is REVIEW
    assert level("D03", losses(31)) is None


def test_what_is_recorded_and_what_is_supplied_count_together():
    seen = evidence(supplied=losses(20).supplied, findings=findings("lost_or_stolen", 2, what="stolen"))
    assert told(signal("D03", seen)) == (
        "Units were reported stolen on Nov 21, the 2nd report within 365 days.",
        [("Units reported", "lost", day(20)), ("Units reported", "stolen", day(2))],
        {"hold_count": 2, "window_days": 365},
    )


def test_early_refills_are_told_with_their_days():
    assert told(signal("D01", refills((1, 4), (20, 9), (40, 6)))) == (
        "Asked for a refill on Nov 22, 4 days before the plan allows it, the 3rd early request within 90 days.",
        [
            ("Refill asked for", "6 days before the plan allows it", day(40)),
            ("Refill asked for", "9 days before the plan allows it", day(20)),
            ("Refill asked for", "4 days before the plan allows it", day(1)),
        ],
        {"early_days": 3, "review_count": 2, "hold_count": 3, "window_days": 90},
    )
    assert signal("D01", refills((1, 4))).sentence == (
        "Asked for a refill on Nov 22, 4 days before the plan allows it."
    )
    one_day = signal("D01", found("early_refill_request", 2, days_early=1), early_days=0)
    assert one_day.sentence == "Asked for a refill on Nov 21, 1 day before the plan allows it."


def test_a_short_count_is_told_with_the_sum():
    assert told(signal("D02", counts((40, 1), (3, 2)))) == (
        "The count of Nov 20 found 0 units where 2 should be: 2 not accounted for; the count of Oct 14 was short too.",
        [
            ("Units missing at a count before", "1", day(40)),
            ("Units left at the count before", "2", None),
            ("Dispensed since", "4", None),
            ("Taken since", "3", None),
            ("Wasted since", "1", None),
            ("Counted", "0", day(3)),
        ],
        {"review_units": 1, "hold_units": 2, "repeat_days": 365},
    )
    assert signal("D02", counts((3, 1))).sentence == (
        "The count of Nov 20 found 1 unit where 2 should be: 1 not accounted for."
    )


def test_a_first_loss_asks_for_a_call_only():
    assert told(signal("D03", losses(3))) == (
        "Units were reported lost on Nov 20.",
        [("Units reported", "lost", day(3))],
        {"hold_count": 2, "window_days": 365},
    )


def test_a_signed_parcel_is_told_with_the_day_of_the_signature():
    assert told(signal("D04", parcels(3, 400))) == (
        "A parcel reported missing on Nov 20 is signed for on Nov 19 in the carrier's records.",
        [("Parcel said not to have arrived", "signed for on Nov 19", day(3))],
        {"hold_count": 2, "window_days": 365},
    )
    assert signal("D04", found("not_delivered", 3, 9, adult_signature=True)).sentence == (
        "A parcel reported missing on Nov 20 is signed for by an adult in the carrier's records; "
        "the 2nd such parcel within 365 days."
    )


def test_contact_data_are_told_one_by_one():
    assert told(signal("D05", found("address_changed", 3, 30, what="address"))) == (
        "Contact data changed 2 times within 90 days: address on Oct 24 and address on Nov 20.",
        [("Changed", "address", day(30)), ("Changed", "address", day(3))],
        {"changes": 2, "window_days": 90},
    )
    shared = SharedContact(id=UUID(int=5), on=day(1), what="phone", others=2)
    assert told(signal("D05", contacts(shared=(shared,)))) == (
        "The phone seen on Nov 22 is also that of 2 other patients.",
        [("Shared", "phone, 2 other patients", day(1))],
        {},
    )
    assert told(signal("D05", contacts(forwarded_on=(day(2),)))) == (
        "The address given on Nov 21 is a mailbox or a parcel forwarder's.",
        [("Address", "forwarder", day(2))],
        {},
    )
    assert told(signal("D05", moved(4, sent=2))) == (
        "The address changed on Nov 19, 2 days before a parcel left on Nov 21.",
        [("Before a parcel", "another address", day(4)), ("Before a parcel", "a parcel left", day(2))],
        {"before_days": 3},
    )
