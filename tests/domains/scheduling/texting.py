"""A patient with one visit and a phone: what people do with the visit, and what the phone gets."""

from datetime import timedelta

from sqlalchemy import select

from clinic.messaging.models import Message
from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic, at, patient_actor

FIRST = at(25, 10)
REMINDERS = {"VISIT_24H", "VISIT_15M"}


def reminders(starts_at):
    """Return what reminds of a visit at that time, with when each leaves."""
    return {"VISIT_24H": starts_at - timedelta(days=1), "VISIT_15M": starts_at - timedelta(minutes=15)}


class Texting:
    """One visit at `FIRST`; everybody acts in a transaction of their own, at the time of the clock."""

    def __init__(self, desk, *, agrees=True):
        self.desk, self.clock, self.provider = desk, desk.clock, desk.provider
        with self.begin() as session:
            maker = Clinic(session, now=self.clock())
            maker.visit_type()
            self.okafor = maker.physician()
            self.lindqvist = maker.physician("Dr. Bea Lindqvist")
            self.ana = maker.patient(agrees=agrees)
            self.other = maker.patient()
            self.visit_id = maker.visit(self.ana, self.okafor, FIRST).id

    def begin(self, by=COORDINATOR):
        return self.desk.runtime.begin(by=by)

    def act(self, verb, *, by=COORDINATOR, **wanted):
        with self.begin(by) as session:
            return verb(session, appointment_id=self.visit_id, by=by, now=self.clock(), **wanted)

    def move(self, starts_at, *, physician=None, **changes):
        where = {"physician_id": (physician or self.okafor).id, "starts_at": starts_at}
        return self.act(actions.move, ring=RING, **(where | changes))

    def undo(self, **changes):
        return self.act(actions.undo_move, ring=RING, **({"version": self.visit().version} | changes))

    def confirm(self, via="page"):
        return self.act(actions.confirm, by=self.patient, via=via)

    @property
    def patient(self):
        return patient_actor(self.ana)

    def visit(self):
        with self.begin() as session:
            return session.get_one(Appointment, self.visit_id)

    def history(self):
        with self.begin() as session:
            return [row.change for row in queries.history_of(session, self.visit_id)]

    def waiting(self):
        """Return what would leave later, as template and due time."""
        with self.begin() as session:
            rows = session.scalars(
                select(Message).where(Message.subject_id == self.visit_id, Message.state == "pending")
            )
            return {row.template_key: row.due_at for row in rows}

    def settle(self, **span):
        """Let texts leave now and after `span`; return all bodies that the phone has got so far."""
        self.desk.send_all()
        if span:
            self.clock.advance(**span)
            self.desk.send_all()
        return self.got()

    def got(self):
        return [text.body for text in self.provider.calls]
