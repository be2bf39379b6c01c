"""Signs that patients report themselves: tolerance, craving, dependence, use outside the plan (D10-D12, D14, D15)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from clinic.monitoring.rules.evidence import Evidence, FindingFact, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Check,
    Numbers,
    Seen,
    checks_of,
    finding_identity,
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

_SDS_QUESTIONS = {
    "q1": "Use out of control",
    "q2": "Anxious about missing a dose",
    "q3": "Worried about use",
    "q4": "Wished to stop",
    "q5": "Hard to go without",
}
_DRIVING = "before_driving"
_SOURCES = {
    "prescriber": "another prescriber",
    "clinic": "another clinic",
    "friend": "a friend or relative",
    "street": "a purchase without prescription",
}
_OUTSIDE = {"alone": "alone", "for_feeling": "for the feeling", "at_work": "at work", _DRIVING: "before driving"}


def tolerance_checks(evidence: Evidence) -> list[list[Reading]]:
    """Return for each check about tolerance, the oldest first, its answers that were yes, which may be none."""
    checks = checks_of(evidence, "tolerance", "less_effect", "need_more")
    return [[each for each in check.values() if each.value] for check in checks]


def tolerance(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D10: the patient says that the same amount does less or that more is needed."""
    checks = tolerance_checks(evidence)
    if not checks:
        return None
    return in_runs([_tolerance(checks[: place + 1], evidence, numbers) for place in range(len(checks))])


def _tolerance(checks: list[list[Reading]], evidence: Evidence, numbers: Numbers) -> Seen | None:
    if not checks[-1]:
        return None
    newest = checks[-1][-1]
    oldest = newest.on - timedelta(days=numbers["window_days"])
    said_yes = [check for check in checks if check and check[-1].on >= oldest]
    before = [said(check[-1].on, evidence.today) for check in said_yes[:-1]]
    again = f", as on {listed(before)}" if before else ""
    return Seen(
        level=Level.REVIEW if len(said_yes) >= numbers["review_count"] else Level.WATCH,
        on=newest.on,
        facts=tuple(identity(each) for check in said_yes for each in check),
        inputs=tuple(read("Same amount does less, or more needed", check[-1]) for check in said_yes),
        sentence=(
            f"On {said(newest.on, evidence.today)} the same amount was said to do less, or more to be needed{again}."
        ),
        used=("review_count", "window_days"),
        weight=Decimal(len(checks[-1])),
    )


def craving(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D11: craving from 0 to 10, as such and against the first rating."""
    ratings = evidence.score("craving", "now")
    if not ratings:
        return None
    return in_runs([_craving(ratings[: place + 1], evidence, numbers) for place in range(len(ratings))])


def _craving(ratings: tuple[Reading, ...], evidence: Evidence, numbers: Numbers) -> Seen | None:
    first, newest = ratings[0], ratings[-1]
    latest = ratings[1:][-numbers["rise_checks"] :]
    has_risen = len(latest) == numbers["rise_checks"] and all(
        each.value - first.value >= numbers["rise"] for each in latest
    )
    is_high = newest.value >= numbers["review_at"]
    if not has_risen and newest.value < numbers["watch_at"]:
        return None
    deciding = latest if has_risen else (newest,)
    sentence = f"Craving {plain(newest.value)} of 10 on {said(newest.on, evidence.today)}"
    return Seen(
        level=Level.REVIEW if is_high or has_risen else Level.WATCH,
        on=newest.on,
        facts=tuple(identity(each) for each in (first, *deciding)),
        inputs=(
            *((read("First craving, of 10", first),) if first is not newest else ()),
            *(read("Craving, of 10", each) for each in deciding),
        ),
        sentence=f"{sentence}{_against(first, newest, evidence)}.",
        used=("watch_at", "review_at", "rise", "rise_checks"),
        weight=newest.value,
    )


def _against(first: Reading, newest: Reading, evidence: Evidence) -> str:
    """Return how the first reading compares, as the end of a sentence."""
    if first is newest:
        return ", the first answer there is"
    return f", {plain(first.value)} at the first check on {said(first.on, evidence.today)}"


def dependence(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D12: the Severity of Dependence Scale, whose cut of 4 is not validated in prescribed patients."""
    totals = evidence.score("sds_ketamine", "total")
    if not totals:
        return None
    return in_runs([_dependence(totals[: place + 1], evidence, numbers) for place in range(len(totals))])


def _dependence(totals: tuple[Reading, ...], evidence: Evidence, numbers: Numbers) -> Seen | None:
    first, newest = totals[0], totals[-1]
    has_risen = newest.value - first.value >= numbers["rise"]
    level = _dependence_level(newest, has_risen, numbers)
    if level is None:
        return None
    return Seen(
        level=level,
        on=newest.on,
        facts=(identity(first), identity(newest)),
        inputs=(
            *((read("First SDS, of 15", first),) if first is not newest else ()),
            read("SDS, of 15", newest),
            *_questions(newest, evidence),
        ),
        sentence=(
            f"SDS {plain(newest.value)} of 15 on {said(newest.on, evidence.today)}"
            f"{_against(first, newest, evidence)}; the cut of 4 is not validated in prescribed patients."
        ),
        used=("watch_at", "review_at", "hold_at", "rise"),
        weight=newest.value,
    )


def _dependence_level(newest: Reading, has_risen: bool, numbers: Numbers) -> Level | None:  # noqa: FBT001 - one of three facts
    if newest.value >= numbers["hold_at"]:
        return Level.HOLD
    if has_risen or newest.value >= numbers["review_at"]:
        return Level.REVIEW
    return Level.WATCH if newest.value >= numbers["watch_at"] else None


def _questions(newest: Reading, evidence: Evidence) -> Iterator[Input]:
    """Yield the single answers behind a total: several of them can be fear of the illness coming back."""
    for item, words in _SDS_QUESTIONS.items():
        for each in evidence.answer("sds_ketamine", item):
            if each.assessment_id == newest.assessment_id and each.at == newest.at:
                yield read(f"{words}, of 3", each)


def outside_the_plan(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - a rule without thresholds
    """D14: use alone, for the feeling, at work or before driving."""
    checks = checks_of(evidence, "use_pattern", *_OUTSIDE)
    found = evidence.found("used_outside_plan")
    if not checks and not found:
        return None
    return [
        *one_by_one([_outside_check(check, evidence) for check in checks]),
        *(_outside_found(each, evidence) for each in found),
    ]


def _outside_check(check: Check, evidence: Evidence) -> Seen | None:
    yes = {item: each for item, each in check.items() if each.value}
    if not yes:
        return None
    on = when(check)
    return Seen(
        level=Level.HOLD if _DRIVING in yes else Level.REVIEW,
        on=on,
        facts=tuple(f"{item} {identity(each)}" for item, each in yes.items()),
        inputs=tuple(Input(what=f"Used {_OUTSIDE[item]}", value="yes", on=on) for item in yes),
        sentence=f"Reported on {said(on, evidence.today)} to have used it {listed([_OUTSIDE[item] for item in yes])}.",
    )


def _outside_found(found: FindingFact, evidence: Evidence) -> Seen:
    how = str(found.details.get("how", ""))
    return Seen(
        level=Level.HOLD if how == _DRIVING else Level.REVIEW,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Used outside the plan", value=_OUTSIDE.get(how, "yes"), on=found.on),),
        sentence=(
            f"A physician recorded on {said(found.on, evidence.today)} use {_OUTSIDE.get(how, 'outside the plan')}."
        ),
    )


def outside_supply(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - as above
    """D15: ketamine from another source, as the patient says or a physician learned."""
    answers = evidence.answer("substances", "other_ketamine")
    found = evidence.found("outside_supply")
    if not answers and not found:
        return None
    return [
        *one_by_one([_admitted(each, evidence) if each.value else None for each in answers]),
        *(_learned(each, evidence) for each in found),
    ]


def _admitted(answer: Reading, evidence: Evidence) -> Seen:
    return Seen(
        level=Level.HOLD,
        on=answer.on,
        facts=(identity(answer),),
        inputs=(Input(what="Ketamine from another source", value="yes", on=answer.on),),
        sentence=f"Reported on {said(answer.on, evidence.today)} to have had ketamine from another source.",
    )


def _learned(found: FindingFact, evidence: Evidence) -> Seen:
    source = _SOURCES.get(str(found.details.get("source", "")), "another source")
    return Seen(
        level=Level.HOLD,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Ketamine from", value=source, on=found.on),),
        sentence=f"A physician recorded on {said(found.on, evidence.today)} ketamine from {source}.",
    )
