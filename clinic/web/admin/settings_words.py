"""How the clinic's own settings read on their pages, and in which groups they stand."""

from calendar import day_name
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from clinic.policies.models import PolicyVersion
from clinic.policies.queries import PolicyRow, Value
from clinic.policies.rules import DAYS_OF_WEEK, HOUR_OF_DAY, AddressPolicy, Policy, PolicyKey
from clinic.policies.rules.intake import INTAKE
from clinic.policies.rules.medication import MEDICATION
from clinic.policies.rules.memberships import MEMBERSHIPS
from clinic.policies.rules.session_day import SESSION_DAY
from clinic.web.admin.words import dated

_MISSED = "Canceled and missed visits"
_MOVED = "Moved visits"
_VIDEO = "Video visits"
_FEEDS = "Calendar feeds"
_BEFORE = "Before a visit at home"
_COURSES = "Courses of visits"
_ON_CALL = "On call"
_TEXTS = "Texts"
_SUPPLY = "Orders and shipments"
_MEMBERSHIPS = "Memberships"
_INTAKE = "Intake"
_SESSION_DAY = "Day of a session"
_OTHERS = "More settings"

GROUPS: Mapping[PolicyKey, str] = MappingProxyType(
    {
        PolicyKey.LATE_CANCEL_HOURS: _MISSED,
        PolicyKey.NO_SHOW_AFTER_MINUTES: _MISSED,
        PolicyKey.MISSED_VISITS_BEFORE_TASK: _MISSED,
        PolicyKey.MISSED_VISITS_WITHIN_DAYS: _MISSED,
        PolicyKey.MOVE_TEXT_WAITS_SECONDS: _MOVED,
        PolicyKey.REPLACEMENT_WINDOW_DAYS: _MOVED,
        PolicyKey.JOIN_OPENS_MINUTES: _VIDEO,
        PolicyKey.JOIN_LINK_TEMPLATE: _VIDEO,
        PolicyKey.FEED_PAST_DAYS: _FEEDS,
        PolicyKey.FEED_FUTURE_DAYS: _FEEDS,
        PolicyKey.FOOD_STOPS_HOURS: _BEFORE,
        PolicyKey.SIPS_STOP_MINUTES: _BEFORE,
        PolicyKey.COURSE_LEAD_DAYS: _COURSES,
        PolicyKey.NEXT_DATES_LEAD_DAYS: _COURSES,
        PolicyKey.REVIEW_LEAD_DAYS: _COURSES,
        PolicyKey.TAPER_PHQ9_RISE: _COURSES,
        PolicyKey.TAPER_SDS: _COURSES,
        PolicyKey.TAPER_CRAVING: _COURSES,
        PolicyKey.TAPER_READING_DAYS: _COURSES,
        **dict.fromkeys(SESSION_DAY, _SESSION_DAY),
        **dict.fromkeys(INTAKE, _INTAKE),
        **dict.fromkeys(MEDICATION, _SUPPLY),
        **dict.fromkeys(MEMBERSHIPS, _MEMBERSHIPS),
        PolicyKey.TEXTS_A_DAY: _TEXTS,
        PolicyKey.TEXTS_A_SESSION_DAY: _TEXTS,
        PolicyKey.TEXTS_READ_FROM_HOUR: _TEXTS,
        PolicyKey.TEXTS_READ_UNTIL_HOUR: _TEXTS,
        PolicyKey.TEXTS_READ_DAYS: _TEXTS,
        PolicyKey.ON_CALL_AGAIN_MINUTES: _ON_CALL,
        PolicyKey.ON_CALL_BACKUP_MINUTES: _ON_CALL,
        PolicyKey.ON_CALL_REPEAT_MINUTES: _ON_CALL,
    }
)
"""Where a setting stands; one that is not named here stands under the last heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One change of a setting, with the values in words."""

    when: str
    who: str
    before: str
    after: str
    reason: str


def in_groups(rows: Sequence[PolicyRow]) -> list[tuple[str, list[PolicyRow]]]:
    """Return the settings under their headings, both in the order of the rules."""
    groups: dict[str, list[PolicyRow]] = {}
    for row in rows:
        groups.setdefault(GROUPS.get(row.key, _OTHERS), []).append(row)
    others = groups.pop(_OTHERS, None)
    return [*groups.items(), *([(_OTHERS, others)] if others else [])]


def in_words(about: Policy, value: Value) -> str:
    """Return a value with its unit: `24 hours before the visit`, `1 hour before the visit`, or `Not set`."""
    if isinstance(about, AddressPolicy):
        return str(value) or "Not set"
    if about.unit in _SAID:
        return _SAID[about.unit](int(value))
    noun, _, rest = about.unit.partition(" ")
    unit = f"{noun.removesuffix('s')} {rest}" if value == 1 else about.unit
    return f"{value} {unit}".strip()


def _hour(value: int) -> str:
    """Return an hour of the day as a clock says it: `6 PM, clinic time`."""
    return f"{time(value % 24):%-I %p}, clinic time"


def _weekdays(value: int) -> str:
    """Return so many days from Monday on: `Monday to Friday`."""
    return f"Monday to {day_name[value - 1]}" if value > 1 else "Monday"


_SAID: Mapping[str, Callable[[int], str]] = MappingProxyType({HOUR_OF_DAY: _hour, DAYS_OF_WEEK: _weekdays})
"""How a value reads whose unit cannot simply follow it."""


def changes_in_words(about: Policy, versions: Sequence[PolicyVersion], *, zone: str) -> list[SettingChange]:
    """Return the changes of a setting, the newest first, each with what held before it."""
    older: list[Value] = [*(each.value for each in versions[1:]), about.default]
    return [
        SettingChange(
            when=dated(version.at, zone),
            who=version.actor_name,
            before=in_words(about, before),
            after=in_words(about, version.value),
            reason=version.reason,
        )
        for version, before in zip(versions, older, strict=False)
    ]
