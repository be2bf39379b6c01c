"""The staff list and accounts at an administrator's browser."""

from collections.abc import Callable

import pytest
from flask import Flask

from clinic.access import actions as access
from clinic.kernel.actor import Role, system
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.web.conftest import PASSWORD
from tests.web.html import Browser, Page

OPERATOR = system("Operator")
SignInAs = Callable[..., Browser]


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def colleague(sign_in_as: SignInAs, admin: Browser) -> Browser:
    return sign_in_as(Role.COORDINATOR, name="Dana Reyes")


def link_on(page: Page) -> str:
    return page.one("#link").get("value", "").removeprefix("http://localhost")


def test_a_lone_administrator_is_told_what_to_do_next(admin: Browser):
    page = admin.get("/admin/staff")
    assert page.h1 == "Staff"
    assert "Only you so far" in page.text
    assert page.click("Invite a colleague").h1 == "Invite a colleague"


def test_an_invitation_is_shown_once_and_works(admin: Browser, anybody: Browser):
    page = (
        admin.get("/admin/staff/invite")
        .form("invite")
        .submit(full_name="Sam Ortiz", email="sam@example.org", roles=["coordinator", "physician"])
    )
    assert page.h1 == "Hand this link to Sam Ortiz"
    assert "sends no e-mail" in page.text
    link = link_on(page)
    assert link not in admin.get("/admin/staff").response.get_data(as_text=True)
    listed = admin.get("/admin/staff")
    assert "Sam Ortiz" in listed.text
    assert "Coordinator, Physician" in listed.text
    assert "Invited" in listed.text
    assert anybody.get(link).h1 == "Welcome, Sam Ortiz"


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"full_name": None}, "full_name", "Enter the name"),
        ({"email": "sam"}, "email", "work e-mail address"),
        ({"email": "ADA.ADMIN@example.org"}, "email", "has this address already"),
        ({"roles": None}, "roles", "at least one role"),
        ({"roles": ["owner"]}, "roles", ""),
        ({"full_name": "Sam\u202e Ortiz"}, "full_name", "hidden character"),
    ],
)
def test_an_invitation_that_will_not_do_keeps_what_was_typed(
    admin: Browser, fields: dict[str, object], *, box: str, words: str
):
    typed: dict[str, object] = {"full_name": "Sam Ortiz", "email": "sam@example.org", "roles": ["coordinator"]}
    page = admin.get("/admin/staff/invite").form("invite").send(**(typed | fields))
    assert page.status in {409, 422}
    assert words in page.errors[box]
    assert page.title.startswith("Error:")
    kept = page.form("invite").values
    assert [kept["full_name"], kept["email"]].count([""]) <= 1


def test_a_hundred_accounts_fit_on_the_list(admin: Browser, runtime: Runtime, clock: TestClock):
    with runtime.begin(by=OPERATOR) as session:
        for number in range(100):
            access.invite_staff(
                session,
                email=f"person{number}@example.org",
                full_name=f"Person {number}",
                roles=[Role.COORDINATOR],
                by=OPERATOR,
                now=clock(),
            )
    page = admin.get("/admin/staff")
    assert "101 accounts" in page.text
    assert len(page.select("tbody tr")) == 101


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PHYSICIAN])
@pytest.mark.parametrize("path", ["/admin/staff", "/admin/staff/invite", "/admin/system"])
def test_other_roles_are_kept_out(sign_in_as: SignInAs, role: Role, path: str):
    assert sign_in_as(role).get(path).status == 403


def test_an_account_that_does_not_exist_is_a_page_not_found(admin: Browser):
    for path in ("", "/roles", "/disable", "/link"):
        assert admin.get(f"/admin/staff/11111111-2222-4333-8444-555555555555{path}").status == 404
    assert admin.get("/admin/staff/11111111-2222-4333-8444-555555555555/explode").status == 404


def test_roles_are_changed_and_the_colleague_signs_in_again(admin: Browser, colleague: Browser):
    page = admin.get("/admin/staff").click("Dana Reyes").click("Roles")
    done = page.form("roles").submit(roles=["physician"])
    assert done.toasts == ["✓ Roles changed. They hold from now on."]
    assert "Physician" in done.text
    assert colleague.get("/account").path.startswith("/sign-in")


def test_no_role_at_all_is_refused(admin: Browser, colleague: Browser):
    page = admin.get("/admin/staff").click("Dana Reyes").click("Roles")
    assert "at least one role" in page.form("roles").submit(roles=None).errors["roles"]


def test_of_two_administrators_the_second_is_told(admin: Browser, colleague: Browser, sign_in_as: SignInAs):
    other = sign_in_as(Role.ADMIN, name="Ben Boss")
    mine = admin.get("/admin/staff").click("Dana Reyes").click("Roles")
    theirs = other.get("/admin/staff").click("Dana Reyes").click("Roles")
    theirs.form("roles").submit(roles=["physician"])
    page = mine.form("roles").submit(roles=["admin"])
    assert page.status == 409
    assert "Ben Boss changed this" in page.errors[""]


def test_switching_off_and_on(admin: Browser, colleague: Browser, anybody: Browser):
    page = admin.get("/admin/staff").click("Dana Reyes").click("Switch off")
    assert page.h1 == "Switch off Dana Reyes\u2019s account?"
    done = page.form("confirm").submit()
    assert done.toasts == ["✓ Dana Reyes can no longer sign in."]
    assert colleague.get("/account").path.startswith("/sign-in")
    refused = anybody.get("/sign-in").form("sign-in").submit(email="dana.reyes@example.org", password=PASSWORD)
    assert refused.status == 422
    again = done.click("Switch on").form("confirm").submit()
    assert again.toasts == ["✓ Dana Reyes can sign in again."]


def test_a_lost_phone_is_taken_off(
    admin: Browser, colleague: Browser, runtime: Runtime, clock: TestClock, anybody: Browser
):
    from clinic.access import queries
    from clinic.access.rules import hasher_of
    from clinic.access.rules.totp import code_at, counter_at
    from clinic.kernel.ids import digest

    with runtime.begin(by=OPERATOR) as session:
        account = queries.account_by_email(session, "dana.reyes@example.org")
        assert account is not None
        token = access.start_session(session, account_id=account.id, now=clock(), by=OPERATOR)
        held = queries.session_by_token(session, token_hash=digest(token), now=clock())
        assert held is not None
        access.begin_totp(session, session_id=held.session_id, now=clock(), by=OPERATOR)
        access.confirm_totp(
            session,
            session_id=held.session_id,
            code=code_at(str(account.totp_seed), counter_at(clock())),
            ip=None,
            now=clock(),
            by=OPERATOR,
            hasher=hasher_of(runtime.signing_in),
        )
    page = admin.get("/admin/staff").click("Dana Reyes")
    assert "10 left" in page.text
    done = page.click("Lost phone").form("confirm").submit()
    assert done.toasts == ["✓ Dana Reyes sets up a new phone at the next sign-in."]
    entered = anybody.get("/sign-in").form("sign-in").submit(email="dana.reyes@example.org", password=PASSWORD)
    assert entered.h1 == "Set up your authenticator app"


def test_a_reset_link_is_handed_over_and_works_once(admin: Browser, colleague: Browser, anybody: Browser):
    page = admin.get("/admin/staff").click("Dana Reyes").click("Password reset").form("link").submit()
    assert page.h1 == "Hand this link to Dana Reyes"
    assert anybody.get(link_on(page)).h1 == "Choose a new password"


def test_a_new_invitation_replaces_the_lost_one(admin: Browser, anybody: Browser):
    made = (
        admin.get("/admin/staff/invite")
        .form("invite")
        .submit(full_name="Sam Ortiz", email="sam@example.org", roles=["coordinator"])
    )
    page = admin.get("/admin/staff").click("Sam Ortiz").click("New invitation").form("link").submit()
    assert anybody.get(link_on(made)).status == 404
    assert anybody.get(link_on(page)).h1 == "Welcome, Sam Ortiz"


def test_nobody_changes_their_own_account(admin: Browser):
    page = admin.get("/admin/staff").click("Ada Admin")
    assert "This is your own account." in page.text
    assert "Switch off" not in page.links
    own = page.path
    refused = admin.get(f"{own}/disable").form("confirm").submit()
    assert refused.status == 403
    assert "another administrator" in refused.text


@pytest.mark.parametrize("page", ["invite", "roles", "disable", "enable", "lost-phone", "link"])
def test_SEC_15_changing_accounts_asks_for_a_fresh_second_factor(
    app: Flask, admin: Browser, colleague: Browser, clock: TestClock, page: str
):
    member = admin.get("/admin/staff").click("Dana Reyes").path
    path = "/admin/staff/invite" if page == "invite" else f"{member}/{page}"
    assert admin.get(path).path == path
    clock.advance(minutes=5, seconds=1)
    location = admin.client.get(path).headers["Location"]
    assert location.startswith("/sign-in/again?next=")
