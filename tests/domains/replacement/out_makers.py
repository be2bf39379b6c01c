"""Makes absences for tests, through the product's own actions: Dr. Okafor is out, colleagues have hours."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people.models import Physician
from clinic.replacement.actions.approving import Pick, approve_all
from clinic.replacement.actions.carrying import carry_out
from clinic.replacement.actions.opening import open_replacement
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import CourseClinic, on

WEDNESDAY = "2026-11-25"


@dataclass
class OutClinic:
    """A session's worth of clinic whose Dr. Okafor is out on a Wednesday."""

    session: Session
    courses: CourseClinic = field(init=False)
    out: Physician = field(init=False)
    ruiz: Physician = field(init=False)

    def __post_init__(self) -> None:
        self.courses = CourseClinic(self.session)
        self.out = self.courses.okafor
        self.ruiz, _ = self.courses.physician("Dr. Elena Ruiz")

    def visit(self, hour: int = 10, minute: int = 0, *, day: str = WEDNESDAY, **changes) -> Appointment:
        """Book a follow-up with the physician who will be out."""
        clinic = self.courses.clinic
        patient = changes.pop("patient", None) or clinic.patient()
        return clinic.visit(patient, changes.pop("physician", self.out), on(day, hour, minute), **changes)

    def open(self, *, day: str = WEDNESDAY, hours: tuple[int, int] = (0, 24), **changes) -> Replacement:
        """List what an absence on a day leaves without a physician."""
        begin = on(day, 0) + timedelta(hours=hours[0])
        wanted = {
            "physician_id": self.out.id,
            "starts_at": begin,
            "ends_at": begin + timedelta(hours=hours[1] - hours[0]),
            "closes_hours": False,
            "by": COORDINATOR,
            "now": NOW,
        } | changes
        return open_replacement(self.session, **wanted)

    def rows(self, batch: Replacement) -> list[ReplacementVisit]:
        """Return the rows as they are stored, by the time of their visits."""
        self.session.flush()
        row = ReplacementVisit
        wanted = select(row).where(row.replacement_id == batch.id).order_by(row.from_starts_at, row.id)
        return list(self.session.scalars(wanted.execution_options(populate_existing=True)))

    def row_of(self, batch: Replacement, visit: Appointment) -> ReplacementVisit:
        """Return the row of one visit."""
        return next(row for row in self.rows(batch) if row.appointment_id == visit.id)

    def carry_out(self, batch: Replacement, *, now: datetime = NOW) -> list[ReplacementVisit]:
        """Approve everything that is proposed, and move it."""
        approve_all(self.session, replacement_id=batch.id, version=batch.version, by=COORDINATOR, now=now)
        for row in self.rows(batch):
            carry_out(self.session, row_id=row.id, by=COORDINATOR, now=now, ring=RING)
        return self.rows(batch)


def pick_of(row: ReplacementVisit) -> Pick:
    """Return a row as a page shows it."""
    return Pick(row.id, row.version)
