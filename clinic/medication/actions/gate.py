"""Asking the gate: every reason, what it looked at and what a physician set aside are kept with the decision."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.medication.actions.addresses import keep_mark
from clinic.medication.actions.supply_locks import require_physician
from clinic.medication.errors import OrderRefused
from clinic.medication.models import Fill, RefillDecision
from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.rules.gate import reasons_to_wait
from clinic.medication.rules.gate_inputs import Moment
from clinic.medication.rules.reasons import Reason, split
from clinic.people.queries import lock_patient

_LONGEST_REASON = 1_000


def decide(
    session: Session,
    *,
    patient_id: UUID,
    moment: Moment,
    by: Actor,
    now: datetime,
    fill: Fill | None = None,
    overrides: Collection[str] = (),
    reason: str = "",
) -> RefillDecision:
    """Ask the gate about a patient, or about one fill, and keep the answer; it raises nothing for a closed gate.

    `overrides` are codes that a physician of the patient sets aside with a `reason`; only those that stand now and that
    may be set aside count. Raises NotYourOrder and OrderRefused.
    """
    patient = lock_patient(session, patient_id)
    keep_mark(session, patient, now=now)
    policy = gate_policy(session)
    inputs = gate_inputs(session, [patient.id], now=now, fills=[fill] if fill else [])[patient.id]
    found = reasons_to_wait(inputs, policy, moment)
    words = ""
    if overrides:
        require_physician(session, by=by, patient_id=patient.id, now=now)
        words = _checked(found, overrides, reason)
    left, aside = split(found, overrides)
    row = RefillDecision(id=new_id(), patient_id=patient.id, moment=moment.value, is_allowed=not left)
    row.prescription_id = inputs.order.id if inputs.order else None
    row.reasons, row.overridden_reasons = _stored(found), _stored(aside)
    row.overridden = [each.code.value for each in aside]
    row.override_reason = words if aside else None
    row.inputs = json.dumps(inputs.as_json(), sort_keys=True)
    row.policy = policy.as_json()
    row.at, row.actor_id, row.actor_name = now, by.id, by.name
    session.add(row)
    session.flush()
    _note(session, row)
    return row


def _checked(found: Iterable[Reason], overrides: Collection[str], reason: str) -> str:
    """Return the reason for setting something aside, or raise OrderRefused at a field."""
    known = {each.code.value: each for each in found}
    for code in overrides:
        if code in known and known[code].override is None:
            raise OrderRefused(f"Nobody can set \u201c{code.replace('_', ' ')}\u201d aside.", field="overrides")
    words = clean_note(reason, field="reason")
    if not words:
        raise OrderRefused("Write why you set this aside. It is kept with the decision.", field="reason")
    if len(words) > _LONGEST_REASON:
        raise OrderRefused(f"Keep it to {_LONGEST_REASON} characters; this has {len(words)}.", field="reason")
    return words


def _stored(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    return [each.as_json() for each in reasons]


def _note(session: Session, row: RefillDecision) -> None:
    """Write an audit entry with codes only: a coordinator may read the trail."""
    journal.note(
        session,
        "refill.decided",
        subject_kind="refill_decision",
        subject_id=row.id,
        at=row.at,
        patient_ids=(row.patient_id,),
        moment=row.moment,
        is_allowed=row.is_allowed,
        reasons=len(row.reasons),
        overridden=len(row.overridden),
    )
