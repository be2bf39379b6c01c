"""Policies of the day of a session: the readings before it, the watch over it, and what ends the watch."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import Policy, WholeNumberPolicy

_LABEL = "The US label of the nearest approved nasal spray: pressure first, consider delaying over 140/90"
_OPINION = "An opinion: no published number for sessions at home was found"
_WATCH = "The US label of the nearest approved nasal spray: watched for at least 2 hours"
_PEAK = "The US label of the nearest approved nasal spray: pressure is highest about 40 minutes after"
_PROGRAM = "Published programs of care at home: a look every 15 minutes"
_TECHNIQUE = "Usual advice for measuring at home: 5 minutes of rest, two readings a minute apart"
_DANGER = "Usual advice: 180/120 or more is an emergency where there are symptoms"
_MMHG = "mmHg"


def _number(title: str, meaning: str, unit: str, *, limits: tuple[int, int, int], source: str) -> WholeNumberPolicy:
    """Return a policy of the physician; `limits` are the least, the most and what it starts with."""
    least, most, default = limits
    return WholeNumberPolicy(
        title=f"Session day: {title}",
        meaning=meaning,
        unit=unit,
        least=least,
        most=most,
        default=default,
        source=source,
        is_clinical=True,
    )


_GO = "A mean of two readings below this lets the session begin; from here on the patient rests and measures again."
_STOP = "From this mean on there is no session on that day, and a physician looks."
_CALL = "From this mean on the patient is told when to call 911, and a physician is called at any hour."
_END = "The watch may end below this, or close to the readings from before the session."

SESSION_DAY: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.SESSION_GO_SYSTOLIC: _number("go, upper", _GO, _MMHG, limits=(120, 150, 140), source=_LABEL),
        PolicyKey.SESSION_GO_DIASTOLIC: _number("go, lower", _GO, _MMHG, limits=(75, 95, 90), source=_LABEL),
        PolicyKey.SESSION_STOP_SYSTOLIC: _number("stop, upper", _STOP, _MMHG, limits=(150, 175, 160), source=_OPINION),
        PolicyKey.SESSION_STOP_DIASTOLIC: _number("stop, lower", _STOP, _MMHG, limits=(95, 115, 100), source=_OPINION),
        PolicyKey.SESSION_DANGER_SYSTOLIC: _number(
            "danger, upper", _CALL, _MMHG, limits=(176, 200, 180), source=_DANGER
        ),
        PolicyKey.SESSION_DANGER_DIASTOLIC: _number(
            "danger, lower", _CALL, _MMHG, limits=(116, 130, 120), source=_DANGER
        ),
        PolicyKey.SESSION_LIST_MINUTES: _number(
            "the checklist opens",
            "The checklist opens at 8:00 AM, or so long before the start where that is sooner. Texts keep to the day.",
            "minutes before the start",
            limits=(60, 360, 120),
            source=_OPINION,
        ),
        PolicyKey.SESSION_REST_MINUTES: _number(
            "rest before the readings",
            "So long the patient sits quietly before the first reading.",
            "minutes",
            limits=(1, 30, 5),
            source=_TECHNIQUE,
        ),
        PolicyKey.SESSION_REST_AGAIN_MINUTES: _number(
            "rest before a repeat",
            "So long the patient rests after two readings that were too high.",
            "minutes",
            limits=(5, 60, 15),
            source=_OPINION,
        ),
        PolicyKey.SESSION_BETWEEN_SECONDS: _number(
            "between two readings",
            "The second reading is taken no sooner.",
            "seconds",
            limits=(30, 300, 60),
            source=_TECHNIQUE,
        ),
        PolicyKey.SESSION_PAIR_MINUTES: _number(
            "two readings that belong together",
            "After a longer pause the first reading does not count and two more are taken.",
            "minutes",
            limits=(5, 30, 10),
            source=_OPINION,
        ),
        PolicyKey.SESSION_ROUNDS: _number(
            "rounds of readings",
            "Still too high after so many rounds holds the session, and we call.",
            "rounds",
            limits=(1, 5, 3),
            source=_OPINION,
        ),
        PolicyKey.SESSION_PULSE_LEAST: _number(
            "pulse, least",
            "A slower pulse holds the session.",
            "beats a minute",
            limits=(40, 60, 50),
            source=_OPINION,
        ),
        PolicyKey.SESSION_PULSE_MOST: _number(
            "pulse, most",
            "A faster pulse holds the session.",
            "beats a minute",
            limits=(90, 130, 110),
            source=_OPINION,
        ),
        PolicyKey.SESSION_OXYGEN_LEAST: _number(
            "oxygen, least",
            "A lower reading holds the session, where the patient has an oximeter.",
            "percent",
            limits=(90, 97, 94),
            source=_OPINION,
        ),
        PolicyKey.SUPPORT_NAMED_A_VISIT: _number(
            "support persons for one visit",
            "A patient names somebody so often for one visit, a text each; after that the desk does it by telephone.",
            "times",
            limits=(1, 10, 4),
            source=_OPINION,
        ),
        PolicyKey.SUPPORT_NUMBERS_A_MONTH: _number(
            "support persons in 30 days",
            "A patient names so many different numbers in 30 days; after that the desk does it by telephone.",
            "numbers",
            limits=(1, 20, 6),
            source=_OPINION,
        ),
        PolicyKey.SESSION_CHECK_MINUTES: _number(
            "checks",
            "The support person looks at the patient so often.",
            "minutes",
            limits=(5, 30, 15),
            source=_PROGRAM,
        ),
        PolicyKey.SESSION_CHECK_LATE_MINUTES: _number(
            "late check",
            "A coordinator is asked to call when nobody looked for so long. "
            "Twice as long shows as the worst on the board.",
            "minutes",
            limits=(16, 60, 25),
            source=_OPINION,
        ),
        PolicyKey.SESSION_WATCH_MINUTES: _number(
            "watch",
            "Nobody stops watching sooner after the start; the second reading is due then.",
            "minutes",
            limits=(120, 360, 120),
            source=_WATCH,
        ),
        PolicyKey.SESSION_PRESSURE_FROM_MINUTES: _number(
            "first reading after the start, from",
            "The support person is asked for a reading from then on.",
            "minutes after the start",
            limits=(20, 60, 40),
            source=_PEAK,
        ),
        PolicyKey.SESSION_PRESSURE_UNTIL_MINUTES: _number(
            "first reading after the start, until",
            "Later it shows as missing.",
            "minutes after the start",
            limits=(50, 110, 60),
            source=_PEAK,
        ),
        PolicyKey.SESSION_END_SYSTOLIC: _number("end, upper", _END, _MMHG, limits=(130, 170, 160), source=_OPINION),
        PolicyKey.SESSION_END_DIASTOLIC: _number("end, lower", _END, _MMHG, limits=(85, 110, 100), source=_OPINION),
        PolicyKey.SESSION_END_PERCENT: _number(
            "end, close to before",
            "Readings up to this much above those from before the session let the watch end, too.",
            "percent",
            limits=(0, 40, 20),
            source=_OPINION,
        ),
    }
)
