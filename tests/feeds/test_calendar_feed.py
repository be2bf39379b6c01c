"""The private calendar feed: what stands in it, who gets it, and that an unchanged one costs nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
import vobject
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.policies import actions as policies
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions
from clinic.scheduling.actions.feeds import make_feed, revoke_feed
from clinic.scheduling.queries.feeds import feed_of_physician
from clinic.scheduling.rules.states import CancelReason
from tests.conftest import TestClock
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic, at

SESSION_SEGMENTS = ((0, 30), (150, 30))


@pytest.fixture
def clinic(session: Session) -> Clinic:
    made = Clinic(session)
    made.visit_type()
    made.visit_type(
        "session",
        patient_minutes=180,
        physician_segments=SESSION_SEGMENTS,
        buffer_before_minutes=10,
        buffer_after_minutes=10,
        horizon_days=200,
    )
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def address_of(session: Session) -> Callable[..., str]:
    def make(physician: object) -> str:
        token = make_feed(session, physician_id=physician.id, by=COORDINATOR, now=NOW)  # type: ignore[attr-defined]
        return f"/calendar/{token}.ics"

    return make


def entries(body: bytes) -> list[tuple[datetime, datetime]]:
    """Return what a calendar program would show between 2020 and 2040."""
    calendar = icalendar.Calendar.from_ical(body)
    assert calendar.errors == []
    found = recurring_ical_events.of(calendar).between((2020, 1, 1), (2040, 1, 1))
    return sorted((one.decoded("dtstart"), one.decoded("dtend")) for one in found)


def test_the_feed_read_back_equals_the_visits_of_the_database(clinic: Clinic, session: Session, client, address_of):
    doctor, other = clinic.physician(), clinic.physician("Dr. Lena Park")
    for day, hour in ((24, 9), (24, 13), (30, 16), (1 + 30, 10)):
        clinic.visit(clinic.patient(), doctor, at(day, hour))
    clinic.visit(clinic.patient(), other, at(24, 9))
    clinic.hold(clinic.patient(), doctor, at(25, 9))
    canceled = clinic.visit(clinic.patient(), doctor, at(25, 11))
    actions.cancel(session, appointment_id=canceled.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=NOW)
    session.flush()
    wanted = session.execute(
        text(
            "select starts_at, ends_at from appointment"
            " where physician_id = :id and state in ('booked', 'confirmed') order by starts_at"
        ),
        {"id": doctor.id},
    )
    body = client.get(address_of(doctor)).data
    assert entries(body) == [(begin, end) for begin, end in wanted]
    assert len(entries(body)) == 4
    assert len(list(vobject.readComponents(body.decode()))) == 1


def test_a_session_shows_only_the_stretches_that_need_the_physician(clinic: Clinic, client, address_of):
    doctor = clinic.physician()
    visit = clinic.visit(clinic.patient(), doctor, at(24, 10), visit_type_code="session")
    body = client.get(address_of(doctor)).data
    assert entries(body) == [
        (at(24, 10), at(24, 10, 30)),
        (at(24, 12, 30), at(24, 13)),
    ]
    uids = {str(one["uid"]) for one in icalendar.Calendar.from_ical(body).walk("VEVENT")}
    assert uids == {f"1-{visit.uid}", f"2-{visit.uid}"}


def test_no_name_and_no_kind_of_visit_stands_in_the_feed(clinic: Clinic, client, address_of):
    doctor = clinic.physician()
    patient = clinic.patient(legal_first_name="Zebulon", legal_last_name="Quixwood", preferred_name="Zeb")
    clinic.visit(patient, doctor, at(24, 10))
    body = client.get(address_of(doctor)).text
    for private in ("Zebulon", "Quixwood", "Zeb", "Follow-up", "follow_up", str(patient.id), "Okafor", "Miami"):
        assert private not in body
    assert "SUMMARY:Appointment" in body
    assert "CLASS:PRIVATE" in body


def test_a_moved_visit_keeps_its_entry_with_a_higher_sequence(
    clinic: Clinic, session: Session, runtime, client, address_of
):
    doctor = clinic.physician()
    visit = clinic.visit(clinic.patient(), doctor, at(24, 10))
    address = address_of(doctor)
    (before,) = icalendar.Calendar.from_ical(client.get(address).data).walk("VEVENT")
    actions.move(
        session,
        appointment_id=visit.id,
        physician_id=doctor.id,
        starts_at=at(25, 14),
        by=COORDINATOR,
        now=NOW + timedelta(minutes=1),
        ring=runtime.link_ring,
    )
    session.flush()
    (after,) = icalendar.Calendar.from_ical(client.get(address).data).walk("VEVENT")
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == at(25, 14)


def test_an_unchanged_feed_is_not_sent_again(clinic: Clinic, client, address_of):
    doctor = clinic.physician()
    clinic.visit(clinic.patient(), doctor, at(24, 10))
    address = address_of(doctor)
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    clinic.visit(clinic.patient(), doctor, at(24, 12))
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert len(entries(changed.data)) == 2


def test_the_same_feed_twice_is_the_same_bytes(clinic: Clinic, client, clock: TestClock, address_of):
    doctor = clinic.physician()
    clinic.visit(clinic.patient(), doctor, at(24, 10))
    address = address_of(doctor)
    first = client.get(address).data
    clock.instant = NOW + timedelta(hours=2)
    assert client.get(address).data == first


def test_the_feed_holds_the_days_of_the_policy_and_no_others(
    clinic: Clinic, session: Session, client, clock: TestClock, address_of
):
    policies.set_policy(
        session, key=PolicyKey.FEED_FUTURE_DAYS, value=2, reason="A short one", revision=0, by=COORDINATOR, now=NOW
    )
    policies.set_policy(
        session, key=PolicyKey.FEED_PAST_DAYS, value=1, reason="A short one", revision=0, by=COORDINATOR, now=NOW
    )
    doctor = clinic.physician(opens=datetime(2026, 1, 1, 8).time(), closes=datetime(2026, 1, 1, 20).time())  # noqa: DTZ001 - only the hours are used
    for day, hour in ((24, 9), (25, 19), (26, 9)):
        clinic.visit(clinic.patient(), doctor, at(day, hour))
    address = address_of(doctor)
    assert [begin for begin, _ in entries(client.get(address).data)] == [at(24, 9), at(25, 19)]
    clock.instant = at(26, 12)
    assert [begin for begin, _ in entries(client.get(address).data)] == [at(25, 19), at(26, 9)]


def test_a_replaced_address_stops_at_once_and_looks_like_one_that_never_was(
    clinic: Clinic, session: Session, client, address_of
):
    doctor = clinic.physician()
    old = address_of(doctor)
    new = address_of(doctor)
    never = client.get(f"/calendar/{'x' * 43}.ics")
    dead = client.get(old)
    assert never.status_code == dead.status_code == 404
    assert _without_request_id(never.text) == _without_request_id(dead.text)
    assert client.get(new).status_code == 200
    revoke_feed(session, physician_id=doctor.id, by=COORDINATOR, now=NOW)
    session.flush()
    assert client.get(new).status_code == 404
    assert feed_of_physician(session, doctor.id) is None


def test_a_physician_who_left_has_no_feed(clinic: Clinic, session: Session, client, address_of):
    doctor = clinic.physician()
    address = address_of(doctor)
    doctor.is_active = False
    session.flush()
    assert client.get(address).status_code == 404


def test_fetching_is_remembered_at_most_once_a_minute(
    clinic: Clinic, session: Session, client, clock: TestClock, address_of
):
    doctor = clinic.physician()
    address = address_of(doctor)

    def fetched() -> datetime | None:
        found = feed_of_physician(session, doctor.id)
        assert found is not None
        return found.last_fetched_at

    assert fetched() is None
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        clock.instant = NOW + timedelta(seconds=seconds)
        client.get(address)
        assert fetched() == NOW + timedelta(seconds=noted)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago"])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14)])
def test_the_link_of_an_entry_leads_to_the_physicians_own_day(zone: str, day: date):
    from clinic.feeds.calendar_file import feed_of
    from clinic.scheduling.queries.feeds import FeedTime

    midnight = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)  # after midnight in both zones
    body = feed_of(
        [FeedTime(uid="u", part=1, sequence=0, changed_at=midnight, starts_at=midnight, ends_at=midnight)],
        zone=zone,
        day_url="https://clinic.example.org/my-day",
    )
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert str(event["url"]) == f"https://clinic.example.org/my-day?on={day}"


def _without_request_id(page: str) -> str:
    return "\n".join(
        line for line in page.splitlines() if "request" not in line.lower() and "reference" not in line.lower()
    )
