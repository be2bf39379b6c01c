"""Protocols: read in plain words, changed after seeing what that changes and for whom, old plans keep theirs."""

from datetime import timedelta

import pytest

from clinic.kernel.actor import Role
from clinic.treatment.models import ProtocolVersion, TreatmentPlan
from clinic.treatment.queries import protocols
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser, Page

WHY = "Fewer visits did as well"


@pytest.fixture
def usual(okafor: Browser, course, session) -> Page:
    """The page of the usual protocol."""
    return okafor.get("/physician/protocols").click("Standard program")


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session) -> TreatmentPlan:
    made = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=14))
    session.commit()
    return made


def look(page: Page, **typed: str) -> Page:
    return page.form("protocol").submit("See what changes", **({"reason": WHY} | typed))


def versions(session) -> list[int]:
    session.expire_all()
    return [found.number for found in session.query(ProtocolVersion).order_by(ProtocolVersion.number)]


def version_of(session, plan) -> int:
    session.expire_all()
    found = session.get_one(TreatmentPlan, plan.id)
    return session.get_one(ProtocolVersion, found.protocol_version_id).number


def test_every_number_makes_a_plain_sentence(usual: Page):
    hints = usual.texts(".group .hint")
    assert hints[0].startswith("6 visits in 14 to 28 days, at least 72 hours apart, at most 2 a week.")
    assert "One visit every 28 to 60 days, at best after 35 days, never closer than 21 days." in hints
    assert "4 more visits, after 30, 45, 60 and 90 days, each up to 7 days later, never earlier." in hints
    assert "3 checks, 2, 4 and 12 weeks after the last visit, each up to 7 days later, never earlier." in hints


def test_what_changes_and_for_whom_is_seen_before_anything_is_published(usual: Page, plan, session):
    page = look(usual, induction_sessions="5", weekly_most="1", induction_most_days="35")
    assert page.h1 == "Standard program: see what changes"
    assert "Induction: Visits 6 visits 5 visits" in page.text
    assert "In every phase: Most in seven days 2 visits 1 visit" in page.text
    assert "5 visits in 14 to 35 days" in page.text
    assert page.texts(".plan-ticks label") == ["Invented c, Ana"]
    assert "plans" not in page.form("publish").values
    assert versions(session) == [1]


def test_old_plans_keep_their_version_unless_they_are_ticked(usual: Page, plan, session):
    done = look(usual, induction_sessions="5").form("publish").submit("Publish version 2")
    assert done.toasts == ["✓ Standard program, version 2, is published."]
    assert version_of(session, plan) == 1
    again = look(done, induction_sessions="4").form("publish").submit("Publish version 3", plans=plan.id)
    assert again.toasts == ["✓ Standard program, version 3, is published. 1 plan moved to it."]
    assert version_of(session, plan) == 3


def test_the_versions_stay_with_reason_and_differences(usual: Page, session):
    done = look(usual, restart_after_days="120").form("publish").submit("Publish version 2")
    newest, first = done.texts(".plan-version")
    assert newest.startswith("Version 2 Amara Okafor")
    assert WHY in newest
    assert "In every phase: A pause needs a physician visit after 90 days 120 days" in newest
    assert "The first version." in first


@pytest.mark.parametrize(
    ("typed", "box", "begin"),
    [
        ({"induction_sessions": "20"}, "induction_sessions", "20 visits with these gaps and at most 2 in seven days"),
        ({"induction_least_days": "30"}, "induction_least_days", "The shortest time of 30 days is above the longest"),
        ({"induction_least_gap_hours": "300"}, "induction_least_gap_hours", "The shortest gap of 300 hours is above"),
        ({"maintenance_target_days": "90"}, "maintenance_target_days", "The best day, after 90 days, is not from"),
        ({"reviews_after_first_until_days": "0"}, "reviews_after_first_from_days", "The visit after the first would"),
        ({"restart_after_days": "30"}, "restart_after_days", "Visits may be 60 days apart"),
        ({"weekly_most": ""}, "weekly_most", "Enter a whole number of visits from 1 to 7."),
        ({"taper_gaps_days": "soon"}, "taper_gaps_days", "Enter whole numbers with commas"),
        ({"reason": ""}, "reason", "Say in a few words why it is written so."),
        ({"reason": "x"}, "reason", "Say in a few words why, so that others"),
        ({"name": ""}, "name", "Enter a name"),
    ],
)
def test_numbers_that_cannot_be_come_back_with_their_sentence_and_all_that_was_typed(
    usual: Page, session, typed, box, begin
):
    page = look(usual, **({"aftercare_leeway_days": "5"} | typed))
    assert page.status == 422
    assert page.errors[box].startswith(begin)
    assert page.form("protocol").values["aftercare_leeway_days"] == ["5"]
    assert page.form("protocol").values[box] == [typed.get(box, "1")]
    assert versions(session) == [1]


def test_a_kind_of_visit_that_does_not_fit_is_refused_before_publishing(usual: Page, session):
    page = usual.form("protocol").send("See what changes", induction_visit_type="follow_up", reason=WHY)
    assert page.status == 422
    assert page.errors["induction_visit_type"].endswith("is a visit for something else. Choose another.")


def test_going_back_keeps_the_entries(usual: Page):
    page = look(usual, restart_after_days="120").form("publish").submit("Change my entries")
    assert page.form("protocol").values["restart_after_days"] == ["120"]
    assert page.form("protocol").values["reason"] == [WHY]


def test_two_people_writing_one_protocol_see_the_other_version(usual: Page, colleagues, session):
    theirs = colleagues.get("/physician/protocols").click("Standard program")
    look(theirs, restart_after_days="150").form("publish").submit("Publish version 2")
    page = look(usual, restart_after_days="120")
    assert page.status == 409
    told = " ".join(page.texts(".notice"))
    assert "Luis Herrera published version 2 after you opened this" in told
    assert "A pause needs a physician visit after 90 days 150 days" in told
    assert page.form("protocol").values["restart_after_days"] == ["120"]
    done = look(page).form("publish").submit("Publish version 3")
    assert done.toasts == ["✓ Standard program, version 3, is published."]
    assert versions(session) == [1, 2, 3]


@pytest.fixture
def colleagues(sign_in_as, course) -> Browser:
    return sign_in_as(Role.PHYSICIAN, Role.ADMIN, name="Luis Herrera")


def test_the_same_again_writes_no_version(usual: Page, session):
    done = look(usual).form("publish").submit("Publish version 2")
    assert done.toasts == ["✓ No number was different, so no version was written."]
    assert versions(session) == [1]


def test_a_new_protocol_begins_with_the_usual_numbers(okafor: Browser, course, session):
    page = okafor.get("/physician/protocols").click("New protocol")
    assert page.form("protocol").values["induction_sessions"] == ["6"]
    taken = look(page, name="Standard program")
    assert taken.status == 409
    assert taken.errors == {"name": "Another protocol has this name. Choose a different one."}
    done = look(taken, name="Slow start", induction_sessions="4").form("publish").submit("Publish")
    assert done.toasts == ["✓ Slow start, version 1, is published."]
    assert [row.name for row in protocols(session)] == ["Standard program", "Slow start"]


def test_a_protocol_is_retired_with_a_reason_and_the_last_one_is_not(okafor: Browser, usual: Page, session):
    page = usual.click("Retire it").form("offer").submit(reason="Nobody uses it")
    assert page.status == 409
    assert "this is the last one" in page.errors[""]
    new = okafor.get("/physician/protocols/new")
    made = look(new, name="Slow start").form("publish").submit("Publish")
    assert made.click("Retire it").form("offer").submit(reason="").errors == {"reason": "Say in a few words why."}
    done = made.click("Retire it").form("offer").submit(reason="Nobody uses it")
    assert done.toasts == ["✓ Not offered for new plans any more."]
    assert "Not offered any more" in done.text
    back = done.click("Slow start").click("Offer it again").form("offer").submit(reason="Wanted again")
    assert back.toasts == ["✓ Offered for new plans again."]


def test_administrators_write_protocols_and_read_no_patients_name(sign_in_as, plan, session):
    admin = sign_in_as(Role.ADMIN, name="Morgan Ellery")
    page = look(admin.get("/physician/protocols").click("Standard program"), restart_after_days="120")
    assert "1 plan of patients keeps its version." in page.text
    assert not page.select(".plan-ticks")
    page.form("publish").send("Publish version 2", plans=str(plan.id))
    assert versions(session) == [1, 2]
    assert version_of(session, plan) == 1


def test_a_physician_ticks_own_patients_only(usual: Page, course, session):
    other, _ = course.physician("Dr. Luis Herrera")
    stranger = course.plan(Phase.INDUCTION, physician=other)
    session.commit()
    page = look(usual, restart_after_days="120")
    assert "1 plan of patients keeps its version." in page.text
    page.form("publish").send("Publish version 2", plans=str(stranger.id))
    assert version_of(session, stranger) == 1


def test_coordinators_may_not_open_protocols(desk: Browser, course):
    assert desk.get("/physician/protocols").status == 403
    assert "Protocols" not in desk.get("/today").links


def test_an_unknown_protocol_is_a_missing_page(okafor: Browser, course):
    assert okafor.get(f"/physician/protocols/{course.okafor.id}").status == 404
