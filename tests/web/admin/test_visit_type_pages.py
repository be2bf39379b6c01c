"""Kinds of visits at an administrator's browser: listing, adding, changing, and what is refused."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.scheduling.models import Appointment, VisitType
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]
SESSION = {
    "name": "Treatment session",
    "name_es": "Sesión de tratamiento",
    "code": "session",
    "purpose": "session",
    "patient_minutes": "150",
    "from_1": "0",
    "for_1": "20",
    "from_2": "130",
    "for_2": "20",
    "notice": "2",
    "notice_unit": "days",
    "horizon_days": "90",
}


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def follow_up(session: Session, clinic: Clinic, admin: Browser) -> Page:
    clinic.visit_type(buffer_after_minutes=10)
    session.commit()
    return admin.get("/admin/visit-types/follow_up")


def test_the_empty_list_says_what_to_do(admin: Browser):
    page = admin.get("/admin/visit-types")
    assert "No visit types yet" in page.text
    assert page.click("Add a visit type").h1 == "Add a visit type"


def test_a_visit_with_two_stretches_is_added_listed_and_drawn(admin: Browser, session: Session):
    listed = admin.get("/admin/visit-types/new").form("visit-type").submit(**SESSION)
    assert listed.toasts == ["✓ Treatment session added."]
    assert "2 days" in listed.text
    assert "PurposeSession" in listed.text
    assert "minute 0 to 20, minute 130 to 150" in listed.text
    saved = session.get(VisitType, "session")
    assert saved is not None
    assert (saved.physician_segments, saved.min_notice_minutes) == ([[0, 20], [130, 20]], 2880)
    assert saved.purpose == "session"


def test_two_hundred_kinds_are_listed(admin: Browser, session: Session, clinic: Clinic):
    for number in range(200):
        clinic.visit_type(f"kind_{number}", name=f"Kind {number}")
    session.commit()
    assert "200 visit types" in admin.get("/admin/visit-types").text


def test_a_change_keeps_what_was_not_touched(follow_up: Page, session: Session):
    listed = follow_up.form("visit-type").submit(name="Check-up", is_active=None)
    assert listed.toasts == ["✓ Check-up saved. Visits that are booked keep their times."]
    assert "Not offered" in listed.text
    saved = session.get(VisitType, "follow_up")
    assert saved is not None
    assert (saved.name_es, saved.buffer_after_minutes, saved.min_notice_minutes) == ("Seguimiento", 10, 120)


def test_visits_that_are_booked_keep_their_times(follow_up: Page, session: Session, clinic: Clinic):
    visit = clinic.visit(clinic.patient(), clinic.physician(), at(25, 10))
    session.commit()
    follow_up.form("visit-type").submit(patient_minutes="60", for_1="60")
    kept = session.get(Appointment, visit.id)
    assert kept is not None
    assert kept.ends_at == at(25, 10, 30)


def test_a_longer_visit_shows_first_the_visits_that_the_hours_do_not_hold(
    follow_up: Page, session: Session, clinic: Clinic
):
    clinic.visit(clinic.patient(), clinic.physician(), at(25, 16, 30))
    session.commit()
    asked = follow_up.form("visit-type").submit(patient_minutes="60", for_1="60", from_2=None)
    assert asked.h1 == "1 visit would be stranded"
    kept = session.get(VisitType, "follow_up")
    assert kept is not None
    assert kept.patient_minutes == 30
    done = asked.form("stranded").submit()
    assert "1 task was opened for coordinators." in done.toasts[0]


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"name": None}, "name", "Enter the name"),
        ({"code": "Follow up"}, "code", "small letters"),
        ({"code": "new"}, "code", "small letters"),
        ({"code": "follow_up"}, "code", "has this code"),
        ({"patient_minutes": "4", "for_1": "4", "from_2": None, "for_2": None}, "patient_minutes", "5 to 480"),
        ({"patient_minutes": "99999"}, "patient_minutes", "5 to 480"),
        ({"from_2": None}, "from_2", "Enter both"),
        ({"for_2": None}, "for_2", "Enter both"),
        ({"from_2": "10"}, "from_2", "minute 20 or later"),
        ({"for_2": "30"}, "for_2", "ends at minute 160"),
        ({"for_2": "0"}, "for_2", "at least 1 minute"),
        ({"for_2": "ten"}, "for_2", "whole number"),
        ({"for_2": "481"}, "for_2", "from 0 to 480"),
        ({"from_1": None, "for_1": None, "from_2": None, "for_2": None}, "from_1", "at least one stretch"),
        ({"buffer_after_minutes": "241"}, "buffer_after_minutes", "up to 240"),
        ({"notice": "61"}, "notice", "at most 60 days"),
        ({"notice": "-1"}, "notice", "at most 60 days"),
        ({"notice_unit": "weeks"}, "notice_unit", "minutes, hours or days"),
        ({"horizon_days": "400"}, "horizon_days", "1 to 366 days"),
        ({"position": "70000"}, "position", "from 0 to 999"),
    ],
)
def test_a_kind_that_will_not_do_is_told_at_its_box_and_not_saved(
    follow_up: Page, admin: Browser, session: Session, fields: dict[str, object], *, box: str, words: str
):
    page = admin.get("/admin/visit-types/new").form("visit-type").send(**(SESSION | fields))
    assert page.status == 422
    assert words in page.errors[box]
    assert page.form("visit-type").values["name_es"] == ["Sesión de tratamiento"]
    assert session.query(VisitType).count() == 1


def test_of_two_administrators_the_second_sees_what_is_saved_and_decides(follow_up: Page, sign_in_as: SignInAs):
    mine = follow_up.form("visit-type")
    theirs = sign_in_as(Role.ADMIN, name="Ben Boss").get(follow_up.path).form("visit-type")
    theirs.submit(name="Check-up")
    told = mine.submit(horizon_days="30")
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]
    assert "Check-up" in told.text
    assert told.form("visit-type").submit().toasts == ["✓ Follow-up saved. Visits that are booked keep their times."]


def test_a_kind_that_does_not_exist_is_not_found(admin: Browser):
    assert admin.get("/admin/visit-types/nothing").status == 404


def test_only_administrators_see_visit_types(sign_in_as: SignInAs):
    assert sign_in_as(Role.COORDINATOR).get("/admin/visit-types").status == 403
