"""Links in texts: made, rendered again, opened with the birth date, locked after five wrong ones, revoked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from clinic.access.actions.guessing import record_guess
from clinic.access.errors import NoSuchLink
from clinic.access.models import Link, LinkSession
from clinic.access.queries.links import is_live, live_link_of_resource
from clinic.access.rules.links import (
    BIRTH_DATE_TRIES,
    LinkDead,
    LinkOpened,
    LinkPurpose,
    LinkTarget,
    WrongBirthDate,
    link_token,
    possible_tokens,
)
from clinic.access.rules.sessions import LINK_ABSOLUTE, SUPPORT_ABSOLUTE
from clinic.access.rules.throttles import GuessKind, network_of
from clinic.kernel.actor import ANONYMOUS, Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import digest, new_id, new_token
from clinic.kernel.journal import note
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome, WorkKind

_LINK = select(Link).where(Link.id == bindparam("of_link"))

BirthDateOf = Callable[[Session, UUID], date]

_ABOUT_A_PATIENT: Mapping[str, WorkKind] = {
    LinkPurpose.COURSE: WorkKind.COURSE_LINK_LOCKED,
    LinkPurpose.MESSAGES: WorkKind.MESSAGES_LINK_LOCKED,
    LinkPurpose.CHECK_IN: WorkKind.CHECK_IN_LINK_LOCKED,
    LinkPurpose.MEDICATION: WorkKind.DELIVERIES_LINK_LOCKED,
    LinkPurpose.BILLING: WorkKind.BILLING_LINK_LOCKED,
    LinkPurpose.WAITLIST: WorkKind.WAITLIST_LINK_LOCKED,
    LinkPurpose.CONSENT: WorkKind.FORMS_LINK_LOCKED,
    LinkPurpose.INTAKE: WorkKind.INTAKE_LINK_LOCKED,
    LinkPurpose.SUPPORT: WorkKind.SUPPORT_LINK_LOCKED,
}
"""The task about a locked link that leads to more than one visit."""

_SUPPORT_LOCKED = (
    "Somebody typed a wrong birth date five times on the link of the support person. Call that person, read out "
    "what the page says, then send the link again from the visit."
)
_LOCKED = "Somebody typed a wrong birth date five times on a link we sent. Call the patient, then send a new link."


def make_link(
    session: Session,
    *,
    purpose: str,
    resource_kind: str,
    resource_id: UUID,
    patient_id: UUID,
    expires_at: datetime,
    now: datetime,
    by: Actor,
    ring: KeyRing,
) -> Link:
    """Return the link that leads to a resource; one that is live is kept, and only its expiry moves."""
    live = live_link_of_resource(session, resource_kind=resource_kind, resource_id=resource_id, now=now)
    if live is not None and live.purpose == purpose and live.patient_id == patient_id:
        live.expires_at = expires_at
        session.flush()
        return live
    link_id = new_id()
    link = Link(
        id=link_id,
        purpose=purpose,
        resource_kind=resource_kind,
        resource_id=resource_id,
        patient_id=patient_id,
        token_version=1,
        token_hash=digest(link_token(ring, link_id, purpose, 1)),
        expires_at=expires_at,
        created_at=now,
    )
    session.add(link)
    session.flush()
    _note(session, link, "link.made", now=now, by_id=by.id)
    return link


def render_link(session: Session, *, link_id: UUID, ring: KeyRing) -> str:
    """Return a link's token for a text; the same one each time, so copies already sent keep working.

    After a rotation the key that made the link still reads, so nothing changes while that key is in the ring. Once it
    is gone the link gets a token of the new key, and copies sent before the key was taken out stop working.
    """
    link = session.scalar(_LINK, {"of_link": link_id})
    if link is None:
        raise NoSuchLink("There is no such link.")
    for token in possible_tokens(ring, link.id, purpose=link.purpose, version=link.token_version):
        if digest(token) == link.token_hash:
            return token
    token = link_token(ring, link.id, link.purpose, link.token_version)
    link.token_hash = digest(token)
    session.flush()
    return token


def renew_link(
    session: Session, *, resource_kind: str, resource_id: UUID, now: datetime, by: Actor, ring: KeyRing
) -> Link | None:
    """Replace a resource's newest unexpired link by one with another token and unlock it; None if it has none.

    Every copy of the old one is dead, its sessions end, and the task about the lock is done.
    """
    wanted = select(Link).where(Link.resource_kind == resource_kind, Link.resource_id == resource_id)
    usable = wanted.where(Link.revoked_at.is_(None), Link.expires_at > now)
    link = session.scalar(usable.order_by(Link.created_at.desc()).limit(1).with_for_update())
    if link is None:
        return None
    link.token_version += 1
    link.token_hash = digest(link_token(ring, link.id, link.purpose, link.token_version))
    link.failed_count = 0
    link.locked_at = None
    _end_sessions(session, [link.id], now=now)
    session.flush()
    worklist.close_for(session, dedupe_key=_lock_key(link), outcome=Outcome.DONE, by=by, now=now)
    _note(session, link, "link.renewed", now=now, by_id=by.id)
    return link


def page_link(
    session: Session,
    *,
    purpose: str,
    resource_kind: str,
    patient_id: UUID,
    lasts: timedelta,
    now: datetime,
    by: Actor,
    ring: KeyRing,
) -> Link:
    """Return the link to a patient's own page, such as the messages, unlocked if need be.

    Whoever is written to has to get in: one that was locked gets another token, and the task about it is done.
    """
    if live_link_of_resource(session, resource_kind=resource_kind, resource_id=patient_id, now=now) is None:
        renew_link(session, resource_kind=resource_kind, resource_id=patient_id, now=now, by=by, ring=ring)
    return make_link(
        session,
        purpose=purpose,
        resource_kind=resource_kind,
        resource_id=patient_id,
        patient_id=patient_id,
        expires_at=now + lasts,
        now=now,
        by=by,
        ring=ring,
    )


def revoke_links(
    session: Session, *, resource_kind: str, resource_id: UUID, now: datetime, by: Actor, but: UUID | None = None
) -> int:
    """Kill every link to a resource, `but` one, and the sessions behind them; return how many links there were."""
    wanted = update(Link).where(
        Link.resource_kind == resource_kind, Link.resource_id == resource_id, Link.revoked_at.is_(None)
    )
    if but is not None:
        wanted = wanted.where(Link.id != but)
    revoked = list(session.scalars(wanted.values(revoked_at=now).returning(Link.id)))
    _end_sessions(session, revoked, now=now)
    for link_id in revoked:
        note(session, "link.revoked", subject_kind="link", subject_id=link_id, at=now, by_id=by.id)
    return len(revoked)


def open_link(
    session: Session, *, token: str, birth_date: date, now: datetime, ip: str | None, birth_date_of: BirthDateOf
) -> LinkOpened | WrongBirthDate | LinkDead:
    """Open a link with the birth date; results, not exceptions, so that a wrong try is committed and counted.

    A right one starts the count anew and may be given again until the link expires (a visit's link is tapped often).
    """
    link = session.scalar(
        select(Link)
        .where(Link.token_hash == digest(token), is_live(now))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if link is None:
        return LinkDead()
    if birth_date_of(session, link.patient_id) != birth_date:
        return _wrong_birth_date(session, link, now=now, by=replace(ANONYMOUS, ip=ip))
    link.failed_count = 0
    opened = LinkOpened(session_token=_start_link_session(session, link, now=now), link=_target(link))
    _note(session, link, "link.opened", now=now)
    return opened


def end_link_session(session: Session, *, session_id: UUID, now: datetime, by: Actor) -> None:
    """End one patient's session ("I am done")."""
    session.execute(update(LinkSession).where(LinkSession.id == session_id).values(revoked_at=now))
    note(session, "link_session.ended", subject_kind="link_session", subject_id=session_id, at=now, by_id=by.id)


def _wrong_birth_date(session: Session, link: Link, *, now: datetime, by: Actor) -> WrongBirthDate | LinkDead:
    link.failed_count += 1
    network = network_of(by.ip)
    record_guess(session, kind=GuessKind.BIRTH_DATE, account_key=str(link.id), network=network, now=now)
    _note(session, link, "link.refused", now=now, tries=link.failed_count)
    if link.failed_count < BIRTH_DATE_TRIES:
        session.flush()
        return WrongBirthDate(BIRTH_DATE_TRIES - link.failed_count)
    link.locked_at = now
    session.flush()
    kind, subject_kind, subject_id = _about(link)
    worklist.open_item(
        session,
        kind=kind,
        dedupe_key=_lock_key(link),
        reason=_SUPPORT_LOCKED if link.purpose == LinkPurpose.SUPPORT else _LOCKED,
        subject_kind=subject_kind,
        subject_id=subject_id,
        patient_id=link.patient_id,
        now=now,
        by=by,
    )
    return LinkDead()


def _about(link: Link) -> tuple[WorkKind, str, UUID]:
    """Return the kind of task about a locked link, and what its page is about: all of a patient's dates, or a visit."""
    kind = _ABOUT_A_PATIENT.get(link.purpose)
    if kind is not None:
        return kind, "patient", link.patient_id
    return WorkKind.LINK_LOCKED, link.resource_kind, link.resource_id


def _start_link_session(session: Session, link: Link, *, now: datetime) -> str:
    token = new_token()
    longest = SUPPORT_ABSOLUTE if link.purpose == LinkPurpose.SUPPORT else LINK_ABSOLUTE
    opened = LinkSession(
        id=new_id(),
        token_hash=digest(token),
        link_id=link.id,
        patient_id=link.patient_id,
        purpose=link.purpose,
        created_at=now,
        last_seen_at=now,
        expires_at=min(now + longest, link.expires_at),
    )
    session.add(opened)
    session.flush()
    return token


def _target(link: Link) -> LinkTarget:
    return LinkTarget(
        link_id=link.id,
        patient_id=link.patient_id,
        purpose=link.purpose,
        resource_kind=link.resource_kind,
        resource_id=link.resource_id,
    )


def _end_sessions(session: Session, link_ids: list[UUID], *, now: datetime) -> None:
    behind = update(LinkSession).where(LinkSession.link_id.in_(link_ids), LinkSession.revoked_at.is_(None))
    session.execute(behind.values(revoked_at=now))


def _lock_key(link: Link) -> str:
    return f"link:{link.id}"


def _note(session: Session, link: Link, action: str, *, now: datetime, **details: object) -> None:
    note(session, action, subject_kind="link", subject_id=link.id, at=now, patient_ids=(link.patient_id,), **details)
