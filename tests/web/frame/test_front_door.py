"""The real door over real session rows, and every endpoint of the real application against every kind of stranger."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, url_for
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from clinic.access.models import StaffAccount, StaffSession
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.web.frame.headers import ALWAYS
from clinic.web.frame.policy import Audience, policy_of
from tests.conftest import TestClock
from tests.web.html import Browser

UUID = "6f1c1f9e-5f5e-4d4e-9d3c-3a1e1f1e1f1e"


def sample(rule: Rule, name: str) -> str:
    """Return a value that the address takes and nothing has."""
    choices = getattr(rule._converters[name], "items", None)  # noqa: SLF001 - the only place that knows the choices
    known = {"token": "A" * 22, "filename": "nothing.css", "day": "2026-11-23"}
    if isinstance(rule._converters[name], IntegerConverter):  # noqa: SLF001 - likewise
        return "0"
    return min(choices) if choices else known.get(name, UUID)


def path_of(app: Flask, rule: Rule) -> str:
    values = {name: sample(rule, name) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=min(rule.methods or ()))


def test_sec12_a_session_ends_after_fifteen_idle_minutes(desk: Browser, clock: TestClock) -> None:
    clock.advance(minutes=14, seconds=59)
    assert desk.get("/today").status == 200
    clock.advance(minutes=14, seconds=59)
    assert desk.get("/today").status == 200
    clock.advance(minutes=15, seconds=1)
    assert desk.client.get("/today").location == "/sign-in?next=%2Ftoday"


def test_sec12_a_session_ends_after_twelve_hours_however_busy(desk: Browser, clock: TestClock) -> None:
    for _ in range(51):
        clock.advance(minutes=14)
        assert desk.client.get("/account").status_code == 200
    clock.advance(minutes=14)
    assert desk.client.get("/account").status_code == 303


def test_seeing_pages_writes_at_most_once_a_minute(desk: Browser, session: Session, clock: TestClock) -> None:
    began = clock.instant
    clock.advance(seconds=59)
    desk.get("/today")
    assert session.scalar(select(StaffSession.last_seen_at)) == began
    clock.advance(seconds=1)
    desk.get("/today")
    assert session.scalar(select(StaffSession.last_seen_at)) == began + timedelta(minutes=1)


def test_sec5_a_role_taken_away_is_gone_at_the_next_request(desk: Browser, session: Session) -> None:
    assert desk.get("/today").status == 200
    session.execute(update(StaffAccount).values(roles=["physician"]))
    session.commit()
    assert desk.get("/today").status == 403


@pytest.mark.parametrize("change", ["disabled", "revoked"])
def test_sec5_a_disabled_account_or_ended_session_is_out_at_once(
    desk: Browser, session: Session, clock: TestClock, *, change: str
) -> None:
    if change == "disabled":
        session.execute(update(StaffAccount).values(state="disabled"))
    else:
        session.execute(update(StaffSession).values(revoked_at=clock.instant))
    session.commit()
    assert desk.client.get("/today").status_code == 303


def test_sec8_a_page_refused_by_role_is_on_the_record(app: Flask, desk: Browser, session: Session) -> None:
    with app.test_request_context():
        page = url_for("admin.staff")
    assert desk.get(page).status == 403
    refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "page.refused")).all()
    assert [(event.subject_kind, event.details["endpoint"]) for event in refused] == [("endpoint", "admin.staff")]


def test_sec1_no_endpoint_of_the_product_lets_a_stranger_past_its_policy(app: Flask, anybody: Browser) -> None:
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if policy is None or policy.audience in {Audience.PUBLIC, Audience.SIGNED_WEBHOOK}:
            continue
        if "GET" not in (rule.methods or ()):
            continue
        answer = anybody.client.get(path_of(app, rule))
        wanted = 401 if policy.audience is Audience.PATIENT_LINK else 303
        assert answer.status_code == wanted, rule


@pytest.fixture
def asked(app: Flask) -> Callable[..., TestResponse]:
    """Ask as somebody, and see that the answer has every header and is no failure: SEC-10 for whatever is asked."""

    def ask(browser: Browser, rule: Rule, method: str) -> TestResponse:
        answer = browser.client.open(path_of(app, rule), method=method, data={"a": "b"} if method == "POST" else None)
        missing = {name for name, value in ALWAYS.items() if answer.headers.get(name) != value}
        assert not missing, (rule, method)
        assert answer.status_code < 500 or rule.endpoint.startswith("public.simulat"), (rule, method)
        answer.close()
        return answer

    return ask


def test_sec10_sec13_every_endpoint_that_changes_something_asks_for_its_token(
    app: Flask, desk: Browser, asked: Callable[..., TestResponse]
) -> None:
    for rule in app.url_map.iter_rules():
        answer, policy = asked(desk, rule, "POST"), policy_of(app, rule.endpoint)
        if "POST" in (rule.methods or ()) and policy is not None and policy.audience is not Audience.SIGNED_WEBHOOK:
            assert answer.status_code == 400, rule


def test_sec10_what_an_endpoint_does_not_know_is_answered_with_every_header(
    app: Flask, desk: Browser, asked: Callable[..., TestResponse]
) -> None:
    for rule in app.url_map.iter_rules():
        asked(desk, rule, "OPTIONS")


def test_sec28_no_endpoint_takes_a_file(app: Flask, desk: Browser) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            answer = desk.client.post(path_of(app, rule), data={"a": "b"}, content_type="multipart/form-data")
            assert answer.status_code == 415, rule


@pytest.mark.parametrize("role", list(Role))
def test_sec1_sec10_what_a_role_may_not_use_is_refused_with_a_page(
    app: Flask, sign_in_as: Callable[..., Browser], asked: Callable[..., TestResponse], *, role: Role
) -> None:
    browser = sign_in_as(role)
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if policy is None or policy.audience is not Audience.STAFF or "GET" not in (rule.methods or ()):
            if role is Role.COORDINATOR:
                asked(browser, rule, "GET")
            continue
        answer = asked(browser, rule, "GET")
        is_refused = answer.status_code == 403
        assert is_refused == (not policy.admits(frozenset({role}))), (rule, answer.status_code)
