"""Automatic answers to texts: planned like every other text, and never in an endless talk with another machine."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions.planning import plan
from clinic.messaging.models import InboundText
from clinic.messaging.queries.inbound import answers_since, inbound
from clinic.messaging.rules.kinds import Recipient, RecipientKind, Subject
from clinic.people.models import Patient
from clinic.people.queries.patients import patients_with_phone

ANSWERS_AN_HOUR = 5
"""After so many automatic answers in an hour another machine is assumed at the other end, and gets none (policy)."""

_AN_HOUR = timedelta(hours=1)
_ZONE_OF_STRANGERS = "America/New_York"


def answer(
    session: Session,
    *,
    inbound_id: UUID,
    template_key: str,
    by: Actor,
    now: datetime,
    patient_id: UUID | None = None,
    variables: Mapping[str, datetime | str] | None = None,
    link_id: UUID | None = None,
    is_for_safety: bool = False,
) -> UUID | None:
    """Plan the answer to one received text and mark it handled; return the message's id or None.

    Written in the language and zone of `patient_id`, or of the phone's first patient. A phone that got too many
    answers within an hour gets none, unless the answer `is_for_safety`.
    """
    received = inbound(session, inbound_id)
    received.handled_at = received.handled_at or now
    if not is_for_safety and is_looping(session, received.phone_id, now=now):
        return None
    return plan(
        session,
        template_key=template_key,
        recipient=_reader(session, received, patient_id),
        subject=Subject(kind="inbound_text", id=inbound_id),
        variables=variables or {},
        link_id=link_id,
        due_at=now,
        now=now,
        by=by,
    )


def is_looping(session: Session, phone_id: UUID, *, now: datetime) -> bool:
    """Tell whether a phone got so many automatic answers lately that it is probably a machine too."""
    return answers_since(session, phone_id, since=now - _AN_HOUR) >= ANSWERS_AN_HOUR


def _reader(session: Session, received: InboundText, patient_id: UUID | None) -> Recipient:
    patients = patients_with_phone(session, received.phone_id)
    reader = next((each for each in patients if patient_id in (None, each.id)), None)
    return Recipient(
        kind=RecipientKind.PATIENT if reader else RecipientKind.STRANGER,
        id=reader.id if reader else None,
        phone_id=received.phone_id,
        language=_language(reader),
        zone=reader.zone if reader else _ZONE_OF_STRANGERS,
    )


def _language(reader: Patient | None) -> str:
    return reader.language if reader else "en"
