"""Finishing what a patient answered: scores are kept, and the check-in is done with the last of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.monitoring.actions.settling import note_check_in, settle
from clinic.monitoring.models import Assessment, CheckIn, Score
from clinic.monitoring.queries.check_ins import latest_answers
from clinic.monitoring.queries.instruments import instrument
from clinic.monitoring.rules.scoring import Scored, scored

DONE = "assessment.done"
ANSWERED = "check_in.answered"


def finish_assessment(session: Session, *, assessment: Assessment, now: datetime, by: Actor) -> tuple[Scored, ...]:
    """Keep the scores of the answers as they are and say that it is done; what is done already stays as it is.

    The caller holds the check-in's lock, and calls `tell_of_answers` once when it has finished all that it will. With
    the last one that waits the check-in ends.
    """
    if assessment.state != "waiting":
        return ()
    found = instrument(session, assessment.instrument_key, assessment.instrument_version)
    given = latest_answers(session, assessment.id)
    values = {item: one.value for item, one in given.items() if one.value is not None}
    numeric = {key for key, value in values.items() if (item := found.item(key)) is not None and item.is_numeric}
    scores = scored(found, {key: value for key, value in values.items() if key in numeric})
    assessment.state, assessment.done_at = "done", now
    for one in scores:
        session.add(_row(assessment, one, now=now))
    session.flush()
    sheet = session.get_one(CheckIn, assessment.check_in_id)
    note_check_in(session, sheet, DONE, now=now, instrument=assessment.instrument_key)
    settle(session, sheet, reason="done", by=by, now=now)
    return scores


def tell_of_answers(session: Session, check_in: CheckIn, *, now: datetime) -> None:
    """Say once that a check-in has new scores, however many of its instruments were finished."""
    publish(session, ANSWERED, subject_id=check_in.id, now=now)


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
