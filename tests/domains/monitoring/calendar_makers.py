"""Makes patients with plans for tests of check-ins, and lets the standing orders and sweeps of a day happen."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import system
from clinic.messaging.models import Message
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.actions.overdue import call_unanswered, close_overdue
from clinic.monitoring.models import Assessment, CheckIn
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import monitoring_facts
from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import RING
from tests.domains.treatment.plan_makers import CourseClinic, on

SWEEP = system("Sweep")
TUESDAY = on("2026-11-24")


@dataclass
class Patient:
    """One patient with a plan, and what tests ask about the check-ins."""

    session: Session
    phase: Phase = Phase.INDUCTION
    since: datetime = field(default_factory=lambda: on("2026-11-20", 9))
    clinic: CourseClinic = field(init=False)
    plan: TreatmentPlan = field(init=False)

    def __post_init__(self) -> None:
        self.clinic = CourseClinic(self.session)
        patient = self.clinic.patient()
        self.plan = self.clinic.plan(self.phase, patient=patient, since=self.since)

    @property
    def id(self) -> UUID:
        return self.plan.patient_id

    def keep(self, now: datetime) -> None:
        """Do what the standing orders do after a change, and the sweep once a day."""
        facts = monitoring_facts(self.session, [self.id], now=now).get(self.id)
        if facts is not None:
            keep_calendar(self.session, facts, by=SWEEP, now=now)
        self.session.flush()

    def sweep(self, now: datetime) -> int:
        """Close what is over, open what is due, ask for calls; return how many check-ins were opened."""
        close_overdue(self.session, now=now, by=SWEEP)
        opened = open_due(self.session, now=now, by=SWEEP, ring=RING)
        call_unanswered(self.session, now=now, by=SWEEP)
        self.session.flush()
        return opened

    def sheets(self, *states: str) -> list[CheckIn]:
        wanted = select(CheckIn).where(CheckIn.patient_id == self.id).order_by(CheckIn.due_on, CheckIn.opens_at)
        found = self.session.scalars(wanted, execution_options={"populate_existing": True})
        return [sheet for sheet in found if not states or sheet.state in states]

    def told(self, *states: str) -> list[str]:
        """Return each check-in as `24 day planned: evening`, with the moments of what is not canceled in it."""
        return [
            f"{sheet.due_on:%-d} {sheet.part} {sheet.state}: {self._moments(sheet)}" for sheet in self.sheets(*states)
        ]

    def asked(self, sheet: CheckIn, *states: str) -> list[str]:
        wanted = select(Assessment).where(Assessment.check_in_id == sheet.id).order_by(Assessment.position)
        found = self.session.scalars(wanted, execution_options={"populate_existing": True})
        return [row.instrument_key for row in found if not states or row.state in states]

    def texts(self) -> list[str]:
        """Return the texts about check-ins in the order in which they leave, with what became of them."""
        wanted = (
            select(Message).where(Message.subject_kind == "check_in").order_by(Message.due_at, Message.template_key)
        )
        found = self.session.scalars(wanted, execution_options={"populate_existing": True})
        return [f"{one.template_key} {one.state}" for one in found]

    def tasks(self) -> list[str]:
        wanted = select(WorkItem).where(WorkItem.patient_id == self.id, WorkItem.state == "open")
        found = self.session.scalars(wanted.where(WorkItem.kind.startswith("check_in")).order_by(WorkItem.kind))
        return [item.kind for item in found]

    def _moments(self, sheet: CheckIn) -> str:
        wanted = select(Assessment.moment).where(Assessment.check_in_id == sheet.id, Assessment.state != "canceled")
        return ", ".join(sorted(set(self.session.scalars(wanted))))
