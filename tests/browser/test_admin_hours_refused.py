"""What an administrator enters wrongly comes back with a clear sentence at its box, and with all that was typed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.hours_hands import (
    as_they_are,
    asked_about,
    booked,
    box,
    enter,
    kept,
    press,
    with_tasks,
)
from tests.domains.scheduling.calendar_makers import at


@dataclass(frozen=True, slots=True)
class Wrong:
    """Entries on one page by their labels, the button, and the sentence that comes back at a box."""

    page: str
    button: str
    says: str
    where: str
    typed: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.says


HOURS = "/physicians/{okafor}/hours/new", "Add hours"
EXCEPTION = "/physicians/{okafor}/exceptions/new", "Add exception"
CAP = "/physicians/{okafor}/caps/new", "Add cap"
CLOSURE = "/admin/closures/new", "Add closure"
HOLIDAYS = "/admin/closures/holidays/2027", "Close on these days"
MONDAYS = {"Monday": "yes", "First_day": "2026-12-07"}

WRONG = [
    Wrong(*HOURS, "The hours must end after they start.", "To", MONDAYS | {"From": "19:00", "To": "18:00"}),
    Wrong(
        *HOURS,
        "There are hours from 9:00 AM to 12:00 PM on Mondays already. End those first, or choose times beside them.",
        "From",
        MONDAYS | {"From": "11:00", "To": "12:30"},
    ),
    Wrong(
        *HOURS,
        "The last day must not be before the first one.",
        "Last day",
        MONDAYS | {"From": "18:00", "To": "19:00", "Last_day": "2026-12-06"},
    ),
    Wrong(*HOURS, "Choose at least one day of the week.", "Monday", {"From": "18:00", "To": "19:00"}),
    Wrong(
        *HOURS,
        "Choose today or a later day: hours that have been are not changed.",
        "First day",
        {"Monday": "yes", "From": "18:00", "To": "19:00", "First_day": "2026-11-22"},
    ),
    Wrong(
        *EXCEPTION,
        "This is more than two years ahead. Choose an earlier time.",
        "From",
        {"Extra_hours": "yes", "First_day": "2029-06-02", "From": "09:00", "To": "12:00", "Note": "Far ahead"},
    ),
    Wrong(
        *EXCEPTION,
        "This has passed already. Choose a later time.",
        "To",
        {"Closed": "yes", "First_day": "2026-11-20", "From": "09:00", "To": "12:00"},
    ),
    Wrong(
        *EXCEPTION,
        "The clocks go forward on March 14, so 02:30 does not exist. Choose another time.",
        "From",
        {"Extra_hours": "yes", "First_day": "2027-03-14", "From": "02:30", "To": "04:00"},
    ),
    Wrong(
        *CLOSURE,
        "The last day must not be before the first one.",
        "Last day",
        {"What_it_is": "Inventory", "First_day": "2026-12-18", "Last_day": "2026-12-17"},
    ),
    Wrong(
        *CLOSURE,
        "The closing must end after it starts.",
        "To",
        {"What_it_is": "Inventory", "First_day": "2026-12-18", "From": "15:00", "To": "14:00"},
    ),
    Wrong(*CAP, "Enter a whole number from 0 to 200.", "At most", {"At_most": "six", "A_week": "yes"}),
    Wrong(
        *CAP,
        "The last day must not be before the first one.",
        "Last day",
        {"At_most": "4", "First_day": "2026-12-02", "Last_day": "2026-12-01"},
    ),
    Wrong(*HOLIDAYS, "Tick at least one holiday, or say that there are none.", "New Year's Day"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_entry_comes_back_with_a_sentence_and_all_that_was_typed(
    standing: Live, visit_as: Callable[..., Page], wrong: Wrong
):
    page = visit_as(standing, staff="morgan")
    page.goto(wrong.page.format(okafor=standing.town.physicians["okafor"].id))
    enter(page, **wrong.typed)
    press(page, wrong.button)
    summary = page.locator(".summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("listitem")).to_have_text([wrong.says])
    kept(page, **wrong.typed)
    assert violations(page) == []
    summary.get_by_role("link", name=wrong.says).click()
    expect(box(page, wrong.where)).to_be_focused()


def test_a_cap_of_zero_names_all_that_is_booked_and_can_be_thought_over(live: Live, visit_as: Callable[..., Page]):
    booked(live, "okafor", {"first": ("soledad", at(32, 11)), "second": ("lucinda", at(32, 9))})
    before = as_they_are(live)
    page = visit_as(live, staff="morgan")
    page.goto(f"/physicians/{live.town.physicians['okafor'].id}/caps/new")
    typed = {"At_most": "0", "A_day": "yes", "First_day": "2026-12-02", "Last_day": "2026-12-02"}
    enter(page, **typed)
    press(page, "Add cap")
    assert {each.when for each in asked_about(page, 2)} == {"Wed, Dec 2, 9:00 AM ET", "Wed, Dec 2, 11:00 AM ET"}
    press(page, "Change my entries")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a cap")
    kept(page, **typed)
    enter(page, At_most="2")
    press(page, "Add cap")
    expect(page.locator(".toast")).to_contain_text("Cap of at most 2 visits a day: set.")
    assert with_tasks(live) == set()
    assert as_they_are(live) == before


def test_leaving_the_question_leaves_everything_as_it_was(live: Live, visit_as: Callable[..., Page]):
    before = as_they_are(live)
    page = visit_as(live, staff="morgan")
    page.goto("/admin/closures/new")
    enter(page, What_it_is="Inventory", First_day="2026-11-24")
    press(page, "Add closure")
    asked_about(page, 2)
    page.get_by_role("link", name="Leave as it is").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Closures")
    expect(page.get_by_role("row", name="Inventory")).to_have_count(0)
    assert with_tasks(live) == set()
    assert as_they_are(live) == before
