"""The medication of a patient at the browser: what is ordered and at home, and what a physician decides about it."""

from datetime import timedelta

import pytest

from clinic.kernel.actor import Role
from clinic.medication.queries.pdmp import checks_of, latest_check
from clinic.treatment.models import TreatmentPlan
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import an_order, supplied
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.html import Browser, Page, text_of

BEFORE = NOW - timedelta(days=3)
PROGRAM = {
    "looked_at": "09:30",
    "result": "nothing_else",
    "reference": "Q-2026-17",
    "prescribers": "0",
    "pharmacies": "0",
}


@pytest.fixture
def course(session) -> OrderClinic:
    """A clinic that orders, in the place of one that only has courses."""
    clinic = OrderClinic(session)
    session.commit()
    return clinic


@pytest.fixture
def plan(course: OrderClinic, okafor: Browser, session) -> TreatmentPlan:
    made = course.treated()
    session.commit()
    return made


def home(patient_id) -> str:
    return f"/my-patients/{patient_id}/medication"


def looked(okafor: Browser, plan, **changes: object) -> Page:
    return okafor.get(f"{home(plan.patient_id)}/program").form("program").submit(**(PROGRAM | changes))


def test_a_patient_without_anything_has_a_page_that_says_so(okafor: Browser, plan):
    page = okafor.get(home(plan.patient_id))
    assert "No order counts now" in page.text
    assert "There is no order that counts. Write one." in page.text
    assert "Nobody looked yet." in page.text
    steps = [page.click(text_of(link)).h1 for link in page.select(".next-step")]
    assert steps == ["Write an order", "Record a PDMP check"]


def test_order_units_parcel_and_program_stand_beside_each_other(okafor: Browser, course: OrderClinic, session):
    order = an_order(course, now=BEFORE)
    supplied(course, order, now=BEFORE)
    session.commit()
    page = okafor.get(home(order.patient_id))
    assert "12 units at home by the ledger" in page.text
    assert "Confirmed by the patient" in page.text
    assert "What was signed, unchanged" in page.text
    assert "L-2026/07" in page.text
    assert "No. Q-1" in page.text


def test_an_entry_of_the_ledger_leads_back_to_parcel_lot_order_and_check(okafor: Browser, course, session):
    order = an_order(course, now=BEFORE)
    parcel = supplied(course, order, now=BEFORE)
    other = course.treated()
    session.commit()
    way = okafor.get(home(order.patient_id)).one("table.ledger a").get("href")
    page = okafor.get(way)
    assert page.texts("main h2") == ["Entry", "Parcel", "Fill and lot", "Order", "PDMP check"]
    for words in (parcel.tracking_number, "signed for", "L-2026/07", "What was signed, unchanged", "Q-1"):
        assert words in page.text
    number = way.rsplit("/", 1)[-1]
    for patient_id, entry in ((other.patient_id, number), (order.patient_id, 10**30), (order.patient_id, 0)):
        assert okafor.get(f"{home(patient_id)}/units/{entry}").status == 404


def test_what_the_program_showed_is_kept_by_the_physicians_own_clock(okafor: Browser, plan, session):
    for _ in range(2):
        page = looked(okafor, plan)
        assert "No. Q-2026-17" in page.text
    assert len(checks_of(session, plan.patient_id)) == 1
    kept = latest_check(session, plan.patient_id)
    assert kept.checked_at.isoformat() == "2026-11-23T14:30:00+00:00"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("state", {"state": "NJ"}),
        ("looked_at", {"looked_at": "23:59"}),
        ("reference", {"reference": None}),
        ("note", {"result": "unexplained", "prescribers": "2"}),
        ("result", {"prescribers": "2"}),
        ("outage", {"result": "unavailable", "reference": None}),
    ],
)
def test_a_look_that_cannot_stand_is_told_at_its_box_and_nothing_is_kept(
    okafor: Browser, plan, session, field: str, changes: dict[str, object]
):
    page = looked(okafor, plan, **changes)
    assert page.status == 422
    assert list(page.errors) == [field]
    assert latest_check(session, plan.patient_id) is None


def test_a_physician_outside_the_care_team_finds_nothing(sign_in_as, plan):
    stranger = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    assert stranger.get(home(plan.patient_id)).status == 404
    assert stranger.get(f"{home(plan.patient_id)}/program").status == 404


def test_orders_past_an_end_are_named_to_their_physician_and_counted_for_others(okafor, sign_in_as, course, session):
    order = an_order(course)
    session.commit()
    mine = okafor.get("/physician/legal-bases")
    assert "1 patient is affected" in mine.text
    assert "3 fills left the order itself runs until May 23, 2027" in mine.text
    assert f"/my-patients/{order.patient_id}/medication" in mine.links.values()
    theirs = sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/physician/legal-bases")
    assert "1 order of patients who are not yours" in theirs.text
    assert "May 23, 2027" not in theirs.text
