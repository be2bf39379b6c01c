"""The clinic's texts at an administrator's browser: reading, changing, previewing, going back."""

from collections.abc import Callable

import pytest

from clinic.kernel.actor import Role
from clinic.messaging.rules.editing import words_of
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.templates import all_templates, current
from clinic.messaging.rules.wording import name_of
from clinic.web.admin.texts_purposes import GROUPS, PURPOSES
from clinic.web.admin.texts_words import pieces_between, waits_for
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]
ADDRESS = "/admin/texts/VISIT_24H"
OWN = "{clinic}: See you {date}, {time}. Reply 1 to confirm or 2 to move it. Door: {link}"
WHY = "Patients asked what to do."


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def reminder(admin: Browser) -> Page:
    return admin.get(ADDRESS)


def test_every_text_stands_on_the_list_with_what_it_is_for_and_how_it_arrives(admin: Browser):
    page = admin.get("/admin/texts")
    for template in all_templates():
        assert name_of(template.key) in page.links
        assert " ".join(PURPOSES[template.key]) in page.text
    assert "Demo Home Clinic: Video visit Wed Nov 25, 10:00 AM ET. Reply 1 to confirm, 2 to move it." in page.text
    assert "Edited" not in page.text


def test_every_text_has_an_editor_of_its_own(admin: Browser):
    for template in {one.key: current(one.key) for one in all_templates()}.values():
        page = admin.get(f"/admin/texts/{template.key}")
        assert page.h1 == name_of(template.key)
        boxes = page.form("text").values
        assert {name: boxes[name] for name in words_of(template)} == {
            name: [words] for name, words in words_of(template).items()
        }


def test_an_editor_says_what_can_be_named_and_what_stays_as_it_is(reminder: Page):
    for words in ("{date}the day", "{link}the reader’s own link", "goes out earlier", "A coordinator is asked to call"):
        assert words in reminder.text
    assert "{phone}" not in reminder.text


def test_new_words_are_shown_with_who_why_and_what_changed(reminder: Page, admin: Browser):
    page = reminder.form("text").submit("Save", en=OWN, reason=WHY)
    assert page.toasts == ["✓ Reminder: The new words hold from now on."]
    assert page.form("text").values["en"] == [OWN]
    assert f"Ada Admin, Nov 23, 2026, 10:00 AM ET: {WHY}" in page.text
    assert page.texts(".versions del")[:1] == ["taken out: Video visit"]
    assert page.texts(".versions ins")[:1] == ["put in: See you"]
    assert page.texts(".versions h3") == ["Version 1 ✓Holds now", "As it came"]
    assert words_of(current("VISIT_24H"))["en"] in page.text
    listed = admin.get("/admin/texts")
    assert "Edited" in listed.text
    assert "Changed by Ada Admin" in listed.text
    assert "See you Wed Nov 25, 10:00 AM ET" in listed.text


def test_the_shipped_words_come_back_with_a_reason_and_nothing_is_forgotten(reminder: Page):
    assert "shipped" not in reminder.forms
    page = reminder.form("text").submit("Save", en=OWN, reason=WHY)
    told = page.form("shipped").submit(reason=None)
    assert told.status == 422
    assert "why it changes" in told.errors["shipped-reason"]
    back = page.form("shipped").submit(reason="It was clearer.")
    assert back.toasts == ["✓ Reminder: The shipped words hold again."]
    assert back.form("text").values["en"] == [words_of(current("VISIT_24H"))["en"]]
    assert back.texts(".versions h3") == ["Version 2: the shipped words again ✓Holds now", "Version 1", "As it came"]
    assert OWN in back.text


def test_the_same_words_again_change_nothing(reminder: Page):
    page = reminder.form("text").submit("Save", reason=WHY)
    assert page.toasts == ["✓ Reminder: Nothing changed."]
    assert page.texts(".versions h3") == ["As it came ✓Holds now"]


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"en": OWN.replace("See you", "Next dose")}, "en", "Take out “dose”: it is a clinical word"),
        ({"en": OWN.replace("See you", "Ketamine")}, "en", "Take out “Ketamine”"),
        ({"en": OWN.replace("See you", "$50")}, "en", "a price has no place"),
        ({"en": OWN.replace("Reply 1", "Reply YES")}, "en", "opts out or in"),
        ({"en": OWN + " bit.ly/a"}, "en", "phones make it a link"),
        ({"en": OWN + " {name}"}, "en", "Take out {name}"),
        ({"en": OWN + " We look forward to it."}, "en", "Shorten it by"),
        ({"es": "{clinic}: Su tratamiento: {link} Responda 1 o 2."}, "es", "clinical word"),
        ({"es": None}, "es", "Write the text."),
        ({"en": "x" * 401}, "en", "at most 400"),
        ({"en": OWN + "\u202e"}, "en", "hidden character"),
        ({"reason": None}, "reason", "why it changes"),
        ({"reason": "so"}, "reason", "why it changes"),
    ],
)
def test_words_that_will_not_do_are_told_at_their_box_and_kept_there(
    reminder: Page, fields: dict[str, str | None], box: str, words: str
):
    page = reminder.form("text").send("Save", **({"en": OWN, "reason": WHY} | fields))
    assert page.status == 422
    assert words in page.errors[box]
    assert page.form("text").values[box] == [fields[box] or ""]
    assert page.texts(".versions h3") == ["As it came ✓Holds now"]


def test_both_languages_are_told_at_once(reminder: Page):
    page = reminder.form("text").submit("Save", en="{clinic}: Rx {link}", es="{clinic}: Terapia {link}", reason=WHY)
    assert set(page.errors) == {"en", "es"}


def test_the_preview_shows_how_words_arrive_and_saves_nothing(reminder: Page, admin: Browser):
    action = reminder.one("[data-preview]").get("formaction", "")
    sent = {name: values[0] for name, values in reminder.form("text").values.items()}
    page = admin.post(action, sent | {"en": OWN})
    assert page.status == 200
    english, spanish = page.texts(".preview")
    assert english.startswith("English Demo Home Clinic: See you Wed Nov 25, 10:00 AM ET. Reply 1 to confirm or 2")
    assert "characters at its longest, 1 segment of at most 1" in english
    assert "of 306 characters" in spanish
    assert page.form("text").values["en"] == [OWN]
    assert admin.get(ADDRESS).form("text").values["en"] == [words_of(current("VISIT_24H"))["en"]]


@pytest.mark.parametrize("words", ["{clinic", "{0}{}", "{clinic!r:>9999999}", "", "{{7*7}}", "x" * 500, "\x00"])
def test_a_preview_of_whatever_is_typed_says_what_to_do(reminder: Page, admin: Browser, words: str):
    action = reminder.one("[data-preview]").get("formaction", "")
    sent = {name: values[0] for name, values in reminder.form("text").values.items()}
    page = admin.post(action, sent | {"en": words})
    assert page.status in {200, 422}
    assert page.select(".preview .error")


def test_a_line_break_in_the_box_becomes_a_space(reminder: Page):
    page = reminder.form("text").submit("Save", en=OWN.replace(". Door", ".\r\nDoor"), reason=WHY)
    assert page.form("text").values["en"] == [OWN]


def test_of_two_administrators_the_second_sees_what_is_saved_and_keeps_the_own_words(
    reminder: Page, sign_in_as: SignInAs
):
    mine = reminder.form("text")
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(ADDRESS).form("text")
    theirs.submit("Save", en=OWN.replace("Door", "Page"), reason="Clearer.")
    told = mine.submit("Save", en=OWN, reason=WHY)
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]
    assert "Page: {link}" in told.text
    assert told.form("text").values["en"] == [OWN]
    saved = told.form("text").submit("Save")
    assert saved.toasts == ["✓ Reminder: The new words hold from now on."]
    assert saved.texts(".versions h3")[:2] == ["Version 2 ✓Holds now", "Version 1"]


def test_who_goes_back_after_a_colleague_changed_it_is_told(reminder: Page, sign_in_as: SignInAs):
    page = reminder.form("text").submit("Save", en=OWN, reason=WHY)
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(ADDRESS).form("text")
    theirs.submit("Save", en=OWN.replace("Door", "Page"), reason="Clearer.")
    told = page.form("shipped").submit(reason="It was clearer.")
    assert told.status == 409
    assert told.form("shipped").submit().toasts == ["✓ Reminder: The shipped words hold again."]


def test_a_wrong_word_does_not_hide_that_somebody_else_was_faster(reminder: Page, sign_in_as: SignInAs):
    mine = reminder.form("text")
    sign_in_as(Role.ADMIN, name="Ben Boss").get(ADDRESS).form("text").submit("Save", en=OWN, reason="Clearer.")
    again = mine.submit("Save", en=OWN + " Rx", reason=WHY)
    assert again.form("text").submit("Save", en=OWN).status == 409


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PHYSICIAN])
def test_only_administrators_find_texts(sign_in_as: SignInAs, reminder: Page, role: Role):
    other = sign_in_as(role, name="Sam Other")
    assert "Texts" not in other.get("/").links
    assert other.get("/admin/texts").status == 403
    assert other.get(ADDRESS).status == 403
    sent = {name: values[0] for name, values in reminder.form("text").values.items()}
    assert other.post(ADDRESS, sent).status in {400, 403}


def test_a_text_that_does_not_exist_is_not_found(admin: Browser):
    assert admin.get("/admin/texts/NOTHING").status == 404
    assert admin.get("/admin/texts/visit_24h").status == 404


def test_an_administrator_gets_there_by_the_menu(admin: Browser):
    page = admin.get("/admin").click("Texts").click("Reminder")
    assert page.path == ADDRESS


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("a b c", "a b c", [("same", "a b c")]),
        ("a b c", "a x c", [("same", "a"), ("out", " b"), ("in", " x"), ("same", " c")]),
        ("a", "a b", [("same", "a"), ("in", " b")]),
        ("a b", "a", [("same", "a"), ("out", " b")]),
        ("", "a", [("in", "a")]),
    ],
)
def test_differences_are_told_word_by_word(before: str, after: str, pieces: list[tuple[str, str]]):
    assert pieces_between(before, after) == pieces


def test_a_text_that_is_not_sent_yet_says_what_it_waits_for(admin: Browser):
    assert "It waits for a part of the program that a later release brings" in admin.get("/admin/texts/NEWSLETTER").text
    assert "This release does not send" not in admin.get("/admin/texts/HYDRATE_2H").text
    assert admin.get("/admin/texts").text.count("Not sent yet") == len(
        [template for template in all_templates() if waits_for(template.key, all_plans())]
    )


def test_the_list_jumps_to_each_occasion(admin: Browser):
    page = admin.get("/admin/texts")
    for heading in GROUPS:
        assert heading in page.text
    assert all(page.select(f"#{link.get('href', '#')[1:]}") for link in page.select(".occasions a"))
    assert "Last food, no drinking" in page.links


@pytest.mark.parametrize(
    ("key", "words", "told"),
    [
        ("HYDRATE_2H_DRY", "{clinic}: Have some water. {link}", "may not drink"),
        ("HOLD_TODAY", "{clinic}: Chest pain, back pain: call 911.", "“pain”"),
        ("NEWSLETTER", "{clinic}: New: {link}", "Keep STOP"),
        ("ON_CALL_PAGE", "{clinic}: A patient takes drugs: {link}", "“drugs”"),
        ("STAFF_TEXT", "{clinic}: Hello", "Put {words} back in"),
    ],
)
def test_texts_of_every_class_pass_the_same_rules(admin: Browser, key: str, words: str, told: str):
    page = admin.get(f"/admin/texts/{key}").form("text").submit("Save", en=words, reason=WHY)
    assert page.status == 422
    assert told in page.errors["en"]
