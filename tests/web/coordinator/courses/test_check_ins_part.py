"""A patient's page says how check-ins stand, and lets a coordinator ask again, pause and go on; never an answer."""

from datetime import timedelta

from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.actions.opening import open_due
from clinic.treatment.queries import monitoring_facts
from tests.domains.monitoring.calendar_makers import SWEEP
from tests.domains.scheduling.calendar_makers import NOW, RING
from tests.web.coordinator.courses.conftest import Program


def opened(program: Program) -> str:
    """Let the intake of a new plan open a day ago, and return the address of the patient's page."""
    program.plan(since=NOW - timedelta(days=1))
    for now in (NOW - timedelta(days=1), NOW):
        facts = monitoring_facts(program.session, [program.ana.id], now=now)[program.ana.id]
        keep_calendar(program.session, facts, by=SWEEP, now=now)
        open_due(program.session, now=now, by=SWEEP, ring=RING)
    program.session.commit()
    return f"/patients/{program.ana.id}"


def part(page) -> str:
    return " ".join(" ".join(page.texts("#check-ins")).split())


def test_the_part_says_what_is_open_and_never_what_was_asked(program):
    page = program.desk.get(opened(program))
    assert "1 overdue" in part(page)
    assert "Open since" in part(page)
    assert any(href.startswith("tel:") for href in page.links.values())
    assert "phq" not in page.text.lower()


def test_asking_again_sends_one_more_text_and_a_pause_holds_back_and_ends(program):
    address = opened(program)
    page = program.desk.get(address)
    assert "Asked again" in " ".join(page.form("ask-again").submit().toasts)
    page = program.desk.get(address).form("pause-check-ins").submit(until="2026-11-30")
    assert "Paused untilNov 30, 2026" in part(page)
    assert "Paused until" not in part(page.form("resume-check-ins").submit())


def test_a_day_that_cannot_be_is_said_and_nothing_changes(program):
    page = program.desk.get(opened(program)).form("pause-check-ins").submit(until="2029-01-01")
    assert "at most 60 days ahead" in " ".join(page.toasts)
    assert "Paused until" not in part(page)


def test_of_whom_nothing_was_asked_nothing_can_be_asked_again(program):
    page = program.desk.get(f"/patients/{program.ana.id}")
    assert "None yet" in part(page)
    assert "ask-again" not in page.forms


def test_of_two_coordinators_who_pause_at_once_the_second_is_told_and_nothing_is_lost(program):
    address = opened(program)
    first, second = (program.desk.get(address) for _ in range(2))
    first.form("pause-check-ins").submit(until="2026-11-30")
    page = second.form("pause-check-ins").submit(until="2026-12-04")
    said = " ".join(page.toasts)
    assert "after you opened it" in said
    assert "Your day, December 4, was not saved." in said
    assert "Paused untilNov 30, 2026" in part(page)
