"""What nobody triggers: an intake with which a patient does not go on."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.queries.board import standing_still
from clinic.kernel.actor import Actor
from clinic.policies import queries as policies
from clinic.policies.rules import PolicyKey
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

_STUCK = "The intake is not finished, and nothing was saved for days. Call and offer to go through it together."


def watch_intakes(session: Session, *, by: Actor, now: datetime) -> None:
    """Ask a coordinator to call about each intake that stands still, once until something moves."""
    still_since = now - timedelta(days=policies.number(session, PolicyKey.INTAKE_STUCK_DAYS))
    for found in standing_still(session, before=still_since):
        _ask(session, found, by=by, now=now)


def _ask(session: Session, found: Intake, *, by: Actor, now: datetime) -> None:
    key = f"intake_stuck:{found.id}:{max(found.last_saved_at, found.state_since):%Y%m%dT%H%M%S}"
    if tasks.was_opened(session, dedupe_key=key):
        return
    worklist.open_item(
        session,
        kind=WorkKind.INTAKE_STUCK,
        dedupe_key=key,
        reason=_STUCK,
        subject_kind="patient",
        subject_id=found.patient_id,
        patient_id=found.patient_id,
        now=now,
        by=by,
    )
