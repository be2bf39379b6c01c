"""Booking a whole course: all or nothing, once, with one text."""

from clinic.scheduling import actions as scheduling
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.rules.phases import Phase
from clinic.web.coordinator.courses.asked import visit_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Page

LAST = 6
"""The place of the last session among the dates proposed; what comes after it is a visit to the physician."""


def proposed(program: Program) -> Page:
    program.plan()
    return program.open()


def test_one_press_books_every_visit_and_one_text_tells_them_all(program: Program):
    page = proposed(program)
    wanted = [visit_of(one).starts_at for one in page.form("book-course").values["visit"]]
    booked = page.form("book-course").submit()
    assert f"{len(wanted)} visits booked. One text tells of all dates;" in booked.toasts[0]
    assert [visit.starts_at for visit in program.visits()] == wanted
    assert program.texts() == ["COURSE_BOOKED"]
    assert "book-course" not in booked.forms
    assert len(booked.select(".course-month .is-booked")) == len(wanted)


def test_the_form_sent_twice_books_once(program: Program):
    form = proposed(program).form("book-course")
    form.submit()
    count = len(program.visits())
    again = form.submit()
    assert again.status == 200
    assert len(program.visits()) == count
    assert program.texts() == ["COURSE_BOOKED"]


def taken_by_another(program: Program, page: Page, place: int) -> None:
    chosen = visit_of(page.form("book-course").values["visit"][place])
    other = program.made.patient()
    scheduling.book_now(
        program.session,
        visit_type_code=chosen.visit_type,
        patient_id=other.id,
        physician_id=chosen.physician_id,
        starts_at=chosen.starts_at,
        by=COORDINATOR,
        now=program.made.clinic.now,
        ring=RING,
        ignore_notice=True,
    )
    program.session.commit()


def test_a_time_taken_meanwhile_is_named_with_others_and_nothing_is_booked(program: Program):
    page = proposed(program)
    taken_by_another(program, page, LAST)
    refused = page.form("book-course").submit()
    assert refused.status == 409
    assert "Nothing was booked" in refused.text
    assert program.visits() == []
    assert 1 <= len(refused.select(".notice .course-ways a")) <= 3


def test_another_time_for_the_one_that_is_gone_keeps_the_rest(program: Program):
    page = proposed(program)
    before = page.form("book-course").values["visit"]
    taken_by_another(program, page, LAST)
    refused = page.form("book-course").submit()
    mended = program.desk.get(refused.select(".notice .course-ways a")[0].get("href"))
    after = mended.form("book-course").values["visit"]
    assert [place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [LAST]
    mended.form("book-course").submit()
    assert len(program.visits()) == len(before)


def test_what_is_left_of_a_refused_course_stays_proposed_at_the_chosen_times(program: Program):
    page = proposed(program)
    page = program.desk.get(page.select(".course-others a")[0].get("href"))
    before = page.form("book-course").values["visit"]
    taken_by_another(program, page, LAST)
    after = page.form("book-course").submit().form("book-course").values["visit"]
    assert [one for place, one in enumerate(after) if place != LAST] == [
        one for place, one in enumerate(before) if place != LAST
    ]


def test_a_plan_that_a_colleague_changed_is_booked_only_after_another_look(program: Program):
    page = proposed(program)
    program.enter(plan_of_patient(program.session, program.ana.id), Phase.TAPER)
    refused = page.form("book-course").submit()
    assert refused.status == 409
    assert program.visits() == []


def test_a_button_without_dates_and_dates_that_cannot_be_read_book_nothing(program: Program):
    form = proposed(program).form("book-course")
    empty = form.send(visit=None)
    assert empty.status == 422
    assert "There was no date to book" in empty.text
    bent = form.send(visit="monday at ten")
    assert "could not be read" in bent.toasts[0]
    assert program.visits() == []


def test_a_patient_without_a_plan_books_nothing(program: Program):
    form = proposed(program).form("book-course")
    other = program.made.patient()
    program.session.commit()
    page = program.desk.post(f"/patients/{other.id}/course/book", form.values)
    assert page.status == 404


def test_where_the_rest_cannot_stay_a_new_course_is_shown(program: Program):
    page = proposed(program)
    taken_by_another(program, page, 2)
    refused = page.form("book-course").submit()
    assert "cannot all stay as they were" in refused.text
    refused.form("book-course").submit()
    assert program.visits()
