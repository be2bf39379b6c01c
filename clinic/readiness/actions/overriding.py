"""What a physician decides with a reason: to begin although a gate is not met, and what took place unchecked."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.readiness.actions.checking import lock_session
from clinic.readiness.actions.tasks import close_tasks
from clinic.readiness.errors import NotOver, NotYourDecision, OverrideRefused
from clinic.readiness.models import ReadinessOverride
from clinic.readiness.queries.checks import reasons_now
from clinic.readiness.queries.sessions import Asked
from clinic.readiness.rules.codes import GATES, GateCode
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.treatment.queries.plans import may_decide

LEAST_REASON, LONGEST_REASON = 5, 1_000


def override_start(
    session: Session, *, appointment_id: UUID, codes: Collection[str], reason: str, by: Actor, now: datetime
) -> ReadinessOverride:
    """Set gates of a session's start aside, for this visit at this time only; a lot recalled later is another case.

    Raises NotASession, NotYourDecision, and OverrideRefused at `codes` or `reason`.
    """
    asked = lock_session(session, appointment_id, by=by)
    _require_physician(session, asked, by=by, now=now)
    chosen = _checked(session, asked, codes, now=now)
    row = _written(session, asked, "start", found=chosen, reason=reason, by=by, now=now)
    _note(session, "readiness.overridden", row)
    return row


def record_held(session: Session, *, appointment_id: UUID, reason: str, by: Actor, now: datetime) -> Appointment:
    """Write down after its end that a session took place although nobody checked it, and complete it.

    The record of what happened is kept whatever the gates say; nothing is allowed by it. Raises NotASession, NotOver,
    NotYourDecision, and OverrideRefused at `reason`.
    """
    asked = lock_session(session, appointment_id, by=by)
    _require_physician(session, asked, by=by, now=now)
    if now < asked.ends_at:
        raise NotOver("This session is not over yet. Check it and let it begin, or wait until after its end.")
    row = _written(session, asked, "held", found=(), reason=reason, by=by, now=now)
    _note(session, "readiness.held_unchecked", row)
    scheduling.arrive(session, appointment_id=appointment_id, by=by, now=now)
    session.flush()
    close_tasks(session, appointment_id, by=by, now=now)
    return scheduling.complete(session, appointment_id=appointment_id, by=by, now=now)


def _require_physician(session: Session, asked: Asked, *, by: Actor, now: datetime) -> None:
    if not may_decide(session, actor=by, patient_id=asked.patient_id, now=now):
        raise NotYourDecision("A physician of this patient decides this. Ask one of them.")


def _checked(session: Session, asked: Asked, codes: Collection[str], *, now: datetime) -> tuple[Reason, ...]:
    """Return the gates that are to be set aside, or raise OverrideRefused."""
    known = {each.value: each for each in GateCode}
    if not codes or any(code not in known for code in codes):
        raise OverrideRefused("Choose what to set aside.", field="codes")
    unmet = {each.code: each for each in reasons_now(session, asked, moment=Moment.START, now=now)}
    chosen = tuple(each for each in GateCode if each.value in codes)
    for code in chosen:
        if not GATES[code].has_override:
            raise OverrideRefused(f"Nobody can set \u201c{code.replace('_', ' ')}\u201d aside.", field="codes")
        if code not in unmet:
            raise OverrideRefused(f"\u201c{code.replace('_', ' ')}\u201d is met by now. Look again.", field="codes")
    return tuple(unmet[code] for code in chosen)


def _written(
    session: Session,
    asked: Asked,
    kind: Literal["start", "held"],
    *,
    found: Collection[Reason],
    reason: str,
    by: Actor,
    now: datetime,
) -> ReadinessOverride:
    words = clean_note(reason, field="reason")
    if not LEAST_REASON <= len(words) <= LONGEST_REASON:
        raise OverrideRefused(
            f"Write why, in {LEAST_REASON} to {LONGEST_REASON} characters. It is kept with the visit.", field="reason"
        )
    assert asked.appointment_id is not None, "a booked session has an id"
    row = ReadinessOverride(
        id=new_id(),
        appointment_id=asked.appointment_id,
        patient_id=asked.patient_id,
        time_version=asked.time_version,
        kind=kind,
        codes=[each.code.value for each in found],
        evidence=[name for each in found for name in each.names],
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.reason = words
    session.add(row)
    session.flush()
    return row


def _note(session: Session, action: str, row: ReadinessOverride) -> None:
    journal.note(
        session,
        action,
        subject_kind="appointment",
        subject_id=row.appointment_id,
        at=row.at,
        patient_ids=(row.patient_id,),
        codes=len(row.codes),
    )
