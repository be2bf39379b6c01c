"""Where a session stands before it begins: its checklist and its support person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ChecklistStanding = Literal["none", "open", "passed", "hold", "stopped"]
SupportStanding = Literal["none", "named", "confirmed", "attested", "declined"]

FINISHED_LATE = "finished_late"
"""The reason of a list that was finished after the session began: it is kept and does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStanding:
    """The checklist and the support person of one session; reasons are codes, of numbers there is none.

    A list that was finished after the session began stands as `open`, with the reason `finished_late`.
    """

    checklist: ChecklistStanding = "none"
    checklist_reasons: tuple[str, ...] = ()
    checklist_finished_at: datetime | None = None
    support_person: SupportStanding = "none"
    attested_at: datetime | None = None
