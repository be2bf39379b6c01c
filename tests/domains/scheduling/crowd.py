"""A committed clinic for races: what people do in it, each in a transaction of its own, all at the same moment."""

from collections import Counter
from threading import Barrier, Thread

from sqlalchemy import text

from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic

OVERLAPS = text(
    "select count(*) from appointment a join appointment b on a.id < b.id"
    " and ((a.physician_id = b.physician_id and a.physician_busy && b.physician_busy)"
    "   or (a.patient_id = b.patient_id and a.patient_period && b.patient_period))"
    " where a.state in ('held', 'booked', 'confirmed', 'in_progress')"
    "   and b.state in ('held', 'booked', 'confirmed', 'in_progress')"
)
WAITING = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
DEADLOCKS = text("select deadlocks from pg_stat_database where datname = current_database()")


def together(*calls):
    """Run the calls at the same moment, each on its own thread, and return what each gave or raised."""
    barrier, results = Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        barrier.wait()
        try:
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - the test judges every one of them
            results[index] = error

    threads = [Thread(target=run, args=numbered) for numbered in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Office:
    """A committed clinic with one physician, and what people in it do, each in a transaction of its own."""

    def __init__(self, database, *, patients):
        self.database = database
        with database.begin(by=COORDINATOR) as session:
            clinic = Clinic(session)
            clinic.visit_type()
            self.okafor = clinic.physician()
            self.lindqvist = clinic.physician("Dr. Bea Lindqvist")
            self.patients = [clinic.patient(agrees=False) for _ in range(patients)]

    def run(self, verb, *, by=COORDINATOR, now=NOW, **wanted):
        def call():
            with self.database.begin(by=by) as session:
                return verb(session, by=by, now=now, **wanted)

        return call

    def book(self, patient, starts_at, *, physician=None, **changes):
        return self.run(
            actions.book_now,
            visit_type_code="follow_up",
            patient_id=patient.id,
            physician_id=(physician or self.okafor).id,
            starts_at=starts_at,
            ring=RING,
            **changes,
        )

    def hold(self, patient, starts_at, **changes):
        wanted = {"visit_type_code": "follow_up", "patient_id": patient.id, "physician_id": self.okafor.id}
        return self.run(actions.hold, starts_at=starts_at, **wanted, **changes)

    def move(self, visit, starts_at, *, physician=None, **changes):
        where = {"physician_id": (physician or self.okafor).id, "starts_at": starts_at}
        return self.run(actions.move, appointment_id=visit.id, ring=RING, **where, **changes)

    def cancel(self, visit):
        return self.run(actions.cancel, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST)

    def answer(self, question):
        with self.database.engine.connect() as connection:
            return connection.scalar(question)

    def states(self):
        with self.database.engine.connect() as connection:
            return Counter(connection.scalars(text("select state from appointment")))

    def assert_sound(self):
        assert self.answer(OVERLAPS) == 0
        assert self.answer(DEADLOCKS) == 0


def kinds(results):
    """Count what came back by its class."""
    return Counter(type(result).__name__ for result in results)
