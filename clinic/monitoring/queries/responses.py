"""One finished assessment with everything that was asked, answered and computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.monitoring.errors import UnknownAssessment
from clinic.monitoring.models import Assessment, Score
from clinic.monitoring.queries.answering import answers_of
from clinic.monitoring.queries.instruments import instrument
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Given
from clinic.monitoring.rules.scoring import Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one patient answered once; the instrument is the one that was asked then."""

    assessment: Assessment
    done_at: datetime
    instrument: Instrument
    answers: Mapping[str, Given]
    scores: tuple[Scored, ...]


def response(session: Session, *, patient_id: UUID, assessment_id: UUID) -> Response:
    """Return a finished assessment of the patient, or raise UnknownAssessment for any other and for anybody else's."""
    found = session.get(Assessment, assessment_id)
    if found is None or found.patient_id != patient_id or found.done_at is None:
        raise UnknownAssessment("There are no such answers. Open the patient's answers and choose one.")
    scores = session.scalars(select(Score).where(Score.assessment_id == assessment_id).order_by(Score.id))
    return Response(
        assessment=found,
        done_at=found.done_at,
        instrument=instrument(session, found.instrument_key, found.instrument_version),
        answers=answers_of(session, [assessment_id]).get(assessment_id, {}),
        scores=tuple(Scored(name=one.name, value=one.value, band=one.band) for one in scores),
    )
