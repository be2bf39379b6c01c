"""Which promised visits fall on a day on which their physician has no license for where the patient will be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.people.rules import STATES

_UNLICENSED = text(
    """
    select appointment.id, location_state from appointment
    where state in ('booked', 'confirmed') and starts_at > :now
      and (cast(:physician as uuid) is null or physician_id = :physician)
      and not exists (
        select from licence
        where licence.physician_id = appointment.physician_id and licence.state = location_state
          and (starts_at at time zone location_zone)::date between valid_from and valid_until
      )
    """
)


def unlicensed_ids(session: Session, *, now: datetime, physician_id: UUID | None = None) -> dict[UUID, tuple[str, ...]]:
    """Return the ids of the coming visits, of one physician or of all, without a license that day, each with why.

    Overbooked visits are among them: a reason to overbook is no license.
    """
    session.flush()  # Licenses are read by a plain statement, which would not see what is only in the session.
    rows = session.execute(_UNLICENSED, {"now": now, "physician": physician_id})
    return {visit_id: (f"No {STATES[state]} license on that day.",) for visit_id, state in rows}
