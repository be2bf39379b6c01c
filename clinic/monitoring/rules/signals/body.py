"""Signs of body and mind: impaired at a visit, memory trouble, a wish to stop (D21, D24, D26)."""

from collections.abc import Iterable, Sequence

from clinic.monitoring.rules.evidence import Evidence, FindingFact, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Numbers,
    Seen,
    finding_identity,
    identity,
    in_runs,
    plain,
    read,
    said,
)
from clinic.monitoring.rules.signals.signal import Input

_SEVERITY = {1: "mild", 2: "moderate", 3: "severe"}


def impaired_at_visit(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - a rule without thresholds
    """D21: a patient was seen intoxicated or impaired."""
    return [_impaired(each, evidence) for each in evidence.found("impaired_at_visit")] or None


def _impaired(found: FindingFact, evidence: Evidence) -> Seen:
    return Seen(
        level=Level.HOLD,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Seen intoxicated or impaired", value="yes", on=found.on),),
        sentence=f"A physician saw signs of intoxication or impairment on {said(found.on, evidence.today)}.",
    )


def memory_trouble(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D24: memory or attention trouble, once or on several checks in a row."""
    ratings = evidence.answer("side_effects_between", "memory")
    found = evidence.found("cognitive_complaint")
    if not ratings and not found:
        return None
    return [
        *in_runs([_memory(ratings[: place + 1], evidence, numbers) for place in range(len(ratings))]),
        *(seen for each in found if (seen := _complaint(each, evidence, numbers))),
    ]


def _memory(ratings: Sequence[Reading], evidence: Evidence, numbers: Numbers) -> Seen | None:
    newest = ratings[-1]
    if newest.value < numbers["severity_at"]:
        return None
    latest = ratings[-numbers["review_in_row"] :]
    is_row = len(latest) == numbers["review_in_row"] and all(each.value >= numbers["severity_at"] for each in latest)
    deciding = latest if is_row else (newest,)
    row = f", on {len(latest)} checks in a row" if is_row else ""
    return Seen(
        level=Level.REVIEW if is_row else Level.WATCH,
        on=newest.on,
        facts=tuple(identity(each) for each in deciding),
        inputs=tuple(read("Memory or attention trouble, of 3", each) for each in deciding),
        sentence=(
            f"Memory or attention trouble {plain(newest.value)} of 3 reported on "
            f"{said(newest.on, evidence.today)}{row}."
        ),
        used=("severity_at", "review_in_row"),
        weight=newest.value,
    )


def _complaint(found: FindingFact, evidence: Evidence, numbers: Numbers) -> Seen | None:
    severity = int(found.details.get("severity", 1))
    if severity < numbers["severity_at"]:
        return None
    words = _SEVERITY.get(severity, "some")
    return Seen(
        level=Level.WATCH,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Memory or attention trouble", value=words, on=found.on),),
        sentence=f"A physician recorded {words} memory or attention trouble on {said(found.on, evidence.today)}.",
        used=("severity_at",),
    )


def wishes_to_stop(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - as above
    """D26: the patient asks to stop or to taper."""
    return [_stop(each, evidence) for each in evidence.found("asks_to_stop")] or None


def _stop(found: FindingFact, evidence: Evidence) -> Seen:
    return Seen(
        level=Level.INFO,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Asked to stop or to taper", value="yes", on=found.on),),
        sentence=f"Asked on {said(found.on, evidence.today)} to stop or to taper; a taper plan can begin.",
    )
