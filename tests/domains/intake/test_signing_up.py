"""Signing up from the web: a real time at once, a call where none is wanted, and nothing told about others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.access.models import Guess
from clinic.intake.actions.signing_up import SigningUp, free_times, sign_up
from clinic.intake.errors import (
    TooManySignUps,
)
from clinic.intake.queries.intakes import answers_of, intake_of
from clinic.intake.rules.states import Source
from clinic.kernel.actor import ANONYMOUS
from clinic.kernel.ids import new_id
from clinic.messaging.actions.greeting import greet
from clinic.messaging.jobs.claiming import claim_due
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.people.rules import ConsentGiven, ConsentSource, NewPatient, current_wording
from clinic.scheduling.errors import NoSlot
from clinic.scheduling.models import Appointment
from clinic.worklist.models import WorkItem
from tests.domains.intake.intake_makers import tasks
from tests.domains.scheduling.calendar_makers import NOW, RING, at

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def newcomer(**changes):
    facts = {
        "legal_first_name": "Noa", "legal_last_name": "Ferrer", "birth_date": NOW.date().replace(year=1985),
        "phone": "305 555 0177", "address_line": "12 Palm Way", "city": "Miami", "state": "FL", "postal_code": "33130",
        "county_fips": "12086", "language": "es",
    }  # fmt: skip
    new = NewPatient(**(facts | changes))
    consent = ConsentGiven(source=ConsentSource.WEB_FORM, wording_version=current_wording("es").version)
    return SigningUp(new=new, consent=consent, answers={"heart": {"vessels": "no"}, "you": {"adult": "yes"}})


STRANGER = replace(ANONYMOUS, ip="203.0.113.9")


def came(session, wanted, *, key=None, by=STRANGER, now=NOW):
    sign_up(session, wanted, key=key or new_id(), by=by, now=now, ring=RING)


def test_somebody_signs_up_with_a_real_time_and_the_same_form_again_does_nothing(session, courses):
    code = courses.clinic.visit_type("initial", purpose="consultation")
    assert code
    today = NOW.date()
    before = session.scalar(select(func.count()).select_from(Patient))
    found = free_times(session, newcomer().new, first_day=today, last_day=today + 7 * DAY, by=STRANGER, now=NOW)
    assert session.scalar(select(func.count()).select_from(Patient)) == before
    slot = found.slots[0]
    wanted = replace(newcomer(), physician_id=slot.physician_id, starts_at=slot.starts_at)
    key = new_id()
    came(session, wanted, key=key)
    came(session, wanted, key=key)
    patient = session.scalars(select(Patient).where(Patient.legal_last_name == "Ferrer")).one()
    visit = session.scalars(select(Appointment).where(Appointment.patient_id == patient.id)).one()
    assert (visit.starts_at, visit.state, visit.visit_type_code) == (slot.starts_at, "booked", "initial")
    intake = intake_of(session, patient.id)
    assert (intake.source, answers_of(session, intake.id)) == (Source.WEB, {"heart": {"vessels": "no"}})
    assert tasks(session) == []
    assert in_line(session) == ["OPTIN_CONFIRM", *sorted(["BOOK_CONFIRM", "INTAKE_LINK"])]
    assert greet(session, patient_id=patient.id, by=STRANGER, now=NOW + DAY) is None
    with pytest.raises(NoSlot):
        came(session, replace(wanted, new=newcomer(phone="305 555 0178", legal_last_name="Otero").new))


def in_line(session):
    """Return what a worker takes first, and the others by name."""
    claims = claim_due(session, lane=2, limit=10, lease_seconds=60, segments_per_second=100, now=NOW + MINUTE)
    first, *others = [session.get_one(Message, each.message_id).template_key for each in claims.messages]
    return [first, *sorted(others)]


def test_who_shares_a_number_that_agreed_before_is_not_told_again_how_texts_begin(session, courses):
    came(session, newcomer())
    came(session, newcomer(legal_first_name="Teo", legal_last_name="Otero", birth_date=NOW.date().replace(year=1960)))
    assert in_line(session) == ["OPTIN_CONFIRM", "INTAKE_LINK", "INTAKE_LINK"]


def test_a_call_is_asked_for_without_a_time_and_without_texts(session, courses):
    came(session, newcomer())
    came(session, replace(newcomer(phone="305 555 0178", legal_last_name="Otero"), consent=None))
    reasons = [row.reason for row in session.scalars(select(WorkItem).where(WorkItem.kind == "intake_call"))]
    assert sorted(each.split(".")[0] for each in reasons) == [
        "A new patient from the web asks for a call to find a time for the first visit",
        "A new patient from the web wants no texts",
    ]


def test_somebody_whom_we_know_gets_a_call_and_nothing_is_touched(session, courses, patient):
    known = newcomer(
        legal_first_name=patient.legal_first_name, legal_last_name=patient.legal_last_name,
        birth_date=patient.birth_date, phone="305 555 0178",
    )  # fmt: skip
    came(session, replace(known, physician_id=courses.okafor.id, starts_at=at(25, 10)))
    assert intake_of(session, patient.id) is None
    task = session.scalars(select(WorkItem).where(WorkItem.kind == "intake_call")).one()
    assert (task.patient_id, "November 25" in task.reason) == (patient.id, True)
    assert session.scalar(select(func.count()).select_from(Appointment)) == 0


def test_a_network_signs_up_five_an_hour(session, courses):
    for number in range(5):
        came(session, newcomer(phone=f"305 555 01{40 + number}", legal_last_name=f"Ferrer {'abcde'[number]}"))
    late = newcomer(phone="305 555 0150", legal_last_name="Otero")
    with pytest.raises(TooManySignUps):
        came(session, late)
    came(session, late, by=replace(ANONYMOUS, ip="203.0.113.10"))
    came(session, newcomer(phone="305 555 0151", legal_last_name="Lima"), now=NOW + timedelta(minutes=61))
    assert session.scalar(select(func.count()).select_from(Guess).where(Guess.kind == "sign_up")) == 7
