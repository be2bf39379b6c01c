"""Kinds of visits that the clinic offers."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.journal import changed, note
from clinic.scheduling.errors import VisitTypeRefused
from clinic.scheduling.models import VisitType
from clinic.scheduling.rules.purposes import VisitPurpose

_SHORTEST, _LONGEST = 5, 480
_LONGEST_BUFFER = 240
_LONGEST_HORIZON = 366
_CODE_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisitType:
    """A kind of visit as typed: spans in minutes, the horizon in days.

    `physician_segments` are `(offset, length)` from the start, in order: when the physician is engaged.
    """

    code: str
    name: str
    name_es: str
    purpose: VisitPurpose = VisitPurpose.CONSULTATION
    patient_minutes: int
    physician_segments: tuple[tuple[int, int], ...]
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    min_notice_minutes: int = 120
    horizon_days: int = 60
    is_patient_bookable: bool = False
    is_active: bool = True
    position: int = 0


def save_visit_type(
    session: Session, *, new: NewVisitType, by: Actor, now: datetime, version: int | None = None
) -> VisitType:
    """Add a kind of visit or change the one with this code; visits that are booked keep their times.

    Raises VisitTypeRefused with the field that makes no sense, ChangedMeanwhile.
    """
    _require_sense(new)
    kind = session.scalar(select(VisitType).where(VisitType.code == new.code).with_for_update())
    before = {} if kind is None else _values(kind)
    if kind is None:
        kind = VisitType(code=new.code, created_at=now)
        session.add(kind)
    elif version is not None:
        kind.require_version(version)
    for name, value in asdict(new).items():
        setattr(kind, name, value)
    kind.physician_segments = [list(segment) for segment in new.physician_segments]
    kind.touch(by=by, now=now)
    session.flush()
    after = _values(kind)
    done = {**after, "before": changed(before, after)}
    action = "visit_type.changed" if before else "visit_type.added"
    note(session, action, subject_kind="visit_type", subject_id=None, at=now, patient_ids=(), **done)
    return kind


def _values(kind: VisitType) -> dict[str, object]:
    return {field.name: getattr(kind, field.name) for field in fields(NewVisitType)}


def _require_sense(new: NewVisitType) -> None:
    if not (new.code.isidentifier() and len(new.code) <= _CODE_LENGTH):
        raise VisitTypeRefused("Use letters, digits and underscores for the code.", field="code")
    if not _SHORTEST <= new.patient_minutes <= _LONGEST:
        raise VisitTypeRefused(f"A visit lasts {_SHORTEST} to {_LONGEST} minutes.", field="patient_minutes")
    if not _are_in_order(new.physician_segments, within=new.patient_minutes):
        raise VisitTypeRefused(
            "The physician's stretches must be in order, not overlap and lie within the visit.",
            field="physician_segments",
        )
    for field in ("buffer_before_minutes", "buffer_after_minutes"):
        if not 0 <= getattr(new, field) <= _LONGEST_BUFFER:
            raise VisitTypeRefused(f"A buffer lasts up to {_LONGEST_BUFFER} minutes.", field=field)
    if new.min_notice_minutes < 0:
        raise VisitTypeRefused("The notice cannot be less than nothing.", field="min_notice_minutes")
    if not 1 <= new.horizon_days <= _LONGEST_HORIZON:
        raise VisitTypeRefused(f"Booking opens 1 to {_LONGEST_HORIZON} days ahead.", field="horizon_days")


def _are_in_order(segments: tuple[tuple[int, int], ...], *, within: int) -> bool:
    end = 0
    for offset, length in segments:
        if offset < end or length <= 0:
            return False
        end = offset + length
    return bool(segments) and end <= within
