"""The one way in which a session begins: checked at its start, and begun only on a go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.readiness.actions.checking import keep, lock_session, tell
from clinic.readiness.actions.tasks import close_tasks
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.gathering import facts_of, limits_of
from clinic.readiness.rules.facts import Moment
from clinic.scheduling import actions as scheduling
from clinic.scheduling.actions.locking import require_seen
from clinic.scheduling.errors import TooEarly
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment
from clinic.scheduling.queries.sessions import is_session
from clinic.scheduling.rules.states import UPCOMING, may_arrive


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A visit that was to begin; `check` is what was found before a session, None for any other visit."""

    visit: Appointment
    check: ReadinessCheck | None

    @property
    def has_begun(self) -> bool:
        """Tell whether the visit goes on now."""
        return self.check is None or self.check.verdict == "go"


def begin_visit(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Begun:
    """Write down that the patient is there; a session begins only where every gate is met or set aside.

    A session that may not begin stays as it is, and what was found is kept. Raises TooEarly, StepNotAllowed,
    VisitChanged.
    """
    visit = appointment(session, appointment_id)
    if not is_session(session, visit) or visit.state not in UPCOMING:
        arrived = scheduling.arrive(session, appointment_id=appointment_id, by=by, now=now, version=version)
        return Begun(visit=arrived, check=None)
    return start_session(session, appointment_id=appointment_id, by=by, now=now, version=version)


def start_session(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Begun:
    """Check a session at its start, keep the verdict, and let it begin on a go; else say so to whom it concerns.

    Raises NotASession, TooEarly, VisitChanged.
    """
    asked = lock_session(session, appointment_id, by=by)
    visit = session.get_one(Appointment, appointment_id)
    if not may_arrive(now, asked.starts_at):
        raise TooEarly("This visit begins in more than an hour. Check that it is the right one.")
    require_seen(session, visit, version)
    facts = facts_of(session, [asked], now=now)[asked]
    check = keep(session, asked, facts, limits=limits_of(session), moment=Moment.START, by=by)
    if check.verdict == "go":
        scheduling.arrive(session, appointment_id=appointment_id, by=by, now=now)
        close_tasks(session, appointment_id, by=by, now=now)
        return Begun(visit=visit, check=check)
    tell(session, asked, check, by=by, now=now)
    return Begun(visit=visit, check=check)
