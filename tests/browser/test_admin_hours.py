"""An administrator changes hours, closures and caps; the visits that the question names are those that get tasks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.hours_hands import (
    Stranded,
    as_they_are,
    asked_about,
    booked,
    box,
    enter,
    on_the_desk,
    press,
    tab_to,
    with_tasks,
)
from tests.browser.measures import sideways
from tests.domains.scheduling.calendar_makers import at

OKAFOR, RAMAN = "Dr. Amara Okafor", "Dr. Priya Raman"
OUTSIDE = "Outside the physician's hours."


@pytest.fixture
def morgan(live: Live, visit_as: Callable[..., Page]) -> Page:
    """Return the administrator's window on Dr. Okafor's page."""
    page = visit_as(live, staff="morgan")
    page.goto("/physicians")
    page.get_by_role("link", name=OKAFOR).click()
    return page


@pytest.fixture
def desk(live: Live, visit_as: Callable[..., Page]) -> Page:
    """Return a coordinator's window."""
    return visit_as(live, staff="dana")


def test_hours_changed_from_a_day_on_strand_the_visits_of_the_question_and_no_others(
    morgan: Page, desk: Page, live: Live
):
    booked(live, "okafor", {
        "the week before": ("lucinda", at(25, 9)),
        "too early": ("soledad", at(32, 9, 30)),
        "at the new start": ("desmond", at(32, 10, 30)),
        "across the new start": ("paloma", at(39, 10, 15)),
    })  # fmt: skip
    before = as_they_are(live)
    morgan.get_by_role("link", name="Change Wednesday, 9:00 AM to 12:00 PM").click()
    enter(morgan, Change_from="2026-12-02", From="10:30")
    press(morgan, "Save hours")
    asked = asked_about(morgan, 2)
    assert asked == {
        Stranded("Wed, Dec 2, 9:30 AM ET", OKAFOR, OUTSIDE),
        Stranded("Wed, Dec 9, 10:15 AM ET", OKAFOR, OUTSIDE),
    }
    assert violations(morgan) == []
    assert with_tasks(live) == set()
    press(morgan, "Save anyway")
    expect(morgan.locator(".toast")).to_contain_text("Wednesday, 10:30 AM to 12:00 PM from Dec 2, 2026.")
    expect(morgan.locator(".toast")).to_contain_text("2 tasks were opened for coordinators.")
    expect(morgan.locator(".notice")).to_contain_text("2 visits are booked outside these hours")
    expect(morgan.locator(".notice li")).to_have_count(2)
    assert violations(morgan) == []
    found = on_the_desk(desk)
    assert set(found) == {"Quintanilla, Soledad (Sol)", "Iriarte, Paloma"}
    assert set(found.values()) == asked
    assert with_tasks(live) == {"too early", "across the new start"}
    assert as_they_are(live) == before


def test_hours_that_are_given_back_take_their_tasks_off_the_desk(morgan: Page, desk: Page, live: Live):
    booked(live, "okafor", {"too early": ("soledad", at(32, 9, 30)), "across": ("paloma", at(39, 10, 15))})
    morgan.get_by_role("link", name="Change Wednesday, 9:00 AM to 12:00 PM").click()
    enter(morgan, Change_from="2026-12-02", From="10:30")
    press(morgan, "Save hours")
    press(morgan, "Save anyway")
    assert len(on_the_desk(desk)) == 2
    morgan.get_by_role("link", name="Add hours").click()
    enter(morgan, Wednesday="yes", From="09:00", To="10:30", First_day="2026-12-02")
    press(morgan, "Add hours")
    expect(morgan.locator(".toast")).to_contain_text("Hours added. 2 visits fit again.")
    expect(morgan.locator(".notice")).to_have_count(0)
    assert on_the_desk(desk) == {}


def test_a_closure_for_one_state_concerns_only_the_patients_who_are_there(morgan: Page, desk: Page, live: Live):
    before = as_they_are(live)
    morgan.locator(".menu-more summary").click()
    morgan.get_by_role("navigation", name="Main").get_by_role("link", name="Clinic").click()
    morgan.get_by_role("main").get_by_role("link", name="Closures").click()
    morgan.get_by_role("link", name="Add a closure").click()
    enter(morgan, What_it_is="Storm", First_day="2026-11-23", From="11:00", To="16:00")
    box(morgan, "For patients in").select_option(label="New Jersey")
    press(morgan, "Add closure")
    asked = asked_about(morgan, 2)
    assert asked == {
        Stranded("Mon, Nov 23, 12:00 PM ET", RAMAN, "The clinic is closed (Storm)."),
        Stranded("Mon, Nov 23, 3:30 PM ET", OKAFOR, "The clinic is closed (Storm)."),
    }
    expect(morgan.locator(".lede")).to_have_text("Closed for Storm, Nov 23, 2026. Nothing is saved yet.")
    press(morgan, "Save anyway")
    expect(morgan.locator(".toast")).to_contain_text("Closure added. 2 tasks were opened for coordinators.")
    row = morgan.get_by_role("row", name="Storm")
    expect(row).to_contain_text("11:00 AM to 4:00 PM")
    expect(row).to_contain_text("Patients in New Jersey")
    found = on_the_desk(desk)
    assert set(found) == {"Okonjo, Nadia", "Vandersteen, Hannelore (Hanne)"}
    assert set(found.values()) == asked
    assert with_tasks(live) == {"noon", "afternoon"}
    assert as_they_are(live) == before


def test_next_years_holidays_are_taken_on_a_phone(live: Live, desk: Page, visit_as: Callable[..., Page]):
    booked(live, "okafor", {"new year": ("soledad", at(62, 10)), "the day before": ("lucinda", at(61, 10))})
    phone = visit_as(live, staff="morgan", size=(390, 780), scheme="dark", has_touch=True, is_mobile=True)
    phone.goto("/admin/closures")
    phone.get_by_role("link", name="Holidays of 2027").tap()
    for holiday in ("New Year's Day", "Independence Day", "Christmas Day"):
        box(phone, holiday).tap()
    phone.get_by_role("button", name="Close on these days").tap()
    asked = asked_about(phone, 1)
    assert {(each.when, each.physician) for each in asked} == {("Fri, Jan 1, 10:00 AM ET", OKAFOR)}
    assert violations(phone) == []
    assert sideways(phone) == 0
    phone.get_by_role("button", name="Save anyway").tap()
    expect(phone.locator(".toast")).to_contain_text("Closed on 3 holidays of 2027. 1 task was opened for coordinators.")
    expect(phone.get_by_role("row", name="Independence Day")).to_be_visible()
    expect(phone.get_by_role("link", name="Holidays of 2027")).to_have_count(0)
    assert set(on_the_desk(desk).values()) == asked
    assert with_tasks(live) == {"new year"}


def test_under_a_cap_below_what_is_booked_the_last_ones_are_named_and_all_are_kept(
    morgan: Page, desk: Page, live: Live
):
    booked(live, "okafor", {
        "first": ("soledad", at(32, 11)),
        "second": ("lucinda", at(32, 9)),
        "third": ("paloma", at(32, 10)),
    })  # fmt: skip
    before = as_they_are(live)
    morgan.get_by_role("link", name="Add cap").click()
    enter(morgan, At_most="1", A_day="yes", First_day="2026-12-02", Last_day="2026-12-02")
    press(morgan, "Add cap")
    asked = asked_about(morgan, 2)
    too_many = "More than the physician takes: at most 1 visit a day."
    assert asked == {
        Stranded("Wed, Dec 2, 9:00 AM ET", OKAFOR, too_many),
        Stranded("Wed, Dec 2, 10:00 AM ET", OKAFOR, too_many),
    }
    press(morgan, "Save anyway")
    expect(morgan.locator(".toast")).to_contain_text("2 tasks were opened for coordinators.")
    expect(morgan.get_by_role("row", name="At most 1 visit a day")).to_contain_text("Dec 2, 2026")
    assert set(on_the_desk(desk).values()) == asked
    assert with_tasks(live) == {"second", "third"}
    assert as_they_are(live) == before


def test_an_extra_and_a_closed_stretch_are_added_and_taken_back_by_keyboard_alone(morgan: Page, desk: Page, live: Live):
    keys = morgan.keyboard
    _follow(morgan, "Add exception")
    tab_to(morgan, box(morgan, "Closed"))
    keys.press("ArrowDown")
    expect(box(morgan, "Extra hours")).to_be_checked()
    _typed(morgan, First_day="11282026", From="0900AM", To="1200PM", Note="Flu clinic")
    keys.press("Enter")
    expect(morgan.locator(".toast")).to_contain_text("Extra hours added.")
    expect(morgan.get_by_role("row", name="Nov 28")).to_contain_text("Flu clinic")
    _follow(morgan, "Add exception")
    _typed(morgan, First_day="11252026", From="1000AM", To="1200PM")
    keys.press("Enter")
    asked = asked_about(morgan, 1)
    assert asked == {Stranded("Wed, Nov 25, 10:30 AM ET", OKAFOR, OUTSIDE)}
    tab_to(morgan, morgan.get_by_role("button", name="Save anyway"))
    keys.press("Enter")
    expect(morgan.locator(".toast")).to_contain_text("Time closed. 1 task was opened for coordinators.")
    assert set(on_the_desk(desk).values()) == asked
    _follow(morgan, "Remove Nov 25, 2026, 10:00 AM to 12:00 PM")
    tab_to(morgan, morgan.get_by_role("button", name="Remove exception"))
    keys.press("Enter")
    expect(morgan.locator(".toast")).to_contain_text("1 visit fits again.")
    assert on_the_desk(desk) == {}


def _follow(page: Page, link: str) -> None:
    tab_to(page, page.get_by_role("link", name=link))
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def _typed(page: Page, **typed: str) -> None:
    """Tab to boxes in their order and type into them, part for part as Chromium takes dates and times."""
    for label, keys in typed.items():
        tab_to(page, box(page, label.replace("_", " ")))
        page.keyboard.type(keys)


def test_a_visit_that_is_booked_while_the_question_stands_is_asked_about_too(morgan: Page, desk: Page, live: Live):
    morgan.get_by_role("link", name="Add exception").click()
    enter(morgan, First_day="2026-11-25", Note="Course")
    press(morgan, "Add exception")
    assert {each.when for each in asked_about(morgan, 1)} == {"Wed, Nov 25, 10:30 AM ET"}
    booked(live, "okafor", {"meanwhile": ("soledad", at(25, 13))})
    press(morgan, "Save anyway")
    asked = asked_about(morgan, 2)
    assert {each.when for each in asked} == {"Wed, Nov 25, 10:30 AM ET", "Wed, Nov 25, 1:00 PM ET"}
    assert with_tasks(live) == set()
    press(morgan, "Save anyway")
    expect(morgan.locator(".toast")).to_contain_text("2 tasks were opened for coordinators.")
    assert set(on_the_desk(desk).values()) == asked
    assert with_tasks(live) == {"marisol", "meanwhile"}
