"""What the page of a check-in shows: its parts that wait, with the answers that count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.monitoring.models import Answer, AnswerWords, Assessment, CheckIn
from clinic.monitoring.queries.instruments import IS_ANY_PUT_IN, instruments_in
from clinic.monitoring.rules.asking import Part
from clinic.monitoring.rules.items import Given

CHECKLIST = "pre_session"
"""The instrument that the page of a visit at home leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A check-in as its patient has it, with the parts that wait; what was sent is not shown any more."""

    check_in: CheckIn
    parts: tuple[Part, ...]


def check_in_of(session: Session, check_in_id: UUID) -> CheckIn | None:
    """Return a check-in, or None if it does not exist."""
    return session.scalar(select(CheckIn).where(CheckIn.id == check_in_id))


def checklist_of(session: Session, *, patient_id: UUID, appointment_id: UUID | None = None) -> CheckIn | None:
    """Return the check-in with the list before a visit, of one visit if it is named: the open one, else the last."""
    wanted = (
        select(CheckIn)
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(
            Assessment.patient_id == patient_id,
            Assessment.instrument_key == CHECKLIST,
            Assessment.state != "canceled",
            CheckIn.state != "canceled",
        )
    )
    if appointment_id is not None:
        wanted = wanted.where(Assessment.appointment_id == appointment_id)
    best = ((CheckIn.state == "open").desc(), (CheckIn.state == "done").desc(), CheckIn.due_on.desc(), CheckIn.id)
    return session.scalar(wanted.order_by(*best).limit(1))


def sheet(session: Session, check_in: CheckIn) -> Sheet:
    """Return the parts that wait, in the order they were asked for."""
    wanted = (
        select(Assessment, IS_ANY_PUT_IN)
        .where(Assessment.check_in_id == check_in.id, Assessment.state == "waiting")
        .order_by(Assessment.position, Assessment.id)
    )
    rows = session.execute(wanted).all()
    waiting = [one for one, _ in rows]
    given = answers_of(session, [one.id for one in waiting])
    asked_in = [(one.instrument_key, one.instrument_version) for one in waiting]
    known = instruments_in(session, asked_in, is_any_put_in=any(is_any for _, is_any in rows))
    return Sheet(
        check_in=check_in,
        parts=tuple(
            Part(
                assessment_id=one.id,
                instrument=known[one.instrument_key, one.instrument_version],
                moment=one.moment,
                is_required=one.is_required,
                given=given.get(one.id, {}),
            )
            for one in waiting
        ),
    )


def answers_of(session: Session, assessment_ids: Iterable[UUID]) -> Mapping[UUID, Mapping[str, Given]]:
    """Return assessment -> item -> the newest answer, without those that were taken back."""
    newest = (
        select(Answer.assessment_id, Answer.item, Answer.value, Answer.value_on, Answer.words_id)
        .where(Answer.assessment_id.in_(list(assessment_ids)))
        .ext(distinct_on(Answer.assessment_id, Answer.item))
        .order_by(Answer.assessment_id, Answer.item, Answer.id.desc())
    )
    found: dict[UUID, dict[str, Given]] = defaultdict(dict)
    rows = session.execute(newest).all()
    words = _words(session, [row.words_id for row in rows if row.words_id is not None])
    for row in rows:
        given = Given(value=row.value, on=row.value_on, words=words.get(row.words_id))
        if given != Given():
            found[row.assessment_id][row.item] = given
    return found


def _words(session: Session, ids: list[UUID]) -> dict[UUID | None, str | None]:
    if not ids:
        return {}
    return {row.id: row.words for row in session.scalars(select(AnswerWords).where(AnswerWords.id.in_(ids)))}
