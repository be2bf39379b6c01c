"""A coordinator works through the inbox, and a patient reads and answers a secure message."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import violations, violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.town_inbox import answers, born, comes, messages_link, writes_secure

WIDE, NARROW = (1280, 800), (390, 780)


def talk_of(live: Live, who: str) -> str:
    return f"/inbox/{live.town.patients[who].phone_id}"


def test_a_coordinator_reads_answers_and_is_refused_a_word(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE)
    page.goto("/inbox")
    assert violations(page) == []
    page.get_by_role("link", name="Okonjo, Nadia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Okonjo")
    expect(page.locator("#talk")).to_contain_text("Can we do Thursday instead")
    assert violations(page) == []

    box = page.get_by_label("Your answer")
    box.fill("Your dose is ready")
    expect(page.locator("#text-preview")).to_contain_text("Take out “dose”")
    expect(page.locator("[data-preview-said]")).to_contain_text("Take out")
    page.get_by_role("button", name="Send text").click()
    expect(page.get_by_role("alert")).to_contain_text("Take out “dose”")
    expect(box).to_have_value("Your dose is ready")
    assert violations(page) == []

    box.fill("Thursday at 4 works. We will call you to set it.")
    expect(page.locator("#text-preview")).to_contain_text("1 segment")
    page.get_by_role("button", name="Send text").click()
    expect(page.locator(".toast")).to_contain_text("Sent.")
    expect(page.locator("#talk")).to_contain_text("by Dana Reyes")
    expect(page.get_by_role("button", name="Mark unread")).to_be_visible()


def test_a_text_for_later_is_planned_from_a_saved_reply_and_called_back(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE)
    page.goto(talk_of(live, "soledad"))
    page.get_by_text("Saved replies").click()
    page.get_by_role("button", name="We will call", exact=True).click()
    expect(page.get_by_label("Your answer")).to_have_value("Gracias por escribirnos. Le llamaremos hoy a este número.")
    page.locator("#send-later summary").click()
    page.get_by_label("Day").fill("2026-11-24")
    page.get_by_label("Time").fill("09:30")
    page.get_by_role("button", name="Send later").click()
    expect(page.locator(".toast")).to_contain_text("It leaves on Tue Nov 24 at 9:30 AM ET")
    page.get_by_role("button", name="Call it back").click()
    expect(page.locator(".toast")).to_contain_text("Called back")
    expect(page.locator("#talk")).to_contain_text("Called back: a colleague did not want it sent")


def press_key(page: Page, key: str) -> None:
    """Press a key once every script of the page listens: what is shown already may still be loading."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_the_inbox_goes_by_keys(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE)
    page.goto("/inbox")
    heading = page.get_by_role("heading", level=1)
    press_key(page, "j")
    expect(heading).to_have_text("Nadia Okonjo")
    press_key(page, "j")
    expect(heading).to_have_text("Soledad Quintanilla")
    press_key(page, "k")
    expect(heading).to_have_text("Nadia Okonjo")
    press_key(page, "a")
    expect(page.locator(".toast")).to_contain_text("Assigned.")
    press_key(page, "u")
    expect(page.locator(".toast")).to_contain_text("Marked as handled.")
    press_key(page, "r")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("See you Thursday.")
    press_key(page, "Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Sent.")
    press_key(page, "?")
    for words in ("Answer", "Search the inbox", "Conversation below", "Mark unread"):
        expect(page.locator("#keys")).to_contain_text(words)
    press_key(page, "Escape")
    press_key(page, "/")
    expect(page.locator("#inbox-q")).to_be_focused()


def test_two_coordinators_answer_at_once(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE)
    page.goto(talk_of(live, "soledad"))
    page.get_by_label("Your answer").fill("Please call us.")
    answers(live.town, "soledad", "Thursday at 4 works.", by="sam")
    page.get_by_role("button", name="Send text").click()
    expect(page.locator("main")).to_contain_text("A colleague has answered meanwhile")
    expect(page.locator("#talk")).to_contain_text("Thursday at 4 works.")
    expect(page.get_by_label("Your answer")).to_have_value("Please call us.")
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".toast")).to_contain_text("Sent.")


def test_a_text_that_comes_shows_by_itself_and_the_typed_words_stay(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE)
    page.goto(talk_of(live, "nadia"))
    page.get_by_label("Your answer").fill("Please call us.")
    live.clock.advance(seconds=5)
    comes(live.town, "nadia", "Never mind, Thursday is fine.")
    page.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    expect(page.locator("#talk")).to_contain_text("Never mind, Thursday is fine.")
    expect(page.get_by_label("Your answer")).to_have_value("Please call us.")


def test_the_inbox_fits_a_phone(live: Live, visit_as: Callable[..., Page]):
    comes(live.town, "theodore", "I want to die")
    page = visit_as(live, staff="dana", size=NARROW)
    page.goto("/inbox")
    expect(page.locator(".talk-line").first).to_contain_text("! Urgent")
    assert (sideways(page), violations_by_day_and_night(page)) == (0, [])
    page.get_by_role("link", name="Whitcombe, Theodore").click()
    expect(page.locator(".inbox-list")).to_be_hidden()
    expect(page.locator("#talk")).to_contain_text("! Sounds like danger")
    assert (sideways(page), violations_by_day_and_night(page)) == (0, [])
    page.goto(f"/inbox/{live.town.others['stranger']}")
    expect(page.locator("main")).to_contain_text("Nobody has this number yet")
    assert (sideways(page), violations_by_day_and_night(page)) == (0, [])


def test_without_scripts_a_saved_reply_and_the_check_work(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", size=WIDE, java_script_enabled=False)
    page.goto(talk_of(live, "nadia"))
    page.get_by_text("Saved replies").click()
    page.get_by_role("button", name="Please call us", exact=True).click()
    expect(page.get_by_label("Your answer")).to_have_value(
        "Please call us at 305-555-0100 when you have a minute, so that we can sort this out together."
    )
    expect(page.locator("#text-preview")).to_contain_text("1 segment")


def test_a_patient_opens_reads_and_answers_a_secure_message(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, size=NARROW, locale="es-US")
    page.goto(f"/v/{messages_link(live.town, 'marisol')}")
    assert violations(page) == []
    for part, value in zip(("month", "day", "year"), born(live.town, "marisol"), strict=True):
        page.locator(f"[name=born_{part}]").fill(value)
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sus mensajes")
    expect(page.locator("main")).to_contain_text("Please bring the list of what you take.")
    assert (sideways(page), violations(page), small_targets(page, least=44)) == (0, [], [])

    live.clock.advance(minutes=1)
    writes_secure(live.town, "marisol", "One more thing: call us when you can.")
    page.goto("/my-messages")
    expect(page.locator("main")).not_to_contain_text("One more thing")
    page.get_by_role("button", name="Leer ahora").click()
    expect(page.locator("main")).to_contain_text("One more thing")
    page.get_by_label("Su mensaje").fill("Gracias, la llevo.")
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator(".toast")).to_contain_text("Enviado")

    desk = visit_as(live, staff="dana", size=WIDE)
    desk.goto(talk_of(live, "marisol"))
    expect(desk.locator("#talk")).to_contain_text("Gracias, la llevo.")
    expect(desk.locator("#talk")).to_contain_text("Read at 10:01 AM ET")


def test_a_physician_writes_and_sees_when_it_is_read(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="raman", size=WIDE)
    page.goto(f"/my-patients/{live.town.patients['nadia'].id}")
    page.get_by_role("link", name="Messages (1 new)").click()
    expect(page.locator("main")).to_contain_text("Thank you! Do I need to repeat it?")
    assert violations(page) == []
    page.get_by_label("Your message").fill("No, once is enough.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".toast")).to_contain_text("Sent.")
    expect(page.locator(".letter").last).to_contain_text("not read yet")
