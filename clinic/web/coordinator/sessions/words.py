"""How coordinators read the day of a session: passed, waits, or a physician is needed; never why."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.session_day.rules.board import Urgency
from clinic.session_day.rules.watching import DueState

CHECKLISTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "none": ("Not open yet", "neutral", ""),
        "open": ("Open", "neutral", ""),
        "passed": ("Passed", "good", "✓"),
        "hold": ("Waits: call", "warn", "!"),
        "stopped": ("No session today", "bad", "!"),
    }
)
"""Words, tone and glyph of a checklist."""

SUPPORT: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "none": ("Nobody named", "warn", "!"),
        "named": ("No answer yet", "neutral", ""),
        "confirmed": ("Will be there", "info", ""),
        "attested": ("Is there", "good", "✓"),
        "declined": ("Cannot come", "bad", "!"),
    }
)
"""The same of a support person."""

URGENCIES: Mapping[Urgency, tuple[str, str, str]] = MappingProxyType(
    {
        Urgency.HELP: ("Help asked for: call now", "bad", "!"),
        Urgency.SILENT: ("Nobody looks: call now", "bad", "!"),
        Urgency.LATE: ("Something is late", "warn", "!"),
        Urgency.NOT_BEGUN: ("Due at {time}, not begun", "bad", "!"),
        Urgency.BLOCKED: ("Cannot begin", "warn", "!"),
        Urgency.WATCHED: ("Goes on", "good", "✓"),
        Urgency.NOT_READY: ("Begins soon, not ready", "warn", "!"),
        Urgency.TO_COME: ("To come", "neutral", ""),
        Urgency.OVER: ("Over", "neutral", ""),
    }
)
"""The same of a session as a whole; the time is when it was to start."""

DUES: Mapping[DueState, str] = MappingProxyType(
    {DueState.LATER: "later", DueState.NOW: "due now", DueState.LATE: "late", DueState.DONE: "done"}
)

RELATIONS = [("partner", "Partner"), ("family", "Family"), ("friend", "Friend"), ("other", "Somebody else")]
