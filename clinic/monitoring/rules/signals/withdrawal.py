"""Signs of withdrawal between sessions (D13)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from clinic.monitoring.rules.evidence import Evidence, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Check,
    Numbers,
    Seen,
    checks_of,
    identity,
    listed,
    one_by_one,
    read,
    said,
    when,
)
from clinic.monitoring.rules.signals.signal import Input

_SIGNS = {
    "craving": "craving",
    "anxiety": "anxiety",
    "low_mood": "low mood",
    "irritability": "irritability",
    "restlessness": "restlessness",
    "poor_sleep": "poor sleep",
    "nightmares": "nightmares",
    "fatigue": "fatigue",
    "poor_appetite": "poor appetite",
    "shaking": "shaking",
    "sweating": "sweating",
    "palpitations": "palpitations",
    "headache": "headache",
    "poor_concentration": "poor concentration",
}


def withdrawal(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D13: several new signs that began within 1 to 5 days of the last dose, with or without thoughts of death."""
    checks = checks_of(evidence, "withdrawal", *_SIGNS, "started_within", "eased_after")
    if not checks:
        return None
    before = _before_program(checks, evidence, numbers)
    return one_by_one([_check(check, before, evidence, numbers=numbers) for check in checks])


def _before_program(checks: list[Check], evidence: Evidence, numbers: Numbers) -> set[str] | None:
    """Return the signs that were there before the first session, by the last checklist until then, None without one."""
    started = evidence.started_on
    earlier = [check for check in checks if started is not None and when(check) <= started]
    return set(_strong(earlier[-1], numbers)) if earlier else None


def _strong(check: Check, numbers: Numbers) -> dict[str, Reading]:
    return {item: check[item] for item in _SIGNS if item in check and check[item].value >= numbers["severity_at"]}


def _check(check: Check, before: set[str] | None, evidence: Evidence, *, numbers: Numbers) -> Seen | None:
    signs = {item: each for item, each in _strong(check, numbers).items() if item not in (before or ())}
    if len(signs) < numbers["items_at"] or not _is_yes(check, "started_within"):
        return None
    on = when(check)
    thoughts = _thoughts_near(on, evidence, numbers)
    return Seen(
        level=Level.URGENT if thoughts else Level.REVIEW,
        on=on,
        facts=(
            *(f"{item} {identity(each)}" for item, each in signs.items()),
            *(identity(each) for _, each in thoughts),
        ),
        inputs=(
            *(read(f"{_SIGNS[item].capitalize()}, of 3", each) for item, each in signs.items()),
            Input(what="Began within 1 to 5 days of the last dose", value="yes", on=on),
            *(read(what, each) for what, each in thoughts),
        ),
        sentence=(
            f"Checklist of {said(on, evidence.today)}: {listed([_SIGNS[sign] for sign in signs])}"
            f"{_how(check, thoughts, today=evidence.today, is_new=before is not None)}."
        ),
        used=("items_at", "severity_at", "thoughts_days"),
    )


def _how(check: Check, thoughts: Sequence[tuple[str, Reading]], *, today: date, is_new: bool) -> str:
    new = ", new since before the program" if is_new else ""
    relief = " and eased after the next one" if _is_yes(check, "eased_after") else ""
    also = f"; thoughts of death or self-harm on {said(thoughts[-1][1].on, today)}" if thoughts else ""
    return f"{new}, began within 1 to 5 days of the last dose{relief}{also}"


def _is_yes(check: Check, item: str) -> bool:
    return item in check and bool(check[item].value)


def _thoughts_near(on: date, evidence: Evidence, numbers: Numbers) -> list[tuple[str, Reading]]:
    near = timedelta(days=numbers["thoughts_days"])
    told = [
        *(("PHQ-9 item 9, of 3", each) for each in evidence.answer("phq9", "q9")),
        *(("Thoughts before a session, of 3", each) for each in evidence.answer("pre_session", "thoughts")),
        *(("C-SSRS risk, of 3", each) for each in evidence.score("c_ssrs", "risk")),
    ]
    return sorted(
        ((what, each) for what, each in told if each.value and abs(each.on - on) <= near),
        key=lambda one: (one[1].at, one[0]),
    )
