"""When a patient stops to eat and to drink before a visit at home, by the policies that hold now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationTimes:
    """Instants (UTC): food is finished at the one, small sips of water at the other."""

    food_until: datetime
    sips_until: datetime


def preparation_times(session: Session, starts_at: datetime) -> PreparationTimes:
    """Return the two instants before a visit that starts then."""
    values = numbers_of(session, (PolicyKey.FOOD_STOPS_HOURS, PolicyKey.SIPS_STOP_MINUTES))
    return PreparationTimes(
        food_until=starts_at - timedelta(hours=values[PolicyKey.FOOD_STOPS_HOURS]),
        sips_until=starts_at - timedelta(minutes=values[PolicyKey.SIPS_STOP_MINUTES]),
    )
