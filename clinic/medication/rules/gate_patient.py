"""What keeps a parcel back in the patient's own care: status, plan, open signs, visits, check-ins, agreements."""

from collections.abc import Iterator

from clinic.medication.rules.gate_inputs import Asked
from clinic.medication.rules.reasons import Reason, ReasonCode
from clinic.treatment.rules.phases import SESSION_PHASES, Phase


def about_care(asked: Asked) -> Iterator[Reason]:
    """Yield what of status, plan and open signs speaks against it."""
    inputs = asked.inputs
    if not inputs.is_active:
        yield Reason(code=ReasonCode.PATIENT_INACTIVE)
    if inputs.phase is None:
        yield Reason(code=ReasonCode.NO_PLAN)
    elif inputs.phase == Phase.EVALUATION:
        yield Reason(code=ReasonCode.PLAN_NOT_BEGUN)
    elif inputs.phase not in SESSION_PHASES:
        yield Reason(code=ReasonCode.PLAN_OVER, values={"phase": inputs.phase})
    if inputs.holds:
        yield Reason(code=ReasonCode.HOLDS_OPEN, values={"count": str(inputs.holds)})


def about_duties(asked: Asked) -> Iterator[Reason]:
    """Yield what is due from the patient: a visit, check-ins, agreements."""
    inputs, policy = asked.inputs, asked.policy
    last = inputs.last_visit_on
    if last is None or (inputs.today - last).days > policy.visit_days:
        said = {"last_visit_on": last.isoformat()} if last else {}
        yield Reason(code=ReasonCode.VISIT_OVERDUE, values={**said, "days": str(policy.visit_days)})
    if inputs.overdue_check_ins:
        yield Reason(code=ReasonCode.CHECK_INS_OVERDUE, values={"names": _names(inputs.overdue_check_ins)})
    if inputs.missing_consents:
        yield Reason(code=ReasonCode.CONSENTS_MISSING, values={"names": _names(inputs.missing_consents)})


def _names(codes: tuple[str, ...]) -> str:
    return ", ".join(code.replace("_", " ") for code in codes)
