"""What was answered and found of a record counts for the one that it becomes: in the rules, the panel and the chart."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic import casework
from clinic.dashboards.panel import panel
from clinic.dashboards.timeline import timeline
from clinic.monitoring.actions.answering import submit
from clinic.monitoring.actions.findings import record_finding
from clinic.monitoring.rules.findings import FindingKind
from clinic.vigilance.gathering import gather
from tests.domains.monitoring.check_in_makers import PHQ9, SWEEP, every, survey
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic

DAYS_AGO = {"loser": 40, "survivor": 5}
EACH = {"loser": 2, "survivor": 1}


def test_scores_and_findings_of_both_records_are_one_history(clinic: Clinic, session: Session, now: datetime) -> None:
    people = {"loser": clinic.patient(phone="+13055550111"), "survivor": clinic.patient(phone="+13055550122")}
    for name, patient in people.items():
        at = now - timedelta(days=DAYS_AGO[name])
        paper = survey(session, patient, "phq9", now=at)
        paper.save("phq9", every(PHQ9, EACH[name]) | {"q9": 0}, now=at)
        submit(session, check_in_id=paper.id, leaves_out=True, by=SWEEP, now=at)
    gone, kept = people["loser"], people["survivor"]
    record_finding(
        session, patient_id=gone.id, kind=FindingKind.IMPAIRED, details={}, found_on=now.date() - timedelta(days=30),
        note=None, by=COORDINATOR, now=now,
    )  # fmt: skip
    versions = {"loser_version": gone.version, "survivor_version": kept.version}
    casework.merge(session, loser_id=gone.id, survivor_id=kept.id, **versions, by=COORDINATOR, now=now)

    evidence = gather(session, [kept.id], now=now)[kept.id]
    assert [one.value for one in evidence.score("phq9", "total")] == [16, 8]
    assert [one.kind for one in evidence.findings] == ["impaired_at_visit"]
    [row] = panel(session, [kept.id], now=now)
    assert (row.phq, row.phq_start) == (8, 16)
    drawn = timeline(session, kept, now=now)
    assert [one.value for one in drawn.scores["phq9", "total"]] == [16, 8]
