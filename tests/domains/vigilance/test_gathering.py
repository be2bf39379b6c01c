"""What the rules get to see: findings that stand, sessions with their phase, and a preview that raises nothing."""

from datetime import timedelta

import pytest

from clinic.monitoring.actions.findings import take_back_finding
from clinic.monitoring.errors import FindingRefused, FindingTakenBack
from clinic.monitoring.queries.findings import facts_of, findings_of
from clinic.monitoring.rules.findings import FindingKind
from clinic.vigilance.gathering import gather
from clinic.vigilance.previewing import preview
from tests.domains.monitoring.signal_makers import POLICY
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import take
from tests.domains.vigilance.watch import A_DAY, TODAY, Watch

K = FindingKind


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
