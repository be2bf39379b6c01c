"""Invitations and resets at a browser."""

from collections.abc import Callable

import pytest
from flask import Flask

from clinic.access import actions as access
from clinic.access.models import StaffAccount
from clinic.kernel.actor import Role, system
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.web.conftest import PASSWORD
from tests.web.html import Browser, Page

OPERATOR = system("Operator")


@pytest.fixture
def invited(runtime: Runtime, clock: TestClock) -> tuple[StaffAccount, str]:
    with runtime.begin(by=OPERATOR) as session:
        return access.invite_staff(
            session,
            email="sam@example.org",
            full_name="Sam Ortiz",
            roles=[Role.COORDINATOR],
            by=OPERATOR,
            now=clock(),
        )


def choose(page: Page, password: str = PASSWORD, again: str | None = None) -> Page:
    name = "invitation" if page.path.startswith("/invitation") else "reset"
    return page.form(name).submit(password=password, again=again or password)


def test_an_invitation_names_its_owner_and_leads_to_sign_in(anybody: Browser, invited: tuple[StaffAccount, str]):
    page = anybody.get(f"/invitation/{invited[1]}")
    assert page.h1 == "Welcome, Sam Ortiz"
    assert "sam@example.org" in page.text
    done = choose(page)
    assert (done.path, done.toasts) == ("/sign-in", ["✓ Your password is saved. Sign in with it now."])
    entered = done.form("sign-in").submit(email="sam@example.org", password=PASSWORD)
    assert entered.h1 == "Set up your authenticator app"


def test_looking_at_an_invitation_uses_nothing_up(anybody: Browser, invited: tuple[StaffAccount, str]):
    for _ in range(5):
        assert anybody.get(f"/invitation/{invited[1]}").status == 200
    assert choose(anybody.get(f"/invitation/{invited[1]}")).path == "/sign-in"


@pytest.mark.parametrize(
    ("password", "again", "box", "words"),
    [
        ("short", "short", "password", "15 characters"),
        ("Demo Home Clinic 2026", None, "password", "easy to guess"),
        ("Sam Ortiz Sam Ortiz", None, "password", "easy to guess"),
        ("umbrella tide copper " * 7, None, "password", "too long"),
        (PASSWORD, "another one entirely", "again", "differ"),
    ],
)
def test_a_password_that_will_not_do_says_why_at_its_box(
    anybody: Browser, invited: tuple[StaffAccount, str], password: str, again: str | None, *, box: str, words: str
):
    page = choose(anybody.get(f"/invitation/{invited[1]}"), password, again)
    assert page.status == 422
    assert words in page.errors[box]
    assert password not in page.response.get_data(as_text=True)


def test_used_old_and_unknown_links_show_the_same_page(
    anybody: Browser, invited: tuple[StaffAccount, str], runtime: Runtime, clock: TestClock
):
    account, used = invited
    choose(anybody.get(f"/invitation/{used}"))
    with runtime.begin(by=OPERATOR) as session:
        old = access.start_reset(session, account_id=account.id, by=OPERATOR, now=clock())
    clock.advance(minutes=15)
    pages = [
        anybody.get(path)
        for path in (f"/invitation/{used}", "/invitation/nothing", f"/reset/{old}", "/reset/nothing", f"/reset/{used}")
    ]
    assert {page.status for page in pages} == {404}
    assert len({page.response.get_data() for page in pages}) == 1
    assert pages[0].h1 == "This link no longer works"


def test_a_reset_sets_a_new_password_and_signs_out_everywhere(
    app: Flask, sign_in_as: Callable[..., Browser], anybody: Browser, runtime: Runtime, clock: TestClock
):
    browser = sign_in_as(Role.COORDINATOR)
    with runtime.begin(by=OPERATOR) as session:
        from clinic.access import queries

        account = queries.account_by_email(session, "dana.reyes@example.org")
        assert account is not None
        token = access.start_reset(session, account_id=account.id, by=OPERATOR, now=clock())
    page = anybody.get(f"/reset/{token}")
    assert page.h1 == "Choose a new password"
    done = choose(page, "seven quiet marble otters")
    assert done.path == "/sign-in"
    assert browser.get("/account").path.startswith("/sign-in")
    assert done.form("sign-in").submit(email="dana.reyes@example.org", password=PASSWORD).status == 422
