"""The chart of one patient: what the physician reads in seconds, and who does not read it at all."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.monitoring.actions.answering import submit
from clinic.monitoring.actions.flags import raise_signals
from clinic.monitoring.models import Assessment
from clinic.monitoring.rules.response import course_of
from clinic.monitoring.rules.signals import Input, Level, Signal
from clinic.people.queries import patient as patient_of
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from clinic.web.physician.chart.words import verdicts
from tests.domains.monitoring.check_in_makers import GAD7, PHQ9, SWEEP, every, survey
from tests.domains.monitoring.test_response_rules import told
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, on, take
from tests.web.html import Browser
from tests.web.physician.conftest import tie

SENTENCE = "SDS is 5 of 15 on Nov 9, cut-off 4."


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session) -> TreatmentPlan:
    """A plan with one session; PHQ-9 was 21 before it with item 9, and is 9 since, item 2 after a change of mind."""
    made = course.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=90))
    answered(session, made, "phq9", {**every(PHQ9, 2), "q1": 3, "q2": 3, "q3": 3, "q9": 2}, days_ago=60)
    take(session, made, at=on("2026-10-01"))
    answered(session, made, "gad7", every(GAD7, 1), days_ago=40)
    answered(session, made, "phq9", {**every(PHQ9, 1), "q2": 3}, {"q2": 1}, {"q9": 1}, days_ago=14)
    session.commit()
    return made


def answered(session, plan: TreatmentPlan, key: str, *given: dict, days_ago: int, is_sent: bool = True) -> Assessment:
    """Ask, answer as given one after the other, and send."""
    at = NOW - timedelta(days=days_ago)
    found = survey(session, patient_of(session, plan.patient_id), key, now=at)
    for minute, values in enumerate(given):
        found.save(key, values, now=at + timedelta(minutes=5 + minute))
    part = found.part(key)
    if is_sent:
        submit(session, check_in_id=found.id, leaves_out=True, by=found.by, now=at + timedelta(minutes=20))
    return part


def flag(session, plan: TreatmentPlan, level: Level, *, sentence: str = SENTENCE) -> None:
    signal = Signal(
        rule_id="D12",
        level=level,
        domain="C",
        evidence_class="M",
        inputs=(Input(what="SDS", value="5", on=NOW.date()),),
        threshold={},
        sentence=sentence,
        facts_key=f"{new_id()}:{level}",
        on=NOW.date(),
        escalates=(),
    )
    raise_signals(
        session,
        patient_id=plan.patient_id,
        signals=(signal,),
        policy_number=1,
        by=SWEEP,
        now=NOW,
    )
    session.commit()


def address(plan: TreatmentPlan, page: str) -> str:
    return f"/my-patients/{plan.patient_id}/{page}"


def test_a_chart_says_response_with_its_baseline_and_marks_item_nine(okafor: Browser, plan):
    page = okafor.get(address(plan, "chart"))
    verdict = page.texts(".tl-verdicts li")[0]
    assert verdict.startswith(
        "✓Response PHQ-9 21 → 9: −12 points (57 % lower) since Sep 24, 2026, the last score before"
    )
    assert "Item 9 positive, Nov 9, 2026 (1 of 3)" in page.texts(".who-alerts")[0]
    assert len(page.select(".tl-ring")) == 4, "two points, each in the wide and in the narrow drawing"
    assert page.texts(".tabs [aria-current=page]") == ["Chart"]


def test_every_drawing_has_a_table_of_its_values_and_what_is_missing_is_said(okafor: Browser, plan):
    page = okafor.get(address(plan, "chart"))
    assert len(page.select(".chart")) == 2 * len(page.select(".tl-values")) > 0
    assert "Nov 9, 2026: PHQ-9, answers9Mild1" in page.texts("tbody tr")
    assert page.texts(".tl-head .chip") == ["?No score for 40 days"], "monthly GAD-7, and no other score is late"
    assert "Craving No score on record yet." in page.text
    assert "Nothing told" in page.texts(".tl-quiet")
    assert "Shipments" not in page.text


def test_a_range_leaves_out_what_lies_before_it_and_an_unknown_one_is_refused(okafor: Browser, plan, session):
    answered(session, plan, "phq9", every(PHQ9, 1), days_ago=89)
    answered(session, plan, "phq9", every(PHQ9, 2), days_ago=90)
    session.commit()
    shown = {span: okafor.get(address(plan, "chart"), range=span).text for span in ("start", "year", "quarter")}
    assert {span: "Aug 25, 2026: PHQ-9" in text for span, text in shown.items()} == {
        "start": True,
        "year": True,
        "quarter": False,
    }
    assert all("Aug 26, 2026: PHQ-9" in text for text in shown.values())
    assert okafor.get(address(plan, "chart"), range="century").status == 422


def test_a_patient_without_anything_gets_no_empty_drawing(okafor: Browser, course, session):
    bare = course.plan(Phase.EVALUATION)
    session.commit()
    page = okafor.get(address(bare, "chart"))
    assert page.select(".chart") == []
    assert "Nothing on the timeline yet" in page.text
    assert "No check-in yet" in okafor.get(address(bare, "answers")).text
    assert okafor.get(address(bare, "summary")).status == 200
    assert len(PdfReader(BytesIO(pdf(okafor, bare).data)).pages) == 2


def test_open_flags_stand_beside_with_their_sentence_and_a_hold_in_the_banner(okafor: Browser, plan, session):
    flag(session, plan, Level.HOLD)
    page = okafor.get(address(plan, "chart"))
    assert SENTENCE in page.texts(".tl-flag")[0]
    assert "Hold: 1 open flag" in page.texts(".who-alerts")[0]


def test_answers_are_listed_with_scores_and_shown_as_given_with_what_was_changed(okafor: Browser, plan):
    listed = okafor.get(address(plan, "answers"))
    assert listed.texts("tbody th time") == ["Nov 9, 2026", "Oct 14, 2026", "Wed, Oct 14, 11:20 AM ET", "Sep 24, 2026"]
    assert listed.texts("tbody .chip") == ["○Open", "✓Done", "○Open"], "item 9 opened a screener that still waits"
    assert "9 of 27, mild" in listed.text
    page = listed.click("PHQ-9, Nov 9, 2026")
    assert page.h1 == "PHQ-9, Nov 9, 2026"
    changed = next(text for text in page.texts("tbody tr") if text.startswith("Feeling down"))
    assert "Several days (1)before: Nearly every day (3)" in changed
    assert page.texts(".tl-value") == ["9/27 Mild"]


def test_what_was_never_sent_is_shown_without_a_score(okafor: Browser, plan, session):
    part = answered(session, plan, "craving", {"now": 9}, days_ago=0, is_sent=False)
    session.commit()
    page = okafor.get(address(plan, f"answers/{part.id}"))
    assert "The patient has not sent this yet." in page.text
    assert "No score: not finished." in page.text
    assert "9 of 10" in page.text


def pdf(browser: Browser, plan: TreatmentPlan):
    return browser.client.get(address(plan, "summary.pdf"), headers=dict(browser.headers))


def test_the_summary_is_a_page_and_a_file_of_two_pages_that_say_who_printed_them(okafor: Browser, plan, session):
    flag(session, plan, Level.REVIEW)
    for page in (okafor.get(address(plan, "summary")),):
        assert SENTENCE in page.text
        assert "Printed by Amara Okafor, Monday, November 23, 2026" in page.text
    answer = pdf(okafor, plan)
    read = PdfReader(BytesIO(answer.data))
    words = [" ".join(one.extract_text().split()) for one in read.pages]
    assert answer.mimetype == "application/pdf"
    assert len(words) == 2
    assert "Response. PHQ-9 21 → 9" in words[0].replace("⟶", "→")
    assert SENTENCE in words[1]
    assert all("Printed by Amara Okafor on Monday, November 23, 2026" in text for text in words)
    assert read.metadata.title.startswith("Summary: ")


def test_the_file_has_two_pages_however_many_flags_there_are(okafor: Browser, plan, session):
    for _ in range(9):
        flag(session, plan, Level.REVIEW, sentence="The craving was 5 of 10 on each of the last days. " * 8)
    pages = PdfReader(BytesIO(pdf(okafor, plan).data)).pages
    assert len(pages) == 2
    assert "3 more in the record." in pages[1].extract_text()


def test_a_physician_asks_for_a_check_in_now(okafor: Browser, plan, session):
    form = okafor.get(address(plan, "ask")).form("ask")
    assert list(form.submit("Ask now").errors.values()) == ["Choose what to ask."]
    page = form.submit("Ask now", what=["phq9", "craving"], required="yes")
    assert page.toasts == ["✓ Asked. The patient gets a text with the link, now or at 8 in the morning."]
    asked = select(Assessment.instrument_key, Assessment.is_required).where(
        Assessment.moment == "asked", Assessment.state == "waiting"
    )
    assert sorted(session.execute(asked)) == [("craving", True), ("phq9", True)]


PAGES = ("chart", "answers", "summary", "summary.pdf", "ask")


def test_nobody_but_the_care_team_opens_a_page_of_the_chart(sign_in_as, okafor, course, plan, session):
    other, _ = course.physician("Dr. Luis Herrera")
    strangers = {404: sign_in_as(Role.PHYSICIAN, name="Luis Herrera"), 403: sign_in_as(Role.COORDINATOR, Role.ADMIN)}
    tie(session, other, "Luis Herrera")
    part = session.scalars(select(Assessment.id).limit(1)).one()
    for page in (*PAGES, f"answers/{part}"):
        assert {code: browser.get(address(plan, page)).status for code, browser in strangers.items()} == {
            404: 404,
            403: 403,
        }, page


def test_what_is_said_of_the_sessions_counts_the_days_that_are_shown(okafor: Browser, plan, session):
    answered(session, plan, "headache_session", {"any": 1, "severity": 6}, days_ago=120)
    session.commit()
    assert "1 with headache" in okafor.get(address(plan, "chart")).text
    assert "with headache" not in okafor.get(address(plan, "chart?range=quarter")).text


def test_a_coordinator_who_is_a_physician_too_still_needs_the_care_team(sign_in_as, course, plan, session):
    both = sign_in_as(Role.COORDINATOR, Role.PHYSICIAN, name="Sam Whitfield")
    tie(session, course.physician("Dr. Sam Whitfield")[0], "Sam Whitfield")
    part = session.scalars(select(Assessment.id).where(Assessment.state == "done").limit(1)).one()
    for page in (*PAGES, f"answers/{part}", f"answers/{part}.json", "findings"):
        assert both.get(address(plan, page)).status == 404, page


def test_what_waits_beside_the_chart_leads_to_its_own_place_in_the_queue(okafor: Browser, course, plan, session):
    flag(session, plan, Level.URGENT)
    new = course.plan(Phase.INDUCTION)
    take(session, new, at=NOW - timedelta(days=3))
    session.commit()
    page = okafor.get(address(new, "chart")).click("Review and sign: First session")
    assert page.texts(".sign-head h2") == ["First session"]


def test_answers_leave_as_a_file_only_with_a_fresh_second_factor(okafor: Browser, plan, session, clock):
    part = session.scalars(select(Assessment.id).where(Assessment.state == "done").limit(1)).one()
    clock.advance(minutes=5, seconds=1)
    assert okafor.get(address(plan, f"answers/{part}.json")).path.startswith("/sign-in/again?next=")


def test_answers_of_one_patient_are_not_there_under_another(okafor: Browser, course, plan, session):
    other = course.plan(Phase.MAINTENANCE)
    session.commit()
    part = session.scalars(select(Assessment.id).limit(1)).one()
    assert okafor.get(address(other, f"answers/{part}")).status == 404


def test_each_page_is_written_down_with_the_patient(okafor: Browser, plan, session):
    part = session.scalars(select(Assessment.id).limit(1)).one()
    wanted = ["chart.viewed", "answers.listed", "summary.viewed", "summary.exported", "chart.viewed", "answers.viewed"]
    for page in ("chart", "answers", "summary", "summary.pdf", "ask", f"answers/{part}"):
        okafor.client.get(address(plan, page), headers=dict(okafor.headers))
    rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(len(wanted))).all()
    assert [row.action for row in reversed(rows)] == wanted
    assert all(row.patient_ids == [plan.patient_id] for row in rows)


@pytest.mark.parametrize(
    ("name", "start", "last", "word"),
    [
        ("PHQ-9", 0, 0, "Low since the start"),
        ("PHQ-9", 4, 3, "Low since the start"),
        ("GAD-7", 4, 5, "No response"),
        ("GAD-7", 5, 4, "No response"),
        ("Pain (PEG)", 4, 4, "No response"),
    ],
)
def test_a_score_that_was_always_normal_is_not_said_to_fail(name: str, start: int, last: int, word: str):
    change, *_ = verdicts(name, course_of(told(start, last), started_on=None))
    assert change.word == word
