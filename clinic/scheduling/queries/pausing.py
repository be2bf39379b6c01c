"""Whether a session can be booked at all: after too long a pause a physician sees the patient first."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, String, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.consents.queries.standing import standing_of
from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among, among_these
from clinic.people.models import CarePause
from clinic.people.queries.pauses import care_pause
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.pausing import Lacking, open_until, pause_of
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import Pause
from clinic.scheduling.rules.states import STANDING


def pause_now(
    session: Session,
    patient_id: UUID,
    *,
    zone: str,
    now: datetime,
    only_begun: bool = False,
    beside: Collection[UUID] = (),
) -> Pause | None:
    """Return from when until when no session of a patient can be booked, or None.

    While the pause is not too long yet, sessions that are booked or go on count as taken, apart from those `beside`,
    and a physician visit that is booked after too long a pause opens the days from then on. `only_begun` leaves the
    rest to a planner that books such a visit along: of a pause that has not begun it hears only the days before a
    visit that is booked already.
    """
    row = care_pause(session, patient_id)
    if row is None or row.closed_after is None or row.lifted_at is not None:
        return None
    today = in_zone(now, zone).date()
    if today <= row.closed_after:
        ahead = _ahead(session, row, zone=zone, beside=beside)
        return None if only_begun and ahead.until_day is None else ahead
    lacking = lacking_now(session, row, now=now)
    return pause_of(row.last_on, row.after_days, lacking=lacking) if lacking else None


def lacking_now(session: Session, row: CarePause, *, now: datetime) -> Lacking | None:
    """Return what a begun pause still lacks: the physician's visit first, then the signatures."""
    if row.seen_at is None:
        return Lacking.VISIT
    own = {row.patient_id}
    standing = standing_of(session, own, now, of_pain=own if row.is_of_pain else frozenset())[row.patient_id]
    return None if standing.is_complete else Lacking.FORMS


def _ahead(session: Session, row: CarePause, *, zone: str, beside: Collection[UUID]) -> Pause:
    assert row.closed_after is not None
    asked = {"zone": zone, "of_patient": row.patient_id, "beside": list(beside)}
    days: dict[str, list[date]] = {VisitPurpose.SESSION: [], VisitPurpose.FOLLOW_UP: []}
    for day, purpose in session.execute(_days_booked(), asked):
        days[purpose].append(day)
    after = open_until(row.closed_after, row.after_days, days[VisitPurpose.SESSION])
    first = min((day for day in days[VisitPurpose.FOLLOW_UP] if day > after), default=None)
    found = pause_of(row.last_on, row.after_days, lacking=Lacking.VISIT)
    return found._replace(first_day=after + timedelta(days=1), until_day=first)


@cache
def _days_booked() -> Select[date, str]:
    return (
        select(func.date(func.timezone(bindparam("zone", type_=String()), Appointment.starts_at)), VisitType.purpose)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(
            Appointment.patient_id == bindparam("of_patient"),
            among_these(VisitType.purpose, [VisitPurpose.SESSION, VisitPurpose.FOLLOW_UP]),
            among_these(Appointment.state, sorted(STANDING)),
            ~among(Appointment.id, "beside"),
        )
    )
