"""Makes what the rules of drift look at: days of a New York calendar and the numbers of the standard program."""

from datetime import UTC, date, datetime, time

from clinic.kernel.localtime import to_instant
from clinic.treatment.rules.drift import PlanFacts
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.protocols import Aftercare, Induction, Maintenance, Protocol, Reviews, Taper

ZONE = "America/New_York"

NUMBERS = Protocol(
    induction=Induction(
        visit_type="induction_session",
        sessions=6,
        least_days=14,
        most_days=28,
        least_gap_hours=72,
        target_gap_days=4,
        most_gap_days=10,
    ),
    maintenance=Maintenance(
        visit_type="touch_up_session", least_gap_days=21, from_days=28, target_days=35, until_days=60
    ),
    taper=Taper(visit_type="touch_up_session", gaps_days=(30, 45, 60, 90), leeway_days=7),
    aftercare=Aftercare(visit_type="follow_up", after_weeks=(2, 4, 12), leeway_days=7),
    reviews=Reviews(
        visit_type="follow_up",
        after_first_from_days=1,
        after_first_until_days=2,
        after_induction_days=7,
        every_days=90,
        every_sessions=6,
    ),
    weekly_most=2,
    restart_after_days=90,
    least_session_minutes=120,
)


def day(text: str) -> date:
    """Return a day like `11-22`, of 2026, or `2027-01-03`."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def at(text: str, hour: int = 10, *, zone: str = ZONE) -> datetime:
    """Return an instant on a day by the wall clock of `zone`."""
    return to_instant(day(text), time(hour), zone)


def facts(phase: Phase = Phase.MAINTENANCE, *, today: str = "11-22", **changes: object) -> PlanFacts:
    """Return facts of a plan since June whose patient was seen by the physician a week before `today`, if not said."""
    now = at(today)
    known: dict[str, object] = {
        "phase": phase,
        "phase_since": at("06-01"),
        "started_at": at("06-01"),
        "protocol": NUMBERS,
        "zone": ZONE,
        "now": now,
        "reviews_done": (datetime.fromtimestamp(now.timestamp() - 7 * 86_400, UTC),),
    }
    return PlanFacts(**(known | changes))  # type: ignore[arg-type]
