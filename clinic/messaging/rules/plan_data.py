"""The plans of the package as they are read and checked: a wrong file ends the start with a sentence that says why."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.messaging.errors import BrokenPlans, UnknownTemplate
from clinic.messaging.rules.plans import ANCHORS, Merge, Moment, Plans, Row
from clinic.messaging.rules.templates import Template, current

_FILE = "data/plans.json"
_PARTS = {"facts", "conditions", "rows", "merges"}
_OF_ROW = {"events", "template", "at", "until", "needs", "unless", "fills", "may_be_late", "asks_at_send"}
_OF_MOMENT = {"anchor", "minutes", "days", "wall"}
_OF_MERGE = {"of", "into", "within_minutes"}
_FILLABLE = {"starts_at", "until"}
_TWO = 2


@cache
def all_plans() -> Plans:
    """Return the plans of the package, or raise BrokenPlans."""
    return read_plans(files("clinic.messaging").joinpath(_FILE).read_text(encoding="utf-8"))


def read_plans(text: str) -> Plans:
    """Return plans from JSON, or raise BrokenPlans, which names the row and what is wrong with it."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise BrokenPlans(f"the plans of texts are no JSON: {error}") from None
    _require_only(raw, _PARTS, "the file of plans")
    conditions = _get(raw, "conditions", "the file of plans")
    plans = Plans(
        rows=tuple(_row(row, raw) for row in _get(raw, "rows", "the file of plans")),
        merges=tuple(_merge(merge) for merge in raw.get("merges", ())),
        conditions=frozenset(conditions),
        waits_for={name: about["waits_for"] for name, about in conditions.items() if "waits_for" in about},
    )
    _require_sense(plans)
    return plans


def _row(raw: Mapping[str, Any], whole: Mapping[str, Any]) -> Row:
    key = _get(raw, "template", "a row of the plans")
    events = frozenset(_get(raw, "events", key))
    where = f"{key} of {', '.join(sorted(events))}"
    _require_only(raw, _OF_ROW, where)
    _template(key, where)
    facts = {*raw.get("needs", ()), *raw.get("unless", ())}
    _require_known(facts, whole.get("facts", ()), "fact", where=where)
    _require_known([_get(raw, "asks_at_send", where)], whole["conditions"], "condition", where=where)
    fills = raw.get("fills", {})
    _require_known(fills, _FILLABLE, "variable", where=where)
    _require_known(fills.values(), ANCHORS, "anchor", where=where)
    return Row(
        events=events,
        template=key,
        at=_moment(_get(raw, "at", where), where),
        until=_moment(raw["until"], where) if "until" in raw else None,
        needs=frozenset(raw.get("needs", ())),
        unless=frozenset(raw.get("unless", ())),
        fills=fills,
        may_be_late=bool(raw.get("may_be_late")),
        asks_at_send=raw["asks_at_send"],
    )


def _moment(raw: Mapping[str, Any], where: str) -> Moment:
    _require_only(raw, _OF_MOMENT, where)
    _require_known([_get(raw, "anchor", where)], ANCHORS, "anchor", where=where)
    minutes, days, wall = raw.get("minutes", 0), raw.get("days"), raw.get("wall")
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in (minutes, days or 0)):
        raise BrokenPlans(f"{where}: minutes and days are whole numbers")
    if days is not None and minutes:
        raise BrokenPlans(f"{where}: a time counts in minutes or in days, not in both")
    if wall is not None and days is None:
        raise BrokenPlans(f"{where}: a time of day needs days")
    return Moment(anchor=raw["anchor"], minutes=minutes, days=days, wall=_clock(wall, where) if wall else None)


def _clock(wall: str, where: str) -> time:
    try:
        return time.fromisoformat(wall)
    except (TypeError, ValueError):
        raise BrokenPlans(f"{where}: {wall!r} is no time of day; write it as 17:00") from None


def _merge(raw: Mapping[str, Any]) -> Merge:
    _require_only(raw, _OF_MERGE, "a merge")
    of, into = _get(raw, "of", "a merge"), _get(raw, "into", "a merge")
    where = f"the merge into {into}"
    if len(set(of)) != _TWO:
        raise BrokenPlans(f"{where}: it takes two texts")
    for key in (*of, into):
        _template(key, where)
    minutes = _get(raw, "within_minutes", where)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        raise BrokenPlans(f"{where}: within_minutes is a whole number above 0")
    return Merge(of=(of[0], of[1]), into=into, within=timedelta(minutes=minutes))


def _require_sense(plans: Plans) -> None:
    """Refuse what is fine row by row and wrong together."""
    _require_one(plans, lambda row: (row.template, row.asks_at_send), "asks for two conditions at send time")
    for event in plans.events:
        about = {current(row.template).about for row in plans.rows if event in row.events}
        if len(about) > 1:
            raise BrokenPlans(
                f"{event}: its texts are about {' and '.join(sorted(about))}; one event is about one thing"
            )
    planned = {row.template for row in plans.rows}
    for merge in plans.merges:
        _require_known(merge.of, planned, "text of a row", where=f"the merge into {merge.into}")
    for key in planned | {merge.into for merge in plans.merges}:
        _require_variant(current(key))


def _require_one(plans: Plans, pair: Callable[[Row], tuple[str, str]], complaint: str) -> None:
    seen: dict[str, str] = {}
    for name, value in map(pair, plans.rows):
        if seen.setdefault(name, value) != value:
            raise BrokenPlans(f"{name} {complaint}: {seen[name]} and {value}")


def _require_variant(template: Template) -> None:
    dry = template.without_fluids
    if dry is None:
        return
    variant = _template(dry, template.key)
    if dry != f"{template.key}_DRY" or variant.about != template.about:
        raise BrokenPlans(
            f"{template.key}: its variant without fluids has to be {template.key}_DRY about the same thing"
        )


def _template(key: str, where: str) -> Template:
    try:
        return current(key)
    except UnknownTemplate:
        raise BrokenPlans(f"{where}: there is no text {key!r}") from None


def _get(raw: Mapping[str, Any], name: str, where: str) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(raw, Mapping) or name not in raw:
        raise BrokenPlans(f"{where}: {name!r} is missing")
    return raw[name]


def _require_only(raw: Mapping[str, Any], known: Collection[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise BrokenPlans(f"{where}: a group of names and values was expected")
    _require_known(raw, known, "name", where=where)


def _require_known(given: Iterable[str], known: Iterable[str], kind: str, *, where: str) -> None:
    strange = sorted(set(given) - set(known))
    if strange:
        raise BrokenPlans(f"{where}: {strange[0]!r} is no known {kind}")
