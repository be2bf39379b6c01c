"""The coordinators' board of today's sessions, and who is entered by telephone."""

import pytest

from clinic.session_day.actions import supporting
from clinic.session_day.models import SupportPerson
from tests.domains.scheduling.calendar_makers import at
from tests.domains.session_day.day_makers import SUPPORT, Day, home_day
from tests.web.html import Browser


@pytest.fixture
def today(office) -> Day:
    day = home_day(office.session, office.maker, office.ana)
    office.session.commit()
    return day


def row_of(page, name: str) -> str:
    (found,) = [row for row in page.texts("#sessions tbody tr") if name in row]
    return found


def test_the_board_says_where_each_session_stands_and_never_why(desk: Browser, today: Day, office):
    other = office.maker.patient()
    calm = office.maker.visit(other, office.okafor, at(23, 12), visit_type_code="induction_session")
    today.answer(no_alcohol="0")
    today.finish()
    office.session.commit()
    page = desk.get("/sessions")
    first, second = page.texts("#sessions tbody tr")
    assert "No session today" in first
    assert "Cannot begin" in first
    assert "Not open yet" in second
    assert str(calm.id) in str(page.links.values())
    assert "alcohol" not in page.text.lower()


def test_the_pulse_changes_with_what_the_board_shows(desk: Browser, today: Day, office):
    before = desk.client.get("/sessions/pulse").get_json()
    assert desk.client.get("/sessions/pulse").get_json() == before
    today.name()
    office.session.commit()
    assert desk.client.get("/sessions/pulse").get_json() != before


def test_a_session_that_nobody_began_is_called_about_and_written_down_on_the_spot(desk: Browser, office, clock):
    office.maker.visit_type("induction_session", patient_minutes=120, min_notice_minutes=0)
    visit = office.maker.visit(office.ana, office.okafor, at(23, 10), visit_type_code="induction_session")
    office.session.commit()
    clock.advance(minutes=9)
    assert "not begun" not in desk.get("/sessions").text
    clock.advance(minutes=1)
    page = desk.get("/sessions")
    assert "Due at 10:00 AM ET, not begun" in row_of(page, "Invented")
    assert "To come" not in page.text
    assert [href for href in page.links.values() if href.startswith("tel:")]
    assert "Marked as a no-show" in " ".join(page.form(f"missed-{visit.id}").submit().toasts)
    assert "not begun" not in desk.get("/sessions").text


def test_a_coordinator_names_somebody_and_notes_what_they_say(desk: Browser, today: Day, office):
    page = desk.get(f"/visits/{today.visit.id}/support")
    wanted = {"name": "Rosa Delgado", "phone": "786 555 0142", "relation": "family", "language": "en"}
    page = page.form("support").submit(**wanted)
    assert "has_agreed" in page.errors
    page = page.form("support").submit(has_agreed="yes")
    assert "on its way by text" in " ".join(page.form("link").submit().toasts)
    page = page.form("attested").submit()
    assert "Is there" in page.text
    assert "Rosa Delgado" in row_of(desk.get("/sessions"), "Invented")
    assert "Is there" in desk.get(f"/visits/{today.visit.id}").text


def test_who_is_replaced_stays_in_the_history_only(desk: Browser, today: Day, office):
    first = today.name()
    supporting.decline_support(office.session, person_id=first.id, by=SUPPORT, now=today.now)
    today.name("Teresa Delgado", "+17865550143")
    office.session.commit()
    assert "Teresa Delgado" in row_of(desk.get("/sessions"), "Invented")
    assert office.session.get_one(SupportPerson, first.id).replaced_at == today.now
