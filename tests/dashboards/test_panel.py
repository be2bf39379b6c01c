"""The panel's statement against the rules that judge one patient, and who is on a panel at all."""

from datetime import timedelta

from sqlalchemy import event

from clinic.dashboards.panel import panel
from clinic.dashboards.panel_page import details_of
from clinic.kernel.localtime import in_zone
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.overdue import close_overdue
from clinic.monitoring.queries.evidence import given_by
from clinic.monitoring.queries.flags import open_flags_of
from clinic.monitoring.rules.findings import FindingKind
from clinic.monitoring.rules.response import course_of
from clinic.people.actions import change_status
from clinic.people.queries import panel_ids, patient
from clinic.people.rules import PatientStatus
from clinic.treatment.rules.phases import Phase
from tests.dashboards.panel_makers import score
from tests.domains.monitoring.check_in_makers import SWEEP, survey
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, book, on, take
from tests.domains.vigilance.watch import Watch


def one(session, patient_id, now=NOW):
    (found,) = panel(session, [patient_id], now=now)
    return found


def test_the_row_says_of_scores_what_the_rule_for_one_patient_says(session):
    course = CourseClinic(session)
    plan = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=40))
    for day, total in (("2026-10-20", 21), ("2026-10-26", 18), ("2026-11-02", 16), ("2026-11-09", 9)):
        score(session, plan.patient_id, "phq9", total, at=on(day, 18))
        score(session, plan.patient_id, "gad7", total // 2, at=on(day, 19))
    take(session, plan, at=on("2026-10-26", 10))
    take(session, plan, at=on("2026-11-05", 10))
    book(session, plan, at=on("2026-11-25", 10))
    session.flush()
    found = one(session, plan.patient_id)
    zones = {plan.patient_id: found.zone}
    readings = given_by(session, zones, since=NOW - timedelta(days=400), instruments=())[plan.patient_id]
    for last, start, before, key in (
        (found.phq, found.phq_start, found.phq_before, "phq9"),
        (found.gad, found.gad_start, found.gad_before, "gad7"),
    ):
        rule = course_of(readings.scores[key, "total"], started_on=on("2026-10-26").date())
        assert (last, start, before) == (rule.last.value, rule.baseline.value, rule.previous.value)
    assert (found.phq, found.phq_start, found.standing) == (9, 18, "response")
    assert (found.taken, in_zone(found.last_at, found.zone).day, in_zone(found.next_at, found.zone).day) == (2, 5, 25)
    assert found.silent_days == 14
    assert details_of(session, [found])[found.id].phq == (21, 18, 16, 9)


def test_units_are_the_newest_ones_reported_for_the_last_session(session):
    course = CourseClinic(session)
    plan = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=40))
    take(session, plan, at=on("2026-11-05", 10))
    last = take(session, plan, at=on("2026-11-20", 10))
    asked = survey(session, patient(session, plan.patient_id), "unit_count", now=on("2026-11-21", 12))
    asked.part("unit_count").appointment_id = last.id
    asked.save("unit_count", {"taken": 4, "remaining": 2, "wasted": 0}, now=on("2026-11-21", 12))
    asked.save("unit_count", {"taken": 3}, now=on("2026-11-21", 13))
    found = one(session, plan.patient_id)
    assert details_of(session, [found])[found.id].units is None
    answering.submit(session, check_in_id=asked.id, by=asked.by, now=on("2026-11-21", 14))
    session.flush()
    assert details_of(session, [found])[found.id].units == 3


def test_check_ins_are_missed_until_one_is_done(session):
    course = CourseClinic(session)
    plan = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=40))
    survey(session, patient(session, plan.patient_id), "gad7", now=on("2026-11-02", 12))
    close_overdue(session, now=NOW, by=SWEEP)
    session.flush()
    found = one(session, plan.patient_id)
    assert (found.missed, found.missed_since, found.is_overdue) == (1, on("2026-11-02").date(), True)
    score(session, plan.patient_id, "gad7", 4, at=on("2026-11-20", 12))
    assert one(session, plan.patient_id).missed == 0


def test_who_left_stays_on_the_panel_as_long_as_a_flag_asks_for_something(session):
    watch = Watch(session, CourseClinic(session))
    watch.find(FindingKind.IMPAIRED, note="Slurred speech.")
    watch.look()
    person = patient(session, watch.patient_id)
    change_status(
        session,
        patient_id=person.id,
        status=PatientStatus.DISCHARGED,
        reason="Moved away.",
        version=person.version,
        by=watch.course.coordinator,
        now=NOW,
    )
    session.flush()
    found = one(session, person.id)
    assert (found.status, found.risk.name, found.sentence) == ("discharged", "HOLD", watch.open("D21").sentence)
    for row in open_flags_of(session, person.id):
        watch.settle(row)
    session.flush()
    assert panel(session, [person.id], now=NOW) == []


def test_a_panel_costs_as_many_statements_for_many_as_for_one(session):
    course = CourseClinic(session)
    first = course.plan(Phase.INDUCTION)
    session.flush()

    def count() -> int:
        sent: list[int] = []
        listen = lambda *_: sent.append(1)  # noqa: E731 - the listener has to be the same object twice
        event.listen(session.get_bind(), "before_cursor_execute", listen)
        ids = panel_ids(session, physician_id=course.okafor.id, now=NOW)
        details_of(session, panel(session, ids, now=NOW))
        event.remove(session.get_bind(), "before_cursor_execute", listen)
        return len(sent)

    alone = count()
    for _ in range(3):
        take(session, course.plan(Phase.INDUCTION), at=on("2026-11-20", 9 + 2 * _))
    session.flush()
    assert count() == alone == 3
    assert first.patient_id in panel_ids(session, physician_id=course.okafor.id, now=NOW)
