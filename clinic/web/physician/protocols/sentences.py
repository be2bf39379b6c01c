"""What the numbers of a protocol say in plain words, and how two protocols differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clinic.treatment.rules.protocols import Aftercare, Induction, Maintenance, Protocol, Reviews, Taper
from clinic.web.physician.protocols.boxes import BOXES, GROUPS, Box, Value, flat, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One entry that is not the same in two protocols, both in words."""

    group: str
    label: str
    before: str
    after: str


def differences(before: Protocol, after: Protocol, *, kinds: Mapping[str, str]) -> list[Difference]:
    """Return each entry that differs, in the order of the form; `kinds` names the kinds of visits by code."""
    old, new = flat(before), flat(after)

    def said(box: Box, value: Value) -> str:
        return box.in_words(value) if box.field else kinds.get(str(value), str(value))

    return [
        Difference(
            group=GROUPS[box.key.rpartition(".")[0]],
            label=box.label,
            before=said(box, old[box.key]),
            after=said(box, new[box.key]),
        )
        for box in BOXES
        if old[box.key] != new[box.key]
    ]


def sentences(protocol: Protocol) -> dict[str, str]:
    """Return the plain sentence that the numbers of each part make, by the part's name."""
    return dict(_sentences(protocol))


def _sentences(protocol: Protocol) -> Iterator[tuple[str, str]]:
    yield "induction", _induction(protocol.induction, weekly_most=protocol.weekly_most)
    yield "maintenance", _maintenance(protocol.maintenance)
    yield "taper", _taper(protocol.taper)
    yield "aftercare", _aftercare(protocol.aftercare)
    yield "reviews", _reviews(protocol.reviews)
    yield "", _in_every_phase(protocol)


def _induction(part: Induction, *, weekly_most: int) -> str:
    days = f"{part.least_days} to {counted(part.most_days, 'day')}"
    return (
        f"{counted(part.sessions, 'visit')} in {days}, at least {counted(part.least_gap_hours, 'hour')} apart, "
        f"at most {weekly_most} a week. At best {counted(part.target_gap_days, 'day')} lie between two, never more "
        f"than {counted(part.most_gap_days, 'day')}."
    )


def _maintenance(part: Maintenance) -> str:
    return (
        f"One visit every {part.from_days} to {counted(part.until_days, 'day')}, at best after "
        f"{counted(part.target_days, 'day')}, never closer than {counted(part.least_gap_days, 'day')}."
    )


def _taper(part: Taper) -> str:
    gaps = list(part.gaps_days)
    return f"{counted(len(gaps), 'more visit')}, after {listed(gaps)} days, {_leeway(part.leeway_days)}."


def _aftercare(part: Aftercare) -> str:
    weeks = list(part.after_weeks)
    noun = "week" if weeks == [1] else "weeks"
    return f"{counted(len(weeks), 'check')}, {listed(weeks)} {noun} after the last visit, {_leeway(part.leeway_days)}."


def _reviews(part: Reviews) -> str:
    return (
        f"The physician sees the patient {part.after_first_from_days} to {counted(part.after_first_until_days, 'day')} "
        f"after visit 1, within {counted(part.after_induction_days, 'day')} of the last visit of induction, then "
        f"every {counted(part.every_days, 'day')} or {counted(part.every_sessions, 'visit')}, whichever comes first."
    )


def _in_every_phase(protocol: Protocol) -> str:
    return (
        f"At most {counted(protocol.weekly_most, 'visit')} in any seven days. After "
        f"{counted(protocol.restart_after_days, 'day')} without one, the physician sees the patient first. Each "
        f"takes at least {counted(protocol.least_session_minutes, 'minute')} of the patient\u2019s day."
    )


def _leeway(days: int) -> str:
    return f"each up to {counted(days, 'day')} later, never earlier" if days else "each on its day"


def counted(number: int, noun: str) -> str:
    """Return `1 day`, `3 days`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
