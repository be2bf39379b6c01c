"""Makes what the rules of drift look at: days of a New York calendar and the numbers of the standard program."""

from datetime import UTC, date, datetime, time

from clinic.kernel.localtime import to_instant
from clinic.treatment.rules.drift import PlanFacts
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.planning_makers import PROTOCOL

ZONE = "America/New_York"


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
        "protocol": PROTOCOL,
        "zone": ZONE,
        "now": now,
        "reviews_done": (datetime.fromtimestamp(now.timestamp() - 7 * 86_400, UTC),),
    }
    return PlanFacts(**(known | changes))  # type: ignore[arg-type]
