"""Legal bases: what holds until when, whom an end affects, and every change with its reason."""

from datetime import timedelta

import pytest

from clinic.kernel.actor import Role
from clinic.treatment.models import LegalBasis
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, book, on
from tests.web.html import Browser, Page

EXTENSION = "Telemedicine flexibility, fourth temporary extension"


@pytest.fixture
def page(okafor: Browser, course: CourseClinic) -> Page:
    return okafor.get("/physician/legal-bases")


@pytest.fixture
def late(okafor: Browser, course: CourseClinic, session):
    """A plan with a visit after the extension ends."""
    made = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=14))
    book(session, made, at=on("2027-01-05"))
    session.commit()
    return made


def row_of(page: Page, name: str) -> str:
    [found] = [text for text in page.texts("tbody tr") if text.startswith(name)]
    return found


def test_the_list_says_what_holds_and_for_how_long(page: Page):
    row = row_of(page, EXTENSION)
    assert "Schedule III · 90 FR 61301 Every state Federal law" in row
    assert "Dec 31, 2026" in row
    assert "In force 39 days left" in row
    assert "No end" in row_of(page, "Florida telehealth")


def test_visits_past_an_end_are_named_to_their_physician_and_counted_for_others(late, okafor, sign_in_as):
    mine = okafor.get("/physician/legal-bases")
    assert any("1 booked visit of 1 patient comes after that" in text for text in mine.texts(".notice"))
    [href] = [href for href in mine.links.values() if href.endswith("/plan")]
    assert href == f"/physician/patients/{late.patient_id}/plan"
    theirs = sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/physician/legal-bases")
    assert "1 visit of patients who are not yours" in theirs.text
    assert "Jan 5" not in theirs.text


def test_a_basis_is_written_down_and_dates_are_judged_by_it(late, okafor, session):
    page = okafor.get("/physician/legal-bases").click("Write one down")
    done = page.form("basis").submit(
        name="Fifth extension",
        level="federal",
        schedule="III",
        valid_from="2027-01-01",
        valid_until="2027-12-31",
        source="An invented register",
        reason="Published today",
    )
    assert done.toasts == ["✓ Fifth extension is written down. Dates are judged by it from now on."]
    assert "Not yet Begins in 39 days" in row_of(done, "Fifth extension")
    assert not done.select(".notice")


@pytest.mark.parametrize(
    ("typed", "box"),
    [
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"valid_from": ""}, "valid_from"),
        ({"level": "state"}, "state"),
        ({"level": ""}, "level"),
        ({"source": ""}, "source"),
        ({"reason": ""}, "reason"),
        ({"reason": "x"}, "reason"),
        ({"schedule": "I"}, "schedule"),
    ],
)
def test_a_basis_that_cannot_be_is_refused_at_its_box_and_keeps_what_was_typed(okafor, course, typed, box):
    fine = {"name": "Fifth extension", "level": "federal", "schedule": "III", "valid_from": "2027-01-01"}
    sent = fine | {"source": "An invented register", "reason": "Published today"} | typed
    page = okafor.get("/physician/legal-bases/new").form("basis").send(**sent)
    assert page.status == 422
    assert box in page.errors
    assert page.form("basis").values["name"] == ["Fifth extension"]


def test_two_bases_that_say_the_same_for_some_days_are_refused(okafor, course):
    page = (
        okafor.get("/physician/legal-bases/new")
        .form("basis")
        .submit(name="Twice", level="federal", valid_from="2026-06-01", source="The same", reason="By mistake")
    )
    assert page.status == 409
    assert EXTENSION in page.errors["valid_from"]


def test_a_change_stays_with_who_why_and_what_it_was_before(page: Page, okafor):
    form = page.click(EXTENSION).form("basis")
    done = form.submit(valid_until="2027-06-30", reason="Extended by half a year")
    assert done.toasts == [f"✓ {EXTENSION} is saved. Dates are judged by it from now on."]
    [told, *_] = done.click(EXTENSION).texts("tbody tr")
    assert "Amara Okafor" in told
    assert "Last day: Dec 31, 2026 → Jun 30, 2027" in told
    assert "Extended by half a year" in told


def test_two_people_at_one_basis_see_what_the_other_saved(page: Page, session):
    open_here = page.click(EXTENSION)
    page.click(EXTENSION).form("basis").submit(valid_until="2027-06-30", reason="Extended by half a year")
    stale = open_here.form("basis").submit(source="90 FR 61301, again", reason="More exact")
    assert stale.status == 409
    assert "Last day Jun 30, 2027 Dec 31, 2026" in stale.text
    assert stale.form("basis").values["source"] == ["90 FR 61301, again"]
    stale.form("basis").submit(valid_until="2027-06-30")
    session.expire_all()
    found = session.query(LegalBasis).filter_by(name=EXTENSION).one()
    assert (found.source, found.valid_until.isoformat()) == ("90 FR 61301, again", "2027-06-30")


def test_a_basis_that_was_never_right_is_removed_with_a_reason(page: Page, session):
    ask = page.click(EXTENSION).click("Remove it")
    assert ask.form("remove-basis").submit(reason="").errors == {"reason": "Say in a few words why."}
    done = ask.form("remove-basis").submit(reason="Entered twice")
    assert done.toasts == ["✓ Removed. Visits that stood on it stay booked and are shown as affected."]
    assert EXTENSION not in " ".join(done.texts("tbody tr"))


def test_coordinators_may_not_open_it(desk: Browser, course):
    assert desk.get("/physician/legal-bases").status == 403
    assert "Legal basis" not in desk.get("/today").links


def test_administrators_find_protocols_and_legal_basis_in_the_menu(sign_in_as, course):
    links = sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/admin").links
    assert links["Protocols"] == "/physician/protocols"
    assert links["Legal basis"] == "/physician/legal-bases"
