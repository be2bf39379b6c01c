"""The waiting list at the desk: putting on, offering by hand, answering for somebody, taking back, the file."""

import pytest
from sqlalchemy import select

from clinic.kernel.actor import Role
from clinic.waitlist.actions.joining import join_for_first, join_for_visit
from clinic.waitlist.models import SlotOffer, WaitlistEntry
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, at
from tests.domains.waitlist.waitlist_makers import wishes
from tests.web.html import text_of


@pytest.fixture
def visit(office):
    return office.visit(at(27, 10))


@pytest.fixture
def waits(office, visit):
    entry = join_for_visit(office.session, appointment_id=visit.id, wishes=wishes(), by=COORDINATOR, now=NOW)
    office.session.commit()
    return entry


@pytest.fixture
def coordinator(sign_in_as):
    return sign_in_as(Role.COORDINATOR)


def offers(office):
    office.session.expire_all()
    return [
        (one.starts_at, one.state) for one in office.session.scalars(select(SlotOffer).order_by(SlotOffer.created_at))
    ]


def test_nobody_waits(office, coordinator):
    assert "Nobody waits" in coordinator.get("/waiting").text
    assert "Nobody waits for an earlier time." in coordinator.get("/board").text


def test_a_patient_is_put_on_the_list_on_the_telephone(office, coordinator, visit):
    page = coordinator.get(f"/patients/{office.ana.id}").click("Waiting list")
    wrong = page.form("wait").send(until_hour="0")
    assert wrong.status == 422
    assert wrong.errors["until_hour"] == "The hours must end after they begin."
    page = page.form("wait").submit(weekdays=["1", "2"], from_hour="9", until_hour="12")
    assert page.toasts == ["✓ On the waiting list."]
    entry = office.session.scalars(select(WaitlistEntry)).one()
    assert (entry.appointment_id, entry.weekdays, entry.from_minute, entry.until_minute) == (visit.id, [1, 2], 540, 720)
    twice = coordinator.get(f"/patients/{office.ana.id}/waiting")
    assert "Waits already" in twice.text
    assert twice.form("wait").send().status == 409
    assert twice.form("wait").send(wanted="nonsense").status == 422


def test_a_time_is_offered_by_hand_and_the_answer_taken_on_the_telephone(office, coordinator, waits, visit):
    page = coordinator.get(f"/waiting/{waits.id}")
    page = page.form("offer-1").submit()
    assert page.toasts == ["✓ Offered. The time is held until the answer."]
    assert [state for _, state in offers(office)] == ["open"]
    listed = coordinator.get("/waiting")
    assert "left" in listed.text
    assert "Open the offer to" in coordinator.get("/board").text
    back = page.form("take-back").submit()
    assert back.toasts == ["✓ Taken back. The time is free."]
    page = back.form("offer-1").submit()
    no = page.form("decline").submit()
    assert no.toasts == ["✓ Declined. The next one is asked, and the place on the list stays."]
    assert page.form("accept").send().status == 409
    yes = no.form("offer-2").submit().form("accept").submit()
    assert yes.toasts == ["✓ Booked. The waiting is over."]
    assert [state for _, state in offers(office)] == ["withdrawn", "declined", "accepted"]
    assert "What happened" in yes.text


def test_wishes_change_and_the_waiting_ends(office, coordinator, waits):
    page = coordinator.get(f"/waiting/{waits.id}")
    assert page.form("wishes").send(latest_on="2026-11-01").status == 422
    page = page.form("wishes").submit(weekdays="2", latest_on="2026-11-26")
    assert page.toasts == ["✓ Wishes saved. The place in the row stays."]
    page = page.form("leave").submit()
    assert page.toasts == ["✓ Off the waiting list. The booked visit stays as it is."]
    assert "The waiting is over" in page.text


def test_the_file_names_records_and_no_persons(office, coordinator, waits):
    answer = coordinator.client.get("/waiting.csv")
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[0].endswith("language,offered")
    assert office.ana.record_number in lines[1]
    assert office.ana.legal_last_name not in lines[1]


def test_an_unknown_entry_is_not_found(office, coordinator):
    assert coordinator.get(f"/waiting/{office.ana.id}").status == 404


def test_two_hundred_who_wait_fit_on_one_page(office, coordinator):
    for _ in range(200):
        patient_id = office.maker.patient(agrees=False).id
        wanted = {"patient_id": patient_id, "visit_type_code": "follow_up", "wishes": wishes()}
        join_for_first(office.session, **wanted, by=COORDINATOR, now=NOW)
    office.session.commit()
    assert "200 wait" in coordinator.get("/waiting").text


def test_of_two_coordinators_who_change_wishes_at_once_the_second_keeps_what_was_typed(office, coordinator, waits):
    first, second = (coordinator.get(f"/waiting/{waits.id}") for _ in range(2))
    first.form("wishes").submit(weekdays="2", latest_on="2026-11-26")
    answer = second.form("wishes").submit(weekdays="3", latest_on="2026-11-25")
    assert answer.status == 409
    assert "Dana Reyes" in text_of(answer.one(".summary"))
    assert answer.form("wishes").values["latest_on"] == ["2026-11-25"]
    assert answer.form("wishes").submit().status == 200
