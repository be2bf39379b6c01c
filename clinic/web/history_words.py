"""How the entries of a patient's history read, for every page that shows one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from clinic.dashboards.patient_history import (
    ConsentFact,
    ContactChain,
    ContactFact,
    Entry,
    Fact,
    RecordFact,
    VisitFact,
)
from clinic.kernel.localtime import in_zone
from clinic.messaging.queries.history import TextRow
from clinic.messaging.rules.kinds import MessageState
from clinic.people.rules import ConsentChange, ConsentSource
from clinic.people.rules.contact_log import CallOutcome
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.reasons import CANCEL_WORDS, MOVE_WORDS
from clinic.scheduling.rules.states import AppointmentState
from clinic.web.frame.display import when
from clinic.web.record_words import CHANGES, FIELDS, SOURCES

OUTCOMES = {
    CallOutcome.REACHED: "Spoke with the patient",
    CallOutcome.LEFT_MESSAGE: "Left a message",
    CallOutcome.NO_ANSWER: "No answer",
    CallOutcome.WRONG_NUMBER: "Wrong number",
}
_NOT_ARRIVED = frozenset(
    {MessageState.FAILED, MessageState.UNDELIVERED, MessageState.SUPPRESSED, MessageState.EXPIRED, MessageState.UNKNOWN}
)
_VISIT_WORDS = {
    Change.BOOKED: "Visit booked",
    Change.OVERBOOKED: "Booked over something else",
    Change.MOVED: "Visit moved",
    Change.MOVE_UNDONE: "Move taken back",
    Change.NOT_TEXTED: "No text about this move",
    Change.TOLD_WITH_COURSE: "No text of its own",
    Change.CONFIRMED: "Visit confirmed",
    Change.SUPPORT_PERSON_SET: "Support person set",
    Change.SUPPORT_PERSON_MISSING: "No support person yet",
    Change.COMPLETED: "Visit took place",
    Change.CANCELED: "Visit canceled",
    Change.LATENESS_WAIVED: "Late cancellation forgiven",
    Change.MISSED: "No-show",
    Change.MISSED_UNDONE: "No-show taken back",
}
_CONFIRMED_WAYS = {"sms": "by text", "page": "on the patient\u2019s page", "staff": "by staff"}
_RECORD_WORDS = {
    "patient.added": "Record made",
    "patient.edited": "Details changed",
    "patient.imported": "Taken from a file",
    "patient.merged": "Merged with another record",
    "patient.number_changed": "Phone number changed",
    "patient.status_changed": "Status changed",
}
_WARNING = frozenset({Change.MISSED, Change.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as it is read; `look` names its shape, `tone` is blank or says that something went wrong.

    `said` are the words of a text, call or note; `struck` what somebody wrote before and corrected.
    """

    at: datetime
    look: str
    what: str
    who: str = ""
    detail: str = ""
    tone: str = ""
    said: str = field(default="", repr=False)
    visit_id: UUID | None = None
    entry_id: UUID | None = None
    struck: Sequence["Line"] = ()
    recorded_at: datetime | None = None


def days_of(entries: Sequence[Entry], zone: str) -> list[tuple[date, list[Line]]]:
    """Return the entries as lines under their local days, in the order given."""
    by_day = groupby(entries, key=lambda entry: in_zone(entry.at, zone).date())
    return [(day, [line_of(entry.fact, entry.at) for entry in of_day]) for day, of_day in by_day]


def line_of(fact: Fact, at: datetime) -> Line:
    """Return how one entry reads."""
    if isinstance(fact, TextRow):
        return _text(fact, at)
    if isinstance(fact, ContactChain):
        return _contact(fact.now, at, struck=[_contact(one, one.happened_at) for one in fact.before])
    if isinstance(fact, VisitFact):
        return _visit(fact, at)
    if isinstance(fact, ConsentFact):
        return _consent(fact, at)
    return _record(fact, at)


def _text(row: TextRow, at: datetime) -> Line:
    if not row.is_from_clinic:
        return Line(at=at, look="in", what="Text received", who="Patient\u2019s phone", said=row.body)
    tone = "bad" if row.state in _NOT_ARRIVED else "good" if row.state == MessageState.DELIVERED else ""
    about = row.subject_id if row.subject_kind == "appointment" else None
    what = row.name if row.channel == "email" else f"Text: {row.name}"
    return Line(at=at, look="out", what=what, detail=row.note, tone=tone, said=row.body, visit_id=about)


def _contact(fact: ContactFact, at: datetime, *, struck: Sequence[Line] = ()) -> Line:
    said, outcome = fact.body or "", fact.outcome
    what = (
        "Note"
        if outcome is None
        else "Call to the patient"
        if fact.direction == "outgoing"
        else "Call from the patient"
    )
    return Line(
        at=at,
        look=fact.kind,
        what=what,
        who=fact.who,
        detail=OUTCOMES[CallOutcome(outcome)] if outcome else "",
        said=said,
        entry_id=fact.id,
        struck=struck,
        recorded_at=fact.recorded_at,
    )


def _visit(fact: VisitFact, at: datetime) -> Line:
    change = Change(fact.change)
    what = "Visit canceled late" if fact.state == AppointmentState.LATE_CANCELED else _VISIT_WORDS[change]
    return Line(
        at=at,
        look="visit",
        what=what,
        who=fact.who,
        detail=_about_visit(fact, change),
        tone="warn" if change in _WARNING else "",
        visit_id=fact.visit_id,
    )


def _about_visit(fact: VisitFact, change: Change) -> str:
    if change in {Change.OVERBOOKED, Change.LATENESS_WAIVED}:
        return fact.reason or ""
    if change is Change.NOT_TEXTED:
        return "The patient is told in another way"
    if change is Change.TOLD_WITH_COURSE:
        return "One text tells of all dates of the course"
    visit = f"{fact.visit_name}, {_time(fact.starts_at, fact)}, {fact.physician}"
    if change in {Change.MOVED, Change.MOVE_UNDONE}:
        visit = f"{fact.visit_name}, {_moved(fact)}"
    because = _because(fact, change)
    return f"{visit}. {because}" if because else visit


def _moved(fact: VisitFact) -> str:
    is_same_physician = fact.from_physician in {None, fact.physician}
    before = "" if is_same_physician else f" with {fact.from_physician}"
    after = f", {fact.physician}" if is_same_physician else f" with {fact.physician}"
    if fact.from_starts_at is None:
        return f"to {_time(fact.starts_at, fact)}{after}"
    return f"from {_time(fact.from_starts_at, fact)}{before} to {_time(fact.starts_at, fact)}{after}"


def _because(fact: VisitFact, change: Change) -> str:
    words: dict[str, str] = {}
    if change is Change.CANCELED:
        words = {str(code): word for code, word in CANCEL_WORDS.items()}
    elif change is Change.MOVED:
        words = {str(code): word for code, word in MOVE_WORDS.items()}
    elif change is Change.CONFIRMED:
        words = {code: f"Confirmed {way}" for code, way in _CONFIRMED_WAYS.items()}
    return words.get(fact.reason or "", "")


def _time(at: datetime, fact: VisitFact) -> str:
    return when(at, fact.zone)


def _consent(fact: ConsentFact, at: datetime) -> Line:
    how = SOURCES[ConsentSource(fact.source)]
    detail = f"{how}, wording {fact.wording}" if fact.wording else how
    tone = "bad" if fact.change == ConsentChange.OPTED_OUT else ""
    what = CHANGES[ConsentChange(fact.change)]
    return Line(at=at, look="change", what=what, who=fact.who, detail=detail.capitalize(), tone=tone)


def _record(fact: RecordFact, at: datetime) -> Line:
    what = _RECORD_WORDS.get(fact.action, "Record changed")
    return Line(at=at, look="change", what=what, who=fact.who, detail=_about_record(fact))


def _about_record(fact: RecordFact) -> str:
    if fact.action == "patient.merged":
        return f"Record {fact.details.get('record_number', '')} is part of this one now"
    if fact.action == "patient.status_changed":
        return f"From {fact.details.get('before')} to {fact.details.get('after')}"
    return ", ".join(FIELDS.get(name, name.replace("_", " ")) for name in fact.fields)
