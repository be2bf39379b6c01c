"""A physician with a few minutes between visits: what is next, what is free, what is closed, and how full it is."""

from datetime import date
from itertools import pairwise

import pytest

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.people import actions as people
from clinic.scheduling import actions
from clinic.scheduling.rules.availability import OverrideKind
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.html import Browser, text_of
from tests.web.physician.conftest import tie

ROOM = "https://video.example.org/okafor"


@pytest.fixture
def room(clinic, session, doctor) -> None:
    clinic.okafor.join_url = ROOM
    session.commit()


def card(page, word: str) -> str:
    """Return the words of the card on top, or nothing."""
    return next((text_of(one) for one in page.select(".up") if one.get("aria-label") == word), "")


def off(clinic, session, begin, end, note="School play", kind=OverrideKind.CLOSED):
    made = actions.add_override(
        session,
        physician_id=clinic.okafor.id,
        kind=kind,
        starts_at=begin,
        ends_at=end,
        note=note,
        by=clinic.by,
        now=clinic.now,
    )
    session.commit()
    return made


def close(clinic, session, day: date, *, state=None):
    actions.add_closure(
        session, name="Thanksgiving", state=state, first_day=day, last_day=day, by=clinic.by, now=clinic.now
    )
    session.commit()


def test_the_visit_that_is_on_and_the_next_one_stand_on_top(doctor: Browser, clinic, session, clock, room):
    first, second = clinic.patient(legal_first_name="First"), clinic.patient(legal_first_name="Second")
    clinic.visit(first, clinic.okafor, at(23, 10), ignore_notice=True)
    clinic.visit(second, clinic.okafor, at(23, 10, 30), ignore_notice=True)
    session.commit()
    clock.advance(minutes=10)
    page = doctor.get("/my-day")
    assert "First" in card(page, "Now")
    assert "Second" in card(page, "Next")


def test_a_visit_that_is_over_or_canceled_is_not_on_top(doctor: Browser, clinic, session, clock):
    done, canceled = clinic.patient(), clinic.patient()
    clinic.visit(done, clinic.okafor, at(23, 10), ignore_notice=True)
    gone = clinic.visit(canceled, clinic.okafor, at(23, 14))
    actions.cancel(session, appointment_id=gone.id, reason="clinic_request", by=clinic.by, now=clinic.now)
    session.commit()
    shown = []
    for _ in range(4):
        shown.append(len(doctor.get("/my-day").select(".up")))
        clock.advance(minutes=10)
    assert shown == [1, 1, 1, 0]


def test_the_video_button_is_there_when_it_is_due_and_not_before(doctor: Browser, clinic, session, clock, room):
    clinic.visit(clinic.patient(), clinic.okafor, at(23, 10, 30), ignore_notice=True)
    session.commit()
    shown = []
    for instant in (at(23, 10, 14), at(23, 10, 15), at(23, 10, 29), at(23, 10, 44), at(23, 10, 59), at(23, 11)):
        clock.instant = instant
        page = doctor.get("/my-day")
        shown.append([ROOM in page.links.values(), "Video opens 10:15 AM" in page.text])
    assert shown == [[False, True], [True, False], [True, False], [True, False], [True, False], [False, False]]


def test_the_patients_own_clock_and_state_are_told_where_they_differ(doctor: Browser, clinic, session):
    far = clinic.patient(city="Pensacola", postal_code="32501", county_fips="12033")
    near = clinic.patient()
    clinic.visit(far, clinic.okafor, at(23, 14))
    clinic.visit(near, clinic.okafor, at(23, 15))
    session.commit()
    lines = [text_of(one) for one in doctor.get("/my-day").select("[data-live-item]")]
    assert "in FL, where it is 1:00 PM CT" in lines[0]
    assert "where it is" not in lines[1]


def test_an_overbooked_visit_says_so_with_reason_and_author_on_day_and_week(doctor: Browser, clinic, session):
    clinic.visit(clinic.patient(), clinic.okafor, at(23, 14))
    actions.overbook_now(
        session,
        visit_type_code="follow_up",
        patient_id=clinic.patient().id,
        physician_id=clinic.okafor.id,
        starts_at=at(23, 14),
        reason="Cannot come another day",
        by=clinic.by,
        now=clinic.now,
        ring=RING,
    )
    session.commit()
    for path in ("/my-day", "/my-week"):
        assert "Overbooked by Dana Reyes: Cannot come another day" in doctor.get(path).text


def test_gaps_closures_and_time_off_stand_between_the_visits(doctor: Browser, clinic, session):
    clinic.visit(clinic.patient(), clinic.okafor, at(24, 10))
    off(clinic, session, at(24, 15), at(24, 16))
    page = doctor.get("/my-day", on="2026-11-24")
    lines = [text_of(one) for one in page.select(".agenda-line")]
    assert ["Free, 1 h" in lines[0], "Follow-up" in lines[1], "Free, 4 h 30 min" in lines[2]] == [True] * 3
    assert "Closed: School play" in lines[3]
    assert "Free, 1 h" in lines[4]
    assert "30 min of 7 h open" in page.text


def test_a_whole_day_off_and_a_closed_clinic_are_named(doctor: Browser, clinic, session):
    off(clinic, session, at(24, 0), at(25, 0), note="Conference")
    close(clinic, session, date(2026, 11, 26))
    close(clinic, session, date(2026, 11, 27), state="NJ")
    assert "You are off: Conference." in doctor.get("/my-day", on="2026-11-24").text
    closed = doctor.get("/my-day", on="2026-11-26")
    assert "Clinic closed Thanksgiving" in text_of(closed.one("#my-day-beside"))
    assert "for patients in NJ" in doctor.get("/my-day", on="2026-11-27").text
    week = doctor.get("/my-week").text
    assert "Closed: Conference" in week
    assert "All day" in week
    assert "Thanksgiving (NJ)" in week


def test_an_empty_day_names_the_next_visit(doctor: Browser, clinic, session):
    clinic.visit(clinic.patient(legal_first_name="Later"), clinic.okafor, at(25, 10))
    session.commit()
    assert "Your next visit after this day: Wed, Nov 25, 10:00 AM ET" in doctor.get("/my-day").text


def test_the_week_has_seven_days_with_booked_against_open_time(doctor: Browser, clinic, session):
    clinic.visit(clinic.patient(), clinic.okafor, at(23, 14))
    clinic.visit(clinic.patient(), clinic.okafor, at(25, 14))
    clinic.visit(clinic.patient(), clinic.okafor, at(30, 14))
    session.commit()
    page = doctor.get("/my-week", on="2026-11-26")
    assert len(page.select(".my-week-day")) == 7
    assert "2 visits, 1 h booked of 40 h open" in page.text
    assert "1 visit, 30 min booked of 40 h open" in page.click("Week after").text
    assert page.click("Week before").click("This week").path == "/my-week"


def test_a_canceled_visit_and_a_hold_take_no_booked_time(doctor: Browser, clinic, session):
    gone = clinic.visit(clinic.patient(), clinic.okafor, at(25, 10))
    actions.cancel(session, appointment_id=gone.id, reason="clinic_request", by=clinic.by, now=clinic.now)
    clinic.hold(clinic.patient(), clinic.okafor, at(25, 12))
    session.commit()
    page = doctor.get("/my-week")
    assert "0 visits, 0 min booked of 40 h open" in page.text
    assert "Canceled" in page.text
    assert "Held" in page.text


def test_the_day_on_which_the_clocks_change_has_its_own_length(doctor: Browser, clinic, session):
    """Open all night on March 14, 2027: the hour from two to three does not exist."""
    off(clinic, session, at(134, 0), at(134, 5), note="Night", kind=OverrideKind.EXTRA)
    assert "0 min of 5 h open" in doctor.get("/my-day", on="2027-03-14").text


def pulse(browser: Browser, path: str) -> str:
    return browser.client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).get_json()["pulse"]


def test_the_page_carries_the_pulse_that_is_asked_for(doctor: Browser, clinic, session):
    for path, place in (("/my-day", "#my-day"), ("/my-week", "#my-week")):
        live = doctor.get(path).one(place)
        assert live.get("data-live") == f"{path}/pulse"
        assert live.get("data-live-pulse") == pulse(doctor, f"{path}/pulse")


def test_the_pulse_changes_with_own_visits_hours_covers_and_the_clock_only(
    doctor: Browser, colleague: Browser, clinic, session, clock, room
):
    seen = [pulse(doctor, "/my-day/pulse")]
    clinic.visit(clinic.patient(), clinic.herrera, at(23, 15))
    session.commit()
    assert pulse(doctor, "/my-day/pulse") == seen[0]

    clinic.visit(clinic.patient(), clinic.okafor, at(23, 10, 30), ignore_notice=True)
    session.commit()
    seen.append(pulse(doctor, "/my-day/pulse"))
    off(clinic, session, at(23, 16), at(23, 17))
    seen.append(pulse(doctor, "/my-day/pulse"))
    close(clinic, session, date(2026, 11, 23))
    seen.append(pulse(doctor, "/my-day/pulse"))
    people.name_cover(
        session,
        physician_id=clinic.herrera.id,
        colleague_id=clinic.okafor.id,
        first_day=date(2026, 11, 24),
        last_day=date(2026, 11, 24),
        by=physician_actor(clinic.herrera),
        now=clinic.now,
    )
    session.commit()
    seen.append(pulse(doctor, "/my-day/pulse"))
    by_the_clock = []
    for minutes in (14, 15, 29, 30, 44, 59, 60):
        clock.instant = at(23, 10, minutes)
        doctor.get("/my-day")  # What a person opens keeps the session alive, what asks by itself does not.
        by_the_clock.append(pulse(doctor, "/my-day/pulse"))
    assert len(set(seen)) == len(seen)
    assert [one == other for one, other in pairwise([seen[-1], *by_the_clock])] == [
        True,  # 10:14
        False,  # 10:15, the room opens
        True,
        False,  # 10:30, the visit begins
        True,
        True,
        False,  # 11:00, it is over
    ]


def physician_actor(physician):
    return Actor(
        kind=ActorKind.STAFF, id=physician.staff_id, name=physician.full_name, roles=frozenset({Role.PHYSICIAN})
    )


@pytest.mark.parametrize("path", ["/my-week", "/my-day/pulse", "/my-week/pulse", "/my-time", "/my-calendar"])
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN])
def test_other_roles_are_turned_away(sign_in_as, role, path):
    assert sign_in_as(role).get(path).status == 403


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "someday"])
def test_a_week_that_makes_no_sense_is_refused(doctor: Browser, on):
    assert doctor.get("/my-week", on=on).status == 422


def test_a_physician_in_another_zone_reads_the_own_clock(sign_in_as, clinic, session):
    browser = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    clinic.visit_type()
    herrera = clinic.physician("Dr. Luis Herrera", zone="America/Chicago")
    tie(session, herrera, "Luis Herrera")
    clinic.visit(clinic.patient(), herrera, at(23, 15))
    session.commit()
    page = browser.get("/my-day")
    assert "2:00 PM" in card(page, "Next")
    assert "Central time" in page.text


def test_tasks_of_physicians_stand_on_their_day_with_their_way_on_what_hurts_most_first(
    doctor: Browser, session, clinic
):
    def opened(kind: WorkKind, reason: str, **about: object) -> None:
        wanted = {"subject_id": None, "patient_id": None} | about
        found = {"kind": kind, "dedupe_key": reason, "reason": reason, "subject_kind": "patient"} | wanted
        open_item(session, **found, now=clinic.now, by=clinic.by)
        session.commit()

    ana, strangers = clinic.patient(), clinic.patient()
    clinic.visit(ana, clinic.okafor, at(23, 15))
    opened(WorkKind.LEGAL_BASIS_ENDING, "The federal rule ends on Dec 31. 3 booked visits are later.")
    opened(WorkKind.MISSED_REVIEW, "2 missed visits.", subject_id=ana.id, patient_id=ana.id)
    opened(WorkKind.MISSED_REVIEW, "Nobody of ours.", subject_id=strangers.id, patient_id=strangers.id)
    page = doctor.get("/my-day")
    first, second = [text_of(one) for one in page.select(".work-item")]
    assert ana.legal_last_name in first
    assert "First because the visit is in 5 h and a physician has to look first." in first
    assert "2 missed visits." in first
    assert "Here because a basis for visits by video ends, to be done within 7 days." in second
    assert "The federal rule ends on Dec 31. 3 booked visits are later." in second
    assert "Nobody of ours." not in page.text
    assert page.click("Open legal bases").h1 == "Legal basis"
