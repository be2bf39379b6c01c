"""A clinic in which people wait for times, and what workers and patients do with them."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select

from clinic.kernel.actor import ActorKind, system
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from clinic.waitlist.actions import joining
from clinic.waitlist.actions.joining import Wishes
from clinic.waitlist.models import Opening, SlotOffer, WaitlistChange, WaitlistEntry
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic, patient_actor

LIST = system("Waiting list")
ANY_DAY = Wishes(earliest_on=date(2026, 11, 23), latest_on=date(2026, 12, 20), notice_hours=2)


def wishes(**changes):
    return replace(ANY_DAY, **changes)


def wait_for(session, visit, *, now=NOW, by=COORDINATOR, **changes):
    return joining.join_for_visit(session, appointment_id=visit.id, wishes=wishes(**changes), by=by, now=now)


def wait_for_first(session, patient, *, now=NOW, by=COORDINATOR, kind="follow_up", **changes):
    return joining.join_for_first(
        session, patient_id=patient.id, visit_type_code=kind, wishes=wishes(**changes), by=by, now=now
    )


def cancel(session, visit, *, now=NOW, by=COORDINATOR, reason=CancelReason.CLINIC_REQUEST):
    return actions.cancel(session, appointment_id=visit.id, reason=reason, by=by, now=now)


def as_patient(visit):
    return replace(COORDINATOR, kind=ActorKind.PATIENT, id=visit.patient_id, name="Patient", roles=frozenset())


class Town:
    """A committed clinic with one physician, and what people in it do, each in a transaction of its own."""

    def __init__(self, begin, clock, *, patients):
        self.begin, self.clock = begin, clock
        with self.begin(by=COORDINATOR) as session:
            maker = Clinic(session, now=clock())
            maker.visit_type()
            self.okafor = maker.physician()
            self.patients = [maker.patient() for _ in range(patients)]

    def book(self, patient, starts_at):
        with self.begin(by=COORDINATOR) as session:
            return actions.book_now(
                session,
                visit_type_code="follow_up",
                patient_id=patient.id,
                physician_id=self.okafor.id,
                starts_at=starts_at,
                by=COORDINATOR,
                now=self.clock(),
                ring=RING,
            )

    def wait(self, visit, **changes):
        with self.begin(by=COORDINATOR) as session:
            return wait_for(session, visit, now=self.clock(), **changes)

    def cancel(self, visit):
        with self.begin(by=COORDINATOR) as session:
            cancel(session, visit, now=self.clock())

    def do(self, verb, *, by=COORDINATOR, **wanted):
        with self.begin(by=by) as session:
            return verb(session, by=by, now=self.clock(), **wanted)

    def offers(self, **which):
        with self.begin(by=LIST) as session:
            rows = session.scalars(select(SlotOffer).filter_by(**which).order_by(SlotOffer.created_at, SlotOffer.id))
            return list(rows)

    def visit(self, visit_id):
        with self.begin(by=LIST) as session:
            return session.get_one(Appointment, visit_id)

    def entry(self, entry_id):
        with self.begin(by=LIST) as session:
            return session.get_one(WaitlistEntry, entry_id)

    def history(self, entry_id):
        with self.begin(by=LIST) as session:
            rows = session.scalars(select(WaitlistChange).filter_by(entry_id=entry_id).order_by(WaitlistChange.id))
            return [row.happening for row in rows]

    def openings(self):
        with self.begin(by=LIST) as session:
            return list(session.scalars(select(Opening).order_by(Opening.starts_at)))

    def patient(self, visit):
        return patient_actor(next(one for one in self.patients if one.id == visit.patient_id))
