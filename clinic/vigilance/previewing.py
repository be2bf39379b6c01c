"""What a policy would flag today, without raising anything."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.monitoring.rules.signals import Level, Signal, SignalPolicy, evaluate
from clinic.treatment.queries import live_plans
from clinic.vigilance.gathering import gather

MOST_LOOKED_AT = 2000
"""A preview looks at so many patients at most and says how many it looked at."""

_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How many patients each rule would flag today, and how many patients any rule would."""

    counts: Mapping[str, int]
    patients: int
    looked_at: int
    out_of: int
    flagged: Mapping[UUID, Mapping[str, Level]]


def preview(session: Session, policy: SignalPolicy, *, physician_id: UUID | None, now: datetime) -> Preview:
    """Return what the policy would flag today of patients with a live plan, of one physician's or of everybody's."""
    ids = sorted(plan.patient_id for plan in live_plans(session, physician_id=physician_id))
    looked_at = ids[:MOST_LOOKED_AT]
    flagged = dict(_flagged(session, policy, looked_at, now=now))
    return Preview(
        counts=Counter(rule_id for levels in flagged.values() for rule_id in levels),
        patients=len(flagged),
        looked_at=len(looked_at),
        out_of=len(ids),
        flagged=flagged,
    )


def _flagged(
    session: Session, policy: SignalPolicy, patient_ids: Sequence[UUID], *, now: datetime
) -> Iterator[tuple[UUID, Mapping[str, Level]]]:
    for first in range(0, len(patient_ids), _AT_ONCE):
        for patient_id, evidence in gather(session, patient_ids[first : first + _AT_ONCE], now=now).items():
            levels = _levels(evaluate(policy, evidence).signals)
            if levels:
                yield patient_id, levels


def _levels(signals: Collection[Signal]) -> dict[str, Level]:
    """Return the worst level of each rule that the newest facts show."""
    found: dict[str, Level] = {}
    for each in signals:
        if each.is_current:
            found[each.rule_id] = max(found.get(each.rule_id, Level.INFO), each.level)
    return found
