"""Signing in at a browser: password, app, recovery codes, stepping up, out again."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access import queries
from clinic.access.models import StaffAccount
from clinic.access.rules import hasher_of
from clinic.access.rules.hashing import Argon2Hasher
from clinic.access.rules.totp import code_at, counter_at
from clinic.kernel.actor import Role, system
from clinic.runtime import Runtime
from clinic.settings import Settings
from tests.conftest import TestClock
from tests.web.html import Browser, Page

PASSWORD = "copper lantern violet tide"
OPERATOR = system("Operator")
Hire = Callable[..., StaffAccount]


@pytest.fixture
def hire(runtime: Runtime, clock: TestClock) -> Hire:
    """Make accounts that sign in with PASSWORD."""

    def make(*roles: Role, name: str = "Dana Reyes") -> StaffAccount:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        with runtime.begin(by=OPERATOR) as session:
            _, token = access.invite_staff(session, email=email, full_name=name, roles=roles, by=OPERATOR, now=clock())
            return access.accept_invitation(
                session, token=token, password=PASSWORD, now=clock(), hasher=hasher_of(runtime.signing_in)
            )

    return make


def sign_in(
    web: Browser, email: str = "dana.reyes@example.org", password: str = PASSWORD, *, to: str = "/sign-in"
) -> Page:
    return web.get(to).form("sign-in").submit(email=email, password=password)


def code_of(session: Session, account: StaffAccount, clock: TestClock) -> str:
    session.expire_all()
    seed = queries.account(session, account.id).totp_seed
    assert seed is not None
    return code_at(seed, counter_at(clock()))


@pytest.fixture
def web(anybody: Browser) -> Browser:
    return anybody


@pytest.fixture
def dana(hire: Hire) -> StaffAccount:
    return hire(Role.ADMIN)


@pytest.fixture
def codes(web: Browser, dana: StaffAccount, session: Session, clock: TestClock) -> list[str]:
    """Set the app up for Dana, leave her signed in, and return her recovery codes."""
    page = sign_in(web)
    shown = page.form("set-up").submit(code=code_of(session, dana, clock))
    clock.advance(seconds=60)
    return shown.texts("code")


def test_the_front_page_leads_strangers_to_sign_in(web: Browser):
    page = web.get("/")
    assert (page.path, page.h1) == ("/sign-in", "Sign in")


def test_the_first_sign_in_sets_up_the_app_and_shows_recovery_codes_once(
    web: Browser, dana: StaffAccount, session: Session, clock: TestClock
):
    page = sign_in(web)
    assert page.h1 == "Set up your authenticator app"
    assert re.search(r'<svg role="img" aria-label="QR code [^>]+>.*<path d="M', page.response.get_data(as_text=True))
    shown = page.form("set-up").submit(code=code_of(session, dana, clock))
    assert shown.h1 == "Save your recovery codes"
    assert len(shown.texts("code")) == 10
    home = shown.click("I have saved them")
    assert home.path == "/admin/staff"
    assert web.get("/sign-in/set-up").path == "/admin/staff"


def test_a_wrong_first_code_keeps_the_same_secret_on_the_page(web: Browser, dana: StaffAccount):
    page = sign_in(web)
    secret = page.texts("code")
    again = page.form("set-up").submit(code="000000")
    assert (again.status, again.texts("code")) == (422, secret)
    assert again.title.startswith("Error:")
    assert "did not match" in again.errors["code"]


def test_a_password_alone_reaches_nothing_but_the_second_factor(web: Browser, codes: list[str]):
    web.get("/admin/staff").form("sign-out").submit()
    page = sign_in(web)
    assert (page.path, page.h1) == ("/sign-in/code", "Enter your code")
    for path in ("/admin/staff", "/admin/system", "/account", "/sign-in/again"):
        assert web.get(path).path == f"/sign-in/code?next={path.replace('/', '%2F')}"


def test_the_code_leads_to_the_page_that_was_asked_for(
    web: Browser, codes: list[str], dana: StaffAccount, session: Session, clock: TestClock
):
    web.get("/admin/staff").form("sign-out").submit()
    page = sign_in(web, to="/admin/system")
    assert page.h1 == "Enter your code"
    arrived = page.form("code").submit(code=code_of(session, dana, clock))
    assert arrived.path == "/admin/system"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%09/evil.example",
        "evil",
    ],
)
def test_SEC_27_nobody_is_led_to_another_site(
    web: Browser, codes: list[str], dana: StaffAccount, session: Session, clock: TestClock, elsewhere: str
):
    web.get("/admin/staff").form("sign-out").submit()
    page = web.get("/sign-in", next=elsewhere).form("sign-in").submit(email=dana.email, password=PASSWORD)
    arrived = page.form("code").submit(code=code_of(session, dana, clock))
    assert urlsplit(arrived.path).netloc == ""
    assert arrived.path in {"/admin/staff", "/%09/evil.example"}


def test_a_wrong_code_says_what_to_do_and_the_sixth_waits(web: Browser, codes: list[str]):
    web.get("/admin/staff").form("sign-out").submit()
    page = sign_in(web)
    for _ in range(5):
        page = page.form("code").submit(code="000000")
        assert page.status == 422
        assert "Wait for the next one" in page.errors["code"]
    page = page.form("code").submit(code="000000")
    assert (page.status, page.response.headers["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes" in page.text


def test_a_recovery_code_gets_in_without_the_phone(web: Browser, codes: list[str]):
    web.get("/admin/staff").form("sign-out").submit()
    page = sign_in(web).click("Use a recovery code instead")
    wrong = page.form("recovery").submit(code="2222-2222-2222")
    assert "Each one works once" in wrong.errors["code"]
    home = wrong.form("recovery").submit(code=codes[4].lower())
    assert home.path == "/admin/staff"
    assert "9 left" in home.browser.get("/account").text


def test_SEC_18_unknown_addresses_and_wrong_passwords_get_the_same_page(web: Browser, dana: StaffAccount):
    def answer(email: str) -> tuple[int, str]:
        page = sign_in(web, email, "wrong")
        body = page.response.get_data(as_text=True).replace(email, "ADDRESS")
        return page.status, re.sub(r'name="csrf_token" value="[^"]+"', "TOKEN", body)

    assert answer("dana.reyes@example.org") == answer("nobody.here@example.org")


def test_too_many_wrong_passwords_wait(web: Browser, dana: StaffAccount):
    for _ in range(5):
        assert sign_in(web, password="wrong").status == 422
    page = sign_in(web)
    assert (page.status, page.response.headers["Retry-After"]) == (429, "1")
    assert "Try again in 1 second." in page.text


@pytest.mark.parametrize(
    ("email", "password", "boxes"),
    [(None, None, {"email", "password"}), ("dana.reyes@example.org", None, {"password"}), ("a\u202eb", "x", {"email"})],
)
def test_what_is_missing_or_hidden_is_said_at_its_box(
    web: Browser, email: str | None, password: str | None, *, boxes: set[str]
):
    page = web.get("/sign-in").form("sign-in").submit(email=email, password=password)
    assert page.status == 422
    assert set(page.errors) == boxes


def test_a_password_is_never_sent_back(web: Browser):
    page = sign_in(web, "nobody@example.org", "my very secret password")
    assert "my very secret" not in page.response.get_data(as_text=True)


def test_SEC_11_signing_out_ends_the_session_and_clears_the_browser(app: Flask, web: Browser, codes: list[str]):
    page = web.get("/admin/staff")
    token = web.client.get_cookie("__Host-sid")
    assert token is not None
    form = page.form("sign-out")
    response = web.client.post("/sign-out", data=form.values, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert web.client.get_cookie("__Host-sid") is None
    thief = Browser(app.test_client()).sign_in_with(token.value)
    assert thief.get("/admin/staff").path.startswith("/sign-in?")
    assert web.get("/sign-in").toasts == ["✓ You are signed out."]


def test_SEC_11_every_step_gives_a_new_token_and_the_cookie_is_closed_to_scripts(
    web: Browser, dana: StaffAccount, session: Session, clock: TestClock
):
    page = web.get("/sign-in")
    fields = page.form("sign-in").values | {"email": [dana.email], "password": [PASSWORD]}
    response = web.client.post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = next(value for value in response.headers.getlist("Set-Cookie") if value.startswith("__Host-sid="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    first = web.client.get_cookie("__Host-sid")
    web.get("/sign-in/set-up").form("set-up").submit(code=code_of(session, dana, clock))
    second = web.client.get_cookie("__Host-sid")
    assert first is not None
    assert second is not None
    assert first.value != second.value


def test_SEC_12_an_idle_person_signs_in_again(web: Browser, codes: list[str], clock: TestClock):
    assert web.get("/admin/staff").path == "/admin/staff"
    clock.advance(minutes=14, seconds=59)
    assert web.get("/admin/staff").path == "/admin/staff"
    clock.advance(minutes=15, seconds=1)
    assert web.get("/admin/staff").path == "/sign-in?next=%2Fadmin%2Fstaff"


def test_SEC_15_a_grave_page_asks_again_after_five_minutes(
    web: Browser, codes: list[str], dana: StaffAccount, session: Session, clock: TestClock
):
    assert web.get("/admin/staff/invite").h1 == "Invite a colleague"
    clock.advance(minutes=5)
    page = web.get("/admin/staff/invite")
    assert page.h1 == "Confirm it is you"
    assert page.form("again").submit(code="000000").status == 422
    done = page.form("again").submit(code=code_of(session, dana, clock))
    assert (done.path, done.h1) == ("/admin/staff/invite", "Invite a colleague")


def test_the_demo_skips_the_second_factor_and_steps_up_by_password(
    settings: Settings, app: Flask, hire: Hire, clock: TestClock, sessions: object
):
    from clinic.app import create_app

    hire(Role.ADMIN)
    demo = create_app(
        settings.model_copy(update={"demo_skip_second_factor": True}),
        sessions=sessions,
        clock=clock,
        wake=clock.wakes.extend,  # type: ignore[arg-type]
    )
    web = Browser(demo.test_client())
    assert sign_in(web).path == "/admin/staff"
    clock.advance(minutes=6)
    page = web.get("/admin/staff/invite")
    assert page.h1 == "Confirm it is you"
    assert page.form("again").submit(password="wrong").status == 422
    assert page.form("again").submit(password=PASSWORD).h1 == "Invite a colleague"
    account = web.get("/account").click("Set up an authenticator app")
    assert account.form("begin-set-up").submit().h1 == "Set up your authenticator app"


@pytest.mark.parametrize(
    ("role", "path"),
    [(Role.COORDINATOR, "/today"), (Role.PHYSICIAN, "/my-day"), (Role.ADMIN, "/admin/staff")],
)
def test_each_role_lands_where_its_day_begins(sign_in_as: Callable[..., Browser], role: Role, path: str):
    browser = sign_in_as(role)
    assert browser.client.get("/").headers["Location"] == path
    assert browser.client.get("/sign-in").headers["Location"] == path


def test_signing_in_as_somebody_else_ends_the_session_before(app: Flask, web: Browser, codes: list[str], hire: Hire):
    hire(Role.ADMIN, name="Sam Ortiz")
    web.client.get("/sign-in")
    before = web.client.get_cookie("__Host-sid")
    assert before is not None
    page = web.get("/account/password")
    fields = {**page.form("password").values, "email": ["sam.ortiz@example.org"], "password": [PASSWORD]}
    for name in ("current", "again"):
        fields.pop(name)
    web.client.post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert Browser(app.test_client()).sign_in_with(before.value).get("/account").path.startswith("/sign-in")


def test_changing_ones_password(web: Browser, codes: list[str], clock: TestClock):
    page = web.get("/account").click("Change your password")
    new = "seven quiet marble otters"
    differ = page.form("password").submit(current=PASSWORD, password=new, again="something else entirely")
    assert "differ" in differ.errors["again"]
    weak = page.form("password").submit(current=PASSWORD, password="too short", again="too short")
    assert "15 characters" in weak.errors["password"]
    wrong = page.form("password").submit(current="wrong", password=new, again=new)
    assert "present password" in wrong.errors["current"]
    done = page.form("password").submit(current=PASSWORD, password=new, again=new)
    assert (done.path, done.toasts) == ("/account", ["✓ Your password is changed."])
    done.form("sign-out").submit()
    assert sign_in(web).status == 422
    assert sign_in(web, password=new).h1 == "Enter your code"


def test_new_recovery_codes_replace_the_old(web: Browser, codes: list[str], clock: TestClock):
    page = web.get("/account").click("New recovery codes")
    fresh = page.form("recovery-codes").submit()
    assert len(fresh.texts("code")) == 10
    assert set(fresh.texts("code")) & set(codes) == set()


def test_SEC_16_when_too_many_passwords_are_being_checked_people_are_asked_to_come_back(
    web: Browser, runtime: Runtime, hire: Hire
):
    hire(Role.ADMIN)
    hasher = hasher_of(runtime.signing_in)
    assert isinstance(hasher, Argon2Hasher)
    with hasher.seat(), hasher.seat():
        page = sign_in(web)
    assert (page.status, page.response.headers["Retry-After"]) == (503, "2")
    assert sign_in(web).h1 == "Set up your authenticator app"
