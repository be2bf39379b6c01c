"""Signs in the course of the illness: thoughts of death, a rising score, little benefit (D25, D27, S04)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from clinic.monitoring.rules.evidence import Evidence, Reading, RefillRequest
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Check,
    Numbers,
    Seen,
    checks_of,
    identity,
    one_by_one,
    plain,
    read,
    said,
)
from clinic.monitoring.rules.signals.signal import Input

_AFTER_INDUCTION = {"maintenance", "taper", "aftercare"}
_PHQ_ENTRY = 10
_SCREENER = ("q1", "q2", "q3", "q4", "q5", "q6", "q6_recent")
_MODERATE, _HIGH = {"q3", "q6"}, {"q4", "q5", "q6_recent"}
_RISKS = {2: ("moderate", Level.HOLD), 3: ("high", Level.URGENT)}


def thoughts_of_death(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D27: PHQ-9 item 9, the same question before a session, or the C-SSRS screener."""
    items = {
        "PHQ-9 item 9": evidence.answer("phq9", "q9"),
        "the question before the session": evidence.answer("pre_session", "thoughts"),
    }
    risks = _risks(evidence)
    if not risks and not any(items.values()):
        return None
    return [
        *(
            seen
            for where, answers in items.items()
            for seen in one_by_one([_thoughts(where, each, evidence, numbers=numbers) for each in answers])
        ),
        *one_by_one([_risk(each, evidence) for each in risks]),
    ]


def _thoughts(where: str, answer: Reading, evidence: Evidence, *, numbers: Numbers) -> Seen | None:
    if answer.value < numbers["hold_at"]:
        return None
    return Seen(
        level=Level.URGENT if answer.value >= numbers["urgent_at"] else Level.HOLD,
        on=answer.on,
        facts=(f"{where} {identity(answer)}",),
        inputs=(read(f"{where[0].upper()}{where[1:]}, of 3", answer),),
        sentence=(
            f"Thoughts of death or self-harm: {plain(answer.value)} of 3 in {where} on "
            f"{said(answer.on, evidence.today)}."
        ),
        used=("hold_at", "urgent_at"),
    )


def _risks(evidence: Evidence) -> list[Reading]:
    """Return the screener's risks, the oldest first; where it is not finished, the risk that its answers show already.

    What was answered before somebody stopped is not less grave for that; an unfinished screener never says none.
    """
    scored = evidence.score("c_ssrs", "risk")
    finished = {each.assessment_id for each in scored}
    begun = (_risk_so_far(check) for check in checks_of(evidence, "c_ssrs", *_SCREENER))
    return sorted([*scored, *(each for each in begun if each and each.assessment_id not in finished)], key=_at)


def _risk_so_far(check: Check) -> Reading | None:
    yes = {item for item, each in check.items() if each.value >= 1}
    yes -= set() if "q2" in yes else {"q3", "q4", "q5"}
    yes -= set() if "q6" in yes else {"q6_recent"}
    risk = 3 if yes & _HIGH else 2 if yes & _MODERATE else None
    return None if risk is None else replace(max(check.values(), key=_at), value=Decimal(risk))


def _at(reading: Reading) -> datetime:
    return reading.at


def _risk(risk: Reading, evidence: Evidence) -> Seen | None:
    found = _RISKS.get(int(risk.value))
    if found is None:
        return None
    words, level = found
    return Seen(
        level=level,
        on=risk.on,
        facts=(f"c-ssrs {identity(risk)}",),
        inputs=(Input(what="C-SSRS screener", value=f"{words} risk", on=risk.on),),
        sentence=f"C-SSRS screener of {said(risk.on, evidence.today)}: {words} risk.",
    )


def rising_depression(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """S04: a PHQ-9 total well above the one before or the first."""
    totals = evidence.score("phq9", "total")
    if not totals:
        return None
    return one_by_one([_rise(totals[: place + 1], evidence, numbers) for place in range(len(totals))])


def _rise(totals: Sequence[Reading], evidence: Evidence, numbers: Numbers) -> Seen | None:
    first, newest = totals[0], totals[-1]
    before = totals[-2] if len(totals) > 1 else first
    lower = min((before, first), key=lambda each: each.value)
    if newest.value - lower.value < numbers["rise"]:
        return None
    which = "at the start" if lower is first else "the time before"
    return Seen(
        level=Level.REVIEW,
        on=newest.on,
        facts=(identity(lower), identity(newest)),
        inputs=(read(f"PHQ-9 {which}, of 27", lower), read("PHQ-9, of 27", newest)),
        sentence=(
            f"PHQ-9 {plain(newest.value)} of 27 on {said(newest.on, evidence.today)}, "
            f"{plain(newest.value - lower.value)} more than {which} ({said(lower.on, evidence.today)})."
        ),
        used=("rise",),
    )


def little_benefit(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D25: after induction a main scale that hardly improved, and a refill asked for."""
    requests = evidence.supplied.refill_requests
    name, scores = _main_scale(evidence)
    if requests is None or not scores:
        return None
    if evidence.phase not in _AFTER_INDUCTION:
        return []
    ordered = sorted(requests, key=lambda each: each.on)
    return one_by_one([_benefit(each, name, scores, evidence=evidence, numbers=numbers) for each in ordered])


def _main_scale(evidence: Evidence) -> tuple[str, tuple[Reading, ...]]:
    """Return the PHQ-9, or PEG for whoever began with pain and a PHQ-9 under the entry threshold."""
    mood, pain = evidence.score("phq9", "total"), evidence.score("peg", "mean")
    is_pain = bool(pain) and (not mood or mood[0].value < _PHQ_ENTRY)
    return ("PEG", pain) if is_pain else ("PHQ-9", mood)


def _benefit(
    request: RefillRequest, name: str, scores: Sequence[Reading], *, evidence: Evidence, numbers: Numbers
) -> Seen | None:
    first = scores[0]
    newest = next((each for each in reversed(scores) if each.on <= request.on), None)
    if newest is None or newest is first or not first.value:
        return None
    better = (first.value - newest.value) * 100 / first.value
    if better >= numbers["least_benefit"]:
        return None
    change = f"{plain(better.quantize(1))} % better" if better > 0 else "no better"
    return Seen(
        level=Level.REVIEW,
        on=request.on,
        facts=(f"request {request.id}", identity(first), identity(newest)),
        inputs=(
            read(f"{name} at the start", first),
            read(name, newest),
            Input(what="Refill asked for", value="yes", on=request.on),
        ),
        sentence=(
            f"{name} {plain(newest.value)} on {said(newest.on, evidence.today)}, {change} than {plain(first.value)} at "
            f"the start, and a refill was asked for on {said(request.on, evidence.today)}: is going on justified?"
        ),
        used=("least_benefit",),
    )
