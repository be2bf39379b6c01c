"""Signs of safety around a session: headache, blood pressure, severe side effects (S01-S03)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from clinic.monitoring.rules.evidence import Evidence, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Check,
    Numbers,
    Seen,
    checks_of,
    identity,
    in_runs,
    listed,
    one_by_one,
    plain,
    read,
    said,
    when,
)
from clinic.monitoring.rules.signals.signal import Input

_RED = {
    "red_thunderclap": "sudden worst-ever pain",
    "red_fainting": "fainting",
    "red_weakness": "weakness",
    "red_speech_vision": "loss of speech or vision",
    "red_stiff_neck": "a stiff neck",
    "red_seizure": "a seizure",
}
_IN_SESSION = (
    "detachment",
    "unusual_perceptions",
    "anxiety",
    "confusion",
    "dizziness",
    "blurred_vision",
    "nausea",
    "vomiting",
    "headache",
    "palpitations",
    "sleepiness",
    "numbness",
    "unsteady",
    "breathing",
)
_BETWEEN = (
    "fatigue",
    "poor_sleep",
    "low_mood",
    "irritability",
    "memory",
    "headache",
    "abdominal_pain",
    "yellowing",
    "felt_high",
)
_NAMED = {
    "breathing": "trouble breathing",
    "anxiety": "anxiety or panic",
    "memory": "memory or attention trouble",
    "felt_high": "felt high at other times",
    "unsteady": "unsteadiness",
    "yellowing": "yellow skin or eyes",
}
_PRESSURE_STEPS = ((Level.URGENT, "urgent"), (Level.HOLD, "hold"), (Level.WATCH, "watch"))


def headache(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """S01: a headache that is long, strong, worse each time or alarming, or much medicine for it."""
    checks = checks_of(evidence, "headache_session", "any", "severity", "hours", *_RED)
    medicine = evidence.answer("headache_month", "medicine_days")
    if not checks and not medicine:
        return None
    return [
        *in_runs([_headache(checks[: place + 1], evidence, numbers) for place in range(len(checks))]),
        *in_runs([_medicine(each, evidence, numbers) for each in medicine]),
    ]


def _headache(checks: Sequence[Check], evidence: Evidence, numbers: Numbers) -> Seen | None:
    check = checks[-1]
    red = {item: check[item] for item in _RED if item in check and check[item].value}
    long = [each for each in (check.get("hours"),) if each and each.value > numbers["review_hours"]]
    strong = [each for each in (check.get("severity"),) if each and each.value >= numbers["review_at"]]
    worse = _worse_each_time(checks, evidence, numbers)
    level = _headache_level(red=bool(red), review=bool(long or strong), worse=bool(worse))
    if level is None:
        return None
    return Seen(
        level=level,
        on=when(check),
        facts=(
            *(f"{item} {identity(each)}" for item, each in red.items()),
            *(f"hours {identity(each)}" for each in long),
            *(f"severity {identity(each)}" for each in worse or strong),
        ),
        inputs=(
            *(Input(what=f"Headache with {_RED[item]}", value="yes", on=each.on) for item, each in red.items()),
            *(read("Headache, hours", each) for each in long),
            *(read("Headache, of 10", each) for each in worse or strong),
        ),
        sentence=(
            f"Headache reported on {said(when(check), evidence.today)}: "
            f"{listed([*(_RED[item] for item in red), *_course(strong, long, worse)])}."
        ),
        used=("review_hours", "review_at", "rising_sessions"),
        weight=Decimal(_session_number(check, evidence) * 100) + (strong[0].value if strong else 0),
    )


def _course(strong: Sequence[Reading], long: Sequence[Reading], worse: Sequence[Reading]) -> list[str]:
    row = ", ".join(plain(each.value) for each in worse)
    return [
        *(f"{plain(each.value)} of 10" for each in strong),
        *(f"{plain(each.value)} hours long" for each in long),
        *([f"worse after each of the last {len(worse)} sessions ({row} of 10)"] if worse else ()),
    ]


def _session_number(check: Check, evidence: Evidence) -> int:
    """Return how many sessions had taken place when this was answered."""
    answered = next(iter(check.values())).at
    return sum(each.at <= answered for each in evidence.sessions)


def _headache_level(*, red: bool, review: bool, worse: bool) -> Level | None:
    if red:
        return Level.URGENT
    if review:
        return Level.REVIEW
    return Level.WATCH if worse else None


def _worse_each_time(checks: Sequence[Check], evidence: Evidence, numbers: Numbers) -> list[Reading]:
    """Return the worst headaches of the last sessions if each is worse than the one before, else none."""
    worst: dict[int, Reading | None] = {}
    for check in checks:
        number, severity = _session_number(check, evidence), check.get("severity")
        known = worst.get(number)
        worst[number] = severity if known is None or (severity and severity.value > known.value) else known
    latest = [each for number, each in sorted(worst.items()) if number][-numbers["rising_sessions"] :]
    rising = [each for each in latest if each is not None]
    if len(rising) < numbers["rising_sessions"]:
        return []
    return rising if all(one.value < other.value for one, other in pairwise(rising)) else []


def _medicine(days: Reading, evidence: Evidence, numbers: Numbers) -> Seen | None:
    if days.value < numbers["medicine_days"]:
        return None
    return Seen(
        level=Level.WATCH,
        on=days.on,
        facts=(f"medicine {identity(days)}",),
        inputs=(read("Days with medicine for headache, of 28", days),),
        sentence=(
            f"Medicine for headache on {plain(days.value)} of 28 days, reported on {said(days.on, evidence.today)}; "
            "that much can itself bring headaches."
        ),
        used=("medicine_days",),
        weight=days.value,
    )


def blood_pressure(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """S02: blood pressure before a session or at home at or over a limit of the clinic."""
    checks = [
        check
        for instrument in ("pre_session", "vitals")
        for check in checks_of(evidence, instrument, "systolic", "diastolic")
    ]
    if not checks:
        return None
    ordered = sorted(checks, key=lambda check: next(iter(check.values())).at)
    return one_by_one([_pressure(check, evidence, numbers) for check in ordered])


def _pressure(check: Check, evidence: Evidence, numbers: Numbers) -> Seen | None:
    reached = [(level, step) for level, step in _PRESSURE_STEPS if _is_over(check, step, numbers)]
    if not reached:
        return None
    level, step = reached[0]
    upper, lower = (plain(check[item].value) if item in check else "?" for item in ("systolic", "diastolic"))
    limit = f"{numbers[f'{step}_systolic']}/{numbers[f'{step}_diastolic']}"
    return Seen(
        level=level,
        on=when(check),
        facts=tuple(f"{item} {identity(each)}" for item, each in check.items()),
        inputs=tuple(read(f"Blood pressure, {item}", each) for item, each in check.items()),
        sentence=f"Blood pressure {upper}/{lower} on {said(when(check), evidence.today)}, at or over {limit}.",
        used=tuple(f"{one}_{item}" for _, one in reversed(_PRESSURE_STEPS) for item in ("systolic", "diastolic")),
    )


def _is_over(check: Check, step: str, numbers: Numbers) -> bool:
    return any(each.value >= numbers[f"{step}_{item}"] for item, each in check.items())


def severe_side_effects(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """S03: a side effect rated severe, in or between sessions; trouble breathing is urgent."""
    during = checks_of(evidence, "side_effects", *_IN_SESSION)
    between = checks_of(evidence, "side_effects_between", *_BETWEEN)
    if not during and not between:
        return None
    return [
        *in_runs([_severe(check, "after a session", evidence, numbers=numbers) for check in during]),
        *in_runs([_severe(check, "between sessions", evidence, numbers=numbers) for check in between]),
    ]


def _severe(check: Check, where: str, evidence: Evidence, *, numbers: Numbers) -> Seen | None:
    severe = {item: each for item, each in check.items() if each.value >= _limit(item, numbers)}
    if not severe:
        return None
    words = [f"{_said_item(item)} ({plain(each.value)} of 3)" for item, each in severe.items()]
    return Seen(
        level=Level.URGENT if "breathing" in severe else Level.REVIEW,
        on=when(check),
        facts=tuple(f"{item} {identity(each)}" for item, each in severe.items()),
        inputs=tuple(read(f"{_said_item(item).capitalize()}, of 3", each) for item, each in severe.items()),
        sentence=f"Severe side effects {where}, reported on {said(when(check), evidence.today)}: {listed(words)}.",
        used=("review_at", "breathing_at"),
        weight=Decimal(_session_number(check, evidence) * 100 + len(severe)),
    )


def _limit(item: str, numbers: Numbers) -> int:
    return numbers["breathing_at" if item == "breathing" else "review_at"]


def _said_item(item: str) -> str:
    return _NAMED.get(item, item.replace("_", " "))
