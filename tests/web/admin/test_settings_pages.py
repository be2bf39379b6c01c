"""The clinic's own settings at an administrator's browser, and at a physician's who may read them."""

from collections.abc import Callable

import pytest

from clinic.kernel.actor import Role
from clinic.policies.rules import POLICIES, AddressPolicy, PolicyKey
from clinic.web.admin.settings_words import GROUPS, in_words
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def late(admin: Browser) -> Page:
    return admin.get("/admin/settings/late_cancel_hours")


def test_every_policy_stands_on_the_list_with_its_meaning_and_value(admin: Browser):
    page = admin.get("/admin/settings")
    for about in POLICIES.values():
        assert about.title in page.links
        assert about.meaning in page.text
        assert in_words(about, about.default) in page.text


def test_every_policy_has_a_page_of_its_own(admin: Browser):
    for key, about in POLICIES.items():
        assert admin.get(f"/admin/settings/{key}").h1 == about.title


def test_a_policy_that_nobody_sorted_stands_under_the_last_heading():
    assert set(GROUPS) <= set(POLICIES)


def test_a_change_is_shown_with_who_what_it_was_and_why(late: Page, admin: Browser):
    listed = late.form("setting").submit(value="48", reason="Patients asked for a longer time.")
    assert listed.toasts == ["✓ Late cancellation: Now 48 hours before the visit."]
    assert "Changed by Ada Admin" in listed.text
    told = listed.click("Late cancellation").text
    assert "24 hours before the visit" in told
    assert "Patients asked for a longer time." in told
    assert admin.get("/admin/settings/late_cancel_hours").form("setting").values["revision"] == ["1"]


def test_one_of_a_unit_is_said_so(late: Page):
    assert "1 hour before the visit" in late.form("setting").submit(value="1", reason="For a while only.").text


def test_the_same_value_again_changes_nothing(late: Page):
    listed = late.form("setting").submit(value="24", reason="I pressed the wrong button.")
    assert "Nothing changed" in listed.toasts[0]
    assert "Changed by" not in listed.text


@pytest.mark.parametrize(
    ("key", "fields", "box", "words"),
    [
        ("late_cancel_hours", {"value": "169"}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": "-1"}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": "24.5"}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": "٣"}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": "9" * 400}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": None}, "value", "from 0 to 168"),
        ("late_cancel_hours", {"value": "12", "reason": None}, "reason", "why it changes"),
        ("late_cancel_hours", {"value": "12", "reason": "so"}, "reason", "why it changes"),
        ("join_link_template", {"value": "http://video.example.org/{room}"}, "value", "https address"),
        ("join_link_template", {"value": "https://video.example.org/"}, "value", "{room}"),
    ],
)
def test_a_value_that_will_not_do_is_told_at_its_box(
    admin: Browser, key: str, fields: dict[str, object], *, box: str, words: str
):
    typed: dict[str, object] = {"reason": "A good reason."}
    page = admin.get(f"/admin/settings/{key}").form("setting").send(**(typed | fields))
    assert page.status == 422
    assert words in page.errors[box]
    assert "Never changed" in page.text


def test_an_address_of_rooms_can_be_set_and_taken_back(admin: Browser):
    key = PolicyKey.JOIN_LINK_TEMPLATE
    assert isinstance(POLICIES[key], AddressPolicy)
    typed = {"value": "https://video.example.org/{room}", "reason": "We have rooms now."}
    admin.get(f"/admin/settings/{key}").form("setting").submit(**typed)
    page = admin.get(f"/admin/settings/{key}")
    assert page.form("setting").values["value"] == ["https://video.example.org/{room}"]
    listed = page.form("setting").submit(value=None, reason="We have none any more.")
    assert listed.toasts == ["✓ Video room address: Now Not set."]


def test_of_two_administrators_the_second_sees_what_is_saved_and_decides(late: Page, sign_in_as: SignInAs):
    mine = late.form("setting")
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(late.path).form("setting")
    theirs.submit(value="12", reason="Too strict before.")
    told = mine.submit(value="36", reason="Too loose before.")
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]
    assert "12 hours before the visit" in told.text
    assert told.form("setting").values["value"] == ["36"]
    assert told.form("setting").submit().toasts == ["✓ Late cancellation: Now 36 hours before the visit."]


def test_a_wrong_value_does_not_hide_that_somebody_else_was_faster(late: Page, sign_in_as: SignInAs):
    mine = late.form("setting")
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(late.path).form("setting")
    theirs.submit(value="12", reason="Too strict before.")
    again = mine.submit(value="1000", reason="Too loose before.")
    assert again.form("setting").submit(value="36").status == 409


def test_a_physician_reads_settings_and_cannot_change_them(sign_in_as: SignInAs, late: Page):
    physician = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    page = physician.get("/admin/settings").click("Late cancellation")
    assert "24 hours before the visit" in page.text
    assert page.select("#form-setting") == []
    sent = physician.post(late.path, {name: values[0] for name, values in late.form("setting").values.items()})
    assert sent.status in {400, 403}


def test_what_is_clinical_is_the_physicians_to_change(sign_in_as: SignInAs, admin: Browser):
    physician = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    page = physician.get("/admin/settings").click("Finish food")
    listed = page.form("setting").submit(value="6", reason="Six hours suit our patients better.")
    assert listed.toasts == ["✓ Finish food: Now 6 hours before the visit."]
    read = admin.get("/admin/settings/food_stops_hours")
    assert "Physicians decide about it." in read.text
    assert read.select("#form-setting") == []
    typed = {name: values[0] for name, values in page.form("setting").values.items()}
    refused = admin.post(
        "/admin/settings/food_stops_hours", typed | {"value": "3", "reason": "Quicker.", "revision": "1"}
    )
    assert refused.status in {400, 403}
    assert "6 hours before the visit" in admin.get("/admin/settings").text


def test_a_coordinator_finds_no_settings(sign_in_as: SignInAs):
    assert sign_in_as(Role.COORDINATOR).get("/admin/settings").status == 403


def test_a_setting_that_does_not_exist_is_not_found(admin: Browser):
    assert admin.get("/admin/settings/everything").status == 404
