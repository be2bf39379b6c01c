"""Saving one section of an intake, and sending all of them to the physician."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.intake.actions.alarming import heed_danger, is_in_danger
from clinic.intake.actions.ledger import enter, lock_intake, note_intake, settle_stuck
from clinic.intake.errors import NotWaiting, SectionsMissing
from clinic.intake.models import Intake, IntakeSection
from clinic.intake.queries.intakes import answers_in, answers_of, complete_sections, saved_sections
from clinic.intake.rules.answers import Own, checked
from clinic.intake.rules.facts import canonical
from clinic.intake.rules.questions import Answers, section, sections, version
from clinic.intake.rules.states import DECIDED, WITH_PATIENT, IntakeState
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.models import Patient
from clinic.people.queries import phone_of


def save_section(session: Session, *, patient_id: UUID, key: str, given: Answers, by: Actor, now: datetime) -> Intake:
    """Save the answers of a section and return the intake; the same answers again change nothing.

    A change of what a physician decided about leads back to the physician. Raises NoIntake and, at the question that
    cannot be taken, Refused.
    """
    found, patient = lock_intake(session, patient_id)
    kept = checked(section(key), given, _own(session, patient))
    known = saved_sections(session, found.id).get(key)
    if known is not None and answers_in(known) == kept:
        return found
    was_in_danger = is_in_danger(session, found, patient, now=now)
    write_section(session, found, key, kept=kept, by=by, now=now)
    found.last_saved_at = now
    settle_stuck(session, found, by=by, now=now)
    found.touch(by=by, now=now)
    session.flush()
    if found.state in DECIDED:
        enter(session, found, IntakeState.WAITING, by=by, now=now)
        note_intake(session, found, "intake.reopened", now=now, section=key)
    heed_danger(session, found, patient, before=was_in_danger, by=by, now=now)
    note_intake(session, found, "intake.saved", now=now, section=key)
    return found


def send_intake(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> Intake:
    """Send an intake to the physician; sent before, it is returned as it is.

    Raises NoIntake, and SectionsMissing while something is to be answered.
    """
    found, _ = lock_intake(session, patient_id)
    if found.state == IntakeState.WAITING:
        return found
    if found.state not in WITH_PATIENT:
        raise NotWaiting("A physician has decided already. Change an answer if something is different now.")
    missing = missing_sections(session, found)
    if missing:
        raise SectionsMissing("Some parts are still open. Answer them, then send.")
    found.sent_at = now
    enter(session, found, IntakeState.WAITING, by=by, now=now)
    note_intake(session, found, "intake.sent", now=now)
    return found


def missing_sections(session: Session, found: Intake) -> list[str]:
    """Return the sections that are not complete, in the order in which they are asked."""
    complete = complete_sections(answers_of(session, found.id))
    return [each.key for each in sections() if each.key not in complete]


def write_section(session: Session, found: Intake, key: str, *, kept: Answers, by: Actor, now: datetime) -> None:
    """Write the next version of a section's answers."""
    known = saved_sections(session, found.id).get(key)
    row = IntakeSection(
        id=new_id(),
        intake_id=found.id,
        section=key,
        number=known.number + 1 if known else 1,
        questions_version=version(),
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.answers = canonical(kept)
    session.add(row)
    session.flush()


def _own(session: Session, patient: Patient) -> Own:
    return Own(
        e164=phone_of(session, patient.id).e164,
        first_name=patient.legal_first_name,
        last_name=patient.legal_last_name,
        preferred_name=patient.preferred_name,
    )
