"""Nobody gets in by default, and everybody else is sent to the right door."""

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask

from clinic.web.frame import policy
from clinic.web.frame.policy import UndeclaredEndpoint, safe_next
from tests.web.frame.conftest import Door
from tests.web.html import Browser

Web = Callable[[str | None], Browser]


def bare(*names: str) -> Blueprint:
    pages = Blueprint("bare", __name__)
    for name in names:
        pages.add_url_rule(f"/bare/{name}", name, lambda: "x")
    return pages


def test_sec1_a_view_without_a_policy_stops_the_start_and_is_named(make_site: Callable[..., Flask]) -> None:
    with pytest.raises(UndeclaredEndpoint, match=r"bare\.first, bare\.second"):
        make_site(bare("second", "first"))


def test_sec1_the_frame_declares_its_own_files(site: Flask) -> None:
    found = policy.policy_of(site, "frame.static")
    assert found is not None
    assert found.audience is policy.Audience.PUBLIC


def test_sec1_policies_can_be_declared_for_packages_that_do_not_know_the_frame(make_site: Callable[..., Flask]) -> None:
    pages = bare("hook")
    site = Flask("other")
    site.register_blueprint(pages)
    policy.declare(site, "bare.hook", policy.Policy(audience=policy.Audience.SIGNED_WEBHOOK, reason="x"))
    policy.declare(site, "static", policy.Policy(audience=policy.Audience.PUBLIC, reason="x"))
    policy.require_policies(site)


def test_a_stranger_on_a_staff_page_signs_in_and_comes_back(web: Web) -> None:
    response = web(None).client.get("/patients?sort=name&page=2")
    assert response.status_code == 303
    assert response.location == "/sign-in?next=%2Fpatients%3Fsort%3Dname%26page%3D2"


@pytest.mark.parametrize(
    ("path", "onward"),
    [("/patients/new", "/sign-in?next=%2Fpatients%2Fnew"), ("/visits/1/arrived", "/sign-in")],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_if_it_has_one(
    web: Web, path: str, onward: str
) -> None:
    browser = web("dana")
    token = browser.get("/patients/new").form("add").values["csrf_token"]
    browser.client.delete_cookie("__Host-sid")
    assert browser.client.post(path, data={"csrf_token": token}).location == onward


def test_programs_are_told_401_instead_of_being_sent_to_a_page(web: Web) -> None:
    for headers in ({"Accept": "application/json"}, {"X-Fragment": "1"}):
        assert web(None).client.get("/today", headers=headers).status_code == 401


def test_sec14_a_password_alone_reaches_only_the_second_step(web: Web) -> None:
    half = web("half")
    for path in ("/today", "/staff", "/export", "/patients"):
        assert half.client.get(path).location == "/sign-in/code?next=%2F" + path[1:]
    assert half.get("/sign-in/code").text.endswith("Sam Ortiz")


def test_a_wrong_role_is_refused_with_a_page_and_written_down(web: Web, door: Door) -> None:
    page = web("dana").get("/staff")
    assert page.status == 403
    assert page.h1 == "Not part of your role"
    assert door.turned_away == ["Dana Reyes admin.staff"]


def test_sec15_a_grave_page_asks_again_after_five_minutes(web: Web) -> None:
    assert web("fresh").get("/export").status == 200
    assert web("stale").client.get("/export").location == "/sign-in/again?next=%2Fexport"


def test_sec12_a_polling_page_does_not_lengthen_the_session(web: Web, door: Door) -> None:
    browser = web("dana")
    browser.get("/pulse")
    browser.get("/today")
    assert [knock.lengthens for knock in door.knocks] == [False, True]


def test_a_patient_without_a_session_is_told_to_open_the_link_again(web: Web) -> None:
    page = web(None).get("/visit")
    assert page.status == 401
    assert "Open it again the way you came" in page.text


def test_sec20_a_link_for_something_else_finds_nothing(web: Web, door: Door) -> None:
    assert web("visit").get("/visit").status == 200
    assert web("survey").get("/visit").status == 404
    assert door.turned_away == ["Patient patient.visit"]


def test_a_patients_link_is_no_way_into_staff_pages(web: Web) -> None:
    browser = web("visit")
    browser.sign_in_with("visit", kind="sid")
    assert browser.client.get("/today").status_code == 303


def test_a_public_page_may_know_who_is_signed_in(web: Web) -> None:
    assert web("dana").get("/sign-in").text.endswith("Dana Reyes")
    assert web(None).get("/sign-in").text.endswith("Someone not signed in")


def test_static_files_ask_the_door_nothing(web: Web, door: Door) -> None:
    web("dana").client.get("/static/clinic.css").close()
    assert door.knocks == []


def test_the_menu_shows_what_the_role_may_open(web: Web) -> None:
    assert web("dana").get("/today").texts("nav.menu a") == ["Today", "Patients"]
    assert web("sam").get("/today").texts("nav.menu a") == ["Today", "Staff"]
    assert web("dana").get("/patients").one("nav.menu [aria-current=page]").get("href") == "/patients"


WAYS_OUT = [
    *("http://evil.example", "https://evil.example/", "//evil.example", "///evil.example", "////evil.example"),
    *("/\\evil.example", "\\/evil.example", "/\\/evil.example", "javascript:alert(1)", "/\tevil.example"),
    *("/%0d%0aLocation: x\r\n", "evil.example", "/ /evil.example", "http:evil.example", "https:/evil.example"),
    *("//evil.example/%2f..", "/\x00/evil", "data:text/html,x", ".evil.example", "@evil.example"),
    *("//google.com@evil.example", "/\u202e//evil.example", "", None),
]


@pytest.mark.parametrize("text", WAYS_OUT)
def test_sec27_no_way_leads_off_the_site(text: str | None) -> None:
    assert safe_next(text) == "/"


@pytest.mark.parametrize("text", ["/today", "/patients?sort=name&page=2", "/day/2026-11-23#t9", "/v/abc-_1"])
def test_sec27_a_path_of_this_site_is_kept(text: str) -> None:
    assert safe_next(text) == text
