"""How a plan's fields, outcomes and changes read on the physicians' pages."""

from calendar import day_abbr
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from clinic.kernel.phone import for_reading
from clinic.treatment.rules.protocol_fields import FIELDS
from clinic.web.frame.display import day_text

INDICATIONS = (
    "Depression",
    "Bipolar depression",
    "Anxiety",
    "PTSD",
    "OCD",
    "Chronic pain",
    "Migraine, cluster headache or new daily persistent headache",
    "Fibromyalgia",
)
"""What is chosen from; anything else is written in words."""

OTHER = "Other"

_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "physician_id": "Physician",
        "protocol_version_id": "Protocol",
        "indication": "Indication",
        "adjustments": "Own numbers",
        "prior_sessions": "Visits before this plan",
        "prior_session_on": "Last visit before this plan",
        "paused_until": "Check-ins paused until",
        "pause_lifted": "Long pause lifted",
        "supply_closed_over": "Supply closed without a count of zero, at entry",
        "in_person_exam_on": "Examined in person",
        "patient_hours": "Patient\u2019s hours",
        "are_patient_hours_strict": "Whether the hours are strict",
        "support_name": "Support person",
        "support_phone": "Support person\u2019s phone",
        "support_hours": "Support person\u2019s hours",
        "place": "Place",
        "outcome": "Outcome of a visit",
        "is_fluid_restricted": "Fluid restriction",
    }
)
_LONG_GAP = timedelta(days=10)


def field_words(fields: Iterable[str]) -> str:
    """Return the names of changed fields: `Indication, support person`."""
    words = [_FIELDS.get(name) or _number_words(name) for name in fields]
    return ", ".join([*words[:1], *(word[:1].lower() + word[1:] for word in words[1:])]) or "Plan"


def _number_words(name: str) -> str:
    found = FIELDS.get(name)
    return found.words if found else name.replace("_", " ").capitalize()


def value_words(value: object) -> str:
    """Return a saved value as a page writes it."""
    if value is None or value in ("", []):
        return "nothing"
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{_number_words(str(name))} {value_words(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(_hours(each) if isinstance(each, list) else value_words(each) for each in value)
    return for_reading(str(value)) if str(value).startswith("+1") else _dated(str(value))


def _hours(stretch: list[object]) -> str:
    """Return a stretch of the week as it is stored, like `Mon 09:00 to 17:00`."""
    weekday, begin, end = stretch
    return f"{day_abbr[int(str(weekday))]} {begin} to {end}"


def _dated(text: str) -> str:
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text


def gap_words(earlier: datetime, later: datetime) -> str:
    """Return the time between two starts: `3 d 2 h`, from ten days on `31 d`."""
    between = later - earlier
    hours = between.seconds // 3600
    if between >= _LONG_GAP or not hours:
        return f"{round(between / timedelta(days=1))} d"
    return f"{between.days} d {hours} h" if between.days else f"{hours} h"
