"""The committed intent to send an e-mail: judge it, put it into words, and write down that it is about to leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from json import loads
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, select, true, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from clinic.access.actions.links import render_link
from clinic.access.models import Link
from clinic.access.rules.links import link_url
from clinic.gateways.email import OutgoingEmail
from clinic.kernel.ids import new_id
from clinic.kernel.lease import lease_end
from clinic.kernel.localtime import is_open, next_open
from clinic.messaging.guards import Addressed, Enclosure, Enclosures, Guards
from clinic.messaging.jobs.claiming import Claimed
from clinic.messaging.jobs.judging import QUIET_HOURS, NotNow
from clinic.messaging.models import Lane, Message, MessageAttempt, SendingSwitch
from clinic.messaging.rules.emails import EmailTemplate, email_version, write
from clinic.messaging.rules.kinds import Category, Drop, Later, MessageState, Planned, RecipientKind
from clinic.messaging.rules.templates import Facts
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.runtime import Runtime

# Built once, as `_claimed` and `_promising`.
_FIRST_TRY = (
    select(MessageAttempt.id)
    .where(MessageAttempt.message_id == bindparam("of_message"))
    .order_by(MessageAttempt.number)
    .limit(1)
)
_MARGIN = 1.4
"""The lease must last this many calls to the mail server when the intent is written."""


@dataclass(frozen=True, slots=True)
class MailIntent:
    """A committed decision to send: what to hand over, and the fence under which the outcome counts."""

    message_id: UUID
    fence: int
    email: OutgoingEmail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """A claimed e-mail as the judgment sees it."""

    message: Message
    template: EmailTemplate
    variables: dict[str, str]
    paused_at: datetime | None
    stopped_at: datetime | None
    patient_status: str | None
    patient_email: str | None
    revoked_at: datetime | None

    @property
    def address(self) -> str | None:
        """Return where it goes: a patient's is the one on record now."""
        return self.patient_email if self.message.recipient_kind == RecipientKind.PATIENT else self.message.email_to

    @property
    def planned(self) -> Planned:
        """Return what the guard sees; what goes instead of a text is judged as the text would be."""
        message = self.message
        return Planned(
            message_id=message.id,
            template_key=self.variables.get("instead_of", message.template_key),
            subject_kind=message.subject_kind,
            subject_id=message.subject_id,
            subject_version=message.subject_version,
            due_at=message.due_at,
            expires_at=message.expires_at,
        )


def intend_mail(
    session: Session, claimed: Claimed, *, runtime: Runtime, guards: Guards, enclosures: Enclosures, now: datetime
) -> MailIntent | NotNow | None:
    """Write the intent and return it, or return why it does not leave; None when it is no longer ours to send."""
    mail = _mail(session, claimed)
    if mail is None:
        return None
    refusal = _refusal(session, mail, guards, now=now)
    if refusal is not None:
        return refusal
    address = mail.address
    assert address is not None
    enclosure = _enclosure(session, mail, enclosures, address=address, runtime=runtime, now=now)
    attempt_id, link_id = new_id(), enclosure.link_id if enclosure else mail.message.link_id
    written = write(
        mail.template,
        variables=mail.variables,
        language=mail.message.language,
        zone=mail.message.zone,
        facts=Facts(clinic=runtime.clinic.name, phone=runtime.clinic.phone, site=runtime.clinic.public_base_url),
        link_url=_url(session, link_id, runtime),
    )
    first = _promise(session, claimed, attempt_id, address=address, words=written.body, runtime=runtime, now=now)
    if first is None:
        return None
    email = OutgoingEmail(
        to=address,
        subject=written.subject,
        body=written.body,
        language=mail.message.language,
        attempt_id=attempt_id,
        message_id=first,
        at=now,
        calendar=enclosure.calendar if enclosure else None,
    )
    return MailIntent(claimed.message_id, claimed.fence, email)


def _mail(session: Session, claimed: Claimed) -> _Mail | None:
    """Read the e-mail with all that decides; the switch stays locked FOR SHARE until the intent is committed."""
    row = session.execute(_claimed(), {"of_message": claimed.message_id, "of_fence": claimed.fence}).one_or_none()
    if row is None:
        return None
    message, paused_at, stopped_at, status, address, revoked_at = row
    return _Mail(
        message=message,
        template=email_version(message.template_key, message.template_version),
        variables=loads(message.variables_json or "{}"),
        paused_at=paused_at,
        stopped_at=stopped_at,
        patient_status=status,
        patient_email=address,
        revoked_at=revoked_at,
    )


@cache
def _claimed() -> Select[*tuple[Any, ...]]:
    return (
        select(Message, Lane.paused_at, SendingSwitch.stopped_at, Patient.status, Patient.email, Link.revoked_at)
        .join(Lane, Lane.number == Message.lane)
        .join(SendingSwitch, true())
        .outerjoin(Link, Link.id == Message.link_id)
        .outerjoin(
            Patient, and_(Patient.id == Message.recipient_id, Message.recipient_kind == RecipientKind.PATIENT.value)
        )
        .where(
            Message.id == bindparam("of_message"),
            Message.fence == bindparam("of_fence"),
            Message.state == MessageState.CLAIMED,
        )
        .with_for_update(read=True, of=SendingSwitch)
        .execution_options(populate_existing=True)
    )


def _refusal(session: Session, mail: _Mail, guards: Guards, *, now: datetime) -> NotNow | None:
    if mail.message.expires_at <= now:
        return NotNow(state=MessageState.EXPIRED, reason="expired")
    return (
        _refused_by_stop(mail, now)
        or _refused_by_reader(mail)
        or _refused_by_hours(mail, now)
        or _refused_by_guard(session, mail, guards, now=now)
    )


def _refused_by_stop(mail: _Mail, now: datetime) -> NotNow | None:
    """Keep an e-mail in line while somebody stopped all texts or its queue; only news for staff passes the first."""
    if mail.paused_at is not None:
        return NotNow(state=MessageState.PENDING, reason="lane_paused", due_at=now)
    if mail.stopped_at is not None and not mail.template.passes_stop:
        return NotNow(state=MessageState.PENDING, reason="lane_paused", due_at=mail.message.due_at)
    return None


def _refused_by_reader(mail: _Mail) -> NotNow | None:
    if mail.message.recipient_kind == RecipientKind.PATIENT and mail.patient_status != PatientStatus.ACTIVE:
        return NotNow(state=MessageState.CANCELED, reason="care_ended")
    if mail.address is None:
        return NotNow(state=MessageState.CANCELED, reason="no_address")
    if mail.revoked_at is not None:
        return NotNow(state=MessageState.CANCELED, reason="link_revoked")
    return None


def _refused_by_hours(mail: _Mail, now: datetime) -> NotNow | None:
    message = mail.message
    if message.category != Category.SERVICE or is_open(now, message.zone):
        return None
    opening = next_open(now, message.zone)
    if opening >= message.expires_at:
        return NotNow(state=MessageState.EXPIRED, reason=QUIET_HOURS)
    return NotNow(state=MessageState.PENDING, reason=QUIET_HOURS, due_at=opening)


def _refused_by_guard(session: Session, mail: _Mail, guards: Guards, *, now: datetime) -> NotNow | None:
    guard = guards.get(mail.message.subject_kind)
    verdict = guard(session, mail.planned, now) if guard else None
    if isinstance(verdict, Drop):
        return NotNow(state=MessageState.CANCELED, reason=verdict.reason)
    if not isinstance(verdict, Later):
        return None
    if verdict.until >= mail.message.expires_at:
        return NotNow(state=MessageState.EXPIRED, reason=verdict.reason)
    return NotNow(state=MessageState.PENDING, reason=verdict.reason, due_at=verdict.until)


def _enclosure(
    session: Session, mail: _Mail, enclosures: Enclosures, *, address: str, runtime: Runtime, now: datetime
) -> Enclosure | None:
    if not mail.template.has_calendar:
        return None
    to = Addressed(planned=mail.planned, to=address, language=mail.message.language, clinic=runtime.clinic)
    return enclosures[mail.message.subject_kind](session, to, now)


def _url(session: Session, link_id: UUID | None, runtime: Runtime) -> str | None:
    if link_id is None:
        return None
    return link_url(runtime.clinic.public_base_url, render_link(session, link_id=link_id, ring=runtime.link_ring))


def _promise(
    session: Session,
    claimed: Claimed,
    attempt_id: UUID,
    *,
    address: str,
    words: str,
    runtime: Runtime,
    now: datetime,
) -> UUID | None:
    """Write the intent; return the id of the first attempt, or None when the claim no longer holds."""
    this = {"of_message": claimed.message_id, "of_fence": claimed.fence, "to": address, "at": now}
    number = session.scalar(_promising(runtime.mailing.call_seconds), this)
    if number is None:
        return None
    session.add(
        MessageAttempt(
            id=attempt_id,
            message_id=claimed.message_id,
            number=number,
            fence=claimed.fence,
            started_at=now,
            body_digest=sha256(words.encode()).digest(),
        )
    )
    session.flush()
    return session.scalars(_FIRST_TRY, {"of_message": claimed.message_id}).one()


@cache
def _promising(call_seconds: float) -> ReturningUpdate[int]:
    """Move the message to `sending`; no row when the claim no longer holds."""
    return (
        update(Message)
        .where(
            Message.id == bindparam("of_message"),
            Message.fence == bindparam("of_fence"),
            Message.state == MessageState.CLAIMED,
            Message.lease_until > lease_end(timedelta(seconds=call_seconds * _MARGIN)),
        )
        .values(
            state=MessageState.SENDING,
            attempt_count=Message.attempt_count + 1,
            email_to=bindparam("to"),
            updated_at=bindparam("at"),
        )
        .returning(Message.attempt_count)
        .execution_options(synchronize_session=False)
    )
