"""A worker that gives a visit its record, beside a coordinator who changes the same course."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from clinic.treatment import actions
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.queries.reflow import propose_reflow
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import CourseClinic, book, on

PATIENCE = 1.0
"""Seconds after which the one who waits for a lock is certainly waiting."""


def test_changing_the_dates_waits_for_the_record_of_one_of_them(database):
    with database.begin(by=COORDINATOR) as session:
        made = CourseClinic(session)
        plan = made.plan(patient=made.patient(agrees=False), since=NOW - timedelta(days=1))
        plan_id = plan.id
        session.flush()
        booked = [book(session, plan, at=on(day), now=NOW).id for day in ("2026-12-01", "2026-12-02")]
    with database.begin(by=COORDINATOR) as session:
        found = propose_reflow(session, plan_id=plan_id, now=NOW)
        rows = [row.key for row in found.changes]

    def accept() -> int:
        with database.begin(by=COORDINATOR) as session:
            changed = accept_reflow(
                session, plan_id=plan_id, rows=rows, fingerprint=found.fingerprint, by=COORDINATOR, now=NOW, ring=RING
            )
            return len(changed)

    with ThreadPoolExecutor(1) as desk:
        with database.begin(by=COORDINATOR) as worker:
            actions.follow_visit(worker, appointment_id=booked[0], by=COORDINATOR, now=NOW)
            accepted = desk.submit(accept)
            wait([accepted], timeout=PATIENCE)
            # The one who accepts must not hold the visit already for which this record is about to be written.
            actions.follow_visit(worker, appointment_id=booked[1], by=COORDINATOR, now=NOW)
            assert not accepted.done()
        assert accepted.result(timeout=20) == len(rows) > 0
