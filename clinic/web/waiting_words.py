"""How wishes of the waiting list read in one line for the people at the clinic."""

from clinic.kernel.actor import ActorKind
from clinic.waitlist.models import WaitlistChange, WaitlistEntry
from clinic.waitlist.queries.entries import EntryRow
from clinic.waitlist.rules.states import HAPPENING_WORDS, Happening
from clinic.waitlist.rules.wishes import A_DAY_IN_MINUTES

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
NOTICES = ((2, "2 hours"), (24, "1 day"), (48, "2 days"), (72, "3 days"), (168, "1 week"))
_NOON = 12
_REASONS = {
    "visit_gone": "the visit does not take place any more",
    "date_passed": "the last day that was asked for is over",
    "visit_is_earlier": "the visit is early enough by now",
    "care_ended": "the patient left our care",
    "merged": "two records of the patient became one",
}


def days_words(entry: WaitlistEntry) -> str:
    """Return `Tuesdays, Thursdays` or `any day`."""
    return ", ".join(DAYS[day] for day in entry.weekdays) or "any day"


def hours_words(entry: WaitlistEntry) -> str:
    """Return `9 AM to 12 PM` or `any hour`."""
    if entry.from_minute == 0 and entry.until_minute == A_DAY_IN_MINUTES:
        return "any hour"
    return f"{hour_words(entry.from_minute // 60)} to {hour_words(entry.until_minute // 60)}"


def notice_words(entry: WaitlistEntry) -> str:
    """Return how short a notice is fine."""
    return dict(NOTICES).get(entry.notice_hours, f"{entry.notice_hours} hours")


def wants_words(row: EntryRow) -> str:
    """Return what somebody can take in one line: kind, days, hours, with whom."""
    who = row.physician_name or "any physician"
    return f"{row.visit_name}, {row.patient_minutes} min, {days_words(row.entry)}, {hours_words(row.entry)}, {who}"


def change_words(change: WaitlistChange) -> str:
    """Return what happened to an entry, with why where that is known."""
    words = HAPPENING_WORDS[Happening(change.happening)]
    if change.reason is None:
        return words
    return f"{words}: {_REASONS.get(change.reason, change.reason)}"


def who_words(change: WaitlistChange) -> str:
    """Return who did it, the patient without a name."""
    return "The patient" if change.actor_kind == ActorKind.PATIENT else change.actor_name


def hour_words(hour: int) -> str:
    """Return `9 AM` for an hour from 0 to 24; both ends of a day are 12 AM."""
    return f"{hour % _NOON or _NOON} {'PM' if _NOON <= hour < 2 * _NOON else 'AM'}"
