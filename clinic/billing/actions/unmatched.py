"""Money at a gateway that does not fit what is known here: left as it is, and shown to a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

STRANGERS = "strangers"
"""The key of what another installation does with the same account at the gateway: one task for all of it."""


def report_unmatched(
    session: Session, *, key: str, reason: str, by: Actor, now: datetime, patient_id: UUID | None = None
) -> None:
    """Ask the administrator to look at something that only a person may mend; each thing is said once."""
    dedupe_key = f"{WorkKind.PAYMENT_UNMATCHED}:{key}"
    if key != STRANGERS and tasks.was_opened(session, dedupe_key=dedupe_key):
        return
    worklist.open_item(
        session,
        kind=WorkKind.PAYMENT_UNMATCHED,
        dedupe_key=dedupe_key,
        reason=reason,
        subject_kind="payment",
        subject_id=None,
        patient_id=patient_id,
        now=now,
        by=by,
    )
