"""What a person has to see to: requests that nobody answers, and forms unsigned shortly before a session."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.consents.models import SignatureRequest
from clinic.consents.queries.standing import standing_of
from clinic.consents.sending import REMINDED_AFTER
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient
from clinic.people.queries import patients_by_id
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

CALLED_AFTER = 2 * REMINDED_AFTER
"""Somebody calls two days after the request was to be texted once more, also where full days held a text back."""

SOON = timedelta(hours=72)
"""So long before a session somebody calls about what is not signed."""


_OVERDUE = (
    select(SignatureRequest)
    .where(SignatureRequest.settled_at.is_(None), SignatureRequest.asked_at <= bindparam("asked_before"))
    .order_by(SignatureRequest.asked_at)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSession:
    """A booked session: whose it is and when it begins."""

    appointment_id: UUID
    patient_id: UUID
    starts_at: datetime


def watch_requests(session: Session, *, by: Actor, now: datetime) -> int:
    """Ask for a call about each request that is open for four days, once; return how many are new."""
    rows = list(session.scalars(_OVERDUE, {"asked_before": now - CALLED_AFTER}))
    words = "Asked by text four days ago, and still not signed. Call and help with the page, or go through it together."
    return sum(_open(session, row.patient_id, about=f"request:{row.id}", reason=words, by=by, now=now) for row in rows)


def watch_sessions(
    session: Session, coming: Collection[ComingSession], *, of_pain: Collection[UUID], by: Actor, now: datetime
) -> int:
    """Ask for a call about each of these sessions whose patient has not signed everything; return how many are new.

    What was asked about a session that moved away or needs nothing any more leaves the list.
    """
    standings = standing_of(session, {each.patient_id for each in coming}, now, of_pain=of_pain)
    unsigned = {f"visit:{each.appointment_id}": each for each in coming if not standings[each.patient_id].is_complete}
    standing_keys = tasks.open_keys(session, WorkKind.FORMS_UNSIGNED)
    for key in standing_keys:
        if key.startswith(_key("visit:")) and key.removeprefix(_key("")) not in unsigned:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)
    patients = patients_by_id(session, {each.patient_id for each in unsigned.values()})
    return sum(
        _open(
            session,
            each.patient_id,
            about=about,
            reason=_before(each, patients),
            due_at=max(now, each.starts_at - SOON / 6),
            by=by,
            now=now,
        )
        for about, each in unsigned.items()
    )


def _before(coming: ComingSession, patients: Mapping[UUID, Patient]) -> str:
    starts = in_zone(coming.starts_at, patients[coming.patient_id].zone)
    return f"Forms are not signed, and the session is on {starts:%A at %-I:%M %p}, their time. Call and help with it."


def _open(
    session: Session,
    patient_id: UUID,
    *,
    about: str,
    reason: str,
    by: Actor,
    now: datetime,
    due_at: datetime | None = None,
) -> bool:
    key = _key(about)
    if tasks.was_opened(session, dedupe_key=key):
        return False
    worklist.open_item(
        session,
        kind=WorkKind.FORMS_UNSIGNED,
        dedupe_key=key,
        reason=reason,
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        due_at=due_at,
        now=now,
        by=by,
    )
    return True


def _key(about: str) -> str:
    return f"{WorkKind.FORMS_UNSIGNED}:{about}"
