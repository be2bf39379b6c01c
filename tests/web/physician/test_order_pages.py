"""Orders at the browser: nothing is proposed, only what was shown is signed, a signed one never changes."""

import pytest

from clinic.medication.queries.orders import draft_of, live_order_of, orders_of
from clinic.treatment.models import TreatmentPlan
from tests.domains.medication.medication_makers import OrderClinic, a_check
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.html import Browser, Page

BECAUSE = "Agreed with the patient."
TYPED = {
    "drug": "Invented compound",
    "form": "troche",
    "route": "sublingual",
    "strength_value": "2.5",
    "strength_unit": "units of strength",
    "quantity": "12",
    "units_per_session": "2",
    "days_supply": "28",
    "refills": "2",
    "directions": "As agreed, before each session.",
    "indication": "An invented indication",
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
    a_check(session, course.patient_of(made), by=course.doctor)
    session.commit()
    return made


def home(plan) -> str:
    return f"/my-patients/{plan.patient_id}/medication"


def drafted(okafor: Browser, course, plan, **changes: object) -> Page:
    form = okafor.get(home(plan)).click("Write an order").form("order")
    return form.submit(**(TYPED | {"pharmacy_id": course.pharmacy.id} | changes))


def signed(okafor: Browser, course, plan) -> Page:
    return drafted(okafor, course, plan).click("Sign").form("sign").submit("Sign")


def test_the_empty_form_proposes_nothing(okafor: Browser, plan):
    form = okafor.get(home(plan)).click("Write an order").form("order")
    assert {name for name in form.values if form.values[name] != [""]} == {"csrf_token"}


def test_an_order_is_written_changed_and_signed_as_the_page_shows_it(okafor: Browser, course, plan, session):
    draft = drafted(okafor, course, plan)
    form = draft.click("Change").form("order")
    assert form.values["strength_value"] == ["2.5"]
    changed = form.submit(quantity="10")
    page = changed.click("Sign")
    assert {"28", "10", "5 Clinic Road, FL"} <= set(page.texts("dd"))
    assert "these units last 175 days, and 28 are written. Check the days" in page.text
    done = page.form("sign").submit("Sign", external_reference="RX-77")
    assert "What was signed, unchanged" in done.text
    assert page.texts(".note-hash") == done.texts(".note-hash")
    live = live_order_of(session, plan.patient_id)
    assert (live.quantity, live.external_reference) == (10, "RX-77")
    assert "This order is no draft" in okafor.get(page.path).text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("refills", "6"), ("route", "injection"), ("quantity", "1.5"), ("strength_value", "0"), ("directions", None)],
)
def test_an_order_that_cannot_stand_is_told_at_its_box_and_keeps_what_was_typed(
    okafor: Browser, course, plan, session, field: str, typed: str | None
):
    form = okafor.get(home(plan)).click("Write an order").form("order")
    page = form.send(**(TYPED | {"pharmacy_id": course.pharmacy.id, field: typed}))
    assert page.status == 422
    assert list(page.errors) == [field]
    assert page.form("order").values["drug"] == ["Invented compound"]
    assert draft_of(session, plan.patient_id) is None


def test_signing_asks_for_a_second_factor_that_is_fresh(okafor: Browser, course, plan, clock, session):
    page = drafted(okafor, course, plan).click("Sign")
    clock.advance(minutes=5, seconds=1)
    assert page.form("sign").submit("Sign").path.startswith("/sign-in/again?next=")
    assert live_order_of(session, plan.patient_id) is None


def test_a_draft_changed_in_another_window_is_not_signed_unseen(okafor: Browser, course, plan):
    draft = drafted(okafor, course, plan)
    page = draft.click("Sign")
    draft.click("Change").form("order").submit(days_supply="30")
    refused = page.form("sign").submit("Sign")
    assert refused.status == 409
    assert "30" in refused.texts("dd")
    assert "What was signed, unchanged" in refused.form("sign").submit("Sign").text


def test_without_a_look_into_the_program_there_is_nothing_to_press(okafor: Browser, course, session):
    plan = course.treated()
    session.commit()
    page = drafted(okafor, course, plan).click("Sign")
    assert "Nobody looked into the program yet" in page.text
    assert "sign" not in page.forms


def test_everything_that_keeps_an_order_from_being_signed_is_told_with_its_source(okafor, course, plan, session):
    result = {"result": "unavailable", "reference": None, "outage": "It answered nothing; the chart was read."}
    a_check(session, course.patient_of(plan), by=course.doctor, checked_at=NOW, **result)
    session.commit()
    page = drafted(okafor, course, plan).click("Sign")
    assert "at most 3 days are ordered, not 28 (s. 893.055(8), F.S.)" in page.text
    assert "sign" not in page.forms


def test_an_order_is_held_goes_on_and_is_stopped_with_reasons(okafor: Browser, course, plan, session):
    page = signed(okafor, course, plan)
    bare = page.form("hold").submit()
    assert bare.status == 422
    held = page.form("hold").submit(reason=BECAUSE)
    assert "On hold" in held.text
    twice = page.form("hold").submit(reason=BECAUSE)
    assert (twice.status, "This order is on hold and cannot become on hold." in twice.text) == (409, True)
    going = held.form("resume").submit(reason="Settled by phone.")
    told = going.form("outside").submit(status="PharmacyVerified", reference="RX-9")
    assert "Active" in told.text
    stopped = told.form("stop").submit(reason=BECAUSE)
    assert "Stopped" in stopped.text
    assert stopped.text.count(BECAUSE) == 2
    assert live_order_of(session, plan.patient_id) is None


def test_a_page_left_open_on_a_draft_shows_the_order_once_it_is_signed(okafor: Browser, course, plan, session):
    signed(okafor, course, plan)
    order = live_order_of(session, plan.patient_id)
    late = okafor.get(f"/my-patients/{plan.patient_id}/medication/orders/{order.id}/edit")
    assert ("order" in late.forms, "What was signed, unchanged" in late.text) == (False, True)


def test_an_amendment_counts_only_when_it_is_signed_itself(okafor: Browser, course, plan, session):
    page = signed(okafor, course, plan)
    old = live_order_of(session, plan.patient_id).id
    draft = page.click("Amend").form("order").submit(quantity="8")
    assert live_order_of(session, plan.patient_id).id == old
    draft.click("Sign").form("sign").submit("Sign")
    session.expire_all()
    assert {(row.state, row.quantity) for row in orders_of(session, plan.patient_id)} == {
        ("signed", 8),
        ("replaced", 12),
    }


def test_a_draft_is_taken_away_with_a_reason(okafor: Browser, course, plan, session):
    gone = drafted(okafor, course, plan).form("cancel").submit(reason=BECAUSE)
    assert "Draft taken away" in gone.text
    assert draft_of(session, plan.patient_id) is None


def test_another_patients_order_is_not_found_under_this_one(okafor: Browser, course, plan, session):
    other = course.draft(course.treated())
    session.commit()
    for tail in ("", "/edit", "/sign", "/amend"):
        assert okafor.get(f"{home(plan)}/orders/{other.id}{tail}").status == 404
