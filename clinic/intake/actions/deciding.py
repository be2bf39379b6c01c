"""A physician's decision about an intake: kept with everything that was seen, and what follows from it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.intake.actions.ledger import ask_for_call, enter, lock_intake, note_intake
from clinic.intake.actions.page_link import send_link
from clinic.intake.errors import DecisionRefused, EvidenceChanged, NotWaiting, PhysicianDecidesIntake
from clinic.intake.models import Intake, IntakeDecision
from clinic.intake.queries.intakes import decisions_of, evidence_now
from clinic.intake.rules.facts import Evidence, canonical
from clinic.intake.rules.questions import section, sections, version
from clinic.intake.rules.states import AFTER, AskedOf, Decision, IntakeState, written_reason
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.people.queries import may_see


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a physician chose: the decision, why, and of whom which sections are asked again."""

    decision: Decision
    reason: str
    asked_of: AskedOf | None = None
    sections: Collection[str] = field(default_factory=tuple)


def decide(
    session: Session, *, patient_id: UUID, decided: Decided, shown: str, by: Actor, now: datetime, ring: KeyRing
) -> IntakeDecision:
    """Take a physician's decision about an intake that was sent; `shown` is the hash of what the page showed.

    Raises PhysicianDecidesIntake, NotWaiting, EvidenceChanged when an answer, a score or a policy changed since, and
    DecisionRefused at `reason`, `asked_of` or `sections`.
    """
    found, patient = lock_intake(session, patient_id)
    _require_physician(session, patient.id, by=by, now=now)
    if found.state != IntakeState.WAITING:
        raise NotWaiting("This intake does not wait for a decision. Look at it again.")
    evidence = evidence_now(session, found, patient, now=now)
    if evidence.hash != shown:
        raise EvidenceChanged("Something changed after you opened this. Look at it again, then decide.")
    row = _row(session, found, evidence, decided=_checked(decided), by=by, now=now)
    enter(session, found, AFTER[decided.decision], by=by, now=now)
    if decided.asked_of is AskedOf.PATIENT:
        again = f"{row.number}"
        send_link(session, found, patient, event="intake.returned", again=again, by=by, now=now, ring=ring)
    elif decided.asked_of is AskedOf.COORDINATOR:
        ask_for_call(session, patient.id, about=f"{row.id}", reason=_asked(row.sections), by=by, now=now)
    note_intake(session, found, "intake.decided", now=now, decision=row.decision, number=row.number)
    return row


def _require_physician(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    as_physician = Actor(kind=by.kind, name=by.name, id=by.id, roles=frozenset({Role.PHYSICIAN}))
    is_physician = by.kind is ActorKind.STAFF and by.has(Role.PHYSICIAN)
    if not (is_physician and may_see(session, actor=as_physician, patient_id=patient_id, now=now)):
        raise PhysicianDecidesIntake("A physician of this patient decides this. Ask one of them.")


def _checked(decided: Decided) -> Decided:
    known = {each.key for each in sections()}
    if not set(decided.sections) <= known:
        raise DecisionRefused("Choose parts of the list.", field="sections")
    if decided.decision is not Decision.NEEDS_MORE:
        return Decided(decision=decided.decision, reason=written_reason(decided.reason))
    if decided.asked_of is None:
        raise DecisionRefused("Choose who is asked: the patient by text, or a coordinator.", field="asked_of")
    if not decided.sections:
        raise DecisionRefused("Choose the parts to look at again.", field="sections")
    chosen = tuple(each.key for each in sections() if each.key in decided.sections)
    return Decided(
        decision=decided.decision,
        reason=written_reason(decided.reason),
        asked_of=decided.asked_of,
        sections=chosen,
    )


def _row(
    session: Session, found: Intake, evidence: Evidence, *, decided: Decided, by: Actor, now: datetime
) -> IntakeDecision:
    assert by.id is not None
    row = IntakeDecision(
        id=new_id(),
        intake_id=found.id,
        number=len(decisions_of(session, found.id)) + 1,
        decision=decided.decision.value,
        outcome=evidence.verdict.outcome.value,
        asked_of=decided.asked_of.value if decided.asked_of else None,
        sections=list(decided.sections),
        evidence_hash=evidence.hash,
        engine_version=evidence.verdict.version,
        questions_version=version(),
        policy=dict(evidence.limits),
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.reason, row.evidence = decided.reason, canonical(evidence.content)
    session.add(row)
    session.flush()
    return row


def _asked(keys: Collection[str]) -> str:
    """Return what a coordinator asks for; the titles of parts say nothing of what was answered."""
    titles = ", ".join(section(key).title["en"].lower() for key in keys)
    return f"The physician needs more for the intake. Call the patient and go through these parts again: {titles}."
