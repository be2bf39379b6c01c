"""A change of one's sign-in is told on every page after the next sign-in, until one says that it was oneself."""

from collections.abc import Callable

from clinic.access import actions as access
from clinic.access.models import StaffAccount
from clinic.kernel.actor import Role, system
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.web.html import Browser

OPERATOR = system("Operator")
WARNING = "How you sign in was changed."


def alarms(page) -> str:
    return " ".join(page.texts(".alarm"))


def take_phone(runtime: Runtime, session, clock: TestClock) -> StaffAccount:
    account = session.query(StaffAccount).filter_by(email_key="dana.reyes@example.org").one()
    with runtime.begin(by=OPERATOR) as inside:
        access.forget_second_factor(inside, account_id=account.id, version=account.version, by=OPERATOR, now=clock())
    return account


def test_SEC_19_who_signs_in_next_is_told_and_says_that_it_was_them(
    desk: Browser, runtime: Runtime, session, clock: TestClock
):
    assert WARNING not in alarms(desk.get("/account"))
    account = take_phone(runtime, session, clock)
    clock.advance(minutes=42)
    with runtime.begin(by=OPERATOR) as inside:
        token = access.start_session(inside, account_id=account.id, now=clock(), by=OPERATOR)
    desk.sign_in_with(token)
    assert WARNING in alarms(desk.get("/today"))
    page = desk.get("/account")
    assert "Do you know about this?" in page.text
    assert "Your authenticator app was taken off on Mon, Nov 23, 10:00 AM ET." in page.text
    done = page.form("that-was-me").submit()
    assert done.toasts == ["✓ Thank you. The notice is gone."]
    assert "Do you know about this?" not in done.text
    assert WARNING not in alarms(desk.get("/today"))


def test_administrators_find_the_question_on_their_list_and_colleagues_see_nothing(
    desk: Browser, sign_in_as: Callable[..., Browser], runtime: Runtime, session, clock: TestClock
):
    assert desk.get("/account").status == 200
    take_phone(runtime, session, clock)
    boss = sign_in_as(Role.ADMIN, name="Ben Boss")
    assert WARNING not in alarms(boss.get("/account"))
    page = boss.get("/admin/system")
    assert "Ask whether this was them" in page.text
    assert "The authenticator app of Dana Reyes was taken off by Operator." in page.text
