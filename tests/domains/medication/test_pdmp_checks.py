"""Looks into the monitoring program: who reports them, what they say, and which one counts."""

from datetime import timedelta

import pytest

from clinic.kernel.journal import take_entries
from clinic.medication.errors import NotYourOrder, PdmpRefused
from clinic.medication.queries.pdmp import check, checks_of, latest_check, latest_checks
from clinic.medication.rules.pdmp import PdmpReport, checked_report
from tests.domains.medication.medication_makers import a_check
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import CourseClinic

SEEN = PdmpReport(state="FL", checked_at=NOW, result="nothing_else", reference="Q-1")
OUTAGE = {"result": "unavailable", "reference": None, "outage": "Down since 8."}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"state": "NJ"}, "state"),
        ({"state": "TX"}, "state"),
        ({"checked_at": NOW + timedelta(seconds=1)}, "checked_at"),
        ({"checked_at": NOW - timedelta(days=31)}, "checked_at"),
        ({"result": "fine"}, "result"),
        ({"reference": " "}, "reference"),
        ({"reference": "x" * 61}, "reference"),
        ({"outage": "Down."}, "outage"),
        (OUTAGE | {"outage": " "}, "outage"),
        (OUTAGE | {"reference": "Q-1"}, "reference"),
        ({"prescribers": -1}, "prescribers"),
        ({"pharmacies": True}, "pharmacies"),
        ({"prescribers": 1}, "result"),
        ({"has_other_ketamine": True}, "result"),
        (OUTAGE | {"pharmacies": 1}, "result"),
        ({"result": "unexplained", "prescribers": 2}, "note"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_look_cannot_be_reported_so(changes: dict[str, object], field: str):
    said = {name: getattr(SEEN, name) for name in ("state", "checked_at", "result", "reference")}
    with pytest.raises(PdmpRefused) as refused:
        checked_report(PdmpReport(**(said | changes)), patient_state="FL", now=NOW)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.fixture
def ward(session):
    made = CourseClinic(session)
    made.ana = made.patient()
    made.plan(patient=made.ana)
    return made


def test_every_look_is_kept_and_the_newest_counts_whenever_it_was_entered(session, ward):
    explained = {"result": "explained", "prescribers": 1, "pharmacies": 1, "note": "A short course after surgery."}
    new = a_check(session, ward.ana, by=ward.doctor, **explained)
    old = a_check(session, ward.ana, by=ward.doctor, checked_at=NOW - timedelta(hours=3))
    assert checks_of(session, ward.ana.id) == [new, old]
    assert latest_check(session, ward.ana.id) is new
    assert (new.note, new.physician_id, new.actor_name) == (
        "A short course after surgery.",
        ward.okafor.id,
        "Dr. Amara Okafor",
    )
    other = ward.patient()
    assert latest_checks(session, [ward.ana.id, other.id]) == {ward.ana.id: new}


def test_an_outage_is_kept_with_what_was_done_instead(session, ward):
    take_entries(session)
    made = a_check(session, ward.ana, by=ward.doctor, **OUTAGE)
    assert (made.outage, made.reference) == ("Down since 8.", None)
    [entry] = take_entries(session)
    assert (entry.action, entry.details) == ("pdmp.checked", {"state": "FL", "is_outage": True})


def test_only_a_physician_of_the_patient_reports_a_look(session, ward):
    for actor in (COORDINATOR, ward.admin, ward.physician("Dr. Luis Herrera")[1]):
        with pytest.raises(NotYourOrder):
            a_check(session, ward.ana, by=actor)
    assert latest_check(session, ward.ana.id) is None
    with pytest.raises(PdmpRefused):
        check(session, ward.ana.id)
