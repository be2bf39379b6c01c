"""The patient's own cancellation: a reason if wanted, short notice said before, the room by the clinic's settings."""

import pytest

from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import queries
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, at


def decide(practice, key, value):
    why = {"reason": "Decided in the team meeting", "revision": 0, "by": COORDINATOR, "now": NOW}
    set_policy(practice.session, key=key, value=value, **why)
    practice.session.commit()


def row_of(practice):
    practice.session.expire_all()
    return queries.visit_row(practice.session, practice.visit.id)


@pytest.mark.parametrize(("chosen", "kept"), [("patient_unwell", "patient_unwell"), ("", "patient_request")])
def test_a_patient_may_say_why_or_say_nothing(practice, open_link, chosen, kept):
    ask = open_link().click("I cannot come at all")
    ask.form("cancel").submit(reason=chosen)
    assert (row_of(practice).state, row_of(practice).cancel_reason) == ("canceled", kept)


def test_a_reason_that_is_not_a_patients_counts_as_the_patients_wish(practice, open_link):
    open_link().click("I cannot come at all").form("cancel").send(reason="physician_ill")
    assert row_of(practice).cancel_reason == "patient_request"


def test_an_unknown_reason_is_asked_for_again_and_the_visit_stands(practice, open_link):
    answer = open_link().click("I cannot come at all").form("cancel").send(reason="nonsense")
    assert answer.status == 422
    assert row_of(practice).state == "booked"
    answer.form("cancel").submit(reason="")
    assert row_of(practice).cancel_reason == "patient_request"


def test_short_notice_is_said_before(practice, open_link, clock):
    assert "late cancellation" not in open_link().click("I cannot come at all").text
    clock.instant = at(24, 10, 31)
    ask = open_link().click("I cannot come at all")
    assert "This counts as a late cancellation." in ask.text
    ask.form("cancel").submit()
    assert row_of(practice).state == "late_canceled"


def test_what_short_notice_is_the_clinic_decides(practice, open_link, clock):
    decide(practice, PolicyKey.LATE_CANCEL_HOURS, 2)
    clock.instant = at(25, 8)
    ask = open_link().click("I cannot come at all")
    assert "late cancellation" not in ask.text
    ask.form("cancel").submit()
    assert row_of(practice).state == "canceled"


def test_the_room_comes_from_the_clinics_template_and_opens_when_the_clinic_says(practice, open_link, clock):
    decide(practice, PolicyKey.JOIN_LINK_TEMPLATE, "https://video.example.org/{room}")
    decide(practice, PolicyKey.JOIN_OPENS_MINUTES, 5)
    clock.instant = at(25, 10, 24)
    early = open_link()
    assert "appears here 5 minutes before" in early.text
    assert "https://video.example.org" not in early.response.get_data(as_text=True)
    clock.instant = at(25, 10, 25)
    address = open_link().form("where-home").submit().links["Join the video visit"]
    assert address.startswith("https://video.example.org/")
    assert str(practice.visit.id) not in address


def test_all_of_it_reads_spanish(practice, open_link, clock):
    clock.instant = at(24, 10, 31)
    ask = open_link(language="es").click("No puedo asistir")
    assert "Esto cuenta como cancelación tardía." in ask.text
    assert "Prefiero no decirlo" in ask.text
    assert "late" not in ask.text
