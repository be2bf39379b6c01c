"""A time for a visit at home is offered only where the program allows it and what is needed is at home."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.waitlist.models import SlotOffer
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_plan_of, an_order
from tests.domains.treatment.plan_makers import CourseClinic, book, on
from tests.domains.waitlist.waitlist_makers import cancel, wait_for, wait_for_first

SESSION = "induction_session"


def offered(session):
    session.flush()
    return [offer.starts_at for offer in session.scalars(select(SlotOffer))]


@pytest.mark.parametrize(
    ("freed", "is_offered"),
    [
        ("2026-11-27", False),  # two days after the session of the 25th
        ("2026-11-30", True),
        ("2026-12-03", True),  # a day before the date that it takes the place of
    ],
)
def test_a_gap_of_the_program_is_never_broken_by_an_offer(session, react, freed, is_offered):
    clinic = CourseClinic(session)
    mine, other = clinic.plan(), clinic.plan()
    book(session, mine, at=on("2026-11-25"))
    later = book(session, mine, at=on("2026-12-04"))
    free = book(session, other, at=on(freed))
    wait_for(session, later)
    cancel(session, free)
    react()
    assert offered(session) == ([on(freed)] if is_offered else [])


def test_the_next_session_keeps_its_gap_too(session, react):
    clinic = CourseClinic(session)
    mine, other = clinic.plan(), clinic.plan()
    first = book(session, mine, at=on("2026-12-10"))
    book(session, mine, at=on("2026-12-04", 14))
    free = book(session, other, at=on("2026-12-02"))
    wait_for(session, first)
    cancel(session, free)
    react()
    assert offered(session) == []


@pytest.mark.parametrize("is_strict", [True, False])
def test_hours_at_which_a_patient_can_be_treated_count_where_they_are_strict(session, react, is_strict):
    clinic = CourseClinic(session)
    mine, other = clinic.plan(), clinic.plan()
    mine.patient_hours, mine.are_patient_hours_strict = [[3, "13:00", "17:00"]], is_strict
    later, free = book(session, mine, at=on("2026-12-10", 14)), book(session, other, at=on("2026-12-01"))
    wait_for(session, later)
    cancel(session, free)
    react()
    assert bool(offered(session)) is not is_strict


def test_without_a_program_no_session_is_offered(session, react):
    clinic = CourseClinic(session)
    free = book(session, clinic.plan(), at=on("2026-11-30"))
    wait_for_first(session, clinic.patient(), kind=SESSION)
    cancel(session, free)
    react()
    assert offered(session) == []


def test_what_is_ordered_and_not_at_home_yet_keeps_a_session_from_being_offered(session, react):
    clinic = OrderClinic(session)
    mine = a_plan_of(session, an_order(clinic))
    other = clinic.treated()
    later = book(session, mine, at=on("2026-12-18"))
    free = book(session, other, at=on("2026-12-18") - timedelta(days=4))
    wait_for(session, later)
    cancel(session, free)
    react()
    assert offered(session) == []
