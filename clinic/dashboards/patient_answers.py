"""What one patient was asked and answered: every check-in with its scores, and each answer of one assessment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.errors import NotFound
from clinic.monitoring.errors import UnknownInstrument
from clinic.monitoring.models import Answer, AnswerWords, Assessment, CheckIn, Score
from clinic.monitoring.queries.instruments import instrument, instruments
from clinic.monitoring.rules.answering import asked_items
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Given, Item
from clinic.scheduling.models import Appointment

_PLANNED = ("planned", "canceled")


class NoSuchAnswers(NotFound):
    """This patient was never asked that, or it is somebody else's."""

    code = "no_such_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One score with its own words; `band` is the word of its band, empty where it has none."""

    title: str
    value: Decimal
    most: Decimal | None
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One instrument of a check-in as a list shows it."""

    id: UUID
    name: str
    moment: str
    state: str
    done_at: datetime | None
    is_required: bool
    scores: tuple[ScoreLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInLine:
    """One check-in with everything that it asked."""

    id: UUID
    due_on: date
    state: str
    done_at: datetime | None
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAt:
    """One answer and when it was given; an empty one takes the answer before it back."""

    given: Given
    at: datetime

    @property
    def is_taken_back(self) -> bool:
        """Tell whether the patient took the answer back."""
        return self.given == Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One question with the answer that counts, and those that were given before it, oldest first.

    `is_asked` is false where later answers made the question fall away.
    """

    item: Item
    now: GivenAt | None
    before: tuple[GivenAt, ...]
    is_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSheet:
    """One assessment with every question that was asked or answered."""

    assessment: Assessment
    due_on: date
    instrument: Instrument
    session_at: datetime | None
    scores: tuple[ScoreLine, ...]
    lines: tuple[ItemLine, ...]


def check_ins(session: Session, patient_id: UUID, *, offset: int = 0, limit: int = 50) -> tuple[int, list[CheckInLine]]:
    """Return how many check-ins opened for the patient, and some of them with scores, the newest first."""
    which = CheckIn.patient_id == patient_id, CheckIn.state.not_in(_PLANNED)
    total = session.scalar(select(func.count()).select_from(CheckIn).where(*which)) or 0
    wanted = select(CheckIn).where(*which).order_by(CheckIn.due_on.desc(), CheckIn.id.desc())
    found = list(session.scalars(wanted.offset(offset).limit(limit)))
    asked = _asked(session, [one.id for one in found])
    lines = [
        CheckInLine(id=one.id, due_on=one.due_on, state=one.state, done_at=one.done_at, asked=tuple(asked[one.id]))
        for one in found
    ]
    return total, lines


def answer_sheet(session: Session, *, patient_id: UUID, assessment_id: UUID) -> AnswerSheet:
    """Return every answer of one assessment of this patient, or raise NoSuchAnswers."""
    wanted = (
        select(Assessment, CheckIn.due_on, Appointment.starts_at)
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .outerjoin(Appointment, Appointment.id == Assessment.appointment_id)
        .where(Assessment.id == assessment_id, Assessment.patient_id == patient_id)
    )
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NoSuchAnswers("These answers are not there. Open the list of answers and choose again.")
    assessment, due_on, session_at = found
    definition = instrument(session, assessment.instrument_key, assessment.instrument_version)
    return AnswerSheet(
        assessment=assessment,
        due_on=due_on,
        instrument=definition,
        session_at=session_at,
        scores=tuple(_score_lines(_scores(session, [assessment_id])[assessment_id], definition)),
        lines=_lines(definition, _given(session, assessment_id)),
    )


def _asked(session: Session, check_in_ids: Sequence[UUID]) -> dict[UUID, list[Asked]]:
    wanted = select(Assessment).where(Assessment.check_in_id.in_(check_in_ids), Assessment.state != "canceled")
    rows = list(session.scalars(wanted.order_by(Assessment.position, Assessment.id)))
    scores = _scores(session, [row.id for row in rows])
    known = _Definitions(session)
    found: dict[UUID, list[Asked]] = defaultdict(list)
    for row in rows:
        definition = known.of(row)
        found[row.check_in_id].append(
            Asked(
                id=row.id,
                name=definition.name if definition else row.instrument_key,
                moment=row.moment,
                state=row.state,
                done_at=row.done_at,
                is_required=row.is_required,
                scores=tuple(_score_lines(scores[row.id], definition)),
            )
        )
    return found


class _Definitions:
    """The definitions of a list, each read once: those asked now together, older versions one by one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, int], Instrument | None] = {
            (one.key, one.version): one for one in instruments(session).values()
        }

    def of(self, row: Assessment) -> Instrument | None:
        """Return the definition that an assessment was asked with, None if the clinic's own is gone."""
        where = row.instrument_key, row.instrument_version
        if where not in self._known:
            try:
                self._known[where] = instrument(self._session, *where)
            except UnknownInstrument:
                self._known[where] = None
        return self._known[where]


def _scores(session: Session, assessment_ids: Sequence[UUID]) -> dict[UUID, list[Score]]:
    found: dict[UUID, list[Score]] = defaultdict(list)
    for row in session.scalars(select(Score).where(Score.assessment_id.in_(assessment_ids)).order_by(Score.id)):
        found[row.assessment_id].append(row)
    return found


def _score_lines(rows: Iterable[Score], definition: Instrument | None) -> Iterable[ScoreLine]:
    for row in rows:
        rule = definition.score(row.name) if definition else None
        bands = rule.bands if rule else ()
        yield ScoreLine(
            title=rule.title if rule else row.name,
            value=row.value,
            most=rule.most if rule else None,
            band=next((each.title for each in bands if each.key == row.band), ""),
        )


def _given(session: Session, assessment_id: UUID) -> dict[str, list[GivenAt]]:
    """Return item -> every answer as it was given, oldest first."""
    wanted = (
        select(Answer, AnswerWords)
        .outerjoin(AnswerWords, AnswerWords.id == Answer.words_id)
        .where(Answer.assessment_id == assessment_id)
        .order_by(Answer.id)
    )
    found: dict[str, list[GivenAt]] = defaultdict(list)
    for row, words in session.execute(wanted):
        given = Given(value=row.value, on=row.value_on, words=words.words if words else None)
        if not found[row.item] or found[row.item][-1].given != given:
            found[row.item].append(GivenAt(given=given, at=row.at))
    return found


def _lines(definition: Instrument, given: Mapping[str, Sequence[GivenAt]]) -> tuple[ItemLine, ...]:
    newest = {key: told[-1].given.value for key, told in given.items() if told}
    values = {key: value for key, value in newest.items() if value is not None}
    asked = {item.key for item in asked_items(definition, values)}
    return tuple(
        _line(item, given.get(item.key, ()), is_asked=item.key in asked)
        for item in definition.items
        if item.key in asked or given.get(item.key)
    )


def _line(item: Item, told: Sequence[GivenAt], *, is_asked: bool) -> ItemLine:
    is_answered = bool(told) and not told[-1].is_taken_back
    return ItemLine(
        item=item,
        now=told[-1] if is_answered else None,
        before=tuple(told[:-1] if is_answered else told),
        is_asked=is_asked,
    )
