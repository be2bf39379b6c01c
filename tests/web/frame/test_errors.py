"""Refusals and failures say what to do, look alike, and give nothing away."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.html import Browser

Web = Callable[[str | None], Browser]


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("missing", 404, "Nothing here"),
        ("foreign", 403, "Not yours: ask Dr. Okafor."),
        ("changed", 409, "Changed by Lee at 10:42."),
        ("bad", 422, "That is no date. It is about this field: born on"),
    ],
)
def test_a_domains_refusal_becomes_the_right_page(web: Web, *, kind: str, status: int, words: str) -> None:
    page = web("dana").get(f"/refuse/{kind}")
    assert page.status == status
    assert words in page.text
    assert page.texts("nav.menu a"), "staff keep their menu"


def test_sec2_what_is_missing_and_what_is_anothers_look_the_same(web: Web) -> None:
    browser = web("dana")
    first, second = (untimed(browser.get("/refuse/missing").response.text) for _ in range(2))
    assert first == second
    assert "No such patient" not in first


def untimed(body: str) -> str:
    return re.sub(r'(csrf[-_]token"[^>]*(?:value|content)=")[^"]+', r"\1", body)


def test_sec41_a_failure_tells_nothing_but_a_number_that_the_log_has_too(make_site: Callable[..., Flask]) -> None:
    site = make_site()
    site.config["PROPAGATE_EXCEPTIONS"] = False
    page = Browser(site.test_client()).sign_in_with("dana").get("/refuse/bug")
    assert page.status == 500
    assert not re.search(r"canary|Traceback|SELECT|views|RuntimeError|/srv", page.response.text)
    assert re.search(r"give this number: [0-9a-f]{16}", page.text)


@pytest.mark.parametrize("kind", ["locked", "busy"])
def test_a_busy_database_or_processor_asks_for_patience(web: Web, kind: str) -> None:
    page = web("dana").get(f"/refuse/{kind}")
    assert page.status == 503
    assert int(page.response.headers["Retry-After"]) in {3, 5}
    assert "secret" not in page.response.text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/refuse/missing", 404, "not_found"),
        ("/nowhere", 404, "not_found"),
        ("/refuse/changed", 409, "changed_meanwhile"),
        ("/refuse/bad", 422, "invalid"),
        ("/staff", 403, "forbidden"),
        ("/refuse/locked", 503, "service_unavailable"),
    ],
)
def test_sec41_programs_get_a_problem_document(web: Web, *, path: str, status: int, code: str) -> None:
    response = web("dana").client.get(path, headers={"Accept": "application/json"})
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json["code"] == code
    assert response.json["status"] == status
    assert ("request_id" in response.json) == (status != 404)


def test_a_missing_token_is_a_problem_document_too(web: Web) -> None:
    response = web("dana").client.post("/patients/new", data={}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.json["code"] == "bad_request"


def test_a_patients_trouble_is_told_in_the_patients_frame_and_language(web: Web) -> None:
    browser = web("survey")
    assert browser.get("/visit").links["988"] == "tel:988"
    page = browser.get("/visit?lang=es")
    assert page.status == 404
    assert page.h1 == "Aquí no hay nada"


def test_an_unknown_address_says_so_and_leads_home(web: Web) -> None:
    page = web(None).get("/wp-login.php")
    assert page.status == 404
    assert page.links["Go to the start page"] == "/"


def test_a_method_that_does_not_fit_names_those_that_do(web: Web) -> None:
    browser = web("dana")
    token = browser.get("/today").form("sign-out").values["csrf_token"]
    response = browser.client.post("/today", data={"csrf_token": token})
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
