"""Answers that cannot wait: somebody is called at once, whatever becomes of the rest of the check-in."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.monitoring.actions.policies import change_signals
from clinic.monitoring.queries.policies import signal_policy
from clinic.monitoring.rules.findings import FindingKind
from clinic.oncall.actions import acknowledge
from clinic.reactions import STANDING_ORDERS
from tests.domains.monitoring.check_in_makers import GAD7, PHQ9, SWEEP, every
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.vigilance.watch import TODAY, Watch, finish

K = FindingKind


def test_item_nine_brings_help_before_anything_else_is_answered(watch: Watch):
    paper = watch.survey("phq9", "gad7")
    paper.save("phq9", {"q9": 2})
    [assessment_id] = paper.told("answer.alarming")
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=NOW)
    [page] = watch.pages()
    assert page.kind == "urgent_flag"
    assert page.patient_id == watch.patient_id
    assert page.subject_id == watch.open("D27").id
    paper.save("phq9", every(PHQ9, 1) | {"q9": 2})
    paper.save("gad7", every(GAD7, 1))
    finish(watch)
    watch.look()
    assert len(watch.pages()) == 1
    assert [rule for rule, _, _ in watch.flags()].count("D27") == 1


def test_whoever_settles_the_sign_has_the_call_too(watch: Watch):
    paper = watch.survey("phq9")
    paper.save("phq9", {"q9": 2})
    [assessment_id] = paper.told("answer.alarming")
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=NOW)
    [page] = watch.pages()
    assert page.acknowledged_at is None
    watch.settle(watch.open("D27"))
    [page] = watch.pages()
    assert (page.acknowledged_at, page.acknowledged_by) == (NOW, watch.course.doctor.id)


def test_item_nine_that_is_taken_back_at_once_brings_somebody_all_the_same(watch: Watch):
    paper = watch.survey("phq9")
    paper.save("phq9", {"q9": 2})
    paper.save("phq9", {"q9": 0})
    [assessment_id] = set(paper.told("answer.alarming"))
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=NOW)
    assert [page.kind for page in watch.pages()] == ["urgent_flag"]


def test_item_nine_at_one_waits_until_the_evening_but_stops_the_next_session(watch: Watch):
    paper = watch.survey("phq9")
    paper.save("phq9", {"q9": 1})
    [assessment_id] = paper.told("answer.alarming")
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=NOW)
    assert watch.pages() == []
    row = watch.open("D27")
    assert row.level == 4
    assert row.due_at is not None
    assert row.due_at.date() == TODAY


def test_the_first_words_of_an_emergency_that_no_rule_knows_bring_somebody_too(watch: Watch):
    paper = watch.survey("headache_session")
    paper.save("headache_session", {"any": True, "red_thunderclap": True})
    [assessment_id] = paper.told("answer.alarming")
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=NOW)
    assert [page.kind for page in watch.pages()] == ["urgent_flag"]


def test_an_emergency_brings_somebody_although_an_older_urgent_flag_is_open(watch: Watch):
    watch.find(K.TOOK_MORE, units_taken=3, units_ordered=2, had_symptoms=True)
    watch.look()
    [first] = watch.pages()
    acknowledge(watch.session, page_id=first.id, by=watch.course.doctor, now=NOW)
    known = signal_policy(watch.session)
    numbers = {**known.rules["D27"].numbers, "urgent_at": 3}
    quieter = known.with_rule("D27", is_on=True, numbers=numbers).content()
    wanted = {"content": quieter, "reason": "Too many", "seen_number": known.number}
    change_signals(watch.session, **wanted, by=watch.course.doctor, now=NOW)
    later = NOW + timedelta(hours=3)
    paper = watch.survey("phq9", now=later)
    paper.save("phq9", {"q9": 2}, now=later)
    [assessment_id] = paper.told("answer.alarming")
    for _ in range(2):
        STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=later)
    assert len(watch.pages()) == 2


def test_questions_about_safety_that_nobody_finishes_bring_somebody_again_once_they_are_grave(watch: Watch):
    paper = watch.survey("phq9")
    paper.save("phq9", {"q9": 2})
    _heed(watch, paper.part("phq9").id, NOW)
    [first] = watch.pages()
    acknowledge(watch.session, page_id=first.id, by=watch.course.doctor, now=NOW)
    later = NOW + timedelta(minutes=1)
    paper.save("c_ssrs", {"q1": 1, "q2": 1, "q4": 1}, now=later)
    _heed(watch, paper.part("c_ssrs").id, later)
    assert len(watch.pages()) == 2
    [words] = [words for rule, _, words in watch.said() if rule == "D27" and "screener" in words]
    assert words.endswith("high risk.")
    paper.save("c_ssrs", {"q3": 0, "q5": 0, "q6": 0}, now=later)
    finish(watch, now=later)
    assert not watch.look(later).new_flags


def _heed(watch: Watch, assessment_id: UUID, now: datetime) -> None:
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=now)
