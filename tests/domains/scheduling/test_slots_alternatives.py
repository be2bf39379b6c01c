from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from clinic.scheduling.rules.slots import (
    LicencePeriod,
    PatientSide,
    PhysicianSide,
    SlotRequest,
    search,
    three_alternatives,
)
from clinic.scheduling.rules.visits import Range, VisitShape, whole_visit

MONDAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, 5, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
NJ = LicencePeriod("NJ", date(2020, 1, 1), None)


def at(hour: int, minute: int = 0) -> int:
    """An instant given on New York's clock."""
    return int((MIDNIGHT + timedelta(hours=hour, minutes=minute)).timestamp())


def a_request() -> SlotRequest:
    patient = PatientSide("NJ", "America/New_York")
    return SlotRequest(VisitShape(30, whole_visit(30)), patient, MONDAY, MONDAY, now=at(0))


def a_physician(*hours: Range, busy: Sequence[Range] = (), physician_id: UUID = ONE) -> PhysicianSide:
    return PhysicianSide(physician_id, "America/New_York", hours or [(at(9), at(12))], busy, [NJ])


def test_the_nearest_three_are_proposed_nearest_first() -> None:
    found = search(a_request(), [a_physician(busy=[(at(10), at(10, 30))])])

    starts = [slot.starts_at for slot in three_alternatives(found, at(10))]

    assert starts == [at(9, 30), at(10, 30), at(9, 15)]


def test_of_two_equally_near_the_earlier_comes_first() -> None:
    found = search(a_request(), [a_physician(busy=[(at(10), at(10, 15))])])

    pairs = [slot.starts_at for slot in three_alternatives(found, at(10) - 450)]

    assert pairs[0] == at(9, 30)
    assert all(abs(a - at(10) + 450) <= abs(b - at(10) + 450) for a, b in pairwise(pairs))


def test_the_same_physician_is_preferred_by_half_an_hour() -> None:
    mine = a_physician((at(10, 30), at(11)))
    hers = a_physician((at(10), at(11)), physician_id=TWO)
    found = search(a_request(), [hers, mine])

    proposed = three_alternatives(found, at(10), physician_id=ONE)

    assert [(slot.starts_at, slot.physician_id) for slot in proposed] == [
        (at(10), TWO),
        (at(10, 30), ONE),
        (at(10, 15), TWO),
    ]
    farther = three_alternatives(found, at(10), physician_id=ONE, other_physician_costs=1801)
    assert farther[0].physician_id == ONE


def test_one_time_is_proposed_once_and_with_the_same_physician_if_possible() -> None:
    hours = (at(9), at(10))
    found = search(a_request(), [a_physician(hours, physician_id=TWO), a_physician(hours)])

    proposed = three_alternatives(found, at(9), physician_id=ONE)

    assert [(slot.starts_at, slot.physician_id) for slot in proposed] == [
        (at(9), ONE),
        (at(9, 15), ONE),
        (at(9, 30), ONE),
    ]


@pytest.mark.parametrize(("end", "count"), [(at(9), 0), (at(9, 30), 1), (at(9, 45), 2), (at(10), 3), (at(12), 3)])
def test_fewer_than_three_are_proposed_when_there_are_fewer(end: int, count: int) -> None:
    found = search(a_request(), [a_physician((at(9), end))])

    assert len(three_alternatives(found, at(9))) == count
