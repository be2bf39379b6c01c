"""Answers in the small town: what the patient with a plan told in three check-ins, mild and on the mend."""

from datetime import timedelta

from clinic.monitoring.actions.answering import submit
from tests.browser.town import Town
from tests.domains.monitoring.check_in_makers import GAD7, PHQ9, every, survey

PATIENT = "paloma"


def add_charts(town: Town) -> None:
    """Let the patient answer three times; the newest answers have addresses of their own."""
    patient = town.patients[PATIENT]
    with town.begin(by=town.dana) as session:
        for days_ago, value in ((33, 2), (19, 1), (5, 0)):
            at = town.now - timedelta(days=days_ago)
            found = survey(session, patient, "phq9", "gad7", "vitals", now=at)
            found.save("phq9", every(PHQ9, value) | {"q9": 0}, now=at)
            found.save("gad7", every(GAD7, value), now=at)
            found.save("vitals", {"systolic": 118 + 9 * value, "diastolic": 76}, now=at)
            submit(session, check_in_id=found.id, leaves_out=True, by=found.by, now=at)
        town.others["assessment_id"] = found.part("phq9").id
