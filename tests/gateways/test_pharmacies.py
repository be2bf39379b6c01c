"""Ways to a pharmacy: one that asks a person, and a scripted one that follows from reference, beginning and clock."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from clinic.gateways.pharmacies import FillOrder, PharmacyChannel, PharmacyStep, StepWord
from clinic.gateways.pharmacies.manual import ManualPharmacy
from clinic.gateways.pharmacies.sandbox import SandboxPharmacy

SUBMITTED = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
S = StepWord


def order(ending: str = "0000", *, units: int = 7, submitted_at: datetime = SUBMITTED) -> FillOrder:
    return FillOrder(UUID(f"01890000-0000-7000-8000-00000000{ending}"), units, "troche", submitted_at)


def said(fill: FillOrder, hours: float = 24 * 30) -> tuple[PharmacyStep, ...]:
    return SandboxPharmacy().status(fill, now=fill.submitted_at + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("0000", [S.ACCEPTED, S.COMPOUNDING, S.VERIFIED, S.PACKED]),
        ("a5ca", [S.CLARIFICATION, S.ACCEPTED, S.COMPOUNDING, S.VERIFIED, S.PACKED]),
        ("dead", [S.REJECTED]),
        ("2107", [S.ACCEPTED, S.COMPOUNDING, S.VERIFIED, S.PACKED]),
        ("0bad", [S.ACCEPTED, S.COMPOUNDING, S.VERIFIED, S.PACKED]),
        ("0510", [S.ACCEPTED]),
    ],
)
def test_the_end_of_the_reference_decides_what_the_pretend_pharmacy_does(ending: str, words: list[StepWord]) -> None:
    steps = said(order(ending))
    assert [step.word for step in steps] == words
    assert [bool(step.lots) for step in steps] == [word is S.VERIFIED for word in words]
    assert [bool(step.reason) for step in steps] == [word in {S.CLARIFICATION, S.REJECTED} for word in words]
    assert [step.at for step in steps] == sorted(step.at for step in steps)


@pytest.mark.parametrize("ending", ["0000", "a5ca", "2107"])
def test_steps_only_come_to_those_that_were_said_and_never_from_the_future(ending: str) -> None:
    before: tuple[PharmacyStep, ...] = ()
    for hours in range(40):
        now = said(order(ending), hours)
        assert now[: len(before)] == before
        assert all(step.at <= SUBMITTED + timedelta(hours=hours) for step in now)
        before = now


@pytest.mark.parametrize(("ending", "units"), [("0000", 1), ("0000", 12), ("2107", 7), ("2107", 8), ("2107", 1)])
def test_the_lots_hold_exactly_the_units_of_the_fill(ending: str, units: int) -> None:
    (verified,) = (step for step in said(order(ending, units=units)) if step.lots)
    assert sum(lot.units for lot in verified.lots) == units
    assert all(lot.units > 0 for lot in verified.lots)
    assert len({lot.number for lot in verified.lots}) == len(verified.lots)


def test_fills_of_one_week_share_a_lot_and_the_next_week_has_another() -> None:
    days = [SUBMITTED, SUBMITTED + timedelta(days=2), SUBMITTED + timedelta(days=7)]
    first, same, other = (
        next(step.lots[0] for step in said(order(f"000{place}", submitted_at=day)) if step.lots)
        for place, day in enumerate(days)
    )
    assert first == same != other
    assert (first.compounded_on, first.beyond_use_on) == (date(2026, 11, 23), date(2027, 5, 22))


def test_one_script_claims_a_date_that_no_such_unit_keeps_to() -> None:
    (lot,) = next(step.lots for step in said(order("0bad")) if step.lots)
    assert (lot.beyond_use_on - lot.compounded_on).days == 400
    assert lot.number != next(step.lots for step in said(order()) if step.lots)[0].number


@pytest.mark.parametrize(("channel", "is_by_hand"), [(ManualPharmacy(), True), (SandboxPharmacy(), False)])
def test_a_fill_is_handed_over_twice_without_harm(channel: PharmacyChannel, *, is_by_hand: bool) -> None:
    assert [channel.submit(order()).is_by_hand for _ in range(2)] == [is_by_hand] * 2


def test_a_pharmacy_that_is_a_person_says_nothing_by_itself() -> None:
    assert ManualPharmacy().status(order(), now=SUBMITTED + timedelta(days=9)) == ()
