"""Outcomes over courses that were lived through the product's own actions."""

from datetime import date

from clinic.dashboards.outcomes import Wanted, outcomes
from clinic.dashboards.outcomes_rules import PHASES, Outcome
from clinic.monitoring.rules.findings import FindingKind
from clinic.treatment.rules.phases import Phase
from tests.dashboards.panel_makers import score
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, enter, on, take
from tests.domains.vigilance.watch import Watch

AUTUMN = Wanted(first=date(2026, 10, 1), last=date(2026, 11, 23), zone="America/New_York")
INDUCTION = PHASES.index(Phase.INDUCTION)


def cell(found, outcome: Outcome, month: int, phase: int | None = None) -> tuple[int | None, int | None]:
    row = next(row for row in found[outcome] if row.month.month == month)
    shown = row.total if phase is None else row.phases[phase]
    return shown.part, shown.whole


def test_scores_count_against_the_baseline_in_the_month_and_phase_of_the_newest(session):
    course = CourseClinic(session)
    for number in range(10):
        plan = course.plan(Phase.INDUCTION, since=on("2026-10-01", 9))
        take(session, plan, at=on(f"2026-10-{5 + number % 5:02}", 9 + 3 * (number // 5)))
        score(session, plan.patient_id, "phq9", 20, at=on("2026-10-02", 12))
        score(session, plan.patient_id, "phq9", 19, at=on("2026-11-02", 12))
        score(session, plan.patient_id, "phq9", 4 if number < 5 else 15, at=on("2026-11-16", 12))
    mild = course.plan(Phase.INDUCTION, since=on("2026-10-01", 9))
    score(session, mild.patient_id, "phq9", 8, at=on("2026-10-02", 12))
    score(session, mild.patient_id, "phq9", 2, at=on("2026-11-02", 12))
    found = outcomes(session, AUTUMN, now=NOW)
    assert cell(found, Outcome.RESPONSE, 10) == (0, 0)
    assert cell(found, Outcome.RESPONSE, 11) == cell(found, Outcome.REMISSION, 11) == (5, 10)
    assert cell(found, Outcome.RESPONSE, 11, INDUCTION) == (5, 10)


def test_who_ends_straight_out_of_treatment_dropped_out_and_who_went_through_aftercare_did_not(session):
    course = CourseClinic(session)
    for number in range(15):
        plan = course.plan(Phase.INDUCTION, since=on("2026-10-01", 9))
        if number < 5:
            enter(session, plan, Phase.ENDED, by=course.doctor, now=on("2026-11-10"))
        elif number < 10:
            enter(session, plan, Phase.AFTERCARE, by=course.doctor, now=on("2026-11-03"))
            enter(session, plan, Phase.ENDED, by=course.doctor, now=on("2026-11-10"))
    session.flush()
    found = outcomes(session, AUTUMN, now=NOW)
    assert cell(found, Outcome.DROP_OUT, 10) == (0, 15)
    assert cell(found, Outcome.DROP_OUT, 11) == (5, 15)
    assert cell(found, Outcome.DROP_OUT, 11, INDUCTION) == (5, 10)


def test_a_flag_to_decide_counts_its_patient_once_in_its_month(session):
    course = CourseClinic(session)
    watches = [Watch(session, course) for _ in range(10)]
    for watch in watches[:5]:
        watch.find(FindingKind.IMPAIRED)
        watch.find(FindingKind.CONCERN, who="family")
        watch.look()
    found = outcomes(session, AUTUMN, now=NOW)
    assert cell(found, Outcome.FLAGS, 10) == (0, 10)
    assert cell(found, Outcome.FLAGS, 11) == (5, 10)
