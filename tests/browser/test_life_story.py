"""When life happens: a patient is in another state on the day, and a patient goes to another physician."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from clinic.treatment.actions import open_plan
from tests.browser.axe import violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.test_patient_story import PHONE, enter
from tests.domains.scheduling.calendar_makers import at


def test_from_another_state_nobody_joins_and_the_desk_moves_the_visit(live: Live, visit_as: Callable[..., Page]):
    live.clock.instant = at(23, 11, 50)
    phone = visit_as(live, **PHONE)
    enter(phone, live, "noon", ("1", "22", "1990"))
    expect(phone.get_by_role("heading", name="Where are you now?")).to_be_visible()
    expect(phone.get_by_role("link", name="Join the video visit")).to_have_count(0)
    assert violations_by_day_and_night(phone) == []
    phone.get_by_role("link", name="I am somewhere else").tap()
    phone.get_by_label("State").select_option("GA")
    phone.get_by_role("button", name="I will be there").tap()
    expect(phone.get_by_text("You cannot join from there")).to_be_visible()
    expect(phone.get_by_text("Your visit stays as it is.")).to_be_visible()
    assert violations_by_day_and_night(phone) == []

    desk = visit_as(live, staff="dana")
    desk.goto("/today")
    desk.locator(".work-item", has_text="The patient is elsewhere").get_by_role("link").first.click()
    desk.goto(live.path("coordinator.visit", appointment_id=live.town.visits["noon"]))
    expect(desk.get_by_text("The patient cannot join from there")).to_be_visible()
    assert violations_by_day_and_night(desk) == []
    desk.get_by_role("link", name="Move it, or choose another physician").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Move")
    desk.locator("button[name=slot]:visible").last.click()
    desk.goto("/today")
    expect(desk.locator(".work-item", has_text="The patient is elsewhere")).to_have_count(0)


def test_a_patient_goes_to_another_physician_with_one_button(live: Live, visit_as: Callable[..., Page]):
    town = live.town
    gilbert, herrera = town.patients["gilbert"].id, town.physicians["herrera"].id
    with town.begin(by=town.dana) as session:
        open_plan(session, patient_id=gilbert, physician_id=herrera, by=town.dana, now=town.now)
    desk = visit_as(live, staff="dana")
    desk.goto(live.path("coordinator.transfer", patient_id=gilbert))
    desk.get_by_label("New physician").select_option(label="Dr. Amara Okafor")
    desk.get_by_label("From this day on").fill("2026-11-23")
    desk.get_by_label("Why").fill("Dr. Herrera works mornings only.")
    desk.get_by_role("button", name="Ask the physician").click()
    expect(desk.get_by_text("Waits for Dr. Amara Okafor")).to_be_visible()
    assert violations_by_day_and_night(desk) == []

    doctor = visit_as(live, staff="okafor")
    doctor.goto("/my-day")
    doctor.get_by_role("link", name="Look and answer").click()
    assert violations_by_day_and_night(doctor) == []
    doctor.get_by_role("button", name="Take this patient over").click()
    expect(doctor.get_by_role("status")).to_contain_text("Accepted. The record is open to you.")
    desk.goto(live.path("coordinator.transfer", patient_id=gilbert))
    expect(desk.get_by_text("Now with Dr. Amara Okafor")).to_be_visible()
    desk.get_by_role("link", name="Ransome").first.click()
    desk.get_by_role("link", name="The patient moves").click()
    desk.get_by_label("From this day on").fill("2026-12-14")
    desk.get_by_label("State", exact=True).select_option("GA")
    desk.get_by_role("button", name="Show what follows").click()
    expect(desk.get_by_text("Nothing is changed yet.")).to_be_visible()
    assert violations_by_day_and_night(desk) == []
