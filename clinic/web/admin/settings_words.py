"""How the clinic's own settings read on their pages, and in which groups they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from clinic.policies.models import PolicyVersion
from clinic.policies.queries import PolicyRow, Value
from clinic.policies.rules import AddressPolicy, Policy, PolicyKey
from clinic.web.admin.words import dated

_MISSED = "Canceled and missed visits"
_MOVED = "Moved visits"
_VIDEO = "Video visits"
_FEEDS = "Calendar feeds"
_OTHERS = "More settings"

GROUPS: Mapping[PolicyKey, str] = MappingProxyType(
    {
        PolicyKey.LATE_CANCEL_HOURS: _MISSED,
        PolicyKey.NO_SHOW_AFTER_MINUTES: _MISSED,
        PolicyKey.MISSED_VISITS_BEFORE_TASK: _MISSED,
        PolicyKey.MISSED_VISITS_WITHIN_DAYS: _MISSED,
        PolicyKey.MOVE_TEXT_WAITS_SECONDS: _MOVED,
        PolicyKey.JOIN_OPENS_MINUTES: _VIDEO,
        PolicyKey.JOIN_LINK_TEMPLATE: _VIDEO,
        PolicyKey.FEED_PAST_DAYS: _FEEDS,
        PolicyKey.FEED_FUTURE_DAYS: _FEEDS,
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
    noun, _, rest = about.unit.partition(" ")
    unit = f"{noun.removesuffix('s')} {rest}" if value == 1 else about.unit
    return f"{value} {unit}".strip()


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
