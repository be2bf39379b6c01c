"""Fifty browsers against the shipped web process: one winner, everybody else is told and offered three other times."""

import os
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from threading import Barrier, Thread

import psycopg
import pytest
from sqlalchemy import select

from clinic.kernel.clock import utc_now
from clinic.kernel.localtime import local_day, to_instant
from clinic.kernel.sealed import use_ring
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from tests.conftest import fresh_database
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic
from tests.domains.scheduling.crowd import OVERLAPS
from tests.faults.web_server import Coordinator, deadlocks_in_log, serving, signed_in

pytestmark = pytest.mark.fault

CLIENTS, TRIES = 50, int(os.environ.get("FAULT_TRIES", "20"))
NEW_YORK = "America/New_York"


class Town:
    """Two physicians of a clinic, and fifty coordinators who each have a patient on the phone."""

    def __init__(self, database, makers, clients):
        self.database, self.clients = database, clients
        with database.begin(by=COORDINATOR) as session:
            clinic = replace(makers, session=session)
            self.okafor = clinic.physician()
            self.lindqvist = clinic.physician("Dr. Bea Lindqvist")
            self.patients = [clinic.patient(agrees=False) for _ in range(CLIENTS)]
        for client, patient in zip(clients, self.patients, strict=True):
            client.patient_id = patient.id

    def at(self, hour, minute=0, *, days=7):
        """Return an instant of a weekday about a week ahead."""
        day = local_day(int(utc_now().timestamp()), NEW_YORK) + timedelta(days=days)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return to_instant(day, time(hour, minute), NEW_YORK)

    def slot(self, starts_at, physician=None):
        return f"{(physician or self.okafor).id}@{starts_at.isoformat()}"

    def book(self, index, starts_at, physician=None):
        """Book without HTTP, as a start for a race."""
        with self.database.begin(by=COORDINATOR) as session:
            return actions.book_now(
                session,
                visit_type_code="follow_up",
                patient_id=self.patients[index].id,
                physician_id=(physician or self.okafor).id,
                starts_at=starts_at,
                by=COORDINATOR,
                now=utc_now(),
                ring=RING,
            )

    def all_at_once(self, act):
        """Let every client do `act(index, client)` on its own thread; return what each gave."""
        barrier, results = Barrier(CLIENTS), [[] for _ in range(CLIENTS)]

        def run(index, client):
            barrier.wait()
            results[index] = act(index, client)

        threads = [Thread(target=run, args=numbered) for numbered in enumerate(self.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [answer for answers in results for answer in answers]

    def states(self):
        """Count the visits with the two physicians by their state."""
        wanted = select(Appointment.state).where(Appointment.physician_id.in_([self.okafor.id, self.lindqvist.id]))
        with self.database.engine.connect() as connection:
            return Counter(connection.scalars(wanted))

    def assert_sound(self):
        with self.database.engine.connect() as connection:
            assert connection.scalar(OVERLAPS) == 0
        with psycopg.connect(self.database.superuser_url.replace("+psycopg", "")) as owner:
            directory = owner.execute("show data_directory").fetchone()[0]
        assert deadlocks_in_log(directory) == []


@pytest.fixture(scope="module")
def clinic(server, settings, tmp_path_factory):
    """Return a clinic's database, who makes people in it, and fifty coordinators at the booking page of its web."""
    use_ring(settings.encryption_ring)
    folder = tmp_path_factory.mktemp("races")
    with fresh_database(server) as database, serving(database.app_url, folder) as port:
        with database.begin(by=COORDINATOR) as session:
            makers = Clinic(session, now=utc_now())
            makers.visit_type()
            nobody = makers.patient(agrees=False).id
        clients = [Coordinator(port, token, nobody) for token in signed_in(database.begin, count=CLIENTS)]
        for client in clients:
            client.open_booking()
        yield database, makers, clients
        for client in clients:
            client.close()


@pytest.fixture
def town(clinic):
    return Town(*clinic)


def hold_and_book(client, slot):
    """Press a time; if it is held, press "Book": what a coordinator does."""
    answer = client.hold(slot)
    if answer.status == 303:
        booked = client.press(f"{answer.location}/book")
        return [answer, booked]
    return [answer]


def test_fifty_clients_who_press_one_time_twenty_times_leave_one_visit(town):
    slot = town.slot(town.at(10))

    def act(_index, client):
        return [answer for _ in range(TRIES) for answer in hold_and_book(client, slot)]

    answers = town.all_at_once(act)
    told = [answer for answer in answers if answer.status == 409]
    assert Counter(answer.status for answer in answers) == {303: 2, 409: CLIENTS * TRIES - 1}
    assert {len(answer.near) for answer in told} == {3}
    assert all(slot not in answer.near for answer in told)
    assert town.states()["booked"] == 1
    town.assert_sound()


def test_fifty_clients_who_press_overlapping_times_twenty_times_never_overlap(town):
    slots = [town.slot(town.at(9 + quarter // 4, quarter % 4 * 15)) for quarter in range(30)]

    def act(index, client):
        wanted = [slots[(index * 7 + step * 11) % len(slots)] for step in range(TRIES)]
        return [answer for slot in wanted for answer in hold_and_book(client, slot)]

    answers = town.all_at_once(act)
    assert set(Counter(answer.status for answer in answers)) == {303, 409}
    assert 0 < town.states()["booked"] <= 16
    town.assert_sound()


def test_booking_against_canceling_moving_and_expiring_never_overlaps(town):
    """Each round some cancel or move what they have while others want its time, and holds run out meanwhile."""
    visits = [town.book(index, town.at(9 + index // 2, index % 2 * 30)) for index in range(10)]
    targets = [town.at(9 + index // 2, index % 2 * 30) for index in range(16)]

    def act(index, client):
        if index < 5:
            return [client.press(f"/visits/{visits[index].id}/cancel", version="2", reason=CancelReason.CLINIC_REQUEST)]
        if index < 10:
            places = [town.slot(targets[(index + step) % 16]) for step in range(4)]
            return [
                client.press(f"/visits/{visits[index].id}/move", version=str(2 + step), slot=place)
                for step, place in enumerate(places)
            ]
        if index < 14:
            return [_expire(town) for _ in range(TRIES)]
        return [
            answer for step in range(6) for answer in hold_and_book(client, town.slot(targets[(index + 3 * step) % 16]))
        ]

    answers = [answer for answer in town.all_at_once(act) if answer is not None]
    assert set(Counter(answer.status for answer in answers)) <= {303, 409}
    assert town.states()["canceled"] == 5
    town.assert_sound()


def _expire(town):
    """Let every hold run out at once and sweep, while people are still pressing "Book"."""
    with town.database.begin(by=COORDINATOR) as session:
        actions.expire_holds(session, now=utc_now() + timedelta(minutes=11), by=COORDINATOR)
