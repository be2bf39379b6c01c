"""Monitoring rules and the calendar: read in plain words, changed after seeing whom that flags, old versions kept."""

import pytest

from clinic.kernel.actor import Role
from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.policies import signal_policy
from tests.web.html import Browser, Page

WHY = "Two patients came late to us"


@pytest.fixture
def rule(okafor: Browser) -> Page:
    """The page of the scale of dependence."""
    return okafor.get("/monitoring-rules").click("Severity of Dependence Scale")


def look(page: Page, **typed: str) -> Page:
    return page.form("rule").submit("See whom it would flag", **({"reason": WHY} | typed))


def numbers(session) -> list[int]:
    return [row.number for row in session.query(MonitoringPolicyVersion).order_by(MonitoringPolicyVersion.number)]


def test_every_rule_reads_as_a_sentence_with_its_source_and_its_kind(okafor: Browser):
    page = okafor.get("/monitoring-rules")
    assert page.texts(".card h2")[:3] == ["Supply", "Frequency and dose", "What the patient reports"]
    assert len(page.texts(".rules h3")) == 33
    assert "A total from 3 of 15 is WATCH, from 4 REVIEW, from 8 HOLD; 3 points above the first total are REVIEW." in (
        page.text
    )
    assert "the cut is not validated in prescribed patients" in page.text
    assert "Waits for refills" in page.text


def test_whom_a_threshold_would_flag_is_seen_before_it_is_saved(rule: Page, session):
    page = look(rule, review_at="5")
    assert page.h1 == "Severity of Dependence Scale: see whom it would flag"
    assert "Severity of Dependence Scale: REVIEW from 4 5" in page.text
    assert "With these thresholds, 0 patients would be flagged today." in page.text
    assert numbers(session) == []
    saved = page.form("save").submit("Save version 2")
    assert saved.toasts == ["✓ Severity of Dependence Scale: version 2 counts from now on."]
    assert "from 5 REVIEW" in saved.text
    assert "Changed here" in saved.text
    assert signal_policy(session).rules["D12"].numbers["review_at"] == 5
    assert signal_policy(session, 1).rules["D12"].numbers["review_at"] == 4


def test_entries_come_back_from_the_preview_as_they_were(rule: Page):
    page = look(rule, hold_at="9").form("save").submit("Change my entries")
    assert page.form("rule").values["hold_at"] == ["9"]
    assert page.form("rule").values["reason"] == [WHY]


def test_contradictory_thresholds_are_refused_at_the_box_that_can_be_changed(rule: Page, session):
    page = look(rule, watch_at="6")
    assert page.status == 422
    assert page.errors == {
        "review_at": "“REVIEW from” (4) must be above “WATCH from” (6). Raise “REVIEW from” or lower “WATCH from”."
    }
    assert numbers(session) == []


def test_a_number_outside_its_limits_says_which_are_allowed(rule: Page):
    page = look(rule, watch_at="0")
    assert page.errors == {"watch_at": "“WATCH from”: enter a whole number from 1 to 15."}
    assert look(rule, watch_at="many").errors == page.errors
    assert look(rule, reason="").errors == {"reason": "Say in a few words why it changes."}


def test_a_rule_can_be_switched_off_unless_it_guards_against_harm(okafor: Browser, session):
    page = look(okafor.get("/monitoring-rules/D11"), is_on=None)
    assert "Craving: The rule on off" in page.text
    assert "With these thresholds, 0 patients" in page.text
    page.form("save").submit("Save version 2")
    assert not signal_policy(session).rules["D11"].is_on
    assert "This rule guards against harm and stays on." in okafor.get("/monitoring-rules/D27").text


def test_two_physicians_at_once_do_not_overwrite_each_other(okafor: Browser, rule: Page, session):
    look(rule, review_at="5").form("save").submit("Save version 2")
    late = look(rule, hold_at="9")
    assert late.status == 409
    assert "Amara Okafor wrote version 2 after you opened this" in late.text
    assert numbers(session) == [2]
    again = look(late, hold_at="9", review_at="5").form("save").submit("Save version 3")
    assert again.status == 200
    assert signal_policy(session).rules["D12"].numbers == {"watch_at": 3, "review_at": 5, "hold_at": 9, "rise": 3}


def test_every_version_says_who_changed_what_and_why(okafor: Browser, rule: Page):
    look(rule, review_at="5").form("save").submit("Save version 2")
    page = okafor.get("/monitoring-rules/history")
    assert page.texts(".rule-version h3") == ["Version 2", "Version 1"]
    assert WHY in page.text
    assert "Severity of Dependence Scale: REVIEW from 4 5" in page.text
    assert "What came with the program." in page.text
    assert WHY in okafor.get("/monitoring-rules/D12").text


def test_a_rule_about_flags_is_not_counted_ahead(okafor: Browser):
    page = look(okafor.get("/monitoring-rules/E01"), count="4")
    assert "This rule looks at flags that are open together" in page.text


def test_the_calendar_reads_phase_by_phase(okafor: Browser):
    page = okafor.get("/monitoring-rules").click("Calendar of check-ins")
    assert page.texts(".card h2")[:5] == ["Evaluation", "Induction", "Maintenance", "Taper", "Aftercare"]
    assert "Every 30 days, first after 30 days: " in page.text
    assert "3 days after each visit: " in page.text


def test_a_row_of_the_calendar_is_changed_with_a_reason(okafor: Browser, session):
    page = okafor.get("/monitoring-calendar/day_3")
    saved = page.form("row").submit("Save the next version", days="4", reason=WHY)
    assert saved.toasts == ["✓ Calendar version 2 counts from now on."]
    assert "Three days after: when 3 days after each visit 4 days after each visit" in saved.text
    calendar = calendar_policy(session)
    row, before = calendar.row("day_3"), calendar_policy(session, 1).row("day_3")
    assert (calendar.version, row.days, before.days) == (2, 4, 3)
    assert (row.ask, row.call, row.is_required) == (before.ask, before.call, before.is_required)


def test_a_calendar_that_contradicts_itself_is_refused_and_says_why(okafor: Browser, session):
    page = okafor.get("/monitoring-calendar/day_3")
    refused = page.form("row").submit("Save the next version", days="0", reason=WHY)
    assert refused.status == 422
    assert "Say how many days after the visit; for the same day there is the evening." in refused.text
    unknown = page.form("row").submit("Save the next version", ask=["nonsense"], reason=WHY)
    assert unknown.status == 422
    assert numbers(session) == []


def test_nobody_can_be_asked_at_night(okafor: Browser, session):
    page = okafor.get("/monitoring-calendar/hours")
    refused = page.form("hours").submit("Save the next version", day_from="06:00", reason=WHY)
    assert refused.status == 422
    assert "between 08:00 and 20:00" in refused.text
    saved = page.form("hours").submit("Save the next version", day_from="10:00", reason=WHY)
    assert "Calendar: day 09:00 to 19:00 10:00 to 19:00" in saved.text


@pytest.mark.parametrize("path", ["/monitoring-rules/D99", "/monitoring-calendar/nonsense"])
def test_what_does_not_exist_is_not_found(okafor: Browser, path: str):
    assert okafor.get(path).status == 404


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN])
@pytest.mark.parametrize(
    "path", ["/monitoring-rules", "/monitoring-rules/D12", "/monitoring-rules/history", "/monitoring-calendar"]
)
def test_the_rules_are_the_physicians(sign_in_as, role: Role, path: str):
    assert sign_in_as(role).get(path).status == 403
