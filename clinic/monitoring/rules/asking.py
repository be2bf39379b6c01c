"""The order in which the questions of a check-in are asked, and which one comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from clinic.monitoring.rules.alarms import GRAVITY, Alarm, alarms_of
from clinic.monitoring.rules.answering import asked_items, missing_items, values_of
from clinic.monitoring.rules.instruments import Help, Instrument
from clinic.monitoring.rules.items import Given, Item

SAFETY = "safety"
"""The moment of what is asked because an answer alarmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One instrument of a check-in in the version it was asked with, and the answers that count."""

    assessment_id: UUID
    instrument: Instrument
    moment: str
    is_required: bool
    given: Mapping[str, Given]

    @property
    def answers(self) -> Mapping[str, Decimal]:
        """Return the answers that are numbers, which decide what is asked and what alarms."""
        return values_of(self.given)

    @property
    def asked(self) -> tuple[Item, ...]:
        """Return the questions that these answers lead to."""
        return asked_items(self.instrument, self.answers)

    @property
    def missing(self) -> tuple[Item, ...]:
        """Return the asked questions without an answer that may not be left out."""
        return missing_items(self.instrument, self.given)

    @property
    def is_begun(self) -> bool:
        """Tell whether any question that is asked has an answer; one that is not asked any more counts for nothing."""
        return any(item.key in self.given for item in self.asked)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return what has to be acted on at once."""
        return alarms_of(self.instrument, self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the whole check-in; `number` counts from 1."""

    number: int
    part: Part
    item: Item

    @property
    def given(self) -> Given | None:
        """Return the answer that counts, if there is one."""
        return self.part.given.get(self.item.key)

    @property
    def is_first_of_part(self) -> bool:
        """Tell whether a new instrument begins with it."""
        return self.part.asked[0].key == self.item.key


def questions(parts: Sequence[Part]) -> tuple[Question, ...]:
    """Return the questions in the order they are asked: what an alarm asks comes right behind the answer."""
    first = safety_parts(parts)
    ordered = [(part, item) for part in parts if part not in first for item in part.asked]
    for safety in first:
        behind = _place(ordered, _anchor(parts, safety))
        ordered[behind:behind] = [(safety, item) for item in safety.asked]
    return tuple(Question(number=number, part=part, item=item) for number, (part, item) in enumerate(ordered, start=1))


def sections(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts in the order of one page: what an alarm asks comes right behind the part that alarmed."""
    first = safety_parts(parts)
    ordered = [part for part in parts if part not in first]
    for safety in first:
        anchor = _anchor(parts, safety)
        at = next((n for n, one in enumerate(ordered, start=1) if anchor and one.assessment_id == anchor[0]), 0)
        ordered.insert(at, safety)
    return tuple(ordered)


def safety_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return what is asked because an answer alarmed: added for it, or there already and called for by it now."""
    called = {rung.asks for part in parts for rung in part.alarms if rung.asks}
    return tuple(part for part in parts if part.moment == SAFETY or part.instrument.key in called)


def following(asked: Sequence[Question], number: int) -> Question | None:
    """Return the first question after this number that has no answer."""
    return next((one for one in asked if one.number > number and one.given is None), None)


def numbered(asked: Sequence[Question], assessment_id: UUID, item: str) -> Question | None:
    """Return the question of a part with this key, if it is asked."""
    return next((one for one in asked if one.part.assessment_id == assessment_id and one.item.key == item), None)


def help_to_show(before: Iterable[Alarm], found: Iterable[Alarm]) -> frozenset[Help]:
    """Return the help that a patient has to see now: seen before for something as grave, it does not come again."""
    seen: dict[Help, int] = {}
    for one in before:
        if one.shows is not None:
            seen[one.shows] = max(seen.get(one.shows, 0), GRAVITY.index(one.level))
    return frozenset(one.shows for one in found if one.shows and GRAVITY.index(one.level) > seen.get(one.shows, -1))


def _anchor(parts: Sequence[Part], safety: Part) -> tuple[UUID, str] | None:
    """Return the question that asks for a safety part: one that alarms now, else one that can."""
    may = [
        (part, rule)
        for part in parts
        for rule in part.instrument.alarms
        if part is not safety and rule.asks == safety.instrument.key
    ]
    found = [(part, rule) for part, rule in may if rule.when.holds(part.answers)] or may
    return (found[0][0].assessment_id, found[0][1].when.items[-1]) if found else None


def _place(ordered: Sequence[tuple[Part, Item]], anchor: tuple[UUID, str] | None) -> int:
    """Return where to put what follows the anchor; at the beginning when what alarmed is not asked any more."""
    of_part = [n for n, (part, _) in enumerate(ordered, start=1) if anchor and part.assessment_id == anchor[0]]
    exact = [n for n in of_part if anchor and ordered[n - 1][1].key == anchor[1]]
    return (exact or of_part or [0])[-1]
