"""Every answer carries the same protection, whatever it says."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clinic.web.frame.headers import ALWAYS, CONTENT_SECURITY_POLICY
from clinic.web.frame.static import static_url
from tests.web.frame.conftest import Door
from tests.web.html import Browser

Web = Callable[[str | None], Browser]

ANSWERS = [
    ("get", "/today", {}, 200),
    ("get", "/sign-in", {}, 200),
    ("get", "/static/clinic.css", {}, 200),
    ("get", "/static/nothing.css", {}, 404),
    ("get", "/nowhere", {}, 404),
    ("get", "/staff", {}, 403),
    ("get", "/refuse/changed", {}, 409),
    ("get", "/refuse/locked", {}, 503),
    ("get", "/today?x=%00", {}, 422),
    ("post", "/today", {"data": {"a": "b"}}, 405),
    ("post", "/patients/new", {"data": {"a": "b"}}, 400),
    ("post", "/patients/new", {"data": {"a": "b"}, "content_type": "multipart/form-data"}, 415),
    ("post", "/patients/new", {"data": b"x" * (256 * 1024 + 1)}, 413),
    ("get", "/today", {"headers": {"Host": "evil.example"}}, 400),
    ("options", "/today", {}, 405),
    ("trace", "/today", {}, 405),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), ANSWERS)
def test_sec10_all_headers_are_on_every_answer(
    web: Web, *, method: str, path: str, more: dict[str, object], status: int
) -> None:
    response: TestResponse = web("dana").client.open(path, method=method.upper(), **more)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "no-store" in response.headers["Cache-Control"] or response.status_code == 200
    assert not re.search(r"\d", response.headers.get("Server", ""))
    response.close()


def test_sec10_the_policy_lets_nothing_inline_or_foreign_in() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'")
    assert "require-trusted-types-for 'script'" in CONTENT_SECURITY_POLICY
    assert not re.search(r"unsafe|data:|\*|http", CONTENT_SECURITY_POLICY)


def test_sec10_a_failure_has_the_headers_too(make_site: Callable[..., Flask]) -> None:
    site = make_site()
    site.config["PROPAGATE_EXCEPTIONS"] = False
    response = Browser(site.test_client()).sign_in_with("dana").client.get("/refuse/bug")
    assert response.status_code == 500
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS


def test_sec10_transport_security_is_asked_for_over_https_only(make_site: Callable[..., Flask]) -> None:
    secure = make_site(base="https://clinic.example").test_client()
    assert secure.get("/sign-in").headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Strict-Transport-Security" not in make_site().test_client().get("/sign-in").headers


def test_pages_are_never_stored_and_own_files_are_kept_by_their_hash(web: Web) -> None:
    def caching(path: str) -> str:
        with web("dana").client.get(path) as response:
            return response.headers["Cache-Control"]

    assert caching("/today") == "no-store"
    assert "immutable" in caching(static_url("clinic.css"))
    assert caching("/static/clinic.css?v=old") == "no-cache"
    assert caching("/static/clinic.css") == "no-cache"


@pytest.mark.parametrize(
    ("base", "cookie"),
    [
        ("https://clinic.example", "__Host-sid=dana; Secure; HttpOnly; Path=/; SameSite=Lax"),
        ("http://localhost:8000", "__Host-sid=dana; Secure; HttpOnly; Path=/; SameSite=Lax"),
        ("http://clinic.example", "sid=dana; HttpOnly; Path=/; SameSite=Lax"),
    ],
)
def test_sec11_the_session_cookie_is_as_strict_as_the_address_allows(
    make_site: Callable[..., Flask], base: str, cookie: str
) -> None:
    browser = Browser(make_site(base=base).test_client())
    token = browser.get("/sign-in")  # the page sets the form cookie only when it has a form
    assert token.status == 200
    with browser.client.session_transaction() as session:
        session["csrf_token"] = "abc"
    response = send_with_token(browser, "/sign-in")
    assert cookie in response.headers.getlist("Set-Cookie")


def test_sec11_signing_out_takes_the_cookie_back_and_clears_what_the_browser_kept(web: Web) -> None:
    browser = web("dana")
    token = browser.get("/today").form("sign-out").values["csrf_token"]
    response = browser.client.post("/sign-out", data={"csrf_token": token})
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert any(
        found.startswith("__Host-sid=; Expires=Thu, 01 Jan 1970") for found in response.headers.getlist("Set-Cookie")
    )
    assert browser.client.get("/today").location.startswith("/sign-in")


def test_sec13_signing_in_forgets_the_form_token_of_the_stranger(web: Web) -> None:
    browser = web(None)
    with browser.client.session_transaction() as session:
        session["csrf_token"] = "abc"
        session["language"] = "es"
    send_with_token(browser, "/sign-in")
    with browser.client.session_transaction() as session:
        assert dict(session) == {"language": "es"}


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_sec25_only_as_many_proxies_are_believed_as_are_configured(
    make_site: Callable[..., Flask], door: Door, *, proxies: int, seen: str
) -> None:
    headers = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Host": "evil.example"}
    browser = Browser(make_site(proxies=proxies).test_client(), headers=headers).sign_in_with("dana")
    assert browser.get("/today").status == 200
    assert door.knocks[-1].ip == seen


def send_with_token(browser: Browser, path: str) -> TestResponse:
    from flask_wtf.csrf import generate_csrf

    app = browser.client.application
    with browser.client.session_transaction() as session:
        raw = dict(session)
    with app.test_request_context():
        from flask import session as inner

        inner.update(raw)
        token = generate_csrf()
    return browser.client.post(path, data={"csrf_token": token})
