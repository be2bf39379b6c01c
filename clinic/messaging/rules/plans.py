"""Which texts exist for which event and when: the data of the package, and the texts that one event asks for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from itertools import combinations

from clinic.kernel.localtime import edge_instant, in_zone, is_open, next_open
from clinic.messaging.errors import MissingVariable, UnknownEvent
from clinic.messaging.rules.kinds import OutsideWindow
from clinic.messaging.rules.templates import Template, current
from clinic.messaging.rules.window import planned_for

ANCHORS = ("now", "news", "start", "end", "food", "sips", "list")
_AT_ONCE = frozenset({"now", "news"})

FLUID_RESTRICTED = "fluid_restricted"
EARLY_LIST = "early_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTimes:
    """The instants (UTC) from which texts of an event count: `news_at` is when news of a change may leave.

    `food_until` and `sips_until` are when a patient stops to eat and to drink before a visit, `list_from` when the
    checklist is open at the latest.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    news_at: datetime | None = None
    food_until: datetime | None = None
    sips_until: datetime | None = None
    list_from: datetime | None = None

    def of(self, anchor: str, now: datetime) -> datetime:
        """Return the instant of an anchor, or raise MissingVariable."""
        known = {
            "now": now,
            "news": self.news_at or now,
            "start": self.starts_at,
            "end": self.ends_at,
            "food": self.food_until,
            "sips": self.sips_until,
            "list": self.list_from,
        }
        instant = known[anchor]
        if instant is None:
            raise MissingVariable(f"this event needs the time {anchor!r}")
        return instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time that counts from an anchor: so many minutes, or local days of the reader at `wall` (None = same time)."""

    anchor: str
    minutes: int = 0
    days: int | None = None
    wall: time | None = None

    def instant(self, times: EventTimes, *, zone: str, now: datetime) -> datetime:
        """Return the instant, the clocks of the reader's zone counted in."""
        base = times.of(self.anchor, now)
        if self.days is None:
            return base + timedelta(minutes=self.minutes)
        local = in_zone(base, zone)
        return edge_instant(local.date() + timedelta(days=self.days), self.wall or local.time(), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text of an event: when it is wanted, until when at most, for which facts, and what must hold at send time.

    `fills` names the times that the words tell: `starts_at` for {date} and {time}, `until` for {time2}. A text that
    `may_be_late` goes at the next good time when the event came after its own: a question, and not a reminder.
    """

    events: frozenset[str]
    template: str
    at: Moment
    asks_at_send: str
    until: Moment | None = None
    needs: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    fills: Mapping[str, str] = field(default_factory=dict)
    may_be_late: bool = False

    @property
    def tells_news(self) -> bool:
        """Tell whether it says what just happened: it is never too late then, while a reminder is."""
        return self.at.anchor in _AT_ONCE

    def is_for(self, event: str, facts: Collection[str]) -> bool:
        """Tell whether the text belongs to an event with these facts."""
        return event in self.events and self.needs <= set(facts) and self.unless.isdisjoint(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two texts of one event that leave within `within` of each other become one."""

    of: tuple[str, str]
    into: str
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Everything that the package says about texts and events; `waits_for` tells of conditions nobody can judge yet."""

    rows: tuple[Row, ...]
    merges: tuple[Merge, ...]
    conditions: frozenset[str]
    waits_for: Mapping[str, str]

    @property
    def events(self) -> frozenset[str]:
        """Return the names of all events."""
        return frozenset(event for row in self.rows for event in row.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One text that an event asks for: it leaves at `leaves_at`, was wanted at `due_at`, is worth it until then."""

    template: Template
    due_at: datetime
    leaves_at: datetime
    expires_at: datetime
    fills: Mapping[str, datetime] = field(default_factory=dict)


def planned_texts(
    plans: Plans,
    event: str,
    *,
    times: EventTimes,
    facts: Collection[str],
    zone: str,
    now: datetime,
    only: Collection[str] | None = None,
    left: Collection[str] = (),
) -> list[Wanted]:
    """Return the texts of an event in the order in which they leave.

    A text whose time has passed, or for which no good time is left, is not planned; neither is one whose condition
    nobody can judge yet, since it would lead nowhere. `only` limits it to texts that wait already, by the keys under
    which they wait; of those, one that is late leaves as soon as it may. What `left` already, alone or merged with
    another text, is not said again. Raises UnknownEvent and MissingVariable.
    """
    if event not in plans.events:
        raise UnknownEvent(event)
    again, said = None if only is None else _parts(plans, only), _parts(plans, left)
    rows = [row for row in plans.rows if row.is_for(event, facts) and row.asks_at_send not in plans.waits_for]
    wanted = [
        found
        for row in rows
        if (again is None or row.template in again) and (row.tells_news or row.template not in said)
        if (found := _wanted(row, times=times, zone=zone, now=now, has_waited=again is not None)) is not None
    ]
    merged = _merged(plans, wanted, zone=zone, now=now)
    suited = [_without_fluids(one) for one in merged] if FLUID_RESTRICTED in facts else merged
    return sorted(suited, key=lambda one: one.leaves_at)


def rows_that_wait(plans: Plans) -> list[tuple[Row, str]]:
    """Return the rows that plan nothing yet, with what they wait for."""
    return [(row, plans.waits_for[row.asks_at_send]) for row in plans.rows if row.asks_at_send in plans.waits_for]


def condition_of(plans: Plans, template_key: str) -> str | None:
    """Return what has to hold when a text leaves; a merged text and one without fluids ask what their origin asks."""
    origin = wet_key(template_key)
    for merge in plans.merges:
        if merge.into == origin:
            origin = merge.of[0]
    return next((row.asks_at_send for row in plans.rows if row.template == origin), None)


@cache
def wet_key(template_key: str) -> str:
    """Return the key of the text whose variant without fluids this is, or the key itself."""
    # A variant is named after its text, so that nobody has to look through all of them.
    origin = template_key.removesuffix("_DRY")
    return origin if origin != template_key and current(origin).without_fluids == template_key else template_key


def _parts(plans: Plans, keys: Collection[str]) -> frozenset[str]:
    """Return the keys of the rows from which texts came, merged ones taken apart.

    A text that may stand for another one besides itself counts as itself alone.
    """
    found = {wet_key(key) for key in keys}
    merged = [one for one in plans.merges if one.into in found and one.into not in one.of]
    return frozenset(found.union(*(merge.of for merge in merged)))


def _wanted(row: Row, *, times: EventTimes, zone: str, now: datetime, has_waited: bool) -> Wanted | None:
    due_at, template = row.at.instant(times, zone=zone, now=now), current(row.template)
    is_late = due_at <= now and not row.tells_news
    if is_late and not (has_waited or row.may_be_late):
        return None
    fills = {name: times.of(anchor, now) for name, anchor in row.fills.items()}
    until = row.until.instant(times, zone=zone, now=now) if row.until else None
    told = fills.get("starts_at", times.starts_at)
    expires_at = template.expiry(max(due_at, now), told)
    worth_until = expires_at if until is None else min(expires_at, until)
    wanted = Wanted(template=template, due_at=due_at, leaves_at=due_at, expires_at=worth_until, fills=fills)
    return _late(wanted, zone, now) if is_late else _fitted(wanted, zone, now)


def _late(wanted: Wanted, zone: str, now: datetime) -> Wanted | None:
    """Return a text that should have left while it waited: it goes at the next good time, if it is still worth it."""
    opening = next_open(now, zone)
    is_dropped = wanted.template.when_outside_window is OutsideWindow.DROP and opening > now
    return None if is_dropped or opening >= wanted.expires_at else replace(wanted, leaves_at=opening)


def _fitted(wanted: Wanted, zone: str, now: datetime) -> Wanted | None:
    """Return the text with the time at which it leaves, or None when no good time is left; none leaves at night."""
    leaves_at = planned_for(wanted.template, due_at=wanted.due_at, zone=zone, now=now, worth_until=wanted.expires_at)
    if leaves_at is None or leaves_at >= wanted.expires_at or not is_open(leaves_at, zone):
        return None
    return replace(wanted, leaves_at=leaves_at)


def _merged(plans: Plans, wanted: list[Wanted], *, zone: str, now: datetime) -> list[Wanted]:
    kept = list(wanted)
    for merge in plans.merges:
        for pair in _pairs(kept, merge):
            one = _one_of(pair, merge, zone=zone, now=now)
            if one is not None:
                kept = [text for text in kept if text not in pair] + [one]
    return kept


def _pairs(wanted: list[Wanted], merge: Merge) -> Iterator[tuple[Wanted, Wanted]]:
    for first, second in combinations(wanted, 2):
        together = {first.template.key, second.template.key} == set(merge.of)
        if together and abs(first.leaves_at - second.leaves_at) <= merge.within:
            yield first, second


def _one_of(pair: tuple[Wanted, Wanted], merge: Merge, *, zone: str, now: datetime) -> Wanted | None:
    """Return the text that stands for two: one of the two as it is, or a third that leaves when the earlier would."""
    for one in pair:
        if one.template.key == merge.into:
            return one
    earlier = min(pair, key=lambda one: one.leaves_at)
    until = min(one.expires_at for one in pair)
    both = replace(earlier, template=current(merge.into), due_at=earlier.leaves_at, expires_at=until)
    return _late(both, zone, now) if both.due_at <= now else _fitted(both, zone, now)


def _without_fluids(wanted: Wanted) -> Wanted:
    dry = wanted.template.without_fluids
    return wanted if dry is None else replace(wanted, template=current(dry))
