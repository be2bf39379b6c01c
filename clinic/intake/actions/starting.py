"""Starting an intake, with the answers that somebody gave before we knew who it is, and sending its link again."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.intake.actions.alarming import heed_danger
from clinic.intake.actions.ledger import lock_intake, note_intake, settle_stuck
from clinic.intake.actions.page_link import send_link
from clinic.intake.actions.saving import write_section
from clinic.intake.errors import NotWaiting
from clinic.intake.models import Intake
from clinic.intake.queries.intakes import intake_of
from clinic.intake.rules.answers import kept_public
from clinic.intake.rules.questions import Answers, section, sections
from clinic.intake.rules.states import WITH_PATIENT, IntakeState, Source
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.people.errors import PatientNotFound
from clinic.people.queries import lock_living
from clinic.people.rules import PatientStatus


def start_intake(
    session: Session,
    *,
    patient_id: UUID,
    source: Source,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    answers: Mapping[str, Answers] | None = None,
) -> Intake:
    """Begin a patient's intake and text its link, or return the one that lives.

    `answers` are those of the public questions, by section; they fill the sections in beforehand.
    """
    patient = lock_living(session, patient_id)
    if patient.status != PatientStatus.ACTIVE:
        raise PatientNotFound
    known = intake_of(session, patient.id)
    if known is not None:
        return known
    made = Intake(
        id=new_id(),
        patient_id=patient.id,
        source=source.value,
        state=IntakeState.OPEN,
        state_since=now,
        last_saved_at=now,
        created_at=now,
    )
    made.touch(by=by, now=now)
    session.add(made)
    session.flush()
    for each in sections():
        kept = kept_public(section(each.key), (answers or {}).get(each.key, {}))
        if kept:
            write_section(session, made, each.key, kept=kept, by=by, now=now)
    heed_danger(session, made, patient, before=False, by=by, now=now)
    send_link(session, made, patient, event="intake.started", by=by, now=now, ring=ring)
    note_intake(session, made, "intake.started", now=now, source=source.value)
    return made


def resend_link(session: Session, *, patient_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Text the link once more; raises NotWaiting when the patient has nothing to do."""
    found, patient = lock_intake(session, patient_id)
    if found.state not in WITH_PATIENT:
        raise NotWaiting("The patient has nothing to do on the intake now, so no link was sent.")
    send_link(session, found, patient, event="intake.resent", again=f"{now:%Y%m%d%H%M}", by=by, now=now, ring=ring)
    settle_stuck(session, found, by=by, now=now)
    note_intake(session, found, "intake.link_sent", now=now)
