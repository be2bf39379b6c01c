"""Planning e-mails as rows in the transaction of the fact they tell, for patients and for staff."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.gateways.email import is_address
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import new_id
from clinic.messaging.errors import MissingVariable
from clinic.messaging.models import Message
from clinic.messaging.rules.emails import (
    ANY_SUBJECT,
    EMAIL_LANE,
    EmailTemplate,
    current_email,
    leaves_at,
    missing_from,
)
from clinic.messaging.rules.kinds import Category, MessageState, RecipientKind, Subject
from clinic.messaging.rules.templates import Template
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

TOLD_BY_INVITATION = frozenset({"BOOK_CONFIRM", "BOOK_CHANGED", "VISIT_CANCELED"})
"""Texts whose news an invitation brings by e-mail anyway."""

SYSTEM_PAGE = "/admin/system"
"""Where administrators see what stands still; the path of the page, which lies above."""

# Built once; as parameters a row leaves its empty columns out.
_NEW = insert(Message).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(Message.id)
_COLUMNS = tuple(column.key for column in Message.__table__.columns)

_ALERT = "STAFF_ALERT"
_NEWS = "CARE_NEWS"
_STAFF_ZONE = "UTC"


def plan_email(  # noqa: PLR0913 - one verb with everything that an e-mail needs
    session: Session,
    *,
    template_key: str,
    to: str,
    recipient_kind: RecipientKind,
    recipient_id: UUID | None,
    subject: Subject,
    variables: Mapping[str, datetime | str],
    language: str,
    zone: str,
    due_at: datetime,
    now: datetime,
    by: Actor,  # noqa: ARG001 - every verb says who acts; the trail names the change that the e-mail tells of
    dedupe_key: str | None = None,
    link_id: UUID | None = None,
    at_any_hour: bool = False,
) -> UUID | None:
    """Plan one e-mail; return its id, or None when it was planned before, or no good time or usable address is there.

    A patient's leaves by day, unless the patient asks at this moment (`at_any_hour`). Without `dedupe_key` it is
    planned once for each version of a subject and reader. `variables["page"]` is a path of our own site to lead to.
    """
    template = current_email(template_key)
    _require(template, variables=variables, subject=subject, link_id=link_id)
    category = Category.AUTO if at_any_hour and template.category is Category.SERVICE else template.category
    starts_at = variables.get("starts_at")
    worth_until = template.expiry(max(due_at, now), starts_at if isinstance(starts_at, datetime) else None)
    keeps_hours = category is Category.SERVICE
    when = leaves_at(max(due_at, now), keeps_hours=keeps_hours, zone=zone, worth_until=worth_until)
    if when is None or not is_address(to):
        return None
    message = _draft(template, subject, to=to, language=language, zone=zone)
    message.dedupe_key = dedupe_key or f"{template_key}:{subject.id}:{subject.version}:{recipient_id}"
    message.recipient_kind, message.recipient_id, message.link_id = recipient_kind, recipient_id, link_id
    message.category, message.due_at, message.expires_at = category, when, worth_until
    message.variables_json = json.dumps({name: _plain(value) for name, value in variables.items()})
    return _store(session, message, now=now)


def alert_administrators(session: Session, *, what: str, page: str, key: str, by: Actor, now: datetime) -> int:
    """Tell every administrator that something stands still, once for each `key`; return how many are told.

    `what` is a short sentence without its full stop that names nobody; `page` is the path where more is said.
    """
    planned = [
        plan_email(
            session,
            template_key=_ALERT,
            to=account.email,
            recipient_kind=RecipientKind.STAFF,
            recipient_id=account.id,
            subject=Subject(kind="alert", id=None),
            variables={"what": what, "page": page},
            language="en",
            zone=_STAFF_ZONE,
            due_at=now,
            dedupe_key=f"{_ALERT}:{key}:{account.id}",
            by=by,
            now=now,
        )
        for account in access.active_accounts_with_role(session, Role.ADMIN)
    ]
    return sum(message_id is not None for message_id in planned)


def email_instead(session: Session, message: Message, template: Template, *, by: Actor, now: datetime) -> bool:
    """Tell by e-mail that there is news for a patient who gets no texts; return whether one goes out.

    The e-mail leaves when the text would have and is judged as the text would have been. Where an invitation brings
    the news, it is all that goes.
    """
    patient = session.get(Patient, message.recipient_id) if message.recipient_kind == RecipientKind.PATIENT else None
    if patient is None or patient.email is None or patient.status != PatientStatus.ACTIVE:
        return False
    if message.template_key in TOLD_BY_INVITATION:
        return True
    planned = plan_email(
        session,
        template_key=_NEWS,
        to=patient.email,
        recipient_kind=RecipientKind.PATIENT,
        recipient_id=patient.id,
        subject=Subject(kind=message.subject_kind, id=message.subject_id, version=message.subject_version),
        variables={"instead_of": template.key},
        language=message.language,
        zone=message.zone,
        due_at=message.due_at,
        link_id=message.link_id,
        dedupe_key=f"{_NEWS}:{message.id}",
        by=by,
        now=now,
    )
    return planned is not None


def _require(
    template: EmailTemplate, *, variables: Mapping[str, datetime | str], subject: Subject, link_id: UUID | None
) -> None:
    # An invitation's link is the visit's at the moment when it leaves.
    if missing := missing_from(template, variables, has_link=link_id is not None or template.has_calendar):
        raise MissingVariable(f"{template.key} needs {', '.join(missing)}")
    if template.about not in (ANY_SUBJECT, subject.kind):
        raise MissingVariable(f"{template.key} is about {template.about}, not {subject.kind}")
    page = variables.get("page", "/")
    if not isinstance(page, str) or not page.startswith("/") or page.startswith("//"):
        raise MissingVariable(f"{template.key} leads to pages of our own only")


def _draft(template: EmailTemplate, subject: Subject, *, to: str, language: str, zone: str) -> Message:
    return Message(
        id=new_id(),
        channel="email",
        email_to=to,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_version=subject.version,
        template_key=template.key,
        template_version=template.version,
        language=language,
        zone=zone,
        lane=EMAIL_LANE,
        policy=template.policy,
    )


def _plain(value: datetime | str) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _store(session: Session, message: Message, *, now: datetime) -> UUID | None:
    message.state, message.created_at, message.updated_at = MessageState.PENDING, now, now
    given = vars(message)
    values = {name: value for name in _COLUMNS if (value := given.get(name)) is not None}
    planned: UUID | None = session.scalar(_NEW, values)
    return planned
