"""Signs become flags once, come back or lapse on their day, and bring a physician where it cannot wait."""

from uuid import UUID

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.monitoring.actions.flags import hand_over_flags, raise_signals
from clinic.monitoring.errors import DecisionRefused, FlagClosed, PhysicianNeeded
from clinic.monitoring.models import Flag
from clinic.monitoring.queries.flags import flag, flag_counts, flags_of, has_hold, patients_due_again
from clinic.monitoring.rules.findings import FindingKind
from clinic.people.models import Patient
from clinic.scheduling.actions.closures import add_closure
from clinic.vigilance.gathering import ANSWERS_READ
from clinic.worklist.models import WorkItem
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind
from tests.domains.monitoring.check_in_makers import SWEEP, every
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.vigilance.watch import A_DAY, TODAY, Watch, finish

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


def test_the_task_says_nothing_clinical_and_closes_with_the_decision(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    row = watch.open("D21")
    [key] = open_keys(watch.session, WorkKind.FLAG_REVIEW)
    [task] = watch.session.query(WorkItem).filter_by(dedupe_key=key)
    assert task.reason == "A clinical check is open and waits for a physician\u2019s decision."
    assert task.due_at == row.due_at
    watch.settle(row)
    assert open_keys(watch.session, WorkKind.FLAG_REVIEW) == []
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
    finish(watch)
    watch.look()
    row = watch.open("D12")
    watch.settle(row, until=TODAY + 14 * A_DAY)
    assert not watch.look(NOW + 13 * A_DAY).reopened
    again = watch.look(NOW + 14 * A_DAY)
    assert again.reopened == (row.id,)
    assert flag(watch.session, row.id).is_open
    assert watch.told(row) == ["Open again: the rule still sees the sign", "Watch", "Raised"]
    assert open_keys(watch.session, WorkKind.FLAG_REVIEW) == [f"flag_review:{row.id}"]


def test_nobody_is_asked_again_about_a_patient_who_left_until_the_patient_is_back(watch: Watch):
    watch.find(K.IMPAIRED)
    watch.look()
    watch.settle(watch.open("D21"), until=TODAY + 14 * A_DAY)
    everybody = {"first": UUID(int=0), "last": UUID(int=(1 << 128) - 1)}
    patient = watch.session.get_one(Patient, watch.patient_id)
    for status, due in (("active", [patient.id]), ("discharged", []), ("active", [patient.id])):
        patient.status = status
        watch.session.flush()
        assert patients_due_again(watch.session, today=TODAY + 14 * A_DAY, **everybody) == due


def test_what_does_not_hold_any_more_lapses_and_its_history_says_so(watch: Watch):
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    finish(watch)
    watch.look()
    row = watch.open("D12")
    watch.settle(row, until=TODAY + 14 * A_DAY)
    later = NOW + 10 * A_DAY
    watch.survey("sds_ketamine", now=later).save("sds_ketamine", every("q1 q2 q3 q4 q5", 0), now=later)
    finish(watch, now=later)
    assert watch.look(NOW + 14 * A_DAY).lapsed == (row.id,)
    assert watch.told(row)[0] == "Looked at again: the rule no longer sees the sign"


def test_worse_facts_raise_a_new_flag_that_names_the_one_it_goes_beyond(watch: Watch):
    watch.survey("sds_ketamine").save("sds_ketamine", every("q1 q2 q3 q4 q5", 1))
    finish(watch)
    watch.look()
    first = watch.open("D12")
    later = NOW + 20 * A_DAY
    watch.survey("sds_ketamine", now=later).save("sds_ketamine", every("q1 q2 q3 q4 q5", 3), now=later)
    finish(watch, now=later)
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
    finish(watch)
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
            finish(one, now=now)
        watch.look(now)
    # Nobody looked at the other patient until the end, as after an outage.
    late.look(days[-1])
    assert late.said() == watch.said() != []
    assert not watch.look(days[-1]).new_flags


def test_every_instrument_whose_answers_rules_read_exists():
    from clinic.monitoring.rules.registry import shipped

    assert {key for key, _ in shipped()} >= ANSWERS_READ


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
