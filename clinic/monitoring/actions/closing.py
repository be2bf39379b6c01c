"""Finishing what a patient answered: scores are kept, and the check-in is done with the last of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.kernel.statements import among
from clinic.monitoring.actions.settling import note_check_in, settle
from clinic.monitoring.models import Assessment, CheckIn, Score
from clinic.monitoring.rules.asking import Part
from clinic.monitoring.rules.scoring import Scored, scored

DONE = "assessment.done"
ANSWERED = "check_in.answered"

_THESE = select(Assessment).where(among(Assessment.id, "ids"))


def finish_parts(session: Session, check_in: CheckIn, parts: Collection[Part], *, now: datetime, by: Actor) -> None:
    """Keep the scores of these parts as they are answered and say that they are done; the check-in ends with its last.

    The caller read the parts under the check-in's lock, and calls `tell_of_answers` once when it has finished all that
    it will. What is done already stays as it is.
    """
    rows = {row.id: row for row in session.scalars(_THESE, {"ids": [part.assessment_id for part in parts]})}
    for part in parts:
        if rows[part.assessment_id].state == "waiting":
            _finish(session, rows[part.assessment_id], part, now=now)
            note_check_in(session, check_in, DONE, now=now, instrument=part.instrument.key)
    settle(session, check_in, reason="done", by=by, now=now)


def tell_of_answers(session: Session, check_in: CheckIn, *, now: datetime) -> None:
    """Say once that a check-in has new scores, however many of its instruments were finished."""
    publish(session, ANSWERED, subject_id=check_in.id, now=now)


def _finish(session: Session, assessment: Assessment, part: Part, *, now: datetime) -> None:
    numeric = {item.key for item in part.instrument.items if item.is_numeric}
    values = {key: value for key, value in part.answers.items() if key in numeric}
    assessment.state, assessment.done_at = "done", now
    session.add_all(_row(assessment, one, now=now) for one in scored(part.instrument, values))


def _row(assessment: Assessment, one: Scored, *, now: datetime) -> Score:
    return Score(
        assessment_id=assessment.id,
        patient_id=assessment.patient_id,
        instrument_key=assessment.instrument_key,
        name=one.name,
        value=one.value,
        band=one.band,
        at=now,
    )
