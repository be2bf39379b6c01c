"""Signs from outside: the prescription monitoring program, people close to the patient, tests (D17-D20)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from clinic.monitoring.rules.evidence import Evidence, FindingFact, ProgramCheck
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import Numbers, Seen, counted, finding_identity, listed, said
from clinic.monitoring.rules.signals.signal import Input

_WHO = {
    "support_person": "the support person",
    "sitter": "the sitter",
    "family": "the family",
    "therapist": "a therapist",
    "clinician": "another clinician",
}
_TESTS = {"urine": "urine", "oral_fluid": "oral-fluid", "blood": "blood"}


def other_prescribers(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D17: other prescribers or pharmacies of controlled medicines in the monitoring program."""
    facts = evidence.supplied.pdmp
    found = evidence.found("pdmp_other_prescribers")
    if facts is None and not found:
        return None
    looks = [*(facts.checks if facts else ()), *(_program_check(each) for each in found)]
    return [seen for each in looks if (seen := _program(each, evidence, numbers))]


def _program_check(found: FindingFact) -> ProgramCheck:
    details = found.details
    return ProgramCheck(
        id=found.id,
        on=found.on,
        prescribers=int(details.get("prescribers", 0)),
        pharmacies=int(details.get("pharmacies", 0)),
        has_other_ketamine=bool(details.get("ketamine")),
        is_explained=bool(details.get("explained")),
    )


def _program(look: ProgramCheck, evidence: Evidence, numbers: Numbers) -> Seen | None:
    level = _program_level(look, numbers)
    if level is None:
        return None
    parts = [
        *([counted(look.prescribers, "other prescriber")] if look.prescribers else ()),
        *([counted(look.pharmacies, "pharmacy", "pharmacies")] if look.pharmacies else ()),
        *(["another prescription of ketamine or esketamine"] if look.has_other_ketamine else ()),
    ]
    explained = "explained" if look.is_explained else "not explained yet"
    return Seen(
        level=level,
        on=look.on,
        facts=(f"look {look.id}",),
        inputs=(
            Input(what="Other prescribers", value=str(look.prescribers), on=look.on),
            Input(what="Pharmacies", value=str(look.pharmacies), on=look.on),
            Input(what="Other ketamine", value="yes" if look.has_other_ketamine else "no", on=look.on),
            Input(what="Explained", value="yes" if look.is_explained else "no", on=look.on),
        ),
        sentence=(
            f"On {said(look.on, evidence.today)} the monitoring program showed {listed(parts)} "
            f"besides ours, {explained}."
        ),
        used=("watch_prescribers", "review_prescribers", "hold_pharmacies"),
    )


def _program_level(look: ProgramCheck, numbers: Numbers) -> Level | None:
    if look.has_other_ketamine or look.pharmacies >= numbers["hold_pharmacies"]:
        return Level.HOLD
    if look.prescribers >= numbers["review_prescribers"]:
        return Level.REVIEW
    is_open = look.prescribers >= numbers["watch_prescribers"] and not look.is_explained
    return Level.WATCH if is_open else None


def program_not_consulted(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D18: the look into the monitoring program is overdue; the clinic's duty, and no sign about the patient."""
    facts = evidence.supplied.pdmp
    if facts is None:
        return None
    return _overdue(evidence, numbers)


def _overdue(evidence: Evidence, numbers: Numbers) -> Iterator[Seen]:
    facts = evidence.supplied.pdmp
    due = facts.due_on if facts else None
    if due is None or evidence.today <= due + timedelta(days=numbers["grace_days"]):
        return
    yield Seen(
        level=Level.HOLD,
        on=due,
        facts=(f"due {due}",),
        inputs=(Input(what="Look into the monitoring program due", value="not done", on=due),),
        sentence=(
            f"The clinic's look into the monitoring program was due on {said(due, evidence.today)} and is not done; "
            "this says nothing about the patient."
        ),
        used=("grace_days",),
        holds=True,
    )


def concerns(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - a rule without thresholds
    """D19: a sitter, relative or therapist is concerned."""
    return [_concern(each, evidence) for each in evidence.found("concern_by_other")] or None


def _concern(found: FindingFact, evidence: Evidence) -> Seen:
    who = _WHO.get(str(found.details.get("who", "")), "somebody close")
    return Seen(
        level=Level.REVIEW,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Concern of", value=who, on=found.on),),
        sentence=f"On {said(found.on, evidence.today)} {who} told us of a concern.",
    )


def unexpected_tests(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:  # noqa: ARG001 - as above
    """D20: a test that was ordered did not show what was expected."""
    return [_test(each, evidence) for each in evidence.found("test_unexpected")] or None


def _test(found: FindingFact, evidence: Evidence) -> Seen:
    test = _TESTS.get(str(found.details.get("test", "")))
    return Seen(
        level=Level.REVIEW,
        on=found.on,
        facts=(finding_identity(found),),
        inputs=(Input(what="Test", value=test or "not named", on=found.on),),
        sentence=(
            f"The {test + ' ' if test else ''}test of {said(found.on, evidence.today)} did not show what was expected; "
            "a screening test needs confirmation."
        ),
    )
