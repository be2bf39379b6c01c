"""Offering courses to the patient and taking the offer back."""

from clinic.treatment.rules.phases import Phase
from tests.web.coordinator.courses.conftest import Program


def offered(program: Program, count: int = 2):
    program.plan()
    page = program.open(compare="yes", first_day="2026-12-01")
    boxes = [item.get("value") for item in page.select("[name=option]")][:count]
    return page.form("offer").submit(option=boxes)


def test_ticked_courses_go_to_the_patient_as_a_text_and_nothing_is_booked(program: Program):
    page = offered(program)
    assert "Offered. The patient gets a text with a link to choose." in page.toasts[0]
    assert program.texts() == ["COURSE_OFFER"]
    assert program.visits() == []
    assert "Offered to the patient" in page.text
    assert page.text.count("Still free") == 2


def test_dates_that_are_too_near_to_choose_from_are_not_offered(program: Program):
    program.plan()
    page = program.open(compare="yes", style="soonest", first_day="2026-11-23")
    refused = page.form("offer").submit(option=page.select("[name=option]")[0].get("value"))
    assert refused.status == 422
    assert "Nothing was offered" in refused.text
    assert program.texts() == []


def test_an_offer_can_be_withdrawn(program: Program):
    page = offered(program).form("withdraw-offer").submit()
    assert "The offer is withdrawn. Nothing was booked." in page.toasts[0]
    assert "withdraw-offer" not in page.forms


def test_withdrawing_what_is_gone_says_so(program: Program):
    form = offered(program).form("withdraw-offer")
    form.submit()
    assert "There is no open offer any more." in form.submit().toasts[0]


def test_nothing_ticked_offers_nothing(program: Program):
    page = offered(program, 0)
    assert page.status == 422
    assert "Tick at least one course to offer." in page.text


def test_an_offer_is_made_for_a_plan_only(program: Program):
    program.plan(Phase.INDUCTION)
    form = program.open(compare="yes").form("offer")
    other = program.made.patient()
    program.session.commit()
    fields = form.values | {"option": [program.open(compare="yes").select("[name=option]")[0].get("value")]}
    assert program.desk.post(f"/patients/{other.id}/course/offer", fields).status == 404
