"""Physicians, their licenses, hours and exceptions at an administrator's browser."""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.dashboards.operations import parked_facts
from clinic.kernel.actor import Role, system
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox, OutboxState, publish
from clinic.people.models import Physician
from clinic.runtime import Runtime
from clinic.scheduling.rules.availability import WeeklyRule, overlap
from clinic.watching import keep_watch
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind
from tests.conftest import TestClock
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

OPERATOR = system("Operator")
SignInAs = Callable[..., Browser]
LICENSE = {"state": "FL", "number": "me 12345", "valid_from": "2024-02-01", "valid_until": "2027-01-31"}
HOURS = {
    "weekday": ["saturday"],
    "starts_at_local": "09:00",
    "ends_at_local": "12:00",
    "effective_from": "2026-11-23",
}


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def okafor(session: Session, clinic: Clinic) -> Physician:
    clinic.visit_type()
    physician = clinic.physician()
    session.commit()
    return physician


@pytest.fixture
def page(admin: Browser, okafor: Physician) -> Page:
    return admin.get(f"/physicians/{okafor.id}")


def test_the_empty_list_says_what_to_do(admin: Browser, sign_in_as: SignInAs):
    page = admin.get("/physicians")
    assert "No physicians yet" in page.text
    assert page.click("Add a physician").h1 == "Add a physician"
    assert "An administrator adds them" in sign_in_as(Role.COORDINATOR).get("/physicians").text


def test_from_nothing_to_a_physician_with_a_license_and_hours(admin: Browser, sign_in_as: SignInAs):
    sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    form = admin.get("/physicians/new").form("physician")
    account = next(each.get("value") for each in form.page.select("option") if "okafor" in (each.text or ""))
    page = form.submit(full_name="Dr. Amara Okafor", zone="America/Chicago", staff_id=account)
    assert page.h1 == "Dr. Amara Okafor, MD"
    assert "amara.okafor@example.org" in page.text
    assert "No license" in page.text
    assert "No weekly hours" in page.text
    page = page.click("Add license").form("license").submit(**LICENSE)
    assert page.toasts == ["✓ License added."]
    assert "ME 12345 ✓valid" in page.text
    page = page.click("Add hours").form("hours").submit(**HOURS | {"weekday": ["monday", "friday"]})
    assert page.toasts == ["✓ Hours added."]
    assert page.text.count("9:00 AM to 12:00 PM") >= 2
    assert "Central time" in page.text
    listed = admin.get("/physicians").text
    assert "1 physician" in listed
    assert "Florida until Jan 31, 2027" in listed
    assert "amara.okafor" not in admin.get("/physicians/new").text


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"full_name": None}, "full_name", "Enter the name"),
        ({"zone": "Mars/Olympus"}, "zone", "do not know this time zone"),
        ({"join_url": "http://video.example.org"}, "join_url", "https://"),
        ({"credential": "M" * 21}, "credential", "too long"),
        ({"staff_id": "11111111-2222-4333-8444-555555555555"}, "staff_id", "not free any more"),
        ({"staff_id": "everybody"}, "staff_id", "Choose one of the accounts"),
    ],
)
def test_details_that_will_not_do_keep_what_was_typed(
    admin: Browser, fields: dict[str, object], *, box: str, words: str
):
    typed: dict[str, object] = {"full_name": "Dr. Sam Ortiz", "zone": "America/Denver", "credential": "DO"}
    page = admin.get("/physicians/new").form("physician").send(**(typed | fields))
    assert page.status in {409, 422}
    assert words in page.errors[box]
    kept = page.form("physician").values
    assert kept["credential"] == [fields.get("credential", "DO")]


def test_of_two_administrators_the_second_sees_both_and_decides(admin: Browser, page: Page, sign_in_as: SignInAs):
    mine = page.click("Edit details").form("physician")
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(f"{page.path}/edit").form("physician")
    theirs.submit(full_name="Dr. Amara Okafor-Lee")
    told = mine.submit(credential="DO")
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]
    assert "Okafor-Lee" in told.text
    assert told.form("physician").values["credential"] == ["DO"]
    assert told.form("physician").submit().h1 == "Dr. Amara Okafor, DO"


def test_a_physician_who_stops_is_listed_last_and_not_offered(page: Page, admin: Browser):
    done = page.click("Edit details").form("physician").submit(is_active=None)
    assert "No new visits are offered" in done.text
    assert "×Off" in admin.get("/physicians").text


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"state": None}, "state", "Choose the state"),
        ({"state": "TX"}, "state", "Choose the state"),
        ({"number": None}, "number", "license number"),
        ({"valid_until": "2024-01-31"}, "valid_until", "before the first day"),
        ({"valid_from": "2026-02-30"}, "valid_from", "first day"),
    ],
)
def test_a_license_that_will_not_do_is_told_at_its_box(page: Page, fields: dict[str, object], *, box: str, words: str):
    again = page.click("Add license").form("license").send(**(LICENSE | fields))
    assert again.status == 422
    assert words in again.errors[box]
    assert again.form("license").values["number"] == ([""] if fields.get("number", 1) is None else ["me 12345"])


def test_the_same_license_twice_is_refused(page: Page):
    page.click("Add license").form("license").submit(**LICENSE)
    again = page.click("Add license").form("license").submit(**LICENSE)
    assert again.status == 409
    assert "already listed" in again.errors["number"]


def test_a_license_about_to_end_warns_and_its_renewal_closes_the_task(
    page: Page, admin: Browser, runtime: Runtime, now: datetime
):
    ending = page.click("FL000000").form("license").submit(valid_until="2026-12-17")
    assert "ends in 24 days" in ending.text
    assert "ends in 24 days" in admin.get("/physicians").text
    with runtime.begin(by=OPERATOR) as inside:
        keep_watch(inside, now=now, by=OPERATOR)
    assert "Florida license ends" in admin.get("/admin/system").text
    assert admin.get("/admin/system").click("Open physicians").h1 == "Physicians"
    renewed = admin.get(page.path).click("FL000000").form("license").submit(valid_until="2028-12-17")
    assert "ends in" not in renewed.text
    with runtime.begin(by=OPERATOR) as inside:
        kinds = {row.kind for row in tasks.open_items(inside, roles=[Role.ADMIN])}
    assert WorkKind.LICENCE_ENDING not in kinds


def test_another_time_zone_shows_first_the_visits_that_it_strands(
    page: Page, session: Session, clinic: Clinic, okafor: Physician
):
    clinic.visit(clinic.patient(), okafor, at(25, 9))
    session.commit()
    asked = page.click("Edit details").form("physician").submit(zone="America/Chicago", credential="DO")
    assert asked.h1 == "1 visit would be stranded"
    assert "Eastern time" in page.browser.get(page.path).text
    back = asked.form("stranded").send(go_back="yes").form("physician").values
    assert (back["zone"], back["credential"], back["is_active"]) == (["America/Chicago"], ["DO"], ["yes"])
    done = asked.form("stranded").submit()
    assert done.toasts == ["✓ Changes saved. 1 task was opened for coordinators."]
    assert done.h1 == "Dr. Amara Okafor, DO"


@pytest.mark.parametrize(
    ("until", "word"),
    [
        ("2026-11-23", "ends today"),
        ("2026-11-24", "ends tomorrow"),
        ("2026-12-23", "!ends in 30 days"),
        ("2026-12-24", "…ends in 31 days"),
        ("2027-01-22", "…ends in 60 days"),
        ("2027-01-23", "FL000000 ✓valid"),
    ],
)
def test_the_last_days_of_a_license_are_named(page: Page, until: str, word: str):
    assert word in page.click("FL000000").form("license").submit(valid_until=until).text


def test_a_license_that_a_colleague_saved_meanwhile_is_shown_beside(page: Page, sign_in_as: SignInAs):
    mine = page.click("FL000000").form("license")
    other = sign_in_as(Role.ADMIN, name="Ben Boss").get(page.links["FL000000"])
    other.form("license").submit(number="FL9")
    told = mine.submit(valid_until="2035-01-01")
    assert told.status == 409
    assert "FL9" in told.text
    assert told.form("license").values["valid_until"] == ["2035-01-01"]


def test_a_coordinator_reads_and_changes_nothing(sign_in_as: SignInAs, page: Page):
    desk = sign_in_as(Role.COORDINATOR)
    seen = desk.get(page.path)
    assert "9:00 AM to 5:00 PM" in seen.text
    assert set(seen.links) & {"Add hours", "Add license", "Add exception", "Edit details"} == set()
    for path in ("edit", "hours/new", "licenses/new", "exceptions/new"):
        assert desk.get(f"{page.path}/{path}").status == 403
    assert "Physicians" in seen.links


@pytest.mark.parametrize("path", ["", "/edit", "/hours/new", "/licenses/new", "/exceptions/new"])
def test_physicians_and_strangers_are_kept_out(sign_in_as: SignInAs, page: Page, anybody: Browser, path: str):
    assert sign_in_as(Role.PHYSICIAN).get(f"{page.path}{path}").status == 403
    assert anybody.get(f"{page.path}{path}").path.startswith("/sign-in")


@pytest.mark.parametrize("path", ["", "/edit", "/hours/new", "/licenses/new", "/exceptions/new"])
def test_a_physician_who_does_not_exist_is_a_page_not_found(admin: Browser, path: str):
    assert admin.get(f"/physicians/11111111-2222-4333-8444-555555555555{path}").status == 404


def test_SEC_15_linking_an_account_asks_for_a_fresh_second_factor(admin: Browser, page: Page, clock: TestClock):
    clock.advance(minutes=5, seconds=1)
    for path in ("/physicians/new", f"{page.path}/edit"):
        assert admin.client.get(path).headers["Location"].startswith("/sign-in/again?next=")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"opens": time(12)}, False),
        ({"opens": time(11, 59)}, True),
        ({"opens": time(7), "closes": time(9)}, False),
        ({"weekday": 1}, False),
        ({"effective_from": date(2026, 12, 29)}, False),
        ({"effective_from": date(2026, 12, 28)}, True),
        ({"effective_from": date(2026, 12, 24)}, True),
        ({"effective_until": date(2026, 11, 1)}, False),
        ({"effective_until": date(2026, 11, 2)}, True),
        ({"effective_from": date(9999, 12, 31)}, False),
    ],
)
def test_two_rules_overlap_only_where_both_hold(change: dict[str, object], *, expected: bool):
    one = WeeklyRule(0, time(9), time(12), date(2026, 11, 2), date(2026, 12, 28))
    other = WeeklyRule(0, time(9), time(18), date(2020, 1, 1))._replace(**change)
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_given_up_work_is_tried_again_by_a_button(admin: Browser, session: Session, now: datetime):
    row_id = publish(session, "reply.received", subject_id=new_id(), now=now)
    session.flush()
    session.execute(
        update(Outbox)
        .where(Outbox.id == row_id)
        .values(state=OutboxState.PARKED, attempt_count=5, last_error_code="KeyError", settled_at=now)
    )
    session.commit()
    page = admin.get("/admin/system")
    assert "Reply: received" in page.text
    assert "KeyError" in page.text
    button = page.form(f"again-{row_id}")
    done = button.submit()
    assert done.toasts == ["✓ It is in line again. A worker takes it up within seconds."]
    assert "KeyError" not in done.text
    assert button.submit().toasts[0].startswith("!")
    session.expire_all()
    assert parked_facts(session) == []
