"""Small courses made up from a seed, around the days on which the clocks change."""

import random
from datetime import date, timedelta
from datetime import time as clock_time
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from clinic.kernel.localtime import edge_epoch
from clinic.treatment.rules.planning import Anchor, Candidate, Kind, Limit, Problem, Relax, Spacing, Span, Step, Style

ZONES = ("America/New_York", "America/Chicago")
# The clocks change on March 8 and November 1.
FIRST_DAYS = (date(2026, 3, 4), date(2026, 10, 28), date(2026, 6, 1))
HOUR = 3600
SESSION_MINUTES, REVIEW_MINUTES = 150, 30
WISHES = (Relax.PHYSICIAN, Relax.PATIENT_HOURS, Relax.SUPPORT_HOURS)
ROOM = {"one": 1, "two": 2, "none": 0}


def searches(examples: int) -> settings:
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
    )


def at(day: date, minute: int, zone: str) -> int:
    return edge_epoch(day, clock_time(minute // 60, minute % 60), zone)


class Maker:
    """Makes up one problem; few physicians, caps and hours, so that they get in each other's way."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing here is a secret
        self.first, self.zone = self.chance.choice(FIRST_DAYS), self.chance.choice(ZONES)
        self.days = self.chance.choice([4, 8, 16, 24])
        self.hours = self.chance.choice([(600,), (540, 600, 660), (540, 600, 1080), (30, 600, 1380)])
        self.caps = self.chance.choice([(), (), ("one", "two"), ("one", "two", "none")])
        self.wishes = self.chance.choice([(), (), WISHES])

    def problem(self, *, most_sessions: int = 4, most_times: int = 14) -> Problem:
        chance = self.chance
        sessions = self.times(chance.randint(most_times // 2, most_times), minutes=SESSION_MINUTES)
        reviews = self.times(chance.randint(1, 5), minutes=REVIEW_MINUTES)
        kinds = [Kind.SESSION] * chance.randint(1, most_sessions)
        if chance.random() < 0.4:
            kinds.insert(chance.randint(0, len(kinds)), Kind.REVIEW)
        spacing = self.spacing()
        steps = tuple(
            self.step(number, kind, spacing, candidates=sessions if kind is Kind.SESSION else reviews)
            for number, kind in enumerate(kinds, start=1)
        )
        anchors = self.anchors()
        least = chance.randint(0, 12)
        started = anchors[0].day if anchors and chance.random() < 0.5 else None
        return Problem(
            steps=steps,
            weekly_most=chance.randint(1, 3),
            span=chance.choice(
                [None, Span(least_days=least, most_days=least + chance.randint(0, 5), first_day=started)]
            ),
            anchors=anchors,
            style=chance.choice(list(Style)),
            allow=chance.choice([frozenset(), frozenset(), frozenset(Relax), frozenset({Relax.LATE, Relax.PHYSICIAN})]),
        )

    def step(self, number: int, kind: Kind, spacing: Spacing, *, candidates: tuple[Candidate, ...]) -> Step:
        chance, day = self.chance, self.first.toordinal()
        return Step(
            number=number,
            kind=kind,
            visit_type=kind.value,
            spacing=spacing if kind is Kind.SESSION else Spacing(most_days=chance.choice([None, None, 3])),
            first_day=chance.choice([None, None, None, day + 2]),
            last_day=chance.choice([None, None, None, None, day + self.days // 2]),
            candidates=candidates,
        )

    def spacing(self) -> Spacing:
        chance = self.chance
        return Spacing(
            least_gap=chance.choice([0, 24, 48, 72, 72]) * HOUR,
            least_days=chance.choice([0, 0, 2]),
            from_days=chance.choice([0, 0, 0, 3]),
            most_days=chance.choice([None, 5, 7, 10]),
            target_days=chance.choice([None, 4, 4]),
        )

    def times(self, count: int, *, minutes: int) -> tuple[Candidate, ...]:
        found = [self.time(minutes) for _ in range(count)]
        # The same time is there once, whatever it was made up with.
        once = {(time.physician_id, time.starts_at): time for time in found}
        return tuple(sorted(once.values(), key=lambda time: (time.starts_at, time.physician_id)))

    def time(self, minutes: int) -> Candidate:
        chance = self.chance
        day = self.first + timedelta(days=chance.randint(0, self.days))
        starts_at = at(day, chance.choice(self.hours), self.zone)
        physician = chance.randint(1, 2)
        key = chance.choice([None, *self.caps])
        return Candidate(
            UUID(int=physician),
            starts_at,
            starts_at + minutes * 60,
            day.toordinal(),
            breaks=tuple(wish for wish in self.wishes if chance.random() < 0.15),
            is_other=physician == 2,
            is_outside=chance.random() < 0.4,
            clock=chance.choice([0, 0, 30, 90]),
            limits=() if key is None else (Limit(key, ROOM[key]),),
        )

    def anchors(self) -> tuple[Anchor, ...]:
        """Sessions before the first day, as close together as anybody may have booked them by hand."""
        offsets = sorted(self.chance.sample(range(1, 9), self.chance.choice([0, 0, 1, 2, 3])), reverse=True)
        days = [self.first - timedelta(days=offset) for offset in offsets]
        starts = [at(day, self.chance.choice(self.hours), self.zone) for day in days]
        return tuple(Anchor(start, start + 2 * HOUR, day.toordinal()) for day, start in zip(days, starts, strict=True))


def makers() -> st.SearchStrategy[Maker]:
    return st.integers(0, 1 << 40).map(Maker)


def problems(**sizes: int) -> st.SearchStrategy[Problem]:
    return makers().map(lambda maker: maker.problem(**sizes))
