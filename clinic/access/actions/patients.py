"""Links of one patient as a whole: dead when the care ends, handed to the record that lives on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.access.models import Link, LinkSession
from clinic.kernel.journal import note


def revoke_links_of_patient(session: Session, *, patient_id: UUID, now: datetime) -> int:
    """Kill every link of a patient and the sessions behind them; return how many links there were."""
    mine = update(Link).where(Link.patient_id == patient_id, Link.revoked_at.is_(None), Link.expires_at > now)
    revoked = list(session.scalars(mine.values(revoked_at=now).returning(Link.id)))
    behind = update(LinkSession).where(LinkSession.patient_id == patient_id, LinkSession.revoked_at.is_(None))
    session.execute(behind.values(revoked_at=now))
    for link_id in revoked:
        note(session, "link.revoked", subject_kind="link", subject_id=link_id, at=now, patient_ids=(patient_id,))
    return len(revoked)


def hand_over_links(session: Session, *, from_id: UUID, to_id: UUID) -> int:
    """Let links and open sessions of a merged record lead to the one that lives on; return how many links there are."""
    links = update(Link).where(Link.patient_id == from_id).values(patient_id=to_id).returning(Link.id)
    moved = list(session.scalars(links))
    session.execute(update(LinkSession).where(LinkSession.patient_id == from_id).values(patient_id=to_id))
    return len(moved)
