"""Lists that meet others: a colleague who books the proposed place, two coordinators, a worker that dies."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.people.models import Patient
from clinic.replacement.actions.approving import approve, approve_all
from clinic.replacement.jobs import carry_out_approved, work_on_replacements
from clinic.replacement.models import Replacement, ReplacementStep
from clinic.replacement.rules.states import BatchState, RowState
from clinic.scheduling.actions import book_now
from clinic.scheduling.models import Appointment
from tests.domains.replacement.out_makers import WEDNESDAY, OutClinic, pick_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.scheduling.crowd import OVERLAPS
from tests.domains.treatment.plan_makers import on

SAM = Actor(kind=ActorKind.STAFF, id=new_id(), name="Sam Whitfield", roles=frozenset({Role.COORDINATOR}))
HOURS = range(9, 15)


class Office:
    """A clinic with real commits: six visits of a physician who is out, and their list."""

    def __init__(self, database):
        self.database = database
        with database.begin(by=COORDINATOR) as session:
            clinic = OutClinic(session)
            self.ruiz = clinic.ruiz.id
            self.visits = [clinic.visit(hour).id for hour in HOURS]
            self.others = [clinic.courses.clinic.patient().id for _ in HOURS]
            self.batch = clinic.open().id

    def rows(self):
        with self.database.begin(by=COORDINATOR) as session:
            clinic = object.__new__(OutClinic)
            clinic.session = session
            return clinic.rows(session.get_one(Replacement, self.batch))

    def approve_all(self, by=COORDINATOR):
        with self.database.begin(by=by) as session:
            version = session.get_one(Replacement, self.batch).version
            return approve_all(session, replacement_id=self.batch, version=version, by=by, now=NOW)

    def carry_out(self, begin=None):
        return carry_out_approved(begin or self.database.begin, clock=lambda: NOW, ring=RING)

    def work(self):
        return work_on_replacements(
            self.database.begin, clock=lambda: NOW, ring=RING, seconds=2, monotonic=iter(range(9)).__next__
        )

    def where(self):
        with self.database.begin(by=COORDINATOR) as session:
            found = [session.get_one(Appointment, one) for one in self.visits]
            return [(visit.physician_id == self.ruiz, visit.sequence) for visit in found]

    def count(self, step):
        with self.database.begin(by=COORDINATOR) as session:
            return session.query(ReplacementStep).filter_by(step=step).count()

    def assert_sound(self):
        with self.database.begin(by=COORDINATOR) as session:
            assert session.scalar(OVERLAPS) == 0


@pytest.fixture
def office(database):
    return Office(database)


def together(*works):
    barrier = Barrier(len(works))

    def run(work):
        barrier.wait()
        try:
            return work()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_colleagues_who_book_the_proposed_places_meanwhile(office):
    office.approve_all()

    def book(place):
        patient_id, hour = place
        with office.database.begin(by=SAM) as session:
            session.get_one(Patient, patient_id)
            return book_now(
                session,
                visit_type_code="follow_up",
                patient_id=patient_id,
                physician_id=office.ruiz,
                starts_at=on(WEDNESDAY, hour),
                by=SAM,
                now=NOW,
                ring=RING,
            )

    booked = [lambda place=place: book(place) for place in zip(office.others, HOURS, strict=True)]
    results = together(office.carry_out, *booked)
    taken = sum(isinstance(one, Appointment) for one in results[1:])
    rows = office.rows()
    assert sum(row.state == RowState.MOVED for row in rows) == len(HOURS) - taken
    assert sum(row.state == RowState.PROPOSED and "is lost" in row.said for row in rows) == taken
    office.approve_all() if taken else None
    office.carry_out()
    assert all(row.state == RowState.MOVED for row in office.rows())
    office.assert_sound()


def test_two_coordinators_who_approve_the_same_rows_and_two_who_carry_them_out_move_each_once(office):
    picks = [pick_of(row) for row in office.rows()]

    def press(by):
        with office.database.begin(by=by) as session:
            done = approve(session, replacement_id=office.batch, picks=picks, by=by, now=NOW)
        return done.count

    results = together(lambda: press(COORDINATOR), lambda: press(SAM))
    assert min(map(str, results)) == str(len(HOURS))
    assert sum(isinstance(one, DomainError) and "was quicker" in one.message for one in results) == 1
    together(office.carry_out, office.carry_out, office.carry_out)
    assert office.where() == [(True, 1)] * len(HOURS)
    assert office.count("moved") == len(HOURS)
    office.assert_sound()


@pytest.mark.parametrize("after", range(1, 5))
def test_whoever_dies_between_two_rows_loses_nothing_and_doubles_nothing(office, after):
    office.approve_all()
    opened = []

    class Died(BaseException):
        pass

    @contextmanager
    def dying(*, by):
        opened.append(by)
        if len(opened) > after:
            raise Died
        with office.database.begin(by=by) as session:
            yield session

    with pytest.raises(Died):
        office.carry_out(begin=dying)
    states = [row.state for row in office.rows()]
    assert states.count(RowState.MOVED) == after - 1
    assert states.count(RowState.APPROVED) == len(HOURS) - after + 1
    assert office.work() == len(HOURS) - after + 1
    assert office.where() == [(True, 1)] * len(HOURS)
    assert office.count("moved") == len(HOURS)


def test_one_row_that_breaks_does_not_stop_the_others_and_is_tried_again(office, caplog):
    office.approve_all()
    opened = []

    @contextmanager
    def breaking(*, by):
        opened.append(by)
        with office.database.begin(by=by) as session:
            if len(opened) == 3:
                raise RuntimeError
            yield session

    assert office.carry_out(begin=breaking) == len(HOURS)
    assert [row.state for row in office.rows()].count(RowState.APPROVED) == 1
    assert "RuntimeError" in caplog.text
    office.work()
    assert office.where() == [(True, 1)] * len(HOURS)


def test_the_worker_closes_a_list_a_day_after_the_absence(office):
    later = on("2026-11-27", 0)
    work_on_replacements(
        office.database.begin, clock=lambda: later, ring=RING, seconds=2, monotonic=iter(range(9)).__next__
    )
    with office.database.begin(by=COORDINATOR) as session:
        assert session.get_one(Replacement, office.batch).state == BatchState.OPEN
    work_on_replacements(
        office.database.begin,
        clock=lambda: on("2026-11-27", 0, 1),
        ring=RING,
        seconds=2,
        monotonic=iter(range(9)).__next__,
    )
    with office.database.begin(by=COORDINATOR) as session:
        assert session.get_one(Replacement, office.batch).state == BatchState.CLOSED
