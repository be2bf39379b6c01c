"""Whether a text that asks for a signature is still true when it would leave."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.models import SignatureRequest
from clinic.consents.queries.standing import standing_of
from clinic.messaging.queries.repeats import told_since_planned
from clinic.messaging.rules.kinds import Drop, Later, Planned, Send, Verdict

SUBJECT = "signature_request"
SIGNED, _ASKED_LATELY = "forms_signed", "asked_lately"
REMINDED_AFTER = timedelta(hours=48)
"""A request is texted once more after two days, as `plans.json` says, counted from when the first text left."""
_A_TURN = timedelta(hours=1)
"""So long a text may wait for its turn without its reminder waiting, too."""


def patient_asked(session: Session, planned: Planned) -> UUID | None:
    """Return the patient whom a text asks, None where nobody is asked any more.

    The request is locked: two texts about it are judged one after the other, also by two workers.
    """
    if planned.subject_id is None:
        return None
    row = session.get(SignatureRequest, planned.subject_id, with_for_update={"key_share": True})
    return None if row is None or row.settled_at is not None else row.patient_id


def request_verdict(session: Session, planned: Planned, *, patient_id: UUID, of_pain: bool, now: datetime) -> Verdict:
    """Ask only while something is missing; whether the patient is treated for pain is known to treatment alone.

    A question that had to wait for a day with room pushes the reminder on, which else would follow the same morning;
    where the reminder would then be too late, it is left out.
    """
    own = {patient_id}
    standing = standing_of(session, own, now, of_pain=own if of_pain else frozenset())[patient_id]
    if standing.is_complete:
        return Drop(SIGNED)
    told = told_since_planned(session, planned.message_id)
    if told is None or now - told >= REMINDED_AFTER - _A_TURN:
        return Send()
    again_at = told + REMINDED_AFTER
    return Later(again_at, reason=_ASKED_LATELY) if again_at < planned.expires_at else Drop(_ASKED_LATELY)
