"""What lets a visit be held by telemedicine: federal and state rules with their dates, and what lies past their end."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.people.rules import STATES
from clinic.treatment.errors import LegalBasisOverlaps, LegalBasisRefused

PRODUCT_SCHEDULE = "III"
"""The schedule of what this clinic prescribes (21 CFR 1308.13(c); the lists of Florida and New Jersey say the same)."""

SCHEDULES = ("II", "III", "IV", "V")

_A_DAY = timedelta(days=1)
_EARLIEST, _LATEST = date(1970, 1, 1), date(2100, 12, 31)
_LONGEST_NAME, _LONGEST_SOURCE, _LONGEST_NOTE = 80, 300, 500
_WAY_OUT = "An in-person exam or a new rule is needed."

BLOCK_WAY_OUT = (
    "Nobody can set this aside: a physician writes an in-person exam into the plan, or a physician or an administrator "
    "writes a new rule down under Legal basis."
)
"""Who may do what once nothing covers orders and releases any more."""


class Level(StrEnum):
    """Whose law a basis is; a visit needs one of each."""

    FEDERAL = "federal"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBasis:
    """What a person says of a basis; without `state` it holds in every one, without `valid_until` it has no end."""

    name: str
    level: str
    state: str | None
    schedule: str
    valid_from: date
    valid_until: date | None
    needs_in_person_exam: bool
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A basis as it stands; both days are inclusive in the patient's calendar."""

    id: UUID
    name: str
    level: Level
    state: str | None
    schedule: str
    valid_from: date
    valid_until: date | None
    needs_in_person_exam: bool
    source: str
    note: str
    version: int

    def holds_on(self, day: date) -> bool:
        """Tell whether the basis is in force on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def carries(self, *, state: str, day: date, exam_on: date | None) -> bool:
        """Tell whether a patient in a state stands on it that day; an exam counts from its own day on."""
        is_examined = exam_on is not None and exam_on <= day
        return (
            self.schedule == PRODUCT_SCHEDULE
            and self.state in {None, state}
            and self.holds_on(day)
            and (is_examined or not self.needs_in_person_exam)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a visit stands on."""

    federal: Basis
    state: Basis


@dataclass(frozen=True, slots=True)
class LegalVisit:
    """As much of a visit as the law asks for: where the patient is, and on which day of theirs."""

    state: str
    day: date


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A stretch in which no rule of a level covers a state, from its first day; null = as far back as is known."""

    level: Level
    state: str
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """How a patient stands with the law on a day (the patient's own), and on which day that ends; None is without end.

    `basis` is the one whose end that is; of a day that nothing covers, the one that ended last, if there ever was one.
    """

    day: date
    is_covered: bool
    until: date | None
    basis: Basis | None

    @property
    def days_left(self) -> int | None:
        """Return how many days it still holds, this one included; None is without end, 0 is over."""
        if not self.is_covered:
            return 0
        return None if self.until is None else (self.until - self.day).days + 1


def cover_on(bases: Collection[Basis], visit: LegalVisit, *, exam_on: date | None) -> Cover:
    """Return whether the law covers a patient on a day, and until when without a gap."""
    lacking = uncovered(bases, visit, exam_on=exam_on)
    if lacking is not None:
        until = lacking.since - _A_DAY if lacking.since else None
        return Cover(day=visit.day, is_covered=False, until=until, basis=ended_before(bases, lacking))
    ending, day = None, visit.day
    while (found := standing(bases, state=visit.state, day=day, exam_on=exam_on)) is not None:
        ending = min((found.federal, found.state), key=lambda basis: basis.valid_until or date.max)
        if ending.valid_until is None:
            return Cover(day=visit.day, is_covered=True, until=None, basis=None)
        day = ending.valid_until + _A_DAY
    return Cover(day=visit.day, is_covered=True, until=day - _A_DAY, basis=ending)


def ended_before(bases: Collection[Basis], lacking: Uncovered) -> Basis | None:
    """Return the basis after whose last day nothing covers a state any more, or None where none ever did."""
    fit = (basis for basis in bases if basis.level == lacking.level and basis.state in {None, lacking.state})
    return next((basis for basis in fit if lacking.since and basis.valid_until == lacking.since - _A_DAY), None)


def cover_words(cover: Cover) -> str | None:
    """Return until when orders and releases are covered, by which rule and what then; None where there is no end."""
    if not cover.is_covered:
        return f"{ended_words(cover.basis)} No order is signed and nothing is released. {BLOCK_WAY_OUT}"
    if cover.until is None or cover.basis is None:
        return None
    left, after = _counted((cover.until - cover.day).days + 1, "day"), day_in_full(cover.until + _A_DAY)
    return (
        f"Covered by {cited(cover.basis)} until {day_in_full(cover.until)}, {left} left. From {after} no order is "
        f"signed and nothing is released, unless another rule follows. {BLOCK_WAY_OUT}"
    )


def ended_words(basis: Basis | None) -> str:
    """Return which rule ended when, or that none was ever written down."""
    if basis is None or basis.valid_until is None:
        return "No rule is written down that covers this state."
    return f"{cited(basis)} ended on {day_in_full(basis.valid_until)} and nothing follows."


def cited(basis: Basis) -> str:
    """Return a basis with its citation."""
    return f"\u201c{basis.name}\u201d ({basis.source})"


def standing(bases: Collection[Basis], *, state: str, day: date, exam_on: date | None) -> Standing | None:
    """Return what a visit in a state stands on that day, or None unless federal and state law both allow it."""
    federal = _carrier(bases, Level.FEDERAL, LegalVisit(state, day), exam_on=exam_on)
    local = _carrier(bases, Level.STATE, LegalVisit(state, day), exam_on=exam_on)
    return Standing(federal, local) if federal and local else None


def uncovered(bases: Collection[Basis], visit: LegalVisit, *, exam_on: date | None) -> Uncovered | None:
    """Return what a visit lacks, federal law first, or None when it stands."""
    for level in Level:
        if _carrier(bases, level, visit, exam_on=exam_on) is None:
            return Uncovered(level, visit.state, _since(bases, level, visit, exam_on=exam_on))
    return None


def beyond(bases: Collection[Basis], visits: Iterable[LegalVisit], *, exam_on: date | None) -> tuple[str, ...]:
    """Return one sentence for each stretch of law that is missing under these visits, earliest first."""
    counts: dict[Uncovered, int] = {}
    for visit in sorted(visits, key=lambda each: each.day):
        lacking = uncovered(bases, visit, exam_on=exam_on)
        if lacking is not None:
            counts[lacking] = counts.get(lacking, 0) + 1
    return tuple(beyond_words(lacking, count) for lacking, count in counts.items())


def beyond_words(lacking: Uncovered, count: int = 1) -> str:
    """Return what is missing and the way out, in a sentence for planners."""
    visits = "this visit" if count == 1 else f"{count} of these visits"
    rule = "federal rule" if lacking.level is Level.FEDERAL else f"rule of {STATES[lacking.state]}"
    begin = f"From {day_in_full(lacking.since)} no" if lacking.since else "No"
    return f"{begin} {rule} covers {visits} by telemedicine. {_WAY_OUT}"


def ending_words(basis: Basis, *, visits: int, patients: int) -> str:
    """Return that a basis ends with nothing after it, and whom that concerns."""
    assert basis.valid_until is not None
    whom = "No booked visit comes after that yet."
    if visits:
        come = "comes" if visits == 1 else "come"
        whom = f"{_counted(visits, 'booked visit')} of {_counted(patients, 'patient')} {come} after that."
    return f"\u201c{basis.name}\u201d ends on {day_in_full(basis.valid_until)} and nothing follows. {whom} {_WAY_OUT}"


def ends_alone(bases: Collection[Basis], basis: Basis) -> bool:
    """Tell whether patients without an exam lose their ground on the day after a basis ends."""
    if basis.valid_until is None or basis.schedule != PRODUCT_SCHEDULE or basis.needs_in_person_exam:
        return False
    after = basis.valid_until + _A_DAY
    return any(
        _carrier(bases, basis.level, LegalVisit(state, after), exam_on=None) is None
        for state in STATES
        if basis.state in {None, state}
    )


def days_left(basis: Basis, today: date) -> int | None:
    """Return how many days a basis still holds, today included; None is without end, 0 is over."""
    if basis.valid_until is None:
        return None
    return max(0, (basis.valid_until - today).days + 1)


def day_in_full(day: date) -> str:
    """Return a day like `Jan 1, 2027`."""
    return f"{day:%b} {day.day}, {day.year}"


def checked_basis(new: NewBasis) -> NewBasis:
    """Return what is wanted with its words trimmed, or raise LegalBasisRefused at a field."""
    wanted = NewBasis(
        name=" ".join(new.name.split()),
        level=new.level,
        state=new.state or None,
        schedule=new.schedule,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        needs_in_person_exam=new.needs_in_person_exam,
        source=" ".join(new.source.split()),
        note=new.note.strip(),
    )
    for field, is_fine, sentence in _demands(wanted):
        if not is_fine:
            raise LegalBasisRefused(sentence, field=field)
    return wanted


def _demands(wanted: NewBasis) -> Iterable[tuple[str, bool, str]]:
    first, last = wanted.valid_from, wanted.valid_until
    yield "name", 1 <= len(wanted.name) <= _LONGEST_NAME, f"Give it a name of up to {_LONGEST_NAME} characters."
    yield "level", wanted.level in set(Level), "Choose federal or state law."
    yield "state", wanted.state is None or wanted.state in STATES, "Choose a state, or both."
    yield "state", wanted.level != Level.STATE or wanted.state is not None, "Choose the state whose law it is."
    yield "schedule", wanted.schedule in SCHEDULES, "Choose a schedule from II to V."
    yield "valid_from", _EARLIEST <= first <= _LATEST, "Enter a day between 1970 and 2100."
    yield "valid_until", last is None or last <= _LATEST, "Enter a day up to 2100, or leave it open."
    yield "valid_until", last is None or last >= first, "The last day must not be before the first one."
    yield "source", 1 <= len(wanted.source) <= _LONGEST_SOURCE, "Say where this stands, for example the citation."
    yield "note", len(wanted.note) <= _LONGEST_NOTE, f"Keep the note to {_LONGEST_NOTE} characters."


def require_no_double(new: NewBasis, others: Sequence[Basis]) -> None:
    """Raise LegalBasisOverlaps when another basis says the same for some of the same days."""
    for other in others:
        is_alike = (other.level, other.state, other.schedule) == (new.level, new.state, new.schedule)
        if is_alike and other.needs_in_person_exam == new.needs_in_person_exam and _overlap(new, other):
            raise LegalBasisOverlaps(
                f"\u201c{other.name}\u201d covers some of these days already. Change that one, or choose other days.",
                field="valid_from",
            )


def _overlap(new: NewBasis, other: Basis) -> bool:
    return new.valid_from <= (other.valid_until or date.max) and other.valid_from <= (new.valid_until or date.max)


def _carrier(bases: Collection[Basis], level: Level, visit: LegalVisit, *, exam_on: date | None) -> Basis | None:
    """Return the basis of a level that carries a visit; one without an end, else the one that ends last."""
    fit = [
        basis
        for basis in bases
        if basis.level == level and basis.carries(state=visit.state, day=visit.day, exam_on=exam_on)
    ]
    return max(fit, key=lambda basis: basis.valid_until or date.max, default=None)


def _since(bases: Collection[Basis], level: Level, visit: LegalVisit, *, exam_on: date | None) -> date | None:
    """Return the day after the last one before a visit on which a rule of the level still carried its patient."""
    ends = [
        basis.valid_until
        for basis in bases
        if basis.level == level
        and basis.valid_until is not None
        and basis.valid_until < visit.day
        and basis.carries(state=visit.state, day=basis.valid_until, exam_on=exam_on)
    ]
    return max(ends) + _A_DAY if ends else None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
