"""The last judgment before a text leaves: time, stop, consent, hours, pause, cap, and whether it is still true."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.messaging.guards import Guards
from clinic.messaging.jobs.counting import is_day_full
from clinic.messaging.rules.caps import Yielding, order
from clinic.messaging.rules.consent import refusal_of
from clinic.messaging.rules.kinds import Category, Drop, Later, MessageState, Planned
from clinic.messaging.rules.templates import Template, version_of
from clinic.messaging.rules.window import may_leave, next_morning, postponed
from clinic.people.models import Patient
from clinic.people.queries.consent import consent_for_share
from clinic.people.rules import PatientStatus

# Built once: every text that leaves asks it.
_RECIPIENT = select(Patient.status, Patient.phone_id).where(Patient.id == bindparam("of_patient"))
_UNTIL_MOVED = timedelta(seconds=30)

QUIET_HOURS = "quiet_hours"
DAILY_CAP_REACHED = "daily_cap"
DAILY_CAP_DROPPED = "daily_cap_dropped"
_CAPPED = frozenset({Category.SERVICE, Category.MARKETING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A claimed message as the judgment sees it."""

    id: UUID
    fence: int
    phone_id: UUID
    recipient_id: UUID | None
    subject_kind: str
    subject_id: UUID | None
    subject_version: int | None
    template_key: str
    template_version: int
    zone: str
    due_at: datetime
    expires_at: datetime
    is_lane_paused: bool
    is_all_stopped: bool

    @property
    def template(self) -> Template:
        """Return the template in the version that the message was planned with."""
        return version_of(self.template_key, self.template_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """Why a text does not leave: its next state, and for `pending` when it is judged again."""

    state: MessageState
    reason: str
    due_at: datetime | None = None


def judge(session: Session, due: Due, guards: Guards, *, now: datetime) -> NotNow | None:
    """Return None when the text may leave; the number's consent stays locked FOR SHARE until the commit.

    A STOP either waits for this transaction, whose text is then under way, or is seen by it.
    """
    if due.expires_at <= now:
        return NotNow(state=MessageState.EXPIRED, reason="expired")
    return (
        _refused_by_stop(due)
        or _refused_by_recipient(session, due, now)
        or _refused_by_consent(session, due)
        or _refused_by_hours(due, now)
        or _refused_by_lane(due, now)
        or _refused_by_cap(session, due, now)
        or _refused_by_guard(session, due, guards, now=now)
    )


def _refused_by_stop(due: Due) -> NotNow | None:
    """Keep a text in line at its place: whether it is still true is judged when texts leave again."""
    if not due.is_all_stopped:
        return None
    return NotNow(state=MessageState.PENDING, reason="lane_paused", due_at=due.due_at)


def _refused_by_recipient(session: Session, due: Due, now: datetime) -> NotNow | None:
    """Drop a text to a patient who left our care; hold one for an old number until it was moved to the new one.

    What a phone is answered, it is answered whoever uses it.
    """
    if due.recipient_id is None or due.template.category == Category.AUTO:
        return None
    found = session.execute(_RECIPIENT, {"of_patient": due.recipient_id}).one_or_none()
    if found is None:
        return None
    if found.status != PatientStatus.ACTIVE:
        return NotNow(state=MessageState.CANCELED, reason="care_ended")
    if found.phone_id != due.phone_id:
        return NotNow(state=MessageState.PENDING, reason="number_changed", due_at=now + _UNTIL_MOVED)
    return None


def _refused_by_consent(session: Session, due: Due) -> NotNow | None:
    consent = consent_for_share(session, due.phone_id)
    reason = refusal_of(due.template, consented_at=consent.consented_at, opted_out_at=consent.opted_out_at)
    return NotNow(state=MessageState.SUPPRESSED, reason=reason) if reason else None


def _refused_by_hours(due: Due, now: datetime) -> NotNow | None:
    if may_leave(due.template, zone=due.zone, now=now):
        return None
    opening = postponed(due.template, zone=due.zone, now=now, worth_until=due.expires_at)
    if opening is None:
        return NotNow(state=MessageState.EXPIRED, reason=QUIET_HOURS)
    return NotNow(state=MessageState.PENDING, reason=QUIET_HOURS, due_at=opening)


def _refused_by_lane(due: Due, now: datetime) -> NotNow | None:
    return NotNow(state=MessageState.PENDING, reason="lane_paused", due_at=now) if due.is_lane_paused else None


def _refused_by_cap(session: Session, due: Due, now: datetime) -> NotNow | None:
    """Let a text that may give way do so when its reader's day is full; what cannot wait and may not be dropped goes.

    The day counts what left and what is still to leave today and matters more.
    """
    place = order().get(due.template_key)
    if place is None or due.recipient_id is None or due.template.category not in _CAPPED:
        return None
    tomorrow = next_morning(now, due.zone)
    if place.then is Yielding.WAIT and tomorrow >= due.expires_at:
        return None
    if not is_day_full(session, due, now=now):
        return None
    if place.then is Yielding.DROP:
        return NotNow(state=MessageState.CANCELED, reason=DAILY_CAP_DROPPED)
    return NotNow(state=MessageState.PENDING, reason=DAILY_CAP_REACHED, due_at=tomorrow)


def _refused_by_guard(session: Session, due: Due, guards: Guards, *, now: datetime) -> NotNow | None:
    guard = guards.get(due.subject_kind)
    if guard is None:
        return None
    planned = Planned(
        message_id=due.id,
        template_key=due.template_key,
        subject_kind=due.subject_kind,
        subject_id=due.subject_id,
        subject_version=due.subject_version,
        due_at=due.due_at,
        expires_at=due.expires_at,
    )
    verdict = guard(session, planned, now)
    if isinstance(verdict, Drop):
        return NotNow(state=MessageState.CANCELED, reason=verdict.reason)
    if not isinstance(verdict, Later):
        return None
    if verdict.until >= due.expires_at:
        return NotNow(state=MessageState.EXPIRED, reason=verdict.reason)
    return NotNow(state=MessageState.PENDING, reason=verdict.reason, due_at=verdict.until)
