"""The line about the plan in every header: as many statements whatever a course holds, and none twice."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from clinic.treatment.queries import header, headers
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, book, on, take
from tests.web.html import Browser


@pytest.fixture
def statements(session):
    """Return how many statements a call sends."""

    def count(call) -> int:
        sent = []
        listen = lambda *_: sent.append(1)  # noqa: E731 - the listener has to be the same object twice
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", listen)
        try:
            call()
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return len(sent)

    return count


def test_a_patient_without_a_plan_costs_one_statement(course: CourseClinic, session, statements):
    ana = course.patient()
    session.flush()
    assert statements(lambda: header(session, ana.id, now=NOW)) == 1


def test_a_long_course_and_many_patients_cost_no_more_than_one_visit(course: CourseClinic, session, statements):
    plan = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=20))
    few = statements(lambda: header(session, plan.patient_id, now=NOW))
    for day in (5, 9, 12, 16):
        take(session, plan, at=on(f"2026-11-{day:02}"))
    others = [course.plan(Phase.INDUCTION).patient_id for _ in range(3)]
    assert statements(lambda: headers(session, [plan.patient_id, *others], now=NOW)) == few


def test_the_physicians_list_costs_as_much_for_many_plans_as_for_one(okafor: Browser, course, session, statements):
    course.plan(Phase.INDUCTION)
    session.commit()
    okafor.get("/my-patients")
    one = statements(lambda: okafor.get("/my-patients"))
    for hour in (9, 11, 13):
        book(session, course.plan(Phase.INDUCTION), at=on("2026-11-25", hour))
    session.commit()
    assert statements(lambda: okafor.get("/my-patients")) == one
