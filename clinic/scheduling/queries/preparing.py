"""When a patient eats and drinks last before a visit at home and fills in the list, by the policies that hold now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey

_K = PolicyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationTimes:
    """Instants (UTC): until when to eat and to sip water, and from when on at the latest the checklist is open."""

    food_until: datetime
    sips_until: datetime
    list_from: datetime


def preparation_times(session: Session, starts_at: datetime) -> PreparationTimes:
    """Return the instants before a visit that starts then."""
    values = numbers_of(session, (_K.FOOD_STOPS_HOURS, _K.SIPS_STOP_MINUTES, _K.SESSION_LIST_MINUTES))
    return PreparationTimes(
        food_until=starts_at - timedelta(hours=values[_K.FOOD_STOPS_HOURS]),
        sips_until=starts_at - timedelta(minutes=values[_K.SIPS_STOP_MINUTES]),
        list_from=starts_at - timedelta(minutes=values[_K.SESSION_LIST_MINUTES]),
    )
