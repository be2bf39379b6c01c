"""What an overbooking would sit on and which rule it would pass, to be read before anybody agrees to it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.scheduling.errors import NoSlot
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.judging import OVERBOOKABLE, objection_to, physician_busy, refused, sentence_of
from clinic.scheduling.queries.slots import Wish, wish
from clinic.scheduling.queries.visits import VisitRow, rows_in_the_way
from clinic.scheduling.rules.slots import Objection, RemovalReason


@dataclass(frozen=True, slots=True)
class OverbookPreview:
    """What stands in the way of a time: visits and holds, a rule in words, or something that nobody may pass."""

    visits: tuple[VisitRow, ...]
    passes: str | None
    refusal: NoSlot | None

    @property
    def is_free(self) -> bool:
        """Tell whether an ordinary booking is possible."""
        return not self.visits and self.passes is None and self.refusal is None

    @property
    def seen(self) -> str:
        """Return a fingerprint of what was shown, to be agreed to."""
        said = [*sorted(str(one.id) for one in self.visits), self.passes or ""]
        return sha256("\n".join(said).encode()).hexdigest()[:32]


def overbook_preview(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    now: datetime,
    moving: UUID | None = None,
    held_by: UUID | None = None,
) -> OverbookPreview:
    """Return what a visit at this time would sit on, apart from `moving` and what `held_by` holds for the patient."""
    wanted = wish(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        now=now,
        ignored=Ignored(moving, held_by),
        ignore_notice=True,
    )
    return preview_of(session, wanted, physician_id=physician_id, at=starts_at)


def preview_of(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> OverbookPreview:
    """Return the preview of a visit looked for; asked under the locks it is what the visit will sit on."""
    never = objection_to(session, wanted, physician_id=physician_id, at=at, overruled=OVERBOOKABLE)
    if never is not None:
        return OverbookPreview((), None, refused(session, wanted, never, physician_id=physician_id, at=at))
    rule = _rule_passed(session, wanted, physician_id=physician_id, at=at)
    visits = _in_the_way(session, wanted, physician_id=physician_id, at=at)
    return OverbookPreview(tuple(visits), sentence_of(rule, wanted) if rule else None, None)


def _rule_passed(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> Objection | None:
    others = {RemovalReason.PHYSICIAN_BUSY}
    return objection_to(session, wanted, physician_id=physician_id, at=at, overruled=others)


def _in_the_way(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> list[VisitRow]:
    busy, ignored = physician_busy(wanted, at), wanted.ignored
    found = rows_in_the_way(session, physician_id=physician_id, busy=busy, now=wanted.now, moving=ignored.moving)
    own = (wanted.patient.id, ignored.held_by)
    return [one for one in found if one.hold_expires_at is None or (one.patient_id, one.held_by) != own]
