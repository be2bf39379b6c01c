"""A course from the first date to the last under real hands: mouse, keyboard, phone, light and dark."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from playwright.sync_api import Page, expect

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING
from clinic.scheduling.models import Appointment
from clinic.treatment import actions
from clinic.treatment.queries import plan_for
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.browser.test_board import block
from tests.browser.test_every_page import DARK, LIGHT, put_on

ENOUGH = timedelta(hours=72)
PATIENT, NAME = "lucinda", "Farthing"
QUARTER = 16
"""Pixels."""


def begin_induction(live: Live, patient: str = PATIENT) -> None:
    """Let the physician decide, which is no business of the desk."""
    okafor = live.town.actors["okafor"]
    with live.town.begin(by=okafor) as session:
        plan = plan_for(session, patient_id=live.town.patients[patient].id)
        actions.enter_phase(
            session, plan_id=plan.id, phase="induction", reason=None, version=plan.version, by=okafor, now=live.town.now
        )


def planner(live: Live, patient: str = PATIENT) -> str:
    return live.path("coordinator.course", patient_id=live.town.patients[patient].id)


def sessions(live: Live, patient: str = PATIENT) -> list[Appointment]:
    with live.town.begin(by=live.town.dana) as session:
        found = session.query(Appointment).filter(
            Appointment.patient_id == live.town.patients[patient].id,
            Appointment.visit_type_code == "induction_session",
            Appointment.state == "booked",
        )
        return sorted(found, key=lambda one: one.starts_at)


def texts_about_the_course(live: Live) -> list[str]:
    with live.town.begin(by=live.town.dana) as session:
        found = session.query(Message).filter(Message.subject_kind == "plan", Message.state.in_(WAITING))
        return [one.template_key for one in found]


def tight_pair(live: Live) -> tuple[Appointment, Appointment]:
    """Return the first two sessions in a row with hardly more than the least time between them."""
    found = sessions(live)
    return next((one, two) for one, two in pairwise(found) if two.starts_at - one.starts_at < 1.03 * ENOUGH)


def drag_later(page: Page, name: str, *, hours: int) -> None:
    box = block(page, name).bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 20, steps=3)
    page.mouse.move(box["x"] + 60, box["y"] + 8 + hours * 4 * QUARTER, steps=6)
    page.mouse.up()


def day_of(instant: datetime) -> str:
    return instant.date().isoformat()


def open_plan(page: Page, live: Live, patient: str = PATIENT) -> None:
    """Open the plan at the desk, and let the physician begin."""
    page.goto(planner(live, patient))
    page.get_by_role("link", name="Open a plan").press("Enter")
    page.get_by_label("Physician").select_option(label="Dr. Amara Okafor")
    page.get_by_role("button", name="Open the plan").press("Enter")
    expect(page.locator(".facts").first).to_contain_text("Evaluation")
    begin_induction(live, patient)
    page.goto(planner(live, patient))


def gaps(live: Live) -> list[timedelta]:
    return [later.starts_at - sooner.starts_at for sooner, later in pairwise(sessions(live))]


def test_with_the_mouse_a_course_is_planned_changed_booked_moved_and_put_right(
    live: Live, visit_as: Callable[..., Page]
):
    page = visit_as(live, staff="dana")
    open_plan(page, live)
    second = page.locator(".course-visit", has_text="Visit 2")
    before = second.locator(".course-when time").inner_text()
    second.locator("summary").click()
    second.locator(".course-others a").first.click()
    expect(second.locator(".course-when time")).not_to_have_text(before)
    page.get_by_role("button", name="Book all").click()
    expect(page.get_by_role("status")).to_contain_text("booked. One text tells of all dates;")
    assert len(sessions(live)) == 6
    assert texts_about_the_course(live) == ["COURSE_BOOKED"]

    one, _ = tight_pair(live)
    page.goto(f"/board?on={day_of(one.starts_at)}")
    page.locator("body[data-ready]").wait_for()
    expect(block(page, NAME)).to_be_visible()
    drag_later(page, NAME, hours=4)
    expect(page.locator(".toast")).to_contain_text("Later visits no longer fit")
    assert min(gaps(live)) < ENOUGH
    block(page, NAME).locator(".visit-name").click()
    page.get_by_role("link", name="Look at the proposal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes to the course")
    page.get_by_role("button", name="Apply all").click()
    expect(page.get_by_role("status")).to_contain_text("One text tells of")
    assert min(gaps(live)) >= ENOUGH
    assert len(texts_about_the_course(live)) == 1


def test_with_the_keyboard_alone_the_same_is_done(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    open_plan(page, live)
    second = page.locator(".course-visit", has_text="Visit 2")
    before = second.locator(".course-when time").inner_text()
    second.locator("summary").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(second.locator(".course-when time")).not_to_have_text(before)
    page.locator("h1").click()
    page.get_by_role("button", name="Book all").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("booked.")

    one, _ = tight_pair(live)
    page.goto(live.path("coordinator.ask_move", appointment_id=one.id, start=day_of(one.starts_at)))
    day = page.locator("details.offer[open]").first
    day.get_by_role("group", name="Dr. Amara Okafor").get_by_role("button", name="1:00 PM").press("Enter")
    expect(page.locator("main")).to_contain_text("Later visits no longer fit")
    page.get_by_role("link", name="Look at the proposal").press("Enter")
    boxes = page.locator("[name=row]")
    expect(boxes.first).to_be_checked()
    boxes.last.press("Space")
    expect(boxes.last).not_to_be_checked()
    boxes.last.press("Space")
    page.get_by_role("button", name="Apply chosen").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("changed.")
    assert min(gaps(live)) >= ENOUGH


def test_the_pages_of_a_course_are_sound_with_dates_and_without(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    open_plan(page, live)
    address = planner(live)
    for path in (
        address,
        f"{address}?compare=yes",
        f"{address}?only=yes&physician={live.town.physicians['raman'].id}",
        f"{address}/wishes",
        f"{address}/changes",
        "/courses",
        live.path("coordinator.patient", patient_id=live.town.patients[PATIENT].id),
    ):
        put_on(page, LIGHT)
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        for look in (LIGHT, DARK):
            put_on(page, look)
            page.evaluate("() => scrollTo(0, 0)")
            assert violations(page) == [], (path, look)
            assert sideways(page) == 0, (path, look)
