"""Signs of alcohol and other substances (D23)."""

from collections.abc import Iterable

from clinic.monitoring.rules.evidence import Evidence, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import Numbers, Seen, identity, in_runs, plain, read, said
from clinic.monitoring.rules.signals.signal import Input

_NEW = {"benzodiazepines": "a benzodiazepine", "opioids": "an opioid", "kratom": "kratom"}
_OFTEN_ONLY = ("q2", "q3")


def alcohol_and_substances(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D23: AUDIT-C high or rising, drug use in the past year, or a sedative, an opioid or kratom newly reported."""
    audit = evidence.score("audit_c", "total")
    times = evidence.score("drug_use", "times") or evidence.answer("drug_use", "times")
    new = {item: evidence.answer("substances", item) for item in _NEW}
    if not audit and not times and not any(new.values()):
        return None
    return [
        *in_runs([_audit(audit[: place + 1], evidence, numbers) for place in range(len(audit))]),
        *in_runs([_times(each, evidence, numbers) for each in times]),
        *(seen for item, answers in new.items() for seen in in_runs([_new(item, each, evidence) for each in answers])),
    ]


def _audit(totals: tuple[Reading, ...], evidence: Evidence, numbers: Numbers) -> Seen | None:
    newest, before = totals[-1], totals[-2] if len(totals) > 1 else None
    has_risen = before is not None and newest.value - before.value >= numbers["audit_rise"]
    if newest.value < numbers["audit_at"] and not has_risen:
        return None
    against = f", {plain(before.value)} on {said(before.on, evidence.today)}" if before else ""
    return Seen(
        level=Level.REVIEW,
        on=newest.on,
        facts=(*((identity(before),) if before else ()), identity(newest)),
        inputs=(
            *((read("AUDIT-C before, of 12", before),) if before else ()),
            read("AUDIT-C, of 12", newest),
        ),
        sentence=(
            f"AUDIT-C {plain(newest.value)} of 12 on {said(newest.on, evidence.today)}{against}"
            f"{_only_often(newest, evidence)}."
        ),
        used=("audit_at", "audit_rise"),
        weight=newest.value,
    )


def _only_often(newest: Reading, evidence: Evidence) -> str:
    """Return a remark where all points come from how often, and none from how much."""
    same = [
        each
        for item in _OFTEN_ONLY
        for each in evidence.answer("audit_c", item)
        if each.at == newest.at and each.assessment_id == newest.assessment_id
    ]
    is_mild = len(same) == len(_OFTEN_ONLY) and not any(each.value for each in same)
    return " (all points from how often, none from how much)" if is_mild else ""


def _times(answer: Reading, evidence: Evidence, numbers: Numbers) -> Seen | None:
    if answer.value < numbers["drug_times"]:
        return None
    return Seen(
        level=Level.REVIEW,
        on=answer.on,
        facts=(f"times {identity(answer)}",),
        inputs=(read("Times in the past year", answer),),
        sentence=(
            f"Reported on {said(answer.on, evidence.today)} use of an illegal drug, or of a medicine for other than "
            f"medical reasons, {plain(answer.value)} times in the past year."
        ),
        used=("drug_times",),
        weight=answer.value,
    )


def _new(item: str, answer: Reading, evidence: Evidence) -> Seen | None:
    if not answer.value:
        return None
    return Seen(
        level=Level.REVIEW,
        on=answer.on,
        facts=(f"{item} {identity(answer)}",),
        inputs=(Input(what=f"Newly reported: {_NEW[item]}", value="yes", on=answer.on),),
        sentence=f"Use of {_NEW[item]} is reported since {said(answer.on, evidence.today)}, and was not before.",
    )
