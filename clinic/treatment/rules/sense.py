"""Whether the numbers of a protocol fit together; each refusal names the number to look at first."""

from itertools import pairwise

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.rules.protocols import Aftercare, Induction, Maintenance, Protocol, Reviews, Taper
from clinic.treatment.rules.spacing import shortest_days

_HOURS_A_DAY = 24


def require_sense(protocol: Protocol) -> None:
    """Raise ProtocolRefused for a minimum above its maximum, or for dates that no calendar has."""
    _induction_gaps(protocol.induction)
    _induction_length(protocol.induction, weekly_most=protocol.weekly_most)
    _maintenance(protocol.maintenance)
    _taper(protocol.taper)
    _aftercare(protocol.aftercare)
    _reviews(protocol.reviews)
    if protocol.restart_after_days < protocol.maintenance.until_days:
        raise ProtocolRefused(
            f"Visits may be {_days(protocol.maintenance.until_days)} apart, so a pause cannot end a course after "
            f"{_days(protocol.restart_after_days)}. Make it longer.",
            field="restart_after_days",
        )


def _induction_gaps(part: Induction) -> None:
    if part.least_gap_hours > part.most_gap_days * _HOURS_A_DAY:
        raise ProtocolRefused(
            f"The shortest gap of {part.least_gap_hours} hours is above the longest of {_days(part.most_gap_days)}. "
            "Change one of them.",
            field="induction.least_gap_hours",
        )
    if not part.least_gap_hours <= part.target_gap_days * _HOURS_A_DAY <= part.most_gap_days * _HOURS_A_DAY:
        raise ProtocolRefused(
            f"The best gap of {_days(part.target_gap_days)} is not between the shortest, {part.least_gap_hours} hours, "
            f"and the longest, {_days(part.most_gap_days)}.",
            field="induction.target_gap_days",
        )


def _induction_length(part: Induction, *, weekly_most: int) -> None:
    if part.least_days > part.most_days:
        raise ProtocolRefused(
            f"The shortest time of {_days(part.least_days)} is above the longest of {_days(part.most_days)}. "
            "Change one of them.",
            field="induction.least_days",
        )
    needed = shortest_days(part.sessions, least_gap_hours=part.least_gap_hours, weekly_most=weekly_most)
    if needed > part.most_days:
        raise ProtocolRefused(
            f"{_visits(part.sessions)} with these gaps and at most {weekly_most} in seven days take at least "
            f"{_days(needed)}, and the longest time is {_days(part.most_days)}. "
            "Take fewer visits, shorter gaps or more days.",
            field="induction.sessions",
        )
    longest = (part.sessions - 1) * part.most_gap_days
    if longest < part.least_days:
        raise ProtocolRefused(
            f"{_visits(part.sessions)} at most {_days(part.most_gap_days)} apart end after {_days(longest)} at the "
            f"latest, before the shortest time of {_days(part.least_days)}.",
            field="induction.least_days",
        )


def _maintenance(part: Maintenance) -> None:
    if part.from_days > part.until_days:
        raise ProtocolRefused(
            f"It would begin after {_days(part.from_days)} and end after {_days(part.until_days)}. Change one of them.",
            field="maintenance.from_days",
        )
    if part.least_gap_days > part.from_days:
        raise ProtocolRefused(
            f"The smallest gap of {_days(part.least_gap_days)} is above the first day, {_days(part.from_days)} after "
            "the last visit.",
            field="maintenance.least_gap_days",
        )
    if not part.from_days <= part.target_days <= part.until_days:
        raise ProtocolRefused(
            f"The best day, after {_days(part.target_days)}, is not from {part.from_days} to {_days(part.until_days)}.",
            field="maintenance.target_days",
        )


def _taper(part: Taper) -> None:
    for before, after in pairwise(part.gaps_days):
        if after < before:
            raise ProtocolRefused(
                f"Gaps of a taper never shrink, and {after} comes after {before}. Put them in order.",
                field="taper.gaps_days",
            )


def _aftercare(part: Aftercare) -> None:
    for before, after in pairwise(part.after_weeks):
        if after <= before:
            raise ProtocolRefused(
                f"Checks come one after the other, and {after} weeks comes after {before}. Put them in order.",
                field="aftercare.after_weeks",
            )


def _reviews(part: Reviews) -> None:
    if part.after_first_from_days > part.after_first_until_days:
        raise ProtocolRefused(
            f"The visit after the first would be due from {_days(part.after_first_from_days)} until "
            f"{_days(part.after_first_until_days)} later. Change one of them.",
            field="reviews.after_first_from_days",
        )


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _visits(count: int) -> str:
    return f"{count} visit" if count == 1 else f"{count} visits"
