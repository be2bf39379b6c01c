"""Facts elsewhere move the calendar: a booked visit, a new phase, care that ends, a link that was locked."""

from sqlalchemy import select

from clinic import casework
from clinic.access import actions as access
from clinic.access.models import Link
from clinic.kernel.outbox import Outbox
from clinic.monitoring.actions.check_ins import ask_again
from clinic.people.queries import birth_date_of
from clinic.people.queries import patient as patient_by_id
from clinic.people.rules import PatientStatus
from clinic.reactions import GUARDS, standing_orders
from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.monitoring.calendar_makers import SWEEP, TUESDAY, Patient
from tests.domains.scheduling.calendar_makers import LONG_AGO, NOW, RING
from tests.domains.treatment.plan_makers import ADMIN, book, enter


def react(session, now) -> set[str]:
    """Run the standing orders of every fact that waits, and return their topics."""
    session.flush()
    rows = list(session.scalars(select(Outbox).where(Outbox.state == "pending").order_by(Outbox.created_at)))
    for row in rows:
        standing_orders(RING)[row.topic](session, subject_id=row.subject_id, now=now, by=SWEEP)
        row.state = "done"
    return {row.topic for row in rows}


def test_booking_and_phases_move_the_calendar_through_the_standing_orders(session):
    patient = Patient(session, since=NOW)
    book(session, patient.plan, at=TUESDAY)
    assert {"appointment.changed", "plan.phase_changed"} <= react(session, NOW)
    assert "25 day planned: day_1" in patient.told("planned")
    enter(session, patient.plan, Phase.MAINTENANCE, by=patient.clinic.doctor, now=NOW)
    react(session, NOW)
    assert "23 day planned: monthly" in patient.told("planned")
    assert {"check_in", "appointment"} <= GUARDS.keys()


def test_care_that_ends_ends_every_check_in(session):
    patient = Patient(session, since=NOW)
    patient.keep(NOW)
    patient.sweep(NOW)
    assert patient.sheets("open")
    version = patient_by_id(session, patient.id).version
    wanted = {"status": PatientStatus.DISCHARGED, "reason": "Moved away", "version": version, "by": ADMIN, "now": NOW}
    casework.set_status(session, patient_id=patient.id, **wanted)
    react(session, NOW)
    assert patient.told("planned", "open") == []


def test_asking_again_replaces_a_link_that_was_locked_and_settles_its_task(session):
    patient = Patient(session, since=NOW)
    patient.keep(NOW)
    patient.sweep(NOW)
    (link,) = session.scalars(select(Link).where(Link.resource_kind == "check_in"))
    token = access.render_link(session, link_id=link.id, ring=RING)
    for _ in range(5):
        access.open_link(session, token=token, birth_date=LONG_AGO, now=NOW, ip=None, birth_date_of=birth_date_of)
    (task,) = session.scalars(select(WorkItem).where(WorkItem.kind == "check_in_link_locked"))
    assert task.state == "open"
    ask_again(session, patient_id=patient.id, by=SWEEP, now=NOW, ring=RING)
    session.expire_all()
    assert task.state == "done"
    assert access.render_link(session, link_id=link.id, ring=RING) != token
