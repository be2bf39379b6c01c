"""Stopping all texts and starting them again, as administrators do it and everybody reads it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.dashboards.stopped_texts import stop_notice
from clinic.kernel.actor import Role
from tests.conftest import TestClock
from tests.web.html import Browser, Page

NOTICE = "! No texts leave since 10:00 AM ET: Wrong day in the reminders. Dana Reyes stopped them."


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN)


def stop(admin: Browser, reason: str = "Wrong day in the reminders") -> Page:
    return admin.get("/admin/system/stop").form("stop").submit(reason=reason)


def test_all_texts_are_stopped_with_a_reason_and_started_again(admin: Browser) -> None:
    page = admin.get("/admin/system")
    assert "Stop all texts…" in page.text
    assert page.text.count("Sending") == 4
    stopped = stop(admin)
    assert stopped.toasts == ["✓ No text leaves any more."]
    assert stopped.h1 == "System"
    assert (stopped.text.count("Sending"), "Stop all texts…" in stopped.text) == (0, False)
    assert "Dana Reyes stopped them just now. Nothing is lost" in stopped.text
    started = admin.get("/admin/system/start").form("start").submit()
    assert started.toasts == ["✓ Texts leave again, each if it is still true."]
    assert NOTICE in stopped.texts(".alarm")
    assert NOTICE not in started.texts(".alarm")
    assert started.text.count("Sending") == 4


@pytest.mark.parametrize("role", list(Role))
def test_every_member_of_staff_reads_it_on_every_page(
    admin: Browser, sign_in_as: Callable[..., Browser], role: Role
) -> None:
    stop(admin, "Wrong day in the reminders.")
    page = sign_in_as(role, name="Somebody Else").get("/account")
    assert NOTICE in page.texts(".alarm")


def test_patients_and_strangers_do_not_read_it(admin: Browser, anybody: Browser) -> None:
    stop(admin)
    assert anybody.get("/sign-in").texts(".alarm") == []


def test_a_stop_of_another_day_says_which(admin: Browser, session: Session, now: datetime) -> None:
    stop(admin)
    half_past_midnight = now + timedelta(hours=14, minutes=30)
    assert stop_notice(session, now=half_past_midnight, zone="America/New_York") == [
        "No texts leave since Mon Nov 23, 10:00 AM ET: Wrong day in the reminders. Dana Reyes stopped them."
    ]


def test_without_a_reason_nothing_is_stopped(admin: Browser) -> None:
    refused = stop(admin, "  ")
    assert refused.status == 422
    assert "Say in a few words why" in refused.text
    assert "Stop all texts…" in admin.get("/admin/system").text


def test_the_task_leads_to_the_start_and_cannot_be_ticked_off(admin: Browser) -> None:
    page = stop(admin)
    assert "All texts are stopped" in page.text
    assert [name for name in page.forms if name.startswith("close-")] == []
    assert admin.get("/admin/system/start").h1 == "Start texts again?"
    admin.get("/admin/system/start").form("start").submit()
    assert "Needs you" not in admin.get("/admin/system").text


def test_a_colleague_was_quicker(admin: Browser, sign_in_as: Callable[..., Browser]) -> None:
    asked, other = admin.get("/admin/system/stop"), sign_in_as(Role.ADMIN, name="Ada Admin")
    stop(other)
    late = asked.form("stop").submit(reason="The same")
    assert (late.status, "Texts are stopped already. Nothing leaves." in late.text) == (409, True)
    starting = admin.get("/admin/system/start")
    other.get("/admin/system/start").form("start").submit()
    assert starting.form("start").submit().toasts == ["! Texts leave already. There is nothing to start."]
    assert "There is nothing to start" in admin.get("/admin/system/start").text


@pytest.mark.parametrize("page", ["stop", "start"])
def test_an_old_sign_in_is_asked_for_its_code_first(admin: Browser, clock: TestClock, page: str) -> None:
    clock.advance(minutes=6)
    answer = admin.client.get(f"/admin/system/{page}")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in/again")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PHYSICIAN])
def test_nobody_but_administrators_stops_texts(sign_in_as: Callable[..., Browser], role: Role) -> None:
    browser = sign_in_as(role)
    assert [browser.get(f"/admin/system/{page}").status for page in ("stop", "start")] == [403, 403]
