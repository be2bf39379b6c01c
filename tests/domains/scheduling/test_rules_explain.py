from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from clinic.scheduling.rules.explain import explain, refusal, sorted_losses
from clinic.scheduling.rules.slots import SEARCH_REASONS, PatientSide, RemovalReason, Slot, SlotRequest, SlotSearch
from clinic.scheduling.rules.visits import VisitShape, whole_visit

MONDAY = date(2026, 3, 2)
NOW = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
REQUEST = SlotRequest(VisitShape(30, whole_visit(30)), PatientSide("NJ", "America/New_York"), MONDAY, MONDAY, now=NOW)
ONE, TWO = UUID(int=1), UUID(int=2)


def found(
    free: int, removed: dict[RemovalReason, int] | None = None, *, without: int = 0, closed: int = 0
) -> SlotSearch:
    removed = removed or {}
    slots = tuple(Slot(ONE, NOW + 900 * n, NOW + 900 * n + 1800) for n in range(free))
    absent = [UUID(int=n) for n in range(10, 10 + without)], [UUID(int=n) for n in range(50, 50 + closed)]
    considered = free + sum(removed.values())
    return SlotSearch(REQUEST, slots, removed, considered, *(tuple(ids) for ids in absent))


@pytest.mark.parametrize(
    ("search", "sentences"),
    [
        (found(14), ["14 free."]),
        (
            found(14, {RemovalReason.TOO_SOON: 5, RemovalReason.NO_LICENCE: 9}),
            ["14 free.", "9 lost to a New Jersey license, 5 before the earliest time."],
        ),
        (found(0, {RemovalReason.PHYSICIAN_BUSY: 3}), ["No time is free.", "3 taken."]),
        (
            found(0, {RemovalReason.NO_LICENCE: 3}),
            ["No time is free.", "Nobody chosen holds a New Jersey license on these dates."],
        ),
        (
            found(1, without=1, closed=2),
            ["1 free.", "1 physician has no hours on these dates.", "2 physicians have closed days on these dates."],
        ),
        (found(0), ["There is no physician to choose from."]),
        (found(0, without=1), ["Nobody chosen has hours on these dates."]),
        (found(0, closed=1), ["Everyone chosen is closed on these dates."]),
        (
            found(0, without=1, closed=1),
            ["1 physician has no hours on these dates.", "1 physician has closed days on these dates."],
        ),
    ],
)
def test_the_answer_says_what_is_free_and_what_became_of_the_rest(search: SlotSearch, sentences: list[str]) -> None:
    assert explain(search, state_name="New Jersey") == sentences


def test_the_greatest_loss_comes_first_and_equal_ones_in_the_order_of_the_reasons() -> None:
    removed = {RemovalReason.DOES_NOT_FIT: 2, RemovalReason.PATIENT_BUSY: 2, RemovalReason.TOO_SOON: 7}

    assert sorted_losses(found(0, removed)) == [("too_soon", 7), ("patient_busy", 2), ("does_not_fit", 2)]


@pytest.mark.parametrize("reason", SEARCH_REASONS)
def test_each_reason_of_a_search_has_words(reason: RemovalReason) -> None:
    _, losses = explain(found(1, {reason: 4}), state_name="Ohio")

    assert losses.startswith("4 ")
    assert "{" not in losses
    assert ("an Ohio license" in losses) is (reason is RemovalReason.NO_LICENCE)


@pytest.mark.parametrize("reason", RemovalReason)
def test_each_refusal_says_what_to_do_next(reason: RemovalReason) -> None:
    sentence = refusal(reason, state_name="Florida")

    assert "Choose " in sentence
    assert "{" not in sentence
    assert ("a Florida license" in sentence) is (reason is RemovalReason.NO_LICENCE)
