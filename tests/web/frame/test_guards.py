"""What is refused before anything is read from the database."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.frame.conftest import Door
from tests.web.html import Browser

Web = Callable[[str | None], Browser]

GOOD = {"legal_name": "Ana Ruiz", "phone": "305 555 0123", "born_month": "3", "born_day": "12", "born_year": "1984"}


def test_sec13_a_form_without_its_token_is_refused_before_the_door_is_asked(web: Web, door: Door) -> None:
    for path in ("/patients/new", "/visits/1/arrived", "/sign-in", "/sign-out"):
        assert web("dana").client.post(path, data=GOOD).status_code == 400
    assert door.knocks == []


def test_sec13_a_stale_form_can_be_sent_again_without_typing(web: Web) -> None:
    page = web("dana").post(
        "/patients/new", {**GOOD, "legal_name": '"><b>Ana', "secret": "hunter22", "csrf_token": "old"}
    )
    assert page.status == 400
    assert page.h1 == "Please send that once more"
    kept = page.form("again").values
    assert kept["phone"] == ["305 555 0123"]
    assert kept["legal_name"] == ['"><b>Ana']
    assert "secret" not in kept
    assert "hunter22" not in page.response.text
    assert page.form("again").send(legal_name="Ana Ruiz").path == "/today"


def test_sec13_a_form_that_may_come_from_elsewhere_is_not_offered_again(web: Web) -> None:
    browser = web("dana")
    browser.headers = {}
    page = browser.post("/patients/new", GOOD)
    assert page.status == 400
    assert "again" not in page.forms


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "strange"])
def test_sec13_another_sites_form_is_refused_even_with_a_good_token(web: Web, origin: str) -> None:
    browser = web("dana")
    token = browser.get("/patients/new").form("add").values["csrf_token"]
    answer = browser.client.post(
        "/patients/new", data={**GOOD, "csrf_token": token}, headers={"Sec-Fetch-Site": origin}
    )
    assert answer.status_code == 400
    assert browser.client.get("/today", headers={"Sec-Fetch-Site": origin}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_sec13_our_own_form_is_taken_also_from_browsers_that_do_not_say_where_it_comes_from(
    web: Web, headers: dict[str, str]
) -> None:
    browser = web("dana")
    token = browser.get("/patients/new").form("add").values["csrf_token"]
    answer = browser.client.post("/patients/new", data={**GOOD, "csrf_token": token}, headers=headers)
    assert answer.location == "/today"


def test_sec13_a_form_over_tls_needs_no_referrer(make_site: Callable[..., Flask]) -> None:
    browser = Browser(make_site(base="https://localhost").test_client()).sign_in_with("dana")
    client = browser.client
    form = browser.get("/patients/new").form("add")
    answer = client.post(
        "/patients/new", data={**GOOD, "csrf_token": form.values["csrf_token"]}, base_url="https://localhost"
    )
    assert answer.status_code == 303


def test_sec24_a_webhook_needs_no_token_but_keeps_every_limit(web: Web) -> None:
    client = web(None).client
    assert client.post("/hooks/texts", data={"a": "b"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert client.post("/hooks/texts", data=b"{}", content_type="application/json").status_code == 200
    assert client.post("/hooks/texts", data=b"x" * (256 * 1024 + 1)).status_code == 413
    assert client.post("/hooks/texts", data={"f": (__file__)}, content_type="multipart/form-data").status_code == 415


def test_sec28_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(web: Web) -> None:
    client = web(None).client
    assert client.post("/hooks/texts", data=b"x" * (256 * 1024), content_type="text/plain").status_code == 200
    assert client.post("/hooks/texts", data=b"x" * (256 * 1024 + 1), content_type="text/plain").status_code == 413


def test_sec28_a_form_of_too_many_boxes_is_refused(web: Web) -> None:
    many = {f"field{at}": "x" for at in range(201)}
    assert web("dana").client.post("/patients/new", data=many).status_code == 413
    assert web("dana").client.get("/today", query_string=many).status_code == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/json", "text/plain", "application/xml"])
def test_sec28_pages_take_nothing_but_forms(web: Web, kind: str) -> None:
    assert web("dana").client.post("/patients/new", data=b"{}", content_type=kind).status_code == 415


@pytest.mark.parametrize("hidden", ["%00", "%E2%80%AE", "%E2%80%8B", "%1B", "%C2%85", "%EF%BB%BF"])
def test_sec36_hidden_characters_in_an_address_are_named_and_refused(web: Web, hidden: str) -> None:
    page = web("dana").get(f"/patients?sort=na{hidden}me")
    assert page.status == 422
    assert "hidden character" in page.text
    assert page.text.count("sort") == 1
    assert web("dana").get(f"/refuse/{hidden}").status == 422


def test_sec25_a_request_for_another_host_is_refused(web: Web, make_site: Callable[..., Flask]) -> None:
    client = web("dana").client
    assert client.get("/sign-in", headers={"Host": "clinic.example"}).status_code == 200
    answer = client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_sec37_unknown_repeated_and_unusable_parts_of_an_address_are_refused(web: Web) -> None:
    browser = web("dana")
    assert browser.get("/patients?sort=name&lang=en").text.endswith("name")
    assert browser.get("/patients?sort=name&sort=born").status == 422
    assert browser.get("/patients?sort=name&role=admin").status == 422
