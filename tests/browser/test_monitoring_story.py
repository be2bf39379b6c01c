"""Monitoring as each role lives it: a physician settles signs and signs a note, the desk sees only what it may."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways

PHONE = {"size": (390, 780), "scheme": "dark"}
SENTENCE = "On Nov 21 the family told us of a concern."
NOTE = "Spoke with her, her sister and the pharmacist today."


@pytest.fixture
def okafor(live: Live, visit_as: Callable[..., Page]) -> Page:
    return visit_as(live, staff="okafor")


def sound(page: Page) -> None:
    assert violations(page) == []
    assert sideways(page) == 0


def test_a_physician_goes_from_the_panel_to_a_flag_and_settles_it_with_one_sentence(okafor: Page):
    okafor.goto("/panel")
    sound(okafor)
    row = okafor.get_by_role("row").filter(has_text="Benavides")
    expect(row).to_contain_text("Review")
    expect(row).to_contain_text(SENTENCE)
    okafor.keyboard.press("/")
    expect(okafor.get_by_placeholder("Name, record")).to_be_focused()
    okafor.get_by_role("heading", level=1).click()
    okafor.keyboard.press("ArrowDown")
    expect(row.get_by_role("link", name="Benavides, Marisol")).to_be_focused()
    okafor.keyboard.press("Enter")
    expect(okafor.get_by_role("heading", level=1)).to_contain_text("Chart")
    sound(okafor)

    okafor.goto("/sign-off")
    okafor.get_by_label("What waits").get_by_role("link", name="Somebody close is concerned").click()
    expect(okafor.locator(".sign-sentence")).to_have_text(SENTENCE)
    sound(okafor)
    okafor.get_by_role("radio", name="Explained").check()
    okafor.get_by_role("button", name="Settle and open the next").click()
    expect(okafor).to_have_title("Error: Sign-off \u00b7 Demo Home Clinic")
    expect(okafor.get_by_role("radio", name="Explained")).to_be_checked()
    okafor.get_by_label("What you found or did").fill(NOTE)
    okafor.get_by_role("button", name="Settle and open the next").click()
    expect(okafor.get_by_label("What waits")).not_to_contain_text("Somebody close is concerned")
    okafor.goto("/panel")
    expect(okafor.get_by_role("row").filter(has_text="Benavides")).not_to_contain_text(SENTENCE)


def test_a_finding_holds_the_next_session_and_the_desk_reads_no_word_of_it(
    okafor: Page, live: Live, visit_as: Callable[..., Page]
):
    patient_id = live.town.patients["lucinda"].id
    okafor.goto(f"/my-patients/{patient_id}/findings")
    okafor.get_by_role("link", name="impaired").click()
    okafor.get_by_label("Note").fill("Slurred words, unsteady, the sister saw it too.")
    okafor.get_by_role("button", name="Record it").click()
    live.town.catch_up()
    okafor.reload()
    expect(okafor.locator(".flag-list").first).to_contain_text("Hold")
    sound(okafor)

    desk = visit_as(live, staff="dana", **PHONE)
    desk.goto(f"/patients/{patient_id}")
    expect(desk.locator(".clinical-check")).to_contain_text("A clinical check is open: Dr. Amara Okafor decides.")
    sound(desk)
    for path in (f"/patients/{patient_id}", "/today"):
        desk.goto(path)
        for word in ("Slurred", "impaired", "Impaired", "Hold", "PHQ"):
            assert word not in desk.locator("main").inner_text(), (path, word)
    for path in ("chart", "findings", "answers", "notes"):
        assert desk.goto(f"/my-patients/{patient_id}/{path}").status in {403, 404}


def test_a_note_is_signed_locked_and_added_to(okafor: Page, live: Live):
    patient_id = live.town.patients["marisol"].id
    okafor.goto(f"/my-patients/{patient_id}/notes")
    sound(okafor)
    okafor.goto(f"/my-patients/{patient_id}/notes/{live.town.others['draft_note']}")
    okafor.get_by_role("link", name="Sign", exact=True).click()
    expect(okafor.get_by_role("heading", level=1)).to_have_text("Sign this note?")
    sound(okafor)
    okafor.get_by_role("button", name="Sign and lock").click()
    expect(okafor.get_by_role("link", name="Change")).to_have_count(0)
    expect(okafor.get_by_role("heading", level=1)).to_have_text("Note")
    okafor.get_by_role("link", name="Add to it").click()
    okafor.get_by_label("What you add").fill("The date was moved to Friday.")
    okafor.get_by_role("button", name="Look at it once more").click()
    okafor.get_by_role("button", name="Sign").last.click()
    expect(okafor.locator("main")).to_contain_text("The date was moved to Friday.")
    expect(okafor.locator("main")).to_contain_text("Called about the next date.")


def test_an_administrator_closes_the_review_of_an_emergency_access(live: Live, visit_as: Callable[..., Page]):
    morgan = visit_as(live, staff="morgan", **PHONE)
    morgan.goto("/admin/emergency-access")
    sound(morgan)
    morgan.get_by_role("link", name="Review the access of Dr. Priya Raman").click()
    expect(morgan.locator("main")).to_contain_text("Found confused at home, the daughter calls.")
    expect(morgan.locator("main")).not_to_contain_text("Benavides")
    sound(morgan)
    morgan.get_by_role("radio").first.check()
    morgan.get_by_label("What you found out").fill("Asked her and the daughter; both were glad of it.")
    morgan.get_by_role("button", name="Close the review").click()
    expect(morgan.locator("main")).to_contain_text("Nothing waits")
    assert violations(morgan) == []


@pytest.mark.parametrize("path", ["/panel", "/sign-off", "/outcomes", "/monitoring-rules", "/monitoring-calendar"])
def test_the_physicians_pages_fit_a_phone(standing: Live, visit_as: Callable[..., Page], path):
    page = visit_as(standing, staff="okafor", **PHONE)
    page.goto(path)
    sound(page)
