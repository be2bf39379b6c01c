"""The planner: a whole course with slack, other times, and why there is none."""

import pytest

from clinic.treatment.actions import set_preferences
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, at
from tests.domains.treatment.plan_makers import on
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Page, text_of

BOOK = "book-course"


def starts(page: Page) -> list[str]:
    """Return what the button would book: type, physician and instant of each visit."""
    return page.form(BOOK).values["visit"]


def test_a_course_is_proposed_as_a_list_and_as_a_calendar(program: Program):
    program.plan()
    page = program.open()
    titles = page.texts(".course-when strong")
    assert [title for title in titles if title.startswith("Visit")] == [f"Visit {n}" for n in range(1, 7)]
    assert "Physician visit" in titles
    assert len(page.select(".course-month .course-mark")) == len(titles) == len(starts(page))
    assert page.select("td.is-window")
    assert page.texts(".course-month caption") == ["November 2026", "December 2026"]


def test_every_visit_says_its_slack_and_the_signs_are_said_in_words(program: Program):
    program.plan()
    page = program.open()
    assert all("left." in words for words in page.texts(".course-slack"))
    legend = {" ".join(text_of(item).split()[1:]) for item in page.select(".course-legend li")}
    assert {"proposed", "booked", "taken", "did not take place", "physician visit"} <= legend


def test_another_time_for_one_visit_leaves_the_others_where_they_are(program: Program):
    program.plan()
    page = program.open()
    before = starts(page)
    other = page.select(".course-others a")[0]
    changed = program.desk.get(other.get("href"))
    after = starts(changed)
    assert len(after) == len(before)
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1


def test_a_chosen_time_that_breaks_a_rule_is_refused_with_a_way_back(program: Program):
    plan = program.plan()
    first, second, *_ = [one for one in starts(program.open()) if "induction" in one]
    code, physician, _ = second.split("@")
    too_near = f"1:{code}@{physician}@{on('2026-11-24', 10).isoformat()}"
    page = program.open(keep=[f"0:{first}", too_near])
    assert BOOK not in page.forms
    assert page.click("Start over").form(BOOK)
    assert plan.phase == Phase.INDUCTION


@pytest.mark.parametrize("keep", ["0:x", "session@physician@when", "0:a@b@c", "99:", "x:y@z"])
def test_a_choice_that_cannot_be_read_is_refused_as_a_page(program: Program, keep: str):
    program.plan()
    assert program.open(keep=keep).status == 422


def test_only_this_physician_and_a_first_day_are_heeded_and_said(program: Program):
    raman, _ = program.made.physician("Dr. Priya Raman")
    program.plan()
    page = program.open().form("wish").submit(physician=raman.id, only="yes", first_day="2026-12-01", style="soonest")
    assert {one.split("@")[1] for one in starts(page)} == {str(raman.id)}
    assert all(one.split("@")[2] >= "2026-12-01" for one in starts(page))
    assert "As soon as possible, only Dr. Priya Raman, from Tue, Dec 1" in page.text


def test_without_a_course_the_page_says_why_and_what_would_help(program: Program):
    plan = program.plan()
    set_preferences(
        program.session,
        plan_id=plan.id,
        patient_hours=[[6, "08:00", "20:00"]],
        are_patient_hours_strict=True,
        support_name=None,
        support_phone=None,
        support_hours=[],
        place=None,
        version=plan.version,
        by=COORDINATOR,
        now=at(23, 10),
    )
    program.session.commit()
    page = program.open()
    assert "No course fits these wishes" in page.text
    ways = page.select(".course-ways a")
    assert ways
    relaxed = program.desk.get(ways[0].get("href"))
    assert starts(relaxed)
    assert "Outside the wished hours" in relaxed.text


def test_in_maintenance_somebody_says_how_many_dates(program: Program):
    plan = program.plan(Phase.MAINTENANCE)
    program.take(plan, on("2026-11-09"))
    form = program.open().form("wish")
    page = form.submit(how_many=3)
    assert sum("touch_up" in one for one in starts(page)) == 3


def test_in_the_evaluation_nothing_is_planned_and_the_page_says_so(program: Program):
    program.plan(Phase.EVALUATION)
    page = program.open()
    assert BOOK not in page.forms
    assert "evaluation" in page.text


def test_what_took_place_and_what_is_booked_stands_in_the_calendar(program: Program):
    plan = program.plan(since=at(1, 9))
    program.take(plan, on("2026-11-16"), on("2026-11-20"))
    page = program.open()
    assert len(page.select(".course-month .is-taken")) == 2
    assert "2 of 6 taken" in page.text
    assert page.texts(".course-when strong")[0] in {"Visit 3", "Physician visit"}


def test_courses_stand_side_by_side_and_one_of_them_can_be_used(program: Program):
    program.plan()
    page = program.open(compare="yes")
    options = page.select(".course-option")
    assert len(options) >= 2
    used = page.click("Use this one")
    # The links read alike, and the one that is followed is the last.
    value = page.select("[name=option]")[-1].get("value").split(" ")[1:]
    assert starts(used) == value
