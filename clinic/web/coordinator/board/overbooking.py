"""Whether a time that was refused may be taken all the same, and what would lie below."""

from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError
from clinic.scheduling import queries
from clinic.scheduling.errors import NoSlot
from clinic.web.coordinator.board.moving import PlaceForm
from clinic.web.frame.display import when
from clinic.web.frame.requests import now, runtime


def overbook_offer(
    session: Session, refusal: DomainError, *, visit_type_code: str, patient_id: UUID, place: PlaceForm
) -> str | None:
    """Return what overbooking would pass over, or None where it is not possible either."""
    if not isinstance(refusal, NoSlot):
        return None
    seen = queries.overbook_preview(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        physician_id=place.physician,
        starts_at=place.instant(),
        now=now(),
    )
    if seen.refusal is not None or seen.is_free:
        return None
    zone = runtime().clinic.zone
    below = [f"{row.patient_name}, {when(row.starts_at, zone, 'bare')}" for row in seen.visits]
    parts = [f"It would stand beside {'; '.join(below)}."] if below else []
    return " ".join([*parts, seen.passes or ""]).strip() or "It would pass over the physician's hours."
