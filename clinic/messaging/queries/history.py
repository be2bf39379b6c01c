"""What was texted or e-mailed to whom and what became of it, for pages."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from json import loads
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.wordings import templates_of
from clinic.messaging.rules.emails import email_version, write
from clinic.messaging.rules.kinds import WAITING
from clinic.messaging.rules.templates import Facts, Template, render
from clinic.messaging.rules.wording import mail_state_words, name_in_history, state_words

_INSTEAD_OF_LINK = "(link)"
_NOT_SHOWN = {"code": "(code)"}
"""What only the reader's phone shows."""

_WITH = {"appointment": ("invitation",)}
"""What is shown together: the invitation to a visit is about the visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """One text of a history. `is_from_clinic` says the direction, `at` orders the rows, `note` says what became of it.

    `body` is what the phone shows, with `(link)` in the place of a link; `state` is blank for a received text. An
    e-mail (`channel` email) stands among the texts: its body begins with the subject on a line of its own.
    """

    id: UUID
    is_from_clinic: bool
    name: str
    body: str = field(repr=False)
    at: datetime
    state: str
    note: str
    due_at: datetime | None
    sent_at: datetime | None
    subject_kind: str
    subject_id: UUID | None
    channel: str = "sms"


def history_of_patient(
    session: Session, *, patient_id: UUID, phone_id: UUID, facts: Facts, limit: int = 100
) -> list[TextRow]:
    """Return the latest texts to a patient and from the patient's phone, newest first.

    A phone that a family shares shows all that came from it.
    """
    to_patient = select(Message).where(Message.recipient_id == patient_id)
    sent = session.scalars(to_patient.order_by(Message.due_at.desc()).limit(limit))
    from_phone = select(InboundText).where(InboundText.phone_id == phone_id)
    received = session.scalars(from_phone.order_by(InboundText.received_at.desc()).limit(limit))
    rows = _of_messages(session, sent, facts) + [_of_inbound(text) for text in received]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def texts_about(session: Session, *, subject_kind: str, subject_id: UUID, facts: Facts) -> list[TextRow]:
    """Return every text about one subject, a visit for instance with its invitations, oldest first."""
    kinds = [subject_kind, *_WITH.get(subject_kind, ())]
    about = select(Message).where(Message.subject_kind.in_(kinds), Message.subject_id == subject_id)
    return _of_messages(session, session.scalars(about.order_by(Message.due_at, Message.id)), facts)


def texts_of_phone(session: Session, *, phone_id: UUID, facts: Facts, limit: int = 100) -> list[TextRow]:
    """Return the latest texts to a number, whoever reads them, newest first."""
    to_phone = select(Message).where(Message.address_id == phone_id).order_by(Message.due_at.desc()).limit(limit)
    return _of_messages(session, session.scalars(to_phone), facts)


def texts_by_id(session: Session, *, sent: Collection[UUID], received: Collection[UUID], facts: Facts) -> list[TextRow]:
    """Return these texts in no order; unknown ids are absent."""
    from_us = session.scalars(select(Message).where(Message.id.in_(sent))) if sent else ()
    to_us = session.scalars(select(InboundText).where(InboundText.id.in_(received))) if received else ()
    return _of_messages(session, from_us, facts) + [_of_inbound(text) for text in to_us]


def count_waiting(session: Session, *, patient_id: UUID) -> int:
    """Return how many texts to a patient have not left yet."""
    waiting = select(func.count()).select_from(Message)
    return session.scalar(waiting.where(Message.recipient_id == patient_id, Message.state.in_(WAITING))) or 0


def _of_messages(session: Session, messages: Iterable[Message], facts: Facts) -> list[TextRow]:
    known = list(messages)
    texts = [message for message in known if message.channel == "sms"]
    pairs = zip(texts, templates_of(session, texts), strict=True)
    bodies = {message.id: _body(message, template, facts) for message, template in pairs}
    return [_of_message(message, bodies.get(message.id) or _mail_body(message, facts)) for message in known]


def _of_message(message: Message, body: str) -> TextRow:
    words = mail_state_words if message.channel == "email" else state_words
    return TextRow(
        id=message.id,
        is_from_clinic=True,
        name=name_in_history(message.template_key),
        body=body,
        at=message.sent_at or message.due_at,
        state=message.state,
        note=words(message.state, reason=message.reason, code=message.error_code),
        due_at=message.due_at,
        sent_at=message.sent_at,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        channel=message.channel,
    )


def _mail_body(message: Message, facts: Facts) -> str:
    template = email_version(message.template_key, message.template_version)
    variables = loads(message.variables_json or "{}")
    # An invitation's link is found when it leaves; which one that was, or whether there was one, is not kept.
    has_link = template.has_calendar or message.link_id is not None or "page" in variables
    written = write(
        template,
        variables=variables,
        language=message.language,
        zone=message.zone,
        facts=facts,
        link_url=_INSTEAD_OF_LINK if has_link else None,
    )
    return f"{written.subject}\n\n{written.body}"


def _body(message: Message, template: Template, facts: Facts) -> str:
    variables = loads(message.variables_json or "{}")
    has_link = message.link_id is not None or "page" in variables
    return render(
        template,
        variables={name: _NOT_SHOWN.get(name, value) for name, value in variables.items()},
        language=message.language,
        zone=message.zone,
        facts=facts,
        link_url=_INSTEAD_OF_LINK if has_link else None,
    )


def _of_inbound(text: InboundText) -> TextRow:
    return TextRow(
        id=text.id,
        is_from_clinic=False,
        name="Received",
        body=text.body or "",
        at=text.received_at,
        state="",
        note="",
        due_at=None,
        sent_at=None,
        subject_kind="inbound_text",
        subject_id=text.id,
    )
