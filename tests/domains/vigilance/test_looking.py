"""Signs become flags once, come back or lapse on their day, and bring a physician where it cannot wait."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.monitoring.actions.findings import take_back_finding
from clinic.monitoring.actions.flags import hand_over_flags, raise_signals
from clinic.monitoring.actions.policies import change_signals
from clinic.monitoring.errors import DecisionRefused, FindingRefused, FindingTakenBack, FlagClosed, PhysicianNeeded
from clinic.monitoring.models import Flag
from clinic.monitoring.queries.findings import facts_of, findings_of
from clinic.monitoring.queries.flags import flag, flag_counts, flags_of, has_hold, worst_open
from clinic.monitoring.queries.policies import signal_policy
from clinic.monitoring.rules.findings import FindingKind
from clinic.oncall.actions import acknowledge
from clinic.reactions import STANDING_ORDERS
from clinic.scheduling.actions.closures import add_closure
from clinic.vigilance.gathering import ANSWERS_READ, gather
from clinic.vigilance.previewing import preview
from clinic.worklist.models import WorkItem
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind
from tests.domains.monitoring.check_in_makers import GAD7, PHQ9, SWEEP, every
from tests.domains.monitoring.signal_makers import POLICY
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import take
from tests.domains.vigilance.watch import A_DAY, TODAY, Watch

K = FindingKind


def test_a_sign_becomes_one_flag_however_often_somebody_looks(watch: Watch):
    watch.find(K.DOSE_REQUEST, TODAY - 3 * A_DAY)
    assert watch.look().new_flags
    assert not watch.look().new_flags
    assert not watch.look(NOW + A_DAY).new_flags
    assert watch.flags() == [("D09", 1, "open")]


def test_a_flag_tells_everything_that_explains_it(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    row = watch.open("D21")
    assert row.level_words == "Hold"
    assert row.policy_number == 1
    assert row.inputs[0].on == TODAY
    assert row.evidence_words == "Strong evidence"
    assert row.due_at is not None
    assert row.due_at.date() == TODAY
    assert has_hold(watch.session, watch.patient_id)
    assert flag_counts(watch.session, [watch.patient_id]) == {watch.patient_id: {4: 1}}
    assert worst_open(watch.session, [watch.patient_id])[watch.patient_id].id == row.id


def test_the_task_says_nothing_clinical_and_closes_with_the_decision(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    row = watch.open("D21")
    [key] = open_keys(watch.session, kind=WorkKind.FLAG_REVIEW)
    [task] = watch.session.query(WorkItem).filter_by(dedupe_key=key)
    assert task.reason == "A clinical check is open and waits for a physician\u2019s decision."
    assert task.due_at == row.due_at
    watch.settle(row)
    assert open_keys(watch.session, kind=WorkKind.FLAG_REVIEW) == []
    assert not has_hold(watch.session, watch.patient_id)


def test_a_review_is_due_in_three_business_days(watch: Watch):
    watch.find(K.CONCERN, who="family")
    watch.look()
    due = watch.open("D19").due_at
    assert due is not None
    # Monday the 23rd; the days are Tuesday, Wednesday and Thursday.
    assert due.date() == TODAY + 3 * A_DAY


def test_what_still_holds_comes_back_as_the_same_flag(watch: Watch):
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    _finish(watch)
    watch.look()
    row = watch.open("D12")
    watch.settle(row, until=TODAY + 14 * A_DAY)
    assert not watch.look(NOW + 13 * A_DAY).reopened
    again = watch.look(NOW + 14 * A_DAY)
    assert again.reopened == (row.id,)
    assert flag(watch.session, row.id).is_open
    assert watch.told(row) == ["Open again: the rule still sees the sign", "Watch", "Raised"]
    assert open_keys(watch.session, kind=WorkKind.FLAG_REVIEW) == [f"flag_review:{row.id}"]


def test_what_does_not_hold_any_more_lapses_and_its_history_says_so(watch: Watch):
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    _finish(watch)
    watch.look()
    row = watch.open("D12")
    watch.settle(row, until=TODAY + 14 * A_DAY)
    later = NOW + 10 * A_DAY
    watch.survey("sds_ketamine", now=later).save("sds_ketamine", every("q1 q2 q3 q4 q5", 0), now=later)
    _finish(watch, now=later)
    assert watch.look(NOW + 14 * A_DAY).lapsed == (row.id,)
    assert watch.told(row)[0] == "Looked at again: the rule no longer sees the sign"


def test_worse_facts_raise_a_new_flag_that_names_the_one_it_goes_beyond(watch: Watch):
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    _finish(watch)
    watch.look()
    first = watch.open("D12")
    later = NOW + 20 * A_DAY
    watch.survey("sds_ketamine", now=later).save("sds_ketamine", every("q1 q2 q3 q4 q5", 3), now=later)
    _finish(watch, now=later)
    watch.look(later)
    worse = max((row for row in flags_of(watch.session, watch.patient_id) if row.rule_id == "D12"), key=_level)
    assert worse.level == 4
    assert first.id in worse.escalates
    watch.settle(worse, until=(later + 14 * A_DAY).date(), now=later)
    assert flag(watch.session, first.id).state == "settled"
    assert flag(watch.session, first.id).decision_words == "Watch"


def test_signs_of_several_domains_together_weigh_more(watch: Watch):
    watch.find(K.CONCERN, who="family")
    watch.find(K.ADDRESS_CHANGED, what="address")
    watch.find(K.ADDRESS_CHANGED, TODAY - A_DAY, what="phone")
    watch.find(K.TEST, test="urine")
    watch.look()
    together = watch.open("E02")
    assert together.level == 4
    assert {flag(watch.session, each).level for each in together.escalates} == {3}
    assert not watch.look(NOW + A_DAY).new_flags


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"note": ""}, DecisionRefused),
        ({"note": "x" * 1001}, DecisionRefused),
        ({"until": TODAY}, DecisionRefused),
        ({"until": TODAY + 366 * A_DAY}, DecisionRefused),
        ({"version": 7}, ChangedMeanwhile),
        ({"by": SWEEP}, PhysicianNeeded),
    ],
)
def test_a_decision_needs_a_physician_a_sentence_and_a_day_to_look_again(watch: Watch, changes, refusal):
    watch.find(K.IMPAIRED)
    watch.look()
    with pytest.raises(refusal):
        watch.settle(watch.open("D21"), **changes)


def test_what_a_colleague_settled_is_not_settled_again(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    row = watch.open("D21")
    watch.settle(row)
    with pytest.raises(FlagClosed):
        watch.settle(row)


def test_a_milder_policy_does_not_raise_the_same_facts_again_lower(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    [found] = watch.session.query(Flag)
    facts, _, _ = found.facts_key.rpartition(":")
    lower = _signal_like(found, level=3, facts_key=f"{facts}:3")
    wanted = {"patient_id": watch.patient_id, "policy_number": 2, "by": SWEEP, "now": NOW}
    assert raise_signals(watch.session, signals=[lower], **wanted) == ()


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
    _finish(watch)
    watch.look()
    assert len(watch.pages()) == 1
    assert [rule for rule, _, _ in watch.flags()].count("D27") == 1


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
    _finish(watch, now=later)
    assert not watch.look(later).new_flags


def _heed(watch: Watch, assessment_id: UUID, now: datetime) -> None:
    STANDING_ORDERS["answer.alarming"](watch.session, subject_id=assessment_id, by=SWEEP, now=now)


def test_a_review_that_comes_back_is_due_in_business_days_without_the_clinics_closed_ones(watch: Watch):
    add_closure(
        watch.session,
        name="Year\u2019s end",
        state=None,
        first_day=TODAY + 15 * A_DAY,
        last_day=TODAY + 15 * A_DAY,
        by=watch.course.doctor,
        now=NOW,
    )
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    _finish(watch)
    watch.look()
    watch.settle(watch.open("D12"), until=TODAY + 14 * A_DAY)
    watch.look(NOW + 14 * A_DAY)
    due = watch.open("D12").due_at
    assert due is not None
    assert due.date() == TODAY + 18 * A_DAY


def test_flags_of_the_same_facts_both_outlive_a_merged_record(watch: Watch):
    other = Watch(watch.session, watch.course)
    for one in (watch, other):
        one.look()
        row = raise_signals(
            one.session, patient_id=one.patient_id, signals=[_missed_signal()], policy_number=1, by=SWEEP, now=NOW
        )
        assert len(row) == 1
    assert hand_over_flags(watch.session, from_id=other.patient_id, to_id=watch.patient_id) == 1
    assert watch.flags() == [("D16", 4, "open")] * 2


def test_replaying_a_history_gives_the_same_flags(watch: Watch):
    late = Watch(watch.session, watch.course)
    days = [NOW + each * A_DAY for each in (0, 3, 9, 20)]
    for number, now in enumerate(days):
        for one in (watch, late):
            one.survey("craving", now=now).save("craving", {"now": 2 + 2 * number}, now=now)
            one.find(K.DOSE_REQUEST, now.date(), now=now)
            _finish(one, now=now)
        watch.look(now)
    # Nobody looked at the other patient until the end, as after an outage.
    late.look(days[-1])
    assert late.said() == watch.said() != []
    assert not watch.look(days[-1]).new_flags


def test_a_finding_that_was_taken_back_is_no_evidence_any_more(watch: Watch):
    wrong = watch.find(K.OUTSIDE_SUPPLY, source="friend", note="Misheard.")
    taken = {"finding_id": wrong, "patient_id": watch.patient_id, "by": watch.course.doctor, "now": NOW}
    take_back_finding(watch.session, reason="It was another patient.", **taken)
    watch.session.flush()
    assert facts_of(watch.session, [watch.patient_id]) == {}
    [row] = findings_of(watch.session, watch.patient_id)
    assert row.taken_back is not None
    assert row.taken_back.reason == "It was another patient."
    assert row.detail_words == [("Where from", "A friend or relative")]
    with pytest.raises(FindingTakenBack):
        take_back_finding(watch.session, reason="Once more.", **taken)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (K.TOOK_MORE, {"units_taken": 3, "units_ordered": True, "had_symptoms": False}),
        (K.TOOK_MORE, {"units_taken": 3, "units_ordered": 2}),
        (K.OUTSIDE_SUPPLY, {"source": "moon"}),
        (K.IMPAIRED, {"source": "friend"}),
        (K.EARLY_REFILL, {"days_early": 0}),
    ],
)
def test_details_that_make_no_sense_are_refused(watch: Watch, kind, details):
    with pytest.raises(FindingRefused):
        watch.find(kind, **details)


@pytest.mark.parametrize("on", [TODAY + A_DAY, TODAY - 9 * 366 * A_DAY])
def test_a_finding_is_of_a_day_that_was(watch: Watch, on):
    with pytest.raises(FindingRefused):
        watch.find(K.IMPAIRED, on)


def test_evidence_has_sessions_with_their_phase_and_what_the_plan_allows(watch: Watch):
    take(watch.session, watch.plan, at=NOW - 10 * A_DAY)
    take(watch.session, watch.plan, at=NOW - 3 * A_DAY)
    evidence = gather(watch.session, [watch.patient_id], now=NOW)[watch.patient_id]
    assert [(one.on, one.phase) for one in evidence.sessions] == [
        (TODAY - 10 * A_DAY, "induction"),
        (TODAY - 3 * A_DAY, "induction"),
    ]
    assert evidence.started_on == TODAY - 10 * A_DAY
    assert evidence.minimum_gap == timedelta(hours=72)
    assert evidence.planned_per_28_days == 6
    assert evidence.supplied.ledger is None


def test_a_preview_counts_and_raises_nothing(watch: Watch):
    watch.find(K.IMPAIRED)
    found = preview(watch.session, POLICY, physician_id=watch.course.okafor.id, now=NOW)
    assert dict(found.counts) == {"D21": 1}
    assert (found.patients, found.looked_at) == (1, 1)
    assert watch.flags() == []


def test_every_instrument_whose_answers_rules_read_exists():
    from clinic.monitoring.rules.registry import shipped

    assert {key for key, _ in shipped()} >= ANSWERS_READ


def _finish(watch: Watch, *, now=NOW) -> None:
    from clinic.monitoring.actions.answering import submit
    from clinic.monitoring.queries.check_ins import open_check_ins

    for check_in in open_check_ins(watch.session, watch.patient_id):
        submit(watch.session, check_in_id=check_in.id, leaves_out=True, by=SWEEP, now=now)
    watch.session.flush()


def _level(row) -> int:
    return row.level


def _missed_signal():
    from clinic.monitoring.rules.signals import Level, Signal

    return Signal(
        rule_id="D16",
        level=Level.HOLD,
        domain="D",
        evidence_class="P",
        inputs=(),
        threshold={},
        sentence="3 required check-ins in a row without an answer.",
        facts_key="the same days:4",
        on=TODAY,
        escalates=(),
    )


def _signal_like(found: Flag, **changes):
    from clinic.monitoring.rules.signals import Level, Signal

    return Signal(
        rule_id=found.rule_id,
        level=Level(changes["level"]),
        domain=found.domain,
        evidence_class=found.evidence_class,
        inputs=(),
        threshold={},
        sentence="The same.",
        facts_key=changes["facts_key"],
        on=TODAY,
    )
