"""Reads of pages: which nobody has yet, who took the others and how soon, and what was sent to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.orm import Session

from clinic.access.models import StaffAccount
from clinic.messaging.models import InboundText, Message
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.wording import mail_state_words, state_words
from clinic.oncall.errors import NoSuchPage
from clinic.oncall.models import OnCallNotice, OnCallPage
from clinic.oncall.rules import TITLES, Channel, PageKind
from clinic.people.models import Patient, Phone, SmsConsent
from clinic.people.queries import patients_with_phone
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

SOMEBODY_HAS_IT = "somebody_has_it"
"""The code of why a call that had not left yet does not leave any more."""

_MOST_TEXTS = 20
_NO_PHONE = "No phone is on file, so an e-mail goes out instead"
_NO_ADDRESS = "Could not be sent"
_ASKED_FOR_NONE = "Not sent: this number asked for no texts, so an e-mail goes out instead"
_HELD = "Waits: texts are on hold, so an e-mail goes out instead"
_HAS_IT_WORDS = "Called back: somebody has it"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One page. `holder` has it since `held_at`; with `is_over` but no holder the trouble ended by itself."""

    id: UUID
    kind: PageKind
    subject_id: UUID | None
    patient_id: UUID | None
    opened_at: datetime
    next_step_at: datetime | None
    holder: str | None
    holder_id: UUID | None
    held_at: datetime | None

    @property
    def title(self) -> str:
        """Return what lists call it."""
        return TITLES[self.kind]

    @property
    def is_open(self) -> bool:
        """Tell whether people are still being called."""
        return self.held_at is None and self.next_step_at is not None

    @property
    def waited(self) -> timedelta | None:
        """Return how long it took until somebody had it."""
        return None if self.held_at is None else self.held_at - self.opened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """That somebody was told, and what became of it in words."""

    at: datetime
    name: str
    channel: Channel
    words: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose words they are: the phone, whether it may be texted, who uses it, and what it wrote since, oldest first."""

    phone_id: UUID
    e164: str
    is_opted_out: bool
    patients: tuple[Patient, ...]
    texts: tuple[InboundText, ...]


def open_pages(session: Session) -> list[PageRow]:
    """Return the pages that nobody has yet, the oldest first."""
    return [_page(row) for row in session.execute(_open())]


def due_pages(session: Session, *, now: datetime) -> list[UUID]:
    """Return the pages whose next step is due."""
    due = select(OnCallPage.id).where(OnCallPage.acknowledged_at.is_(None), OnCallPage.next_step_at <= now)
    return list(session.scalars(due.order_by(OnCallPage.next_step_at, OnCallPage.id)))


def recent_pages(session: Session, *, limit: int) -> list[PageRow]:
    """Return the latest pages that are over or that somebody has, newest first."""
    ended = OnCallPage.acknowledged_at.is_not(None) | OnCallPage.next_step_at.is_(None)
    wanted = _pages().where(ended).order_by(OnCallPage.opened_at.desc(), OnCallPage.id).limit(limit)
    return [_page(row) for row in session.execute(wanted)]


def page(session: Session, page_id: UUID) -> PageRow:
    """Return one page, or raise NoSuchPage."""
    row = session.execute(_pages().where(OnCallPage.id == page_id)).one_or_none()
    if row is None:
        raise NoSuchPage("There is no such call for a person. Open the list and choose one.")
    return _page(row)


def notices_of(session: Session, page_id: UUID) -> list[NoticeRow]:
    """Return who was told, oldest first."""
    wanted = (
        select(OnCallNotice, StaffAccount.full_name, Message.state, Message.reason, Message.error_code)
        .join(StaffAccount, StaffAccount.id == OnCallNotice.staff_id)
        .outerjoin(Message, Message.id == OnCallNotice.message_id)
        .where(OnCallNotice.page_id == page_id)
        .order_by(OnCallNotice.at, OnCallNotice.step, StaffAccount.full_name, OnCallNotice.channel.desc())
    )
    return [_notice(row) for row in session.execute(wanted)]


def caller_of(session: Session, row: PageRow) -> Caller | None:
    """Return whose words a page is about, or None when it is about no text."""
    if row.kind in {PageKind.URGENT_FLAG, PageKind.SESSION_EMERGENCY}:
        return _caller_by_patient(session, row.patient_id)
    first = session.get(InboundText, row.subject_id) if row.subject_id else None
    if row.kind is not PageKind.DANGER_WORDS:
        return None
    if first is None:
        return _caller_by_patient(session, row.patient_id)
    since = select(InboundText).where(
        InboundText.phone_id == first.phone_id, InboundText.received_at >= first.received_at
    )
    texts = session.scalars(since.order_by(InboundText.received_at, InboundText.id).limit(_MOST_TEXTS))
    consent = session.execute(
        select(Phone.e164, SmsConsent.opted_out_at).join(SmsConsent).where(Phone.id == first.phone_id)
    ).one()
    return Caller(
        phone_id=first.phone_id,
        e164=consent.e164,
        is_opted_out=consent.opted_out_at is not None,
        patients=_users(session, first.phone_id, row.patient_id),
        texts=tuple(texts),
    )


def _caller_by_patient(session: Session, patient_id: UUID | None) -> Caller | None:
    """Return whom to call about words that came otherwise than by text: they stand in the conversation."""
    present = _present(session, patient_id)
    if present is None:
        return None
    own = select(Phone.id, Phone.e164, SmsConsent.opted_out_at).join(SmsConsent)
    found = session.execute(own.where(Phone.id == present.phone_id)).one()
    is_opted_out = found.opted_out_at is not None
    users = (present,)
    return Caller(phone_id=found.id, e164=found.e164, is_opted_out=is_opted_out, patients=users, texts=())


def _users(session: Session, phone_id: UUID, patient_id: UUID | None) -> tuple[Patient, ...]:
    """Return who uses a phone, and whoever used it when the page was opened: their address is needed for 911."""
    users = patients_with_phone(session, phone_id)
    known = _present(session, patient_id)
    return tuple(users if known is None or known in users else [known, *users])


def _present(session: Session, patient_id: UUID | None) -> Patient | None:
    """Return a patient's record, or the one that it became part of meanwhile."""
    found = session.get(Patient, patient_id) if patient_id else None
    while found is not None and found.merged_into_id is not None:
        found = session.get(Patient, found.merged_into_id)
    return found


def what_was_done(session: Session, page_id: UUID) -> tasks.ClosingNote | None:
    """Return what somebody wrote down about a page, with who and when; the latest entry."""
    return tasks.closing_note(session, dedupe_key=outcome_key(page_id))


def outcome_key(page_id: UUID) -> str:
    """Return the key of the task that asks what was done about a page."""
    return f"{WorkKind.CALL_OUTCOME_MISSING}:{page_id}"


def open_page_of_phone(session: Session, phone_id: UUID) -> UUID | None:
    """Return the page about this phone's words that nobody has yet, if there is one."""
    by_phone = exists().where(InboundText.id == OnCallPage.subject_id, InboundText.phone_id == phone_id)
    wanted = select(OnCallPage.id).where(
        OnCallPage.kind == PageKind.DANGER_WORDS, OnCallPage.acknowledged_at.is_(None), by_phone
    )
    return session.scalar(wanted.order_by(OnCallPage.opened_at).limit(1))


def open_page_of_patient(session: Session, patient_id: UUID) -> UUID | None:
    """Return the page about a patient's secure messages that nobody has yet, if there is one."""
    wanted = select(OnCallPage.id).where(
        OnCallPage.kind == PageKind.DANGER_WORDS,
        OnCallPage.acknowledged_at.is_(None),
        OnCallPage.subject_id.is_(None),
        OnCallPage.patient_id == patient_id,
    )
    return session.scalar(wanted.order_by(OnCallPage.opened_at).limit(1))


@cache
def _open() -> Select[*tuple[Any, ...]]:
    """Return what every page of staff asks, built once."""
    wanted = _pages().where(OnCallPage.acknowledged_at.is_(None), OnCallPage.next_step_at.is_not(None))
    return wanted.order_by(OnCallPage.opened_at, OnCallPage.id)


def _pages() -> Select[*tuple[Any, ...]]:
    return select(OnCallPage, StaffAccount.full_name).outerjoin(
        StaffAccount, StaffAccount.id == OnCallPage.acknowledged_by
    )


def _page(row: Row[*tuple[Any, ...]]) -> PageRow:
    found: OnCallPage = row[0]
    return PageRow(
        id=found.id,
        kind=PageKind(found.kind),
        subject_id=found.subject_id,
        patient_id=found.patient_id,
        opened_at=found.opened_at,
        next_step_at=found.next_step_at,
        holder=row.full_name,
        holder_id=found.acknowledged_by,
        held_at=found.acknowledged_at,
    )


def _notice(row: Row[*tuple[Any, ...]]) -> NoticeRow:
    found: OnCallNotice = row[0]
    channel = Channel(found.channel)
    return NoticeRow(at=found.at, name=row.full_name, channel=channel, words=_words(row, channel), step=found.step)


def _words(row: Row[*tuple[Any, ...]], channel: Channel) -> str:
    if row.state is None:
        return _NO_PHONE if channel is Channel.TEXT else _NO_ADDRESS
    if channel is Channel.TEXT and row.state == MessageState.SUPPRESSED:
        return _ASKED_FOR_NONE
    if channel is Channel.TEXT and row.state == MessageState.PENDING and row.reason == "lane_paused":
        return _HELD
    if row.reason == SOMEBODY_HAS_IT:
        return _HAS_IT_WORDS
    say = state_words if channel is Channel.TEXT else mail_state_words
    return say(row.state, reason=row.reason, code=row.error_code)
