"""Whether a text about a visit is still true at the moment it would leave."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.plans import condition_of
from clinic.messaging.rules.templates import current
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_CANCELED = frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})
_TOOK_PLACE = UPCOMING | {AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED}
"""Nobody has to press a button for a visit to take place; one that was canceled or missed did not."""

_VISIT = (
    select(Appointment.state, Appointment.time_version, Appointment.starts_at, Patient.is_fluid_restricted)
    .join(Patient, Patient.id == Appointment.patient_id)
    .where(Appointment.id == bindparam("visit_id"))
)
# A visit that was moved and put back is where an earlier text says it is.
_IS_BACK = (
    select(AppointmentHistory.id)
    .join(Appointment, Appointment.id == AppointmentHistory.appointment_id)
    .where(
        Appointment.id == bindparam("visit_id"),
        AppointmentHistory.sequence == bindparam("told_sequence"),
        AppointmentHistory.to_starts_at == Appointment.starts_at,
        AppointmentHistory.to_physician_id == Appointment.physician_id,
    )
    .limit(1)
)
_ANSWERED = select(
    exists().where(
        Message.subject_kind == bindparam("of_kind"),
        Message.subject_id == bindparam("of_subject"),
        Message.subject_version.is_not_distinct_from(bindparam("of_version")),
        Message.template_key == bindparam("of_template"),
        Message.answered_at.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit as it is when a text about it would leave."""

    state: str
    time_version: int
    starts_at: datetime
    is_fluid_restricted: bool


_Judge = Callable[[Session, Planned, _Visit], str | None]
"""Returns why a text about this visit is not sent, or None."""


def text_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Judge a text by the visit as it is now and by what the plans say has to hold when it leaves."""
    row = session.execute(_VISIT, {"visit_id": message.subject_id}).one_or_none()
    if row is None:
        return Drop("visit_unknown")
    visit, condition = _Visit(*row), _condition(message.template_key)
    if condition not in _JUDGES:
        return Drop("not_ready")
    if condition in _AHEAD and visit.starts_at <= now:
        return Drop("visit_begun")
    if message.subject_version != visit.time_version and not _is_back(session, message):
        return Drop("visit_moved")
    reason = _JUDGES[condition](session, message, visit) or _wet(message, visit)
    return Send() if reason is None else Drop(reason)


def _while_it_is(states: Collection[str]) -> _Judge:
    def judge(_session: Session, _message: Planned, visit: _Visit) -> str | None:
        return None if visit.state in states else f"visit_{visit.state}"

    return judge


def _support_person_unknown(session: Session, message: Planned, visit: _Visit) -> str | None:
    """Ask nobody again who answered the same question about the same day."""
    asked = {
        "of_kind": message.subject_kind,
        "of_subject": message.subject_id,
        "of_version": message.subject_version,
        "of_template": message.template_key,
    }
    refusal = _to_come(session, message, visit)
    return refusal or ("answered" if session.scalar(_ANSWERED, asked) else None)


def _wet(message: Planned, visit: _Visit) -> str | None:
    """Tell whether the text says to drink although its reader may not; what replaces it was planned with the change."""
    says_to_drink = current(message.template_key).without_fluids is not None
    # Coordinators read why a text was not sent, and nothing about anybody's health.
    return "patient_changed" if visit.is_fluid_restricted and says_to_drink else None


_to_come = _while_it_is(UPCOMING)
_JUDGES: Mapping[str | None, _Judge] = MappingProxyType(
    {
        "visit_to_come": _to_come,
        "support_person_unknown": _support_person_unknown,
        "checklist_open": _to_come,
        "checklist_failed": _while_it_is(UPCOMING | {AppointmentState.IN_PROGRESS}),
        "visit_canceled": _while_it_is(_CANCELED),
        "visit_missed": _while_it_is({AppointmentState.NO_SHOW}),
        "visit_took_place": _while_it_is(_TOOK_PLACE),
    }
)
JUDGED = frozenset(_JUDGES)
"""Conditions of the plans that are judged here."""

_AHEAD = frozenset({"visit_to_come", "support_person_unknown", "checklist_open", "visit_canceled"})
"""Conditions that end when the visit begins."""


@cache
def _condition(template_key: str) -> str | None:
    return condition_of(all_plans(), template_key)


def _is_back(session: Session, message: Planned) -> bool:
    if message.subject_version is None:
        return False
    told = {"visit_id": message.subject_id, "told_sequence": message.subject_version - 1}
    return session.scalar(_IS_BACK, told) is not None
