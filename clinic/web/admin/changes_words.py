"""How the audit trail's entries about the clinic's set-up read: what was done, and each field before and after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType

from clinic.audit.models import AuditEvent
from clinic.people.rules import STATES
from clinic.scheduling.rules.purposes import PURPOSE_WORDS, VisitPurpose
from clinic.web.admin.physicians_words import WEEKDAYS, clock
from clinic.web.admin.visit_types_form import notice_words
from clinic.web.admin.words import ROLE_CHOICES, dated
from clinic.web.frame.display import day_text, zone_words

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "physician.added": "Physician added",
        "physician.edited": "Details changed",
        "licence.added": "License added",
        "licence.edited": "License changed",
        "hours.added": "Hours added",
        "hours.changed": "Hours changed",
        "hours.ended": "Last day of hours set",
        "exception.added": "Exception added",
        "exception.removed": "Exception removed",
        "cap.added": "Cap added",
        "cap.changed": "Cap changed",
        "cap.removed": "Cap removed",
        "closure.added": "Closure added",
        "closure.changed": "Closure changed",
        "closure.removed": "Closure removed",
        "visit_type.added": "Visit type added",
        "visit_type.changed": "Visit type changed",
        "staff.invited": "Invited",
        "staff.roles_changed": "Roles changed",
        "staff.disabled": "Switched off",
        "staff.enabled": "Switched on",
        "password_reset.started": "Password reset begun",
        "password_reset.finished": "New password after a reset",
        "password.changed": "Password changed",
        "second_factor.set_up": "Authenticator app set up",
        "second_factor.forgotten": "Authenticator app taken off",
        "recovery_codes.replaced": "Recovery codes replaced",
    }
)
"""What each action is called; one that is missing here stands under its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field in words; `before` is empty where the thing is new."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One entry: when, who, what was done to what, and its fields."""

    when: str
    who: str
    what: str
    about: str
    fields: list[FieldChange]


def change_row(event: AuditEvent, *, zone: str) -> ChangeRow:
    """Return one entry of the audit trail in words; `zone` is the clock on which instants are read."""
    details = dict(event.details)
    before = details.pop("before", None)
    is_removal = details.get("removed_at") is not None
    what = ACTIONS.get(event.action, event.action.replace(".", " ").replace("_", " ").capitalize())
    return ChangeRow(
        when=dated(event.occurred_at, zone),
        who=event.actor_name,
        what="Hours removed" if is_removal and event.action == "hours.ended" else what,
        about=_about(details),
        fields=[] if is_removal else _fields(before, details, zone=zone),
    )


def _fields(before: object, after: Mapping[str, object], *, zone: str) -> list[FieldChange]:
    if isinstance(before, list):
        told = _roles(before), _roles(after.get("after"))
        return [FieldChange(label="Roles", before=told[0], after=told[1])]
    known = before if isinstance(before, dict) else {}
    shown = {name: after.get(name) for name in _FIELDS if (name in known if known else after.get(name) is not None)}
    return [
        FieldChange(
            label=_FIELDS[name][0],
            before=_said(name, known[name], zone) if known else "",
            after=_said(name, value, zone),
        )
        for name, value in shown.items()
    ]


def _about(details: Mapping[str, object]) -> str:
    """Return which one of several it is: a day with its hours, a state, a name."""
    if "weekday" in details:
        day = WEEKDAYS[int(str(details["weekday"]))]
        return f"{day}, {_time(details['starts_at_local'])} to {_time(details['ends_at_local'])}"
    if "valid_from" in details:
        return STATES.get(str(details.get("state")), "")
    return str(details.get("name") or "")


def _said(name: str, value: object, zone: str) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = _FIELDS[name][1]
    return dated(datetime.fromisoformat(str(value)), zone) if words is None else words(value)


def _day(value: object) -> str:
    return day_text(date.fromisoformat(str(value)))


def _time(value: object) -> str:
    return clock(time.fromisoformat(str(value)))


def _minutes(value: object) -> str:
    return f"{value} minutes"


def _days(value: object) -> str:
    return f"{value} days"


def _stretches(value: object) -> str:
    parts = value if isinstance(value, list) else []
    return ", ".join(f"minute {offset} to {offset + length}" for offset, length in parts)


def _roles(value: object) -> str:
    names = {str(role): word for role, word, _ in ROLE_CHOICES}
    return ", ".join(names.get(str(role), str(role)) for role in value) if isinstance(value, list) else "none"


Words = Callable[[object], str]
_FIELDS: Mapping[str, tuple[str, Words | None]] = MappingProxyType(
    {
        "full_name": ("Name", str),
        "name": ("Name", str),
        "name_es": ("Name in Spanish", str),
        "credential": ("Credential", str),
        "zone": ("Works in", lambda value: zone_words(str(value))),
        "join_url": ("Video address", str),
        "staff_id": ("Account", lambda _: "set"),
        "number": ("License number", str),
        "valid_from": ("First day", _day),
        "valid_until": ("Last day", _day),
        "weekday": ("Day", lambda value: WEEKDAYS[int(str(value))]),
        "kind": ("What", str),
        "per": ("Counted over", lambda value: f"a {value}"),
        "most": ("At most", str),
        "visit_type_code": ("Kind of visit", str),
        "state": ("State", lambda value: STATES.get(str(value), str(value))),
        "first_day": ("First day", _day),
        "last_day": ("Last day", _day),
        "starts_at_local": ("From", _time),
        "ends_at_local": ("To", _time),
        "starts_at": ("From", None),
        "ends_at": ("To", None),
        "effective_from": ("First day", _day),
        "effective_until": ("Last day", _day),
        "note": ("Note", str),
        "patient_minutes": ("For the patient", _minutes),
        "physician_segments": ("For the physician", _stretches),
        "buffer_before_minutes": ("Free before", _minutes),
        "buffer_after_minutes": ("Free after", _minutes),
        "min_notice_minutes": ("Minimum notice", lambda value: notice_words(int(str(value)))),
        "horizon_days": ("Booking opens ahead", _days),
        "purpose": ("Purpose", lambda value: PURPOSE_WORDS[VisitPurpose(str(value))]),
        "is_patient_bookable": ("Patients may book", str),
        "is_active": ("In use", str),
        "position": ("Place in the list", str),
        "roles": ("Roles", _roles),
    }
)
"""Field -> label, and how its value reads; None for an instant. Fields that are not here are not shown."""
