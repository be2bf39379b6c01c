"""What the page of a check-in shows: its parts that wait, with the answers that count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.monitoring.models import Answer, AnswerWords, Assessment, CheckIn
from clinic.monitoring.queries.instruments import IS_ANY_PUT_IN, instruments_in
from clinic.monitoring.rules.asking import Part
from clinic.monitoring.rules.items import Given

CHECKLIST = "pre_session"
"""The instrument that the page of a visit at home leads to."""

_CHECK_IN = select(CheckIn).where(CheckIn.id == bindparam("of_check_in"))
_WAITING = (
    select(
        *(Assessment.id, Assessment.instrument_key, Assessment.instrument_version, Assessment.moment),
        *(Assessment.is_required, IS_ANY_PUT_IN.label("is_any_put_in")),
    )
    .where(Assessment.check_in_id == bindparam("of_check_in"), Assessment.state == "waiting")
    .order_by(Assessment.position, Assessment.id)
)
_NEWEST = (
    select(Answer.assessment_id, Answer.item, Answer.value, Answer.value_on, Answer.words_id)
    .where(among(Answer.assessment_id, "of_assessments"))
    .ext(distinct_on(Answer.assessment_id, Answer.item))
    .order_by(Answer.assessment_id, Answer.item, Answer.id.desc())
)
_WORDS = select(AnswerWords).where(among(AnswerWords.id, "ids"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A check-in as its patient has it, with the parts that wait; what was sent is not shown any more."""

    check_in: CheckIn
    parts: tuple[Part, ...]


def check_in_of(session: Session, check_in_id: UUID) -> CheckIn | None:
    """Return a check-in, or None if it does not exist."""
    return session.scalar(_CHECK_IN, {"of_check_in": check_in_id})


def checklist_of(session: Session, *, patient_id: UUID, appointment_id: UUID | None = None) -> CheckIn | None:
    """Return the check-in with the list before a visit, of one visit if it is named: the open one, else the last."""
    about = {} if appointment_id is None else {"of_visit": appointment_id}
    return session.scalar(_checklist(is_visit_named=bool(about)), {"of_patient": patient_id, **about})


@cache
def _checklist(*, is_visit_named: bool) -> Select[CheckIn]:
    wanted = (
        select(CheckIn)
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(
            Assessment.patient_id == bindparam("of_patient"),
            Assessment.instrument_key == CHECKLIST,
            Assessment.state != "canceled",
            CheckIn.state != "canceled",
        )
    )
    if is_visit_named:
        wanted = wanted.where(Assessment.appointment_id == bindparam("of_visit"))
    best = ((CheckIn.state == "open").desc(), (CheckIn.state == "done").desc(), CheckIn.due_on.desc(), CheckIn.id)
    return wanted.order_by(*best).limit(1)


def sheet(session: Session, check_in: CheckIn) -> Sheet:
    """Return the parts that wait, in the order they were asked for."""
    waiting = session.execute(_WAITING, {"of_check_in": check_in.id}).all()
    given = answers_of(session, [one.id for one in waiting])
    asked_in = [(one.instrument_key, one.instrument_version) for one in waiting]
    known = instruments_in(session, asked_in, is_any_put_in=any(one.is_any_put_in for one in waiting))
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
    found: dict[UUID, dict[str, Given]] = defaultdict(dict)
    rows = session.execute(_NEWEST, {"of_assessments": list(assessment_ids)}).all()
    words = _words(session, [row.words_id for row in rows if row.words_id is not None])
    for row in rows:
        given = Given(value=row.value, on=row.value_on, words=words.get(row.words_id))
        if given != Given():
            found[row.assessment_id][row.item] = given
    return found


def _words(session: Session, ids: list[UUID]) -> dict[UUID | None, str | None]:
    if not ids:
        return {}
    return {row.id: row.words for row in session.scalars(_WORDS, {"ids": ids})}
