"""The policies that exist: what each means, its unit and limits, the value it starts with and where that comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from clinic.policies.errors import PolicyRefused, UnknownPolicy

_LONGEST_ADDRESS = 300

HOUR_OF_DAY = "hour of 24, clinic time"
DAYS_OF_WEEK = "days from Monday"
"""Units that pages say in other words: 6 PM, Monday to Friday."""


class PolicyKey(StrEnum):
    """The name under which a value is kept."""

    LATE_CANCEL_HOURS = "late_cancel_hours"
    NO_SHOW_AFTER_MINUTES = "no_show_after_minutes"
    MISSED_VISITS_BEFORE_TASK = "missed_visits_before_task"
    MISSED_VISITS_WITHIN_DAYS = "missed_visits_within_days"
    MOVE_TEXT_WAITS_SECONDS = "move_text_waits_seconds"
    JOIN_OPENS_MINUTES = "join_opens_minutes"
    JOIN_LINK_TEMPLATE = "join_link_template"
    FEED_PAST_DAYS = "feed_past_days"
    FEED_FUTURE_DAYS = "feed_future_days"
    COURSE_LEAD_DAYS = "course_lead_days"
    NEXT_DATES_LEAD_DAYS = "next_dates_lead_days"
    REVIEW_LEAD_DAYS = "review_lead_days"
    LEGAL_BASIS_WARN_DAYS = "legal_basis_warn_days"
    FOOD_STOPS_HOURS = "food_stops_hours"
    SIPS_STOP_MINUTES = "sips_stop_minutes"
    TEXTS_A_DAY = "texts_a_day"
    TEXTS_A_SESSION_DAY = "texts_a_session_day"
    TEXTS_READ_FROM_HOUR = "texts_read_from_hour"
    TEXTS_READ_UNTIL_HOUR = "texts_read_until_hour"
    TEXTS_READ_DAYS = "texts_read_days"
    ON_CALL_AGAIN_MINUTES = "on_call_again_minutes"
    ON_CALL_BACKUP_MINUTES = "on_call_backup_minutes"
    ON_CALL_REPEAT_MINUTES = "on_call_repeat_minutes"
    TAPER_PHQ9_RISE = "taper_phq9_rise"
    TAPER_SDS = "taper_sds"
    TAPER_CRAVING = "taper_craving"
    TAPER_READING_DAYS = "taper_reading_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeNumberPolicy:
    """A policy whose value is a whole number of `unit`, from `least` to `most`; a clinical one is a physician's."""

    title: str
    meaning: str
    unit: str
    least: int
    most: int
    default: int
    source: str
    is_clinical: bool = False

    def checked(self, value: object) -> int:
        """Return the value, or raise PolicyRefused."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise PolicyRefused(f"Enter a whole number from {self.least} to {self.most}.", field="value")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """A policy whose value is an https address with `{room}` in it, or empty."""

    title: str
    meaning: str
    default: str
    source: str
    unit: str = ""
    is_clinical: bool = False

    def checked(self, value: object) -> str:
        """Return the address without spaces around it, or raise PolicyRefused."""
        if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
            raise PolicyRefused(f"Enter an address of at most {_LONGEST_ADDRESS} characters.", field="value")
        address = value.strip()
        if not address:
            return ""
        parts = urlsplit(address.replace("{room}", "room"))
        if parts.scheme != "https" or not parts.hostname or "{" in parts.geturl() or "{room}" not in address:
            raise PolicyRefused("Enter an https address with {room} where the room's own name goes.", field="value")
        if any(symbol.isspace() or not symbol.isprintable() for symbol in address) or parts.username:
            raise PolicyRefused("Leave out spaces and sign-in names from the address.", field="value")
        return address


Policy = WholeNumberPolicy | AddressPolicy

_HOUSE = "The clinic's own choice"
_FOOD = (
    "The clinic's own choice; the US label of the nearest approved nasal spray says no food for 2 hours and no liquids "
    "for 30 minutes before, clinics ask for 1 to 6 hours without food"
)
_RESTRAINT = "The clinic's own choice; the texts rest on consent (47 CFR 64.1200(f)(9)), which names no number a day"

_TAPER = "An opinion: no published schedule for tapering at home was found"

POLICIES: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.LATE_CANCEL_HOURS: WholeNumberPolicy(
            title="Late cancellation",
            meaning="A patient who cancels with less than this left cancels late. It is not a no-show.",
            unit="hours before the visit",
            least=0,
            most=168,
            default=24,
            source=_HOUSE,
        ),
        PolicyKey.NO_SHOW_AFTER_MINUTES: WholeNumberPolicy(
            title="No-show",
            meaning="A visit can be marked as a no-show when the patient is not there this long after the start.",
            unit="minutes after the start",
            least=0,
            most=120,
            default=10,
            source=_HOUSE,
        ),
        PolicyKey.MISSED_VISITS_BEFORE_TASK: WholeNumberPolicy(
            title="Missed often",
            meaning="After so many no-shows and late cancellations a coordinator is asked to call the patient.",
            unit="visits",
            least=1,
            most=20,
            default=2,
            source=_HOUSE,
        ),
        PolicyKey.MISSED_VISITS_WITHIN_DAYS: WholeNumberPolicy(
            title="Missed often: counted over",
            meaning="Only no-shows and late cancellations of this many past days count.",
            unit="days",
            least=7,
            most=730,
            default=180,
            source=_HOUSE,
        ),
        PolicyKey.MOVE_TEXT_WAITS_SECONDS: WholeNumberPolicy(
            title="Text about a moved visit",
            meaning="The text waits this long, so that a visit dragged by mistake can be put back without one.",
            unit="seconds",
            least=0,
            most=900,
            default=180,
            source=_HOUSE,
        ),
        PolicyKey.JOIN_OPENS_MINUTES: WholeNumberPolicy(
            title="Video room opens",
            meaning="The button to join shows this long before the visit, until the visit's end.",
            unit="minutes before the visit",
            least=0,
            most=120,
            default=15,
            source=_HOUSE,
        ),
        PolicyKey.JOIN_LINK_TEMPLATE: AddressPolicy(
            title="Video room address",
            meaning="Each visit gets a room of its own here unless its physician or the visit itself has another one.",
            default="",
            source=_HOUSE,
        ),
        PolicyKey.FEED_PAST_DAYS: WholeNumberPolicy(
            title="Calendar feed: past",
            meaning="How far back a physician's private calendar feed goes.",
            unit="days",
            least=0,
            most=365,
            default=30,
            source=_HOUSE,
        ),
        PolicyKey.FEED_FUTURE_DAYS: WholeNumberPolicy(
            title="Calendar feed: ahead",
            meaning="How far ahead a physician's private calendar feed goes.",
            unit="days",
            least=1,
            most=730,
            default=180,
            source=_HOUSE,
        ),
        PolicyKey.COURSE_LEAD_DAYS: WholeNumberPolicy(
            title="Dates of a course begin",
            meaning="The planner proposes no date sooner than this, so that the patient can choose and prepare. "
            "Whoever names a first day gets it.",
            unit="days from today",
            least=0,
            most=30,
            default=2,
            source=_HOUSE,
        ),
        PolicyKey.NEXT_DATES_LEAD_DAYS: WholeNumberPolicy(
            title="Next dates: asked for",
            meaning="A coordinator is asked to book the next date of a plan this long before it may take place.",
            unit="days before the first possible day",
            least=0,
            most=60,
            default=14,
            source=_HOUSE,
        ),
        PolicyKey.REVIEW_LEAD_DAYS: WholeNumberPolicy(
            title="Physician visit: asked for",
            meaning="A coordinator is asked to book a visit or check that a plan needs this long before its last day.",
            unit="days before it is due",
            least=0,
            most=60,
            default=14,
            source=_HOUSE,
        ),
        PolicyKey.LEGAL_BASIS_WARN_DAYS: WholeNumberPolicy(
            title="End of a legal basis",
            meaning="Physicians are told this long before a rule that lets visits be held by telemedicine ends.",
            unit="days before its last day",
            least=7,
            most=365,
            default=60,
            source=_HOUSE,
        ),
        PolicyKey.ON_CALL_AGAIN_MINUTES: WholeNumberPolicy(
            title="On call: second try",
            meaning="The first in line is told again, by text and e-mail, when nobody has a call after so long.",
            unit="minutes after the first text",
            least=1,
            most=30,
            default=5,
            source=_HOUSE,
        ),
        PolicyKey.ON_CALL_BACKUP_MINUTES: WholeNumberPolicy(
            title="On call: backup",
            meaning="The backup is told, by text and e-mail, when nobody has a call after so long.",
            unit="minutes after the second try",
            least=1,
            most=30,
            default=5,
            source=_HOUSE,
        ),
        PolicyKey.ON_CALL_REPEAT_MINUTES: WholeNumberPolicy(
            title="On call: everybody",
            meaning="Both are told and every administrator gets an e-mail, again each time so long has passed.",
            unit="minutes, until somebody has it",
            least=5,
            most=60,
            default=10,
            source=_HOUSE,
        ),
        PolicyKey.TEXTS_A_DAY: WholeNumberPolicy(
            title="Texts a day",
            meaning="After so many texts in one day of the patient's, what can wait leaves the next morning. Answers, "
            "what staff write and texts for safety always leave.",
            unit="texts a day",
            least=1,
            most=10,
            default=2,
            source=_RESTRAINT,
        ),
        PolicyKey.TEXTS_A_SESSION_DAY: WholeNumberPolicy(
            title="Texts on the day of a visit at home",
            meaning="The same for a day with texts that prepare a visit at home.",
            unit="texts a day",
            least=2,
            most=12,
            default=4,
            source=_RESTRAINT,
        ),
        PolicyKey.TEXTS_READ_FROM_HOUR: WholeNumberPolicy(
            title="Texts are read from",
            meaning="Before this hour a patient who writes is told at once whom to call. "
            "Danger is answered at any hour.",
            unit=HOUR_OF_DAY,
            least=0,
            most=23,
            default=8,
            source=_HOUSE,
        ),
        PolicyKey.TEXTS_READ_UNTIL_HOUR: WholeNumberPolicy(
            title="Texts are read until",
            meaning="From this hour on a patient who writes is told at once whom to call.",
            unit=HOUR_OF_DAY,
            least=1,
            most=24,
            default=18,
            source=_HOUSE,
        ),
        PolicyKey.TEXTS_READ_DAYS: WholeNumberPolicy(
            title="Texts are read on",
            meaning="So many days of the week from Monday on, 5 being Monday to Friday.",
            unit=DAYS_OF_WEEK,
            least=1,
            most=7,
            default=5,
            source=_HOUSE,
        ),
        PolicyKey.FOOD_STOPS_HOURS: WholeNumberPolicy(
            title="Finish food",
            meaning="Patients are told to finish food this long before. A text goes out an hour earlier. "
            "Texts of visits that are booked already keep the time that they were planned with.",
            unit="hours before the visit",
            least=2,
            most=12,
            default=4,
            source=_FOOD,
            is_clinical=True,
        ),
        PolicyKey.SIPS_STOP_MINUTES: WholeNumberPolicy(
            title="Sips of water",
            meaning="Small sips of water are fine until this long before.",
            unit="minutes before the visit",
            least=30,
            most=240,
            default=30,
            source=_FOOD,
            is_clinical=True,
        ),
        PolicyKey.TAPER_PHQ9_RISE: WholeNumberPolicy(
            title="Taper: rise of the PHQ-9",
            meaning="A step is looked at twice if the PHQ-9 rose this much since before the taper.",
            unit="points",
            least=1,
            most=27,
            default=5,
            source=f"{_TAPER}; 5 points is the smallest change of the PHQ-9 that counts as clinical",
            is_clinical=True,
        ),
        PolicyKey.TAPER_SDS: WholeNumberPolicy(
            title="Taper: SDS",
            meaning="A step is looked at twice if the Severity of Dependence Scale reaches this.",
            unit="points",
            least=1,
            most=15,
            default=4,
            source=f"{_TAPER}; 4 is the published cut for ketamine, which was not found in prescribed patients",
            is_clinical=True,
        ),
        PolicyKey.TAPER_CRAVING: WholeNumberPolicy(
            title="Taper: craving",
            meaning="A step is looked at twice if craving from 0 to 10 reaches this.",
            unit="points",
            least=1,
            most=10,
            default=4,
            source=f"{_TAPER}; the scale is not validated",
            is_clinical=True,
        ),
        PolicyKey.TAPER_READING_DAYS: WholeNumberPolicy(
            title="Taper: age of a reading",
            meaning="Older readings do not count for a step; it then has no data.",
            unit="days",
            least=7,
            most=120,
            default=35,
            source="The clinic's own choice; the readings come about once a month",
            is_clinical=True,
        ),
    }
)


def policy_named(key: str) -> tuple[PolicyKey, Policy]:
    """Return the key and its definition, or raise UnknownPolicy."""
    try:
        known = PolicyKey(key)
    except ValueError:
        raise UnknownPolicy("There is no such setting. Open the list of settings again.") from None
    return known, POLICIES[known]
