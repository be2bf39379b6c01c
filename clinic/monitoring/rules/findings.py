"""Kinds of findings that a physician records, and the coded details of each that rules look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.monitoring.errors import FindingRefused

LONGEST_NOTE = 2000
_OLDEST = timedelta(days=5 * 365)


class FindingKind(StrEnum):
    """What was seen or told."""

    TOOK_MORE = "took_more_than_prescribed"
    OUTSIDE_SUPPLY = "outside_supply"
    USED_OUTSIDE_PLAN = "used_outside_plan"
    IMPAIRED = "impaired_at_visit"
    DOSE_REQUEST = "dose_increase_request"
    EARLY_REFILL = "early_refill_request"
    LOST = "lost_or_stolen"
    NOT_DELIVERED = "not_delivered"
    ADDRESS_CHANGED = "address_changed"
    CONCERN = "concern_by_other"
    TEST = "test_unexpected"
    PROGRAM = "pdmp_other_prescribers"
    MEMORY = "cognitive_complaint"
    ASKS_TO_STOP = "asks_to_stop"


class DetailKind(StrEnum):
    """How a detail is entered."""

    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One coded detail: a choice among `options`, a whole number within limits, or yes and no."""

    key: str
    label: str
    kind: DetailKind
    options: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    most: int = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfFinding:
    """A kind with its title, what it means, and its details."""

    title: str
    hint: str
    details: tuple[Detail, ...] = ()


def _choice(key: str, label: str, **options: str) -> Detail:
    return Detail(key=key, label=label, kind=DetailKind.CHOICE, options=MappingProxyType(options))


def _number(key: str, label: str, *, least: int = 0, most: int = 99) -> Detail:
    return Detail(key=key, label=label, kind=DetailKind.NUMBER, least=least, most=most)


def _yes_no(key: str, label: str) -> Detail:
    return Detail(key=key, label=label, kind=DetailKind.YES_NO)


_K = FindingKind

KINDS: Mapping[FindingKind, KindOfFinding] = MappingProxyType(
    {
        _K.TOOK_MORE: KindOfFinding(
            title="Took more than prescribed",
            hint="More units in one session than the order says.",
            details=(
                _number("units_taken", "Units taken", least=1),
                _number("units_ordered", "Units the order says", least=1),
                _yes_no("had_symptoms", "Symptoms followed"),
            ),
        ),
        _K.OUTSIDE_SUPPLY: KindOfFinding(
            title="Ketamine from elsewhere",
            hint="The patient says so, or it was found out.",
            details=(
                _choice(
                    "source",
                    "Where from",
                    prescriber="Another prescriber",
                    clinic="Another clinic",
                    friend="A friend or relative",
                    street="Bought without prescription",
                    unknown="Not said",
                ),
            ),
        ),
        _K.USED_OUTSIDE_PLAN: KindOfFinding(
            title="Used outside the plan",
            hint="Another way or another time than agreed.",
            details=(
                _choice(
                    "how",
                    "How",
                    alone="Alone, without the support person",
                    for_feeling="For the feeling, not for the treatment",
                    at_work="At work",
                    before_driving="Before driving",
                ),
            ),
        ),
        _K.IMPAIRED: KindOfFinding(title="Intoxicated or impaired at a visit", hint="What you saw goes into the note."),
        _K.DOSE_REQUEST: KindOfFinding(
            title="Asked for a higher dose", hint="The request itself; it may be explained."
        ),
        _K.EARLY_REFILL: KindOfFinding(
            title="Asked for a refill early",
            hint="Before the next shipment is due.",
            details=(_number("days_early", "Days early", least=1, most=365),),
        ),
        _K.LOST: KindOfFinding(
            title="Lost, stolen or damaged units",
            hint="A first time happens. Call before anything is replaced.",
            details=(_choice("what", "What happened", lost="Lost", stolen="Stolen", damaged="Damaged"),),
        ),
        _K.NOT_DELIVERED: KindOfFinding(
            title="Says a parcel did not arrive",
            hint="Look at what the carrier says first.",
            details=(_yes_no("adult_signature", "The carrier shows an adult\u2019s signature"),),
        ),
        _K.ADDRESS_CHANGED: KindOfFinding(
            title="Address or phone changed",
            hint="Only changes that are not yet in the record.",
            details=(_choice("what", "What changed", address="Address", phone="Phone"),),
        ),
        _K.CONCERN: KindOfFinding(
            title="Somebody else is concerned",
            hint="Support person, family or another clinician.",
            details=(
                _choice(
                    "who",
                    "Who",
                    support_person="Support person",
                    family="Family",
                    clinician="Another clinician",
                    other="Somebody else",
                ),
            ),
        ),
        _K.TEST: KindOfFinding(
            title="Unexpected test result",
            hint="A test that you ordered.",
            details=(
                _choice("test", "Which test", urine="Urine", oral_fluid="Oral fluid", blood="Blood", other="Another"),
            ),
        ),
        _K.PROGRAM: KindOfFinding(
            title="Other prescribers in the monitoring program",
            hint="What the state\u2019s prescription monitoring program shows besides ours.",
            details=(
                _number("prescribers", "Other prescribers"),
                _number("pharmacies", "Pharmacies"),
                _yes_no("ketamine", "Ketamine or esketamine among them"),
                _yes_no("explained", "Known to us and explained"),
            ),
        ),
        _K.MEMORY: KindOfFinding(
            title="Memory or attention complaint",
            hint="What the patient notices between sessions.",
            details=(_choice("severity", "How much", **{"1": "Mild", "2": "Moderate", "3": "Severe"}),),
        ),
        _K.ASKS_TO_STOP: KindOfFinding(title="Wants to stop or taper", hint="Good to know early. Plan the way out."),
    }
)
"""Every kind in the order in which a page offers them."""


def checked_details(kind: FindingKind, given: Mapping[str, object]) -> dict[str, object]:
    """Return the details of a finding as rules read them, or raise FindingRefused at the box that is wrong."""
    known = {detail.key: detail for detail in KINDS[kind].details}
    stray = next((key for key in given if key not in known), None)
    if stray is not None:
        raise FindingRefused("This finding has no such detail. Open the page again.", field=None)
    return {key: _checked(detail, given.get(key)) for key, detail in known.items()}


def _checked(detail: Detail, value: object) -> object:
    if detail.kind is DetailKind.YES_NO:
        if not isinstance(value, bool):
            raise FindingRefused("Choose yes or no.", field=detail.key)
        return value
    if detail.kind is DetailKind.CHOICE:
        if not isinstance(value, str) or value not in detail.options:
            raise FindingRefused("Choose one.", field=detail.key)
        return int(value) if value.isdigit() else value
    if isinstance(value, bool) or not isinstance(value, int) or not detail.least <= value <= detail.most:
        raise FindingRefused(f"Enter a whole number from {detail.least} to {detail.most}.", field=detail.key)
    return value


def checked_day(found_on: date, *, today: date) -> date:
    """Return the day of a finding, or raise FindingRefused."""
    if found_on > today:
        raise FindingRefused("This day has not come yet. Choose today or an earlier day.", field="found_on")
    if found_on < today - _OLDEST:
        raise FindingRefused("Choose a day within the last 5 years.", field="found_on")
    return found_on


def detail_words(kind: FindingKind, details: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the details of a finding as pairs of label and words, in their order."""
    shown = [(detail, details[detail.key]) for detail in KINDS[kind].details if detail.key in details]
    return [(detail.label, _words(detail, value)) for detail, value in shown]


def _words(detail: Detail, value: object) -> str:
    if detail.kind is DetailKind.YES_NO:
        return "Yes" if value else "No"
    return detail.options.get(str(value), str(value))
