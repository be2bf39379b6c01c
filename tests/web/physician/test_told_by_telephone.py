"""What a physician writes down from the telephone: units taken, put away, counted, until a supply is closed."""

from datetime import timedelta

import pytest

from clinic.medication.queries.ledger import balance_of, counts_of
from clinic.medication.queries.leftovers import leftovers_of
from clinic.treatment.rules.phases import Phase
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_plan_of, an_order, supplied
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import enter, take
from tests.web.html import Browser, Page
from tests.web.physician.test_medication_pages import BEFORE, home


@pytest.fixture
def course(session) -> OrderClinic:
    clinic = OrderClinic(session)
    session.commit()
    return clinic


@pytest.fixture
def order(session, course: OrderClinic, okafor: Browser):
    made = an_order(course, now=BEFORE)
    supplied(course, made, now=BEFORE)
    session.commit()
    return made


@pytest.fixture
def opened(okafor: Browser, order):
    def open_page(link: str | None = None) -> Page:
        page = okafor.get(home(order.patient_id))
        return page.click(link) if link else page

    return open_page


def at_home(session, order) -> int:
    session.expire_all()
    return sum(lot.units for lot in balance_of(session, order.patient_id))


def test_units_of_a_session_are_entered_once_and_stand_in_the_log(session, order, opened):
    assert "Every session is in the ledger" in opened("Units taken at a session").text
    visit = take(session, a_plan_of(session, order), at=NOW - timedelta(hours=1))
    session.commit()
    assert "Not told yet" in opened().text
    form = opened("Units taken at a session").form("taken")
    assert form.submit(units="2").errors["appointment_id"] == "Choose the session."
    assert "may be used" in form.submit(appointment_id=str(visit.id), units="40").errors["units"]
    stranger = form.submit(appointment_id=str(order.id), units="2")
    assert stranger.errors["appointment_id"].startswith("This patient has no such session.")
    done = form.submit(appointment_id=str(visit.id), units="2")
    assert done.toasts == ["✓ What was taken is in the ledger."]
    again = form.submit(appointment_id=str(visit.id), units="2")
    assert (again.status, "is in the ledger already" in again.text) == (422, True)
    assert at_home(session, order) == 10
    assert "As planned, not counted" in done.text


def test_a_plan_that_is_over_is_closed_by_putting_away_and_a_count_of_nothing(session, course, order, opened):
    enter(session, a_plan_of(session, order), Phase.AFTERCARE, by=course.doctor, now=NOW)
    session.commit()
    assert "12 units are not accounted for" in opened().text
    [lot] = balance_of(session, order.patient_id)
    form = opened("Units put away for good").form("put-away")
    gone = {"lot_id": str(lot.lot_id), "units": "12", "method": "destroyed_at_home"}
    assert form.submit(**gone).errors["witness"] == "Write the name of the adult who saw it."
    assert "12 units in the ledger" in form.submit(**(gone | {"units": "13", "witness": "B. Seen"})).errors["units"]
    assert "no such lot" in form.submit(**(gone | {"lot_id": str(order.id), "witness": "B. Seen"})).errors["lot_id"]
    page = form.submit(**(gone | {"witness": "B. Seen"}))
    assert form.submit(**(gone | {"units": "1", "witness": "B. Seen"})).status == 409
    assert "The last count is missing" in page.text
    assert "seen by B. Seen" in page.text
    count = page.click("Enter a count").form("home-count")
    assert "more than was ever there" in count.submit(counted="13").errors["counted"]
    assert count.submit(counted="0").toasts == ["✓ Nothing is left. The supply of this plan is closed."]
    session.expire_all()
    assert leftovers_of(session, order.patient_id) is None
    assert counts_of(session, order.patient_id)[0].moment == "closing"


def test_a_count_that_differs_is_kept_and_says_by_how_much(session, order, opened):
    done = opened("A count").form("home-count").submit(counted="11")
    assert done.toasts == ["✓ The count is kept. It differs by -1."]
    assert at_home(session, order) == 12
