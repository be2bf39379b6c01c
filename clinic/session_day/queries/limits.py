"""The clinic's numbers for the day of a session, by the policies that hold now."""

from datetime import timedelta

from sqlalchemy.orm import Session

from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.policies.rules.session_day import SESSION_DAY
from clinic.session_day.rules.limits import LadderLimits, Pressure, WatchLimits

_K = PolicyKey


def ladder_limits(session: Session) -> LadderLimits:
    """Return what readings before a session are held against."""
    values = numbers_of(session, list(SESSION_DAY))
    return LadderLimits(
        again=_pressure(values, _K.SESSION_GO_SYSTOLIC, _K.SESSION_GO_DIASTOLIC),
        stop=_pressure(values, _K.SESSION_STOP_SYSTOLIC, _K.SESSION_STOP_DIASTOLIC),
        danger=_pressure(values, _K.SESSION_DANGER_SYSTOLIC, _K.SESSION_DANGER_DIASTOLIC),
        rest=_minutes(values, _K.SESSION_REST_MINUTES),
        rest_again=_minutes(values, _K.SESSION_REST_AGAIN_MINUTES),
        between=timedelta(seconds=values[_K.SESSION_BETWEEN_SECONDS]),
        pair_within=_minutes(values, _K.SESSION_PAIR_MINUTES),
        rounds=values[_K.SESSION_ROUNDS],
        pulse_least=values[_K.SESSION_PULSE_LEAST],
        pulse_most=values[_K.SESSION_PULSE_MOST],
        oxygen_least=values[_K.SESSION_OXYGEN_LEAST],
    )


def watch_limits(session: Session) -> WatchLimits:
    """Return what is asked of a support person."""
    values = numbers_of(session, list(SESSION_DAY))
    return WatchLimits(
        check_every=_minutes(values, _K.SESSION_CHECK_MINUTES),
        late_after=_minutes(values, _K.SESSION_CHECK_LATE_MINUTES),
        least=_minutes(values, _K.SESSION_WATCH_MINUTES),
        pressure_from=_minutes(values, _K.SESSION_PRESSURE_FROM_MINUTES),
        pressure_until=_minutes(values, _K.SESSION_PRESSURE_UNTIL_MINUTES),
        concern=_pressure(values, _K.SESSION_STOP_SYSTOLIC, _K.SESSION_STOP_DIASTOLIC),
        danger=_pressure(values, _K.SESSION_DANGER_SYSTOLIC, _K.SESSION_DANGER_DIASTOLIC),
        end=_pressure(values, _K.SESSION_END_SYSTOLIC, _K.SESSION_END_DIASTOLIC),
        end_percent=values[_K.SESSION_END_PERCENT],
    )


def _pressure(values: dict[PolicyKey, int], upper: PolicyKey, lower: PolicyKey) -> Pressure:
    return Pressure(systolic=values[upper], diastolic=values[lower])


def _minutes(values: dict[PolicyKey, int], key: PolicyKey) -> timedelta:
    return timedelta(minutes=values[key])
