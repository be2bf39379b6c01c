"""How a panel is read: risk, the reason spelled out, how the patient does, orders and filters."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from clinic.monitoring.rules.response import RELEVANT, remitted, responded
from clinic.treatment.rules.phases import Phase

SILENT_AFTER: Mapping[str, int] = MappingProxyType(
    {Phase.EVALUATION: 35, Phase.INDUCTION: 10, Phase.MAINTENANCE: 35, Phase.TAPER: 21, Phase.AFTERCARE: 35}
)
"""More days than this without a score are said; each phase asks at its own pace."""


class Risk(IntEnum):
    """The highest level of a patient's open flags that asks for something."""

    NONE = 0
    WATCH = 2
    REVIEW = 3
    HOLD = 4
    URGENT = 5


_RISKS: Mapping[int, Risk] = {int(risk): risk for risk in Risk}


class Standing(StrEnum):
    """How the PHQ-9, or else the GAD-7, stands to where it began."""

    REMISSION = "remission"
    RESPONSE = "response"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    ONE_SCORE = "one_score"
    NO_SCORE = "no_score"


class Facts(NamedTuple):
    """One patient as the statement returns it; days are the patient's own, instants in UTC.

    `phq` is the newest score, `phq_start` the baseline, `phq_before` the one before the newest; so with `gad`. The
    flag's columns are the highest open flag's, the oldest of equals. `missed` counts check-ins since the last done.
    """

    id: UUID
    record_number: str
    last_name: str
    first_name: str
    search_key: str
    state: str
    zone: str
    status: str
    plan_id: UUID | None
    phase: str | None
    taken: int
    last_at: datetime | None
    next_at: datetime | None
    phq: int | None
    phq_start: int | None
    phq_before: int | None
    phq_count: int
    phq_at: datetime | None
    gad: int | None
    gad_start: int | None
    gad_before: int | None
    gad_count: int
    gad_at: datetime | None
    silent_days: int | None
    flags: int
    level: int | None
    flag_id: UUID | None
    sentence: str | None
    raised_at: datetime | None
    missed: int
    missed_since: date | None

    @property
    def name(self) -> str:
        """Return `Reyes, Daniela`."""
        return f"{self.last_name}, {self.first_name}"

    @property
    def risk(self) -> Risk:
        """Return the level of the highest open flag; one that only informs asks for nothing."""
        return _RISKS.get(self.level or 0, Risk.NONE)

    @property
    def phq_change(self) -> int | None:
        """Return how far the PHQ-9 is from its baseline."""
        return _change(self.phq, self.phq_start, self.phq_count)

    @property
    def gad_change(self) -> int | None:
        """Return how far the GAD-7 is from its baseline."""
        return _change(self.gad, self.gad_start, self.gad_count)

    @property
    def is_silent(self) -> bool:
        """Tell whether scores have been away for longer than the phase allows."""
        limit = SILENT_AFTER.get(self.phase or "")
        return limit is not None and self.silent_days is not None and self.silent_days > limit

    @property
    def is_overdue(self) -> bool:
        """Tell whether the patient owes an answer: a check-in was missed, or scores stopped coming."""
        return self.missed > 0 or self.is_silent

    @property
    def standing(self) -> Standing:
        """Return how the PHQ-9 stands to its baseline, or the GAD-7 where there is no PHQ-9."""
        if self.phq is not None:
            return _standing(self.phq, self.phq_start, self.phq_count)
        return _standing(self.gad, self.gad_start, self.gad_count)


def _change(last: int | None, start: int | None, count: int) -> int | None:
    return None if last is None or start is None or count < 2 else last - start  # noqa: PLR2004 - one has no other


def _standing(last: int | None, start: int | None, count: int) -> Standing:
    change = _change(last, start, count)
    if last is None or start is None:
        return Standing.NO_SCORE
    if change is None:
        return Standing.ONE_SCORE
    if remitted(Decimal(start), Decimal(last)):
        return Standing.REMISSION
    if responded(Decimal(start), Decimal(last)):
        return Standing.RESPONSE
    if abs(change) < RELEVANT:
        return Standing.SAME
    return Standing.WORSE if change > 0 else Standing.BETTER


def reason_of(one: Facts) -> str:
    """Return why the patient stands where they stand: the highest flag's sentence, else what is missing."""
    if one.sentence:
        return one.sentence
    if one.is_silent:
        return f"No score for {one.silent_days} d"
    if one.missed:
        return "1 check-in missed" if one.missed == 1 else f"{one.missed} check-ins missed"
    is_expected = one.phase in SILENT_AFTER and one.silent_days is None
    return "No score yet" if is_expected else ""


class PanelSort(StrEnum):
    """The columns that the panel can be ordered by."""

    REASON = "reason"
    NAME = "name"
    PHASE = "phase"
    PHQ = "phq"
    PHQ_CHANGE = "phq_change"
    GAD = "gad"
    GAD_CHANGE = "gad_change"
    STANDING = "standing"
    LAST = "last"
    TAKEN = "taken"
    SILENT = "silent"
    NEXT = "next"
    FLAGS = "flags"


_STANDINGS, _PHASES = list(Standing), list(Phase)
_FAR = float("inf")

_KEYS: Mapping[PanelSort, Callable[[Facts], Any]] = MappingProxyType(
    {
        PanelSort.NAME: lambda one: one.search_key,
        PanelSort.PHASE: lambda one: None if one.phase is None else _PHASES.index(Phase(one.phase)),
        PanelSort.PHQ: lambda one: one.phq,
        PanelSort.PHQ_CHANGE: lambda one: one.phq_change,
        PanelSort.GAD: lambda one: one.gad,
        PanelSort.GAD_CHANGE: lambda one: one.gad_change,
        PanelSort.STANDING: lambda one: _STANDINGS.index(one.standing),
        PanelSort.LAST: lambda one: one.last_at,
        PanelSort.TAKEN: lambda one: one.taken,
        PanelSort.SILENT: lambda one: one.silent_days,
        PanelSort.NEXT: lambda one: one.next_at,
        PanelSort.FLAGS: lambda one: one.flags,
    }
)

DOWN_FIRST = frozenset(
    {
        *(PanelSort.PHQ, PanelSort.PHQ_CHANGE, PanelSort.GAD, PanelSort.GAD_CHANGE),
        *(PanelSort.LAST, PanelSort.TAKEN, PanelSort.SILENT, PanelSort.FLAGS),
    }
)
"""Columns whose highest value is what one looks for first."""


def ordered(rows: Iterable[Facts], sort: PanelSort = PanelSort.REASON, *, is_down: bool = False) -> list[Facts]:
    """Return the rows in an order; those that have nothing in the column stand last, equals by reason to act.

    By reason, `is_down` puts those first who need nothing.
    """
    by_reason = sorted(rows, key=_to_act)
    if sort is PanelSort.REASON:
        return by_reason[::-1] if is_down else by_reason
    key = _KEYS[sort]
    known = [(key(one), one) for one in by_reason]
    filled = sorted((pair for pair in known if pair[0] is not None), key=lambda pair: pair[0], reverse=is_down)
    return [one for _, one in filled] + [one for value, one in known if value is None]


def _to_act(one: Facts) -> tuple[object, ...]:
    """Return the order of reasons: level, the oldest flag first, then who is silent for longest, then the worst off."""
    raised = one.raised_at.timestamp() if one.raised_at else _FAR
    is_overdue = one.is_overdue
    silent = one.silent_days or 0 if is_overdue else 0
    return (-one.risk, raised, not is_overdue, -silent, -(one.phq or 0), one.search_key, one.id.int)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFilter:
    """Which patients: None or nothing named is any; `words` have all to be in name, phone or record number."""

    risk: Risk | None = None
    phase: str | None = None
    state: str | None = None
    is_overdue: bool = False
    words: Collection[str] = ()


def filtered(rows: Iterable[Facts], wanted: PanelFilter) -> list[Facts]:
    """Return the rows that the filter lets through."""
    return [one for one in rows if _passes(one, wanted)]


def _passes(one: Facts, wanted: PanelFilter) -> bool:
    return (
        (wanted.risk is None or one.risk is wanted.risk)
        and wanted.phase in {None, one.phase}
        and wanted.state in {None, one.state}
        and (not wanted.is_overdue or one.is_overdue)
        and all(word in one.search_key for word in wanted.words)
    )


def risks(rows: Sequence[Facts]) -> dict[Risk, int]:
    """Return how many patients there are of each risk, the highest first."""
    found = Counter(one.risk for one in rows)
    return {risk: found[risk] for risk in sorted(Risk, reverse=True)}
