"""The most visits that a physician takes in a day or week."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_physician
from clinic.scheduling.actions.edits import require_version, save, values_of
from clinic.scheduling.errors import CapRefused, UnknownCap
from clinic.scheduling.models import VisitCap
from clinic.scheduling.queries.caps import caps_of
from clinic.scheduling.queries.hours import visit_type
from clinic.scheduling.rules.caps import CapPer, cap_words

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    visit_type_code: str | None
    per: str
    most: int
    effective_from: date
    effective_until: date | None


def set_cap(
    session: Session,
    *,
    physician_id: UUID,
    visit_type_code: str | None,
    per: CapPer,
    most: int,
    effective_from: date,
    effective_until: date | None,
    by: Actor,
    now: datetime,
) -> VisitCap:
    """Let a physician take at most so many visits of a kind (None is every kind) a local day or Monday-to-Sunday week.

    The last day is included, None is without end; visits that are booked stay. Raises CapRefused for what makes no
    sense or while a cap of the same kind holds then, UnknownVisitType.
    """
    if visit_type_code is not None:
        visit_type(session, visit_type_code)
    wanted = _Wanted(
        visit_type_code=visit_type_code,
        per=CapPer(per),
        most=most,
        effective_from=effective_from,
        effective_until=effective_until,
    )
    lock_physician(session, physician_id)
    _require_sense(session, wanted, physician_id=physician_id)
    row = VisitCap(id=new_id(), physician_id=physician_id, created_at=now, **asdict(wanted))
    save(session, row, "cap.added", by=by, now=now)
    return row


def change_cap(
    session: Session,
    *,
    cap_id: UUID,
    most: int,
    effective_from: date,
    effective_until: date | None,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> VisitCap:
    """Change how many visits a cap allows and when it holds; raises CapRefused, UnknownCap, ChangedMeanwhile."""
    row = _locked(session, cap_id)
    if row.removed_at is not None:
        raise _unknown()
    require_version(row, version)
    wanted = _Wanted(
        visit_type_code=row.visit_type_code,
        per=row.per,
        most=most,
        effective_from=effective_from,
        effective_until=effective_until,
    )
    _require_sense(session, wanted, physician_id=row.physician_id, but=row)
    before = values_of(row)
    for field, value in asdict(wanted).items():
        setattr(row, field, value)
    save(session, row, "cap.changed", by=by, now=now, before=before)
    return row


def remove_cap(session: Session, *, cap_id: UUID, by: Actor, now: datetime, version: int | None = None) -> VisitCap:
    """Take back a cap; removing it again changes nothing."""
    row = _locked(session, cap_id)
    if row.removed_at is None:
        require_version(row, version)
        before = values_of(row)
        row.removed_at = now
        save(session, row, "cap.removed", by=by, now=now, before=before)
    return row


def _locked(session: Session, cap_id: UUID) -> VisitCap:
    row = session.get(VisitCap, cap_id)
    if row is None:
        raise _unknown()
    lock_physician(session, row.physician_id)
    session.refresh(row)
    return row


def _unknown() -> UnknownCap:
    return UnknownCap("There is no such cap. It may have been removed already.")


def _require_sense(session: Session, wanted: _Wanted, *, physician_id: UUID, but: VisitCap | None = None) -> None:
    if not 0 <= wanted.most <= _MOST:
        raise CapRefused(f"Enter a number from 0 to {_MOST}.", field="most")
    if wanted.effective_until is not None and wanted.effective_until < wanted.effective_from:
        raise CapRefused("The last day must not be before the first one.", field="effective_until")
    for other in caps_of(session, physician_id):
        if other is not but and _is_same_kind(wanted, other) and _meet(wanted, other):
            raise CapRefused(_conflict(other), field="effective_from")


def _is_same_kind(wanted: _Wanted, other: VisitCap) -> bool:
    return (wanted.visit_type_code, wanted.per) == (other.visit_type_code, other.per)


def _meet(wanted: _Wanted, other: VisitCap) -> bool:
    return wanted.effective_from <= (other.effective_until or date.max) and other.effective_from <= (
        wanted.effective_until or date.max
    )


def _conflict(other: VisitCap) -> str:
    until = f" to {other.effective_until:%B %-d, %Y}" if other.effective_until else " on"
    return (
        f"There is a cap of {cap_words(other.most, other.per)} from {other.effective_from:%B %-d, %Y}{until} already. "
        "Change that one, or choose days beside it."
    )
