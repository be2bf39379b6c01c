"""The taper page: the opinion is called one, the gate shows its values and days, and the physician decides."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.monitoring.models import Assessment, CheckIn, Score
from clinic.treatment.queries.tapers import taper_of
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser, Page

BECAUSE = "The patient asks to stop."


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session):
    made = course.plan(Phase.MAINTENANCE)
    session.commit()
    return made


def home(plan) -> str:
    return f"/my-patients/{plan.patient_id}/taper"


def begin(okafor: Browser, plan, **changes) -> Page:
    wanted = {"gaps": "30, 45", "reason": BECAUSE, "directions": "As agreed"} | changes
    return okafor.get(home(plan)).form("start").submit("Begin the taper", **wanted)


def answered(session, plan, **values: int) -> None:
    """Keep scores as if the patient had answered yesterday; the rules of asking are not this test's."""
    at = NOW - timedelta(days=1)
    names = {"phq9": "total", "sds_ketamine": "total", "craving": "now", "withdrawal": "count2"}
    asked = CheckIn(id=new_id(), patient_id=plan.patient_id, due_on=at.date(), opens_at=at, zone="America/New_York")
    asked.closes_at, asked.state, asked.done_at = at + timedelta(hours=1), "done", at
    asked.created_at = asked.updated_at = at
    session.add(asked)
    session.flush()
    for position, (key, value) in enumerate(values.items()):
        row = Assessment(id=new_id(), check_in_id=asked.id, patient_id=plan.patient_id, instrument_key=key)
        row.instrument_version, row.language, row.moment, row.calendar_version = 1, "en", "monthly", 1
        row.cause_key, row.is_required, row.position, row.state, row.done_at = str(row.id), True, position, "done", at
        session.add(row)
        session.flush()
        score = Score(assessment_id=row.id, patient_id=plan.patient_id, instrument_key=key, name=names[key])
        score.value, score.at = Decimal(value), at
        session.add(score)
    session.commit()


def test_a_taper_begins_with_the_gaps_that_were_typed_and_says_that_it_is_opinion(okafor: Browser, plan, session):
    empty = okafor.get(home(plan))
    assert "No published taper schedule for home use was found; this is opinion." in empty.text
    page = begin(okafor, plan)
    assert [text.split()[:2] for text in page.texts(".taper-steps")] == [["Step", "1"], ["Step", "2"]]
    assert "As agreed" in page.text
    assert "Dec 23, 2026" in page.text
    assert taper_of(session, plan.id).is_running
    assert "2 weeks: " in page.text


def test_what_is_wrong_is_said_at_its_box_and_nothing_typed_is_lost(okafor: Browser, plan):
    page = begin(okafor, plan, gaps="45, 30")
    assert page.errors["start-gaps"].startswith("The gaps of a taper only grow.")
    assert page.form("start").values["reason"] == [BECAUSE]
    page = begin(okafor, plan, directions="One\nTwo\nThree")
    assert "There are 2 steps and 3 lines." in page.errors["start-directions"]


def test_without_data_the_gate_says_so_and_a_step_needs_a_reason(okafor: Browser, plan):
    page = begin(okafor, plan)
    assert page.text.count("no data") == 4
    refused = page.form("take").submit("Take step 1", reason="")
    assert "Say in a few words why" in refused.errors["take-reason"]
    taken = refused.form("take").submit("Take step 1", reason="Talked it over at length")
    assert "Step 1 is taken." in taken.toasts[0]
    assert "Talked it over at length" in taken.texts(".taper-steps")[0]


def test_the_gate_shows_each_value_with_its_day(okafor: Browser, plan, session):
    answered(session, plan, phq9=8, sds_ketamine=4, craving=3, withdrawal=0)
    page = begin(okafor, plan)
    rows = page.texts("tbody tr")
    assert "PHQ-9 rise since before the taper 0 Nov 22, 2026 under 5 ✓Within" in rows[0]
    assert "SDS 4 Nov 22, 2026 under 4 !Over" in rows[1]
    assert "Craving 3 Nov 22, 2026 under 4 ✓Within" in rows[2]
    assert "Withdrawal no flag Nov 22, 2026 no open flag ✓Within" in rows[3]


def test_an_open_gate_needs_no_reason(okafor: Browser, plan, session):
    answered(session, plan, phq9=8, sds_ketamine=3, craving=3, withdrawal=0)
    page = begin(okafor, plan)
    assert "All within the limits" in page.text
    assert "Step 1 is taken." in page.form("take").submit("Take step 1").toasts[0]


def test_a_step_is_held_and_skipped_with_a_reason(okafor: Browser, plan):
    page = begin(okafor, plan)
    late = page.form("hold").submit(until="2026-11-23", reason="Wait a little")
    assert late.errors["hold-until"] == "Choose a day after today, within a year."
    held = late.form("hold").submit(until="2026-12-30")
    assert "On hold" in held.texts(".taper-steps")[0]
    skipped = held.form("skip").submit(reason="She is well without")
    assert "Skipped" in skipped.texts(".taper-steps")[0]


def test_a_colleagues_decision_in_between_is_told(okafor: Browser, plan):
    page = begin(okafor, plan)
    page.form("skip").submit(reason="She is well without")
    stale = page.form("skip").submit(reason="The same once more")
    assert stale.status == 409
    assert stale.form("skip").values["reason"] == ["The same once more"]


def test_the_end_asks_what_was_left_and_aftercare_begins(okafor: Browser, plan):
    page = begin(okafor, plan, gaps="30").form("take").submit("Take step 1", reason="Talked it over")
    wrong = page.form("complete").submit(units_left="2", returned="none_left")
    assert wrong.errors["complete-returned"] == "Say what became of them."
    done = wrong.form("complete").submit(returned="mail_back")
    assert "Completed on" in done.text
    assert "Mailed back" in done.text
    assert "Aftercare" in done.texts(".who-plan")[0]


def test_a_taper_stops_and_the_plan_goes_back(okafor: Browser, plan):
    page = begin(okafor, plan).form("relapse").submit(relapse_plan="Call us first")
    assert page.form("relapse").values["relapse_plan"] == ["Call us first"]
    stopped = page.form("stop").submit(reason="Felt worse twice", next_phase="maintenance")
    assert "Felt worse twice" in stopped.text
    assert "Maintenance" in stopped.texts(".who-plan")[0]
    assert "Write other steps" in stopped.text


def test_nobody_else_has_this_page(okafor: Browser, plan, desk: Browser, sign_in_as):
    begin(okafor, plan)
    for browser in (desk, sign_in_as(Role.ADMIN, name="Morgan Ellery")):
        assert browser.get(home(plan)).status == 403
