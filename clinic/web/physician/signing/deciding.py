"""The form of a decision about a flag, what stands in it at first, and who may read the flag."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.localtime import in_zone
from clinic.monitoring.errors import UnknownFlag
from clinic.monitoring.queries.flags import FlagRow, may_decide
from clinic.monitoring.queries.flags import flag as flag_by_id
from clinic.monitoring.rules.flags import DECISIONS, LONGEST_LOOK, Decision
from clinic.web.frame.forms import FormModel, FormState, IsoDate, Note, Tick, WholeNumber, blank_form
from clinic.web.frame.requests import actor, now, runtime

CHOICES = [(each.value, words) for each, words in DECISIONS.items()]
_USUALLY = timedelta(days=28)
_A_DAY = timedelta(days=1)


class SettleForm(FormModel):
    """A decision about a flag as it was shown; `queue` tells that the next one shall open."""

    decision: Decision
    note: Note
    look_again_on: IsoDate
    version: WholeNumber
    queue: Tick

    words: ClassVar[dict[str, str]] = {
        "decision": "Choose what you decided.",
        "note": "Say in a sentence what you found or did.",
        "note.long": "Use at most 1,000 characters.",
        "look_again_on": "Enter the day on which this is looked at again.",
    }


def first_form() -> FormState:
    """Return the form with the usual day to look again."""
    return blank_form(look_again_on=today() + _USUALLY)


def days() -> dict[str, object]:
    """Return the first and the last day that the form takes, as the boxes want them."""
    return {
        "first_day": (today() + _A_DAY).isoformat(),
        "last_day": (today() + LONGEST_LOOK).isoformat(),
        "decisions": CHOICES,
    }


def today() -> date:
    """Return today's date at the clinic."""
    return in_zone(now(), runtime().clinic.zone).date()


def own_flag(session: Session, flag_id: UUID) -> FlagRow:
    """Return a flag that the reader decides about, or raise UnknownFlag as for a missing one."""
    row = flag_by_id(session, flag_id)
    if not may_decide(session, actor=actor(), patient_id=row.patient_id, now=now()):
        raise UnknownFlag
    return row


def note_seen(session: Session, row: FlagRow) -> None:
    """Write down who saw a flag; the page tells the others."""
    journal.note(
        session, "flag.viewed", subject_kind="flag", subject_id=row.id, at=now(), patient_ids=(row.patient_id,)
    )
