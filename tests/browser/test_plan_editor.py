"""A physician starts a plan, sets the patient's own numbers beside a colleague, and writes a protocol anew."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways

DARK_PHONE = {"size": (390, 780), "scheme": "dark"}


@pytest.fixture
def okafor(live: Live, visit_as: Callable[..., Page]) -> Page:
    return visit_as(live, staff="okafor")


def plan_of(live: Live, name: str) -> str:
    return f"/physician/patients/{live.town.patients[name].id}/plan"


def toast(page: Page) -> str:
    return page.locator(".toast").first.inner_text()


def test_from_the_start_to_own_numbers_and_two_people_at_one_plan(
    okafor: Page, live: Live, visit_as: Callable[..., Page]
):
    okafor.goto("/my-patients")
    okafor.get_by_role("link", name="Farthing, Lucinda").click()
    okafor.get_by_role("link", name="Start a plan").click()
    okafor.get_by_label("Indication").select_option("PTSD")
    okafor.get_by_label("Visits before this plan").fill("2")
    okafor.get_by_role("button", name="Start the plan").click()
    expect(okafor.get_by_role("alert")).to_contain_text("Say when the last of them was.")
    assert violations(okafor) == []
    okafor.get_by_label("The last of them").fill("2026-10-02")
    okafor.get_by_role("button", name="Start the plan").click()
    expect(okafor.locator("main")).to_contain_text("PTSD")
    okafor.get_by_role("link", name="Change phase").click()
    okafor.get_by_label("Induction").check()
    okafor.get_by_role("button", name="Change phase").click()
    expect(okafor.locator(".who-plan")).to_contain_text("Induction · 0 of 6 taken")

    phone = visit_as(live, staff="okafor", **DARK_PHONE)
    phone.goto(f"{plan_of(live, 'lucinda')}/numbers")
    okafor.get_by_role("link", name="Change the patient’s own numbers").click()
    okafor.get_by_role("textbox", name="Visits", exact=True).fill("8")
    okafor.get_by_label("Why").fill("Slow to answer before")
    okafor.get_by_role("button", name="Save").click()
    expect(okafor.get_by_role("alert")).to_have_count(0)
    expect(okafor.locator("aside")).to_contain_text("8 visits protocol: 6 visits")

    phone.get_by_label("Best gap, in days").fill("5")
    phone.get_by_label("Why").fill("Easier for the daughter")
    phone.get_by_role("button", name="Save").click()
    expect(phone.locator(".notice")).to_contain_text("Amara Okafor changed this plan after you opened it")
    expect(phone.locator(".notice")).to_contain_text("Visits")
    assert violations(phone) == []
    assert sideways(phone) == 0
    expect(phone.get_by_label("Best gap, in days")).to_have_value("5")
    phone.get_by_role("textbox", name="Visits", exact=True).fill("8")
    phone.get_by_role("button", name="Save anyway").click()
    expect(phone.locator("aside")).to_contain_text("5 days protocol: 4 days")
    expect(phone.locator("aside")).to_contain_text("8 visits protocol: 6 visits")
    assert violations(phone) == []


def test_a_new_version_is_seen_first_and_old_plans_keep_theirs(okafor: Page, live: Live):
    okafor.goto("/physician/protocols")
    okafor.get_by_role("link", name="Standard program").click()
    okafor.get_by_label("Visits", exact=True).fill("20")
    okafor.get_by_label("Why it is written so").fill("Fewer did as well")
    okafor.get_by_role("button", name="See what changes").click()
    expect(okafor.get_by_role("alert")).to_contain_text("20 visits with these gaps and at most 2 in seven days")
    assert violations(okafor) == []
    okafor.get_by_label("Visits", exact=True).fill("5")
    okafor.get_by_role("button", name="See what changes").click()
    expect(okafor.locator("main")).to_contain_text("Nothing is published yet.")
    expect(okafor.get_by_role("row", name="Induction: Visits")).to_contain_text("5 visits")
    expect(okafor.get_by_label("Iriarte, Paloma")).not_to_be_checked()
    okafor.get_by_role("button", name="Publish version 3").click()
    assert "version 3, is published." in toast(okafor)
    okafor.goto(plan_of(live, "paloma"))
    expect(okafor.locator("aside")).to_contain_text("Standard program, version 1")
    okafor.get_by_role("link", name="See what changes").click()
    expect(okafor.get_by_role("row", name="Induction: Visits")).to_contain_text("6 visits")
    okafor.get_by_label("Why").fill("As the others do")
    okafor.get_by_role("button", name="Move the plan").click()
    expect(okafor.locator("aside")).to_contain_text("Standard program, version 3")


def test_a_new_rule_ends_the_warning_about_visits_after_the_old_one(okafor: Page, live: Live):
    okafor.goto(plan_of(live, "paloma"))
    expect(okafor.locator(".notice")).to_contain_text("From Jan 1, 2027 no federal rule covers this visit")
    okafor.locator(".menu-more summary").click()
    okafor.get_by_role("link", name="Legal basis").first.click()
    expect(okafor.locator(".notice")).to_contain_text("39 days left")
    okafor.get_by_role("link", name="Write one down").click()
    okafor.get_by_label("Name").fill("Fifth extension")
    okafor.get_by_label("Federal law").check()
    okafor.get_by_label("First day").fill("2027-01-01")
    okafor.get_by_label("Source").fill("An invented register")
    okafor.get_by_label("Why it is written down").fill("Published today")
    okafor.get_by_role("button", name="Write it down").click()
    expect(okafor.locator(".notice")).to_have_count(0)
    okafor.goto(plan_of(live, "paloma"))
    expect(okafor.locator(".notice")).to_have_count(0)
    expect(okafor.locator("aside")).to_contain_text("Fifth extension")


def test_coordinators_read_the_next_step_in_the_header_and_never_the_reasons(live: Live, visit_as: Callable[..., Page]):
    desk = visit_as(live, staff="dana", **DARK_PHONE)
    desk.goto(f"/patients/{live.town.patients['paloma'].id}")
    expect(desk.locator(".who-plan")).to_contain_text("Induction · 3 of 5 taken")
    expect(desk.locator("body")).not_to_contain_text("Chronic pain")
    assert sideways(desk) == 0
    assert desk.goto(plan_of(live, "paloma")).status == 403
