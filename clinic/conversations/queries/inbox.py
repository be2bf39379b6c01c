"""The list of conversations: unread first, then the newest, page by page, in a fixed number of questions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session

from clinic.access.models import StaffAccount
from clinic.conversations.models import Conversation
from clinic.conversations.queries.last_words import LastWords, last_words
from clinic.conversations.rules.filters import Inbox
from clinic.messaging.models import InboundText, Message
from clinic.people.models import Patient, Phone, SmsConsent
from clinic.people.rules import PatientStatus, formal_name

_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

IS_UNREAD = Conversation.last_inbound_at.is_not(None) & or_(
    Conversation.read_up_to.is_(None), Conversation.read_up_to < Conversation.last_inbound_at
)
IS_URGENT = IS_UNREAD & exists().where(
    InboundText.phone_id == Conversation.phone_id,
    InboundText.is_urgent,
    InboundText.received_at > func.coalesce(Conversation.read_up_to, literal(_LONG_AGO)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One person who uses the phone."""

    id: UUID
    name: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """One line of the inbox; nobody in `people` means that the number is nobody's."""

    phone_id: UUID
    e164: str
    people: tuple[Who, ...]
    is_unread: bool
    is_urgent: bool
    is_opted_out: bool
    assignee_id: UUID | None
    assignee: str | None
    last_at: datetime
    last: LastWords | None


def count_unread() -> ScalarSelect[int]:
    """Return the statement that counts the conversations that wait for somebody to read them."""
    return select(func.count()).select_from(Conversation).where(IS_UNREAD).scalar_subquery()


def counts(session: Session, *, staff_id: UUID | None) -> Mapping[Inbox, int]:
    """Return how many conversations each view has, in one question."""
    columns = [func.count().filter(_shown(view, staff_id)) for view in Inbox]
    found = session.execute(select(*columns).select_from(Conversation)).one()
    return dict(zip(Inbox, found, strict=True))


def page_of_conversations(
    session: Session, *, view: Inbox, staff_id: UUID | None, limit: int = 50, offset: int = 0
) -> list[ConversationRow]:
    """Return one page of a view; `staff_id` is who asks for their own."""
    return _rows(session, _shown(view, staff_id), limit=limit, offset=offset)


def conversations_of_phones(session: Session, phone_ids: Collection[UUID], *, limit: int = 50) -> list[ConversationRow]:
    """Return the conversations with these phones, for a search; phones without one are absent."""
    return _rows(session, Conversation.phone_id.in_(phone_ids), limit=limit, offset=0) if phone_ids else []


def phones_like(session: Session, digits: str, *, limit: int = 50) -> list[UUID]:
    """Return the phones in whose number these digits stand, for a search."""
    found = select(Phone.id).join(Conversation, Conversation.phone_id == Phone.id).where(Phone.e164.contains(digits))
    return list(session.scalars(found.order_by(Conversation.last_at.desc()).limit(limit)))


def pulse(session: Session, *, phone_id: UUID | None = None) -> str:
    """Return a word that changes with anything that the inbox shows, or the talk with one phone."""
    whole = select(func.count(), func.max(Conversation.updated_at)).select_from(Conversation)
    count, changed_at = session.execute(whole).one()
    about = true() if phone_id is None else Message.address_id == phone_id
    newest = None if phone_id is None else session.scalar(select(func.max(Message.updated_at)).where(about))
    return f"{count}.{_stamp(changed_at)}.{_stamp(newest)}"


def _stamp(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.timestamp():.6f}"


def _shown(view: Inbox, staff_id: UUID | None) -> ColumnElement[bool]:
    return {
        Inbox.UNREAD: IS_UNREAD,
        Inbox.MINE: Conversation.assignee_id == staff_id,
        Inbox.UNASSIGNED: Conversation.assignee_id.is_(None),
        Inbox.URGENT: IS_URGENT,
        Inbox.EVERYTHING: true(),
    }[view]


def _rows(session: Session, which: ColumnElement[bool], *, limit: int, offset: int) -> list[ConversationRow]:
    wanted = (
        select(
            Conversation.phone_id,
            Phone.e164,
            IS_UNREAD.label("is_unread"),
            IS_URGENT.label("is_urgent"),
            SmsConsent.opted_out_at.is_not(None).label("is_opted_out"),
            Conversation.assignee_id,
            StaffAccount.full_name.label("assignee"),
            Conversation.last_at,
        )
        .join(Phone, Phone.id == Conversation.phone_id)
        .join(SmsConsent, SmsConsent.phone_id == Conversation.phone_id)
        .outerjoin(StaffAccount, StaffAccount.id == Conversation.assignee_id)
        .where(which)
        .order_by(IS_UNREAD.desc(), Conversation.last_at.desc(), Conversation.id)
        .limit(limit)
        .offset(offset)
    )
    found = session.execute(wanted).mappings().all()
    phones = [row["phone_id"] for row in found]
    people = _people(session, phones)
    words = last_words(session, {phone: [who.id for who in people.get(phone, ())] for phone in phones})
    return [
        ConversationRow(**row, people=tuple(people.get(row["phone_id"], ())), last=words.get(row["phone_id"]))
        for row in found
    ]


def _people(session: Session, phone_ids: Sequence[UUID]) -> dict[UUID, list[Who]]:
    users = (
        select(Patient.phone_id, Patient.id, Patient.legal_last_name, Patient.legal_first_name, Patient.zone)
        .where(and_(Patient.phone_id.in_(phone_ids), Patient.status != PatientStatus.MERGED))
        .order_by(Patient.status != PatientStatus.ACTIVE, Patient.search_key, Patient.id)
    )
    found: dict[UUID, list[Who]] = {}
    for row in session.execute(users):
        who = Who(id=row.id, name=formal_name(row.legal_last_name, row.legal_first_name), zone=row.zone)
        found.setdefault(row.phone_id, []).append(who)
    return found
