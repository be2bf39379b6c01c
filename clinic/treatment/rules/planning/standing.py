"""Where a course stands: what took place, what is booked and stays, and from when on the rest is planned."""

from dataclasses import dataclass

from clinic.treatment.rules.planning.course import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Sessions `taken`, all there ever were in order of time, the last `in_phase` of them in the present phase.

    `kept` sessions are booked, stay as they are and lie before everything to be planned; they count as taken. `reviews`
    are the patient's days of physician visits done or booked. Nothing is planned before `first_day` (`today` unless
    said); what has no session before it begins within `begin_within` days of it. `started` is the day on which the plan
    was opened, `induction_ended` that of the last session of an induction that is over.
    """

    today: int
    first_day: int | None = None
    taken: tuple[Anchor, ...] = ()
    in_phase: int = 0
    kept: tuple[Anchor, ...] = ()
    reviews: tuple[int, ...] = ()
    begin_within: int = 14
    started: int | None = None
    induction_ended: int | None = None

    @property
    def opens(self) -> int:
        """Return the first day to plan for."""
        return self.today if self.first_day is None else max(self.today, self.first_day)

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Return what everything planned has to heed."""
        return (*self.taken, *self.kept)

    @property
    def count(self) -> int:
        """Return how many sessions of the phase are taken or kept."""
        return self.in_phase + len(self.kept)

    @property
    def last(self) -> int | None:
        """Return the day of the last session."""
        return self.anchors[-1].day if self.anchors else None

    @property
    def first_of_phase(self) -> int | None:
        """Return the day of the first session of the phase."""
        return self.anchors[-self.count].day if self.count else None

    def is_reviewed_since(self, day: int | None, *, until: int | None = None) -> bool:
        """Tell whether the physician has seen the patient, or will, on `day` or later, `until` a day if given."""
        return day is None or any(day <= one and (until is None or one <= until) for one in self.reviews)
