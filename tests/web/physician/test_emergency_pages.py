"""Emergency access at the browser: what it takes, how long it lasts, who hears of it and who reviews it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.people import actions, queries
from clinic.people.models import EmergencyAccess
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser
from tests.web.physician.conftest import tie

BECAUSE = "Found confused at home, caller is the daughter"


@pytest.fixture
def ana(course: CourseClinic, session):
    """A patient of Dr. Okafor's."""
    found = course.patient()
    course.plan(patient=found)
    session.commit()
    return found


@pytest.fixture
def stranger(sign_in_as, course: CourseClinic, session) -> Browser:
    """The browser of Dr. Herrera, who is in no care team and an administrator as well."""
    browser = sign_in_as(Role.PHYSICIAN, Role.ADMIN, name="Luis Herrera")
    made = course.clinic.physician("Dr. Luis Herrera")
    tie(session, made, "Luis Herrera")
    return browser


@pytest.fixture
def morgan(sign_in_as) -> Browser:
    return sign_in_as(Role.ADMIN, name="Morgan Ellery")


def chart(patient) -> str:
    return f"/my-patients/{patient.id}"


def ask(stranger: Browser, patient, reason=BECAUSE, number=None):
    form = stranger.get("/emergency").form("emergency")
    return form.submit("Open the record", record_number=number or patient.record_number, reason=reason)


def review_of(patient) -> str:
    return f"Review the access of Dr. Luis Herrera to {patient.record_number}"


def pass_time(clock, *browsers: Browser) -> None:
    """Let sixteen minutes pass while people are at work, so that nobody is signed out."""
    for _ in range(2):
        clock.advance(minutes=8)
        for browser in browsers:
            browser.get("/admin")


def actions_of(session) -> list[str]:
    rows = select(AuditEvent.action).where(AuditEvent.action.like("emergency_access.%")).order_by(AuditEvent.seq)
    return [action.split(".")[1] for action in session.scalars(rows)]


def test_it_opens_one_record_with_a_line_over_every_page_until_it_is_ended(stranger: Browser, ana, course, session):
    other = course.patient()
    session.commit()
    assert stranger.get(chart(ana)).status == 404
    page = ask(stranger, ana)
    assert page.path.endswith(chart(ana))
    for shown in (page, stranger.get("/my-patients"), stranger.get("/my-day")):
        assert "a record is open to you for 15:00 more" in shown.texts(".emergency")[0]
    assert stranger.get(chart(other)).status == 404
    assert page.form("end-emergency-1").submit().status == 200
    assert stranger.get(chart(ana)).status == 404
    assert stranger.get("/my-patients").select(".emergency") == []
    assert actions_of(session) == ["started", "ended"]


def test_without_a_reason_nothing_opens_and_what_was_typed_stays(stranger: Browser, ana):
    page = ask(stranger, ana, reason="Too short")
    assert page.status == 422
    assert "at least 10 characters" in page.errors["reason"]
    assert page.form("emergency").values["record_number"] == [ana.record_number]
    assert stranger.get(chart(ana)).status == 404


def test_without_a_fresh_second_factor_nothing_opens(stranger: Browser, ana, clock):
    form = stranger.get("/emergency").form("emergency")
    clock.advance(minutes=5, seconds=1)
    page = form.submit("Open the record", record_number=ana.record_number, reason=BECAUSE)
    assert page.path.startswith("/sign-in/again?next=%2Femergency")
    assert stranger.get(chart(ana)).status == 404


def test_after_fifteen_minutes_the_record_is_as_if_it_did_not_exist(stranger: Browser, ana, clock):
    ask(stranger, ana)
    clock.advance(minutes=14, seconds=59)
    assert "for 0:01 more" in stranger.get(chart(ana)).texts(".emergency")[0]
    clock.advance(seconds=2)
    late = stranger.get(chart(ana))
    assert late.status == 404
    assert late.select(".emergency") == []


def test_an_unknown_number_says_so_and_no_more_and_the_try_is_written_down(stranger: Browser, ana, session):
    page = ask(stranger, ana, number="222-2222")
    assert page.errors["record_number"].startswith("No record has this number.")
    assert page.form("emergency").values["reason"] == [BECAUSE]
    assert actions_of(session) == ["refused"]


def test_a_record_that_is_open_anyway_is_linked(okafor: Browser, ana):
    page = ask(okafor, ana)
    assert page.status == 409
    assert page.click("Open the record").path.endswith(chart(ana))


def test_the_assigned_physician_reads_it_on_the_day(stranger: Browser, okafor: Browser, ana):
    ask(stranger, ana)
    told = next(text for text in okafor.get("/my-day").texts(".notice") if "in an emergency" in text)
    assert "Dr. Luis Herrera opened the record of" in told
    assert "An administrator reviews it." in told
    assert BECAUSE not in told


def test_an_administrator_who_did_not_open_it_closes_the_review(
    stranger: Browser, morgan: Browser, ana, clock, session
):
    ask(stranger, ana)
    stranger.get(f"/physician/patients/{ana.id}/plan")
    assert "Review it when the time is up." in morgan.get("/admin/emergency-access").click(review_of(ana)).text
    pass_time(clock, stranger, morgan)
    own = stranger.get("/admin/emergency-access").click(review_of(ana))
    assert "You opened this record yourself" in own.text
    page = morgan.get("/admin/emergency-access").click(review_of(ana))
    assert BECAUSE in page.text
    assert ana.legal_last_name not in page.text
    assert [text.split(" ET")[1].strip() for text in page.texts("tbody tr")][:2] == [
        "Opened the record",
        "Looked at a page of the record",
    ]
    wrong = page.form("review").submit("Close the review", note="Called her")
    assert wrong.errors["verdict"] == "Say whether opening the record was right."
    assert wrong.form("review").values["note"] == ["Called her"]
    done = wrong.form("review").submit("Close the review", verdict="justified", note="Called the daughter")
    assert "Nothing waits" in done.text
    assert "Morgan Ellery" in done.text
    assert actions_of(session)[-2:] == ["reviewed", "listed"]


def test_nobody_reviews_the_own_access_by_sending_the_form(stranger: Browser, ana, clock, session):
    ask(stranger, ana)
    pass_time(clock, stranger)
    [row] = queries.waiting_for_review(session)
    token = stranger.get("/my-patients").form("sign-out").values["csrf_token"][0]
    fields = {"csrf_token": token, "verdict": "justified", "note": "All fine by me"}
    answer = stranger.post(f"/admin/emergency-access/{row.id}", fields)
    assert answer.status == 403
    assert session.scalar(select(EmergencyAccess.reviewed_at)) is None


def test_a_review_that_waits_for_more_than_seven_days_shows_as_overdue(morgan: Browser, course, ana, session, now):
    _, actor = course.physician("Dr. Ines Paz")
    begun = now - timedelta(days=7, seconds=1)
    actions.open_record(session, record_number=ana.record_number, reason=BECAUSE, by=actor, now=begun)
    session.commit()
    assert "Overdue" in morgan.get("/admin/emergency-access").texts("tbody tr")[0]
    assert "1 review waits, 1 overdue." in morgan.get("/admin").text


@pytest.mark.parametrize("path", ["/emergency", "/admin/emergency-access"])
def test_coordinators_have_no_such_pages(desk: Browser, path):
    assert desk.get(path).status == 403


def test_the_account_of_the_opener_is_the_only_one_that_sees(stranger: Browser, ana, sign_in_as, course, session):
    ask(stranger, ana)
    other = sign_in_as(Role.PHYSICIAN, name="Ines Paz")
    tie(session, course.clinic.physician("Dr. Ines Paz"), "Ines Paz")
    assert other.get(chart(ana)).status == 404
