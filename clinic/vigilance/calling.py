"""Calling a physician about what cannot wait: one call for a patient while nobody has it; no word about why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.monitoring.queries.flags import FlagRow
from clinic.oncall import actions as oncall
from clinic.oncall.queries import open_pages
from clinic.oncall.rules import PageKind


def call_about_flag(session: Session, row: FlagRow, *, by: Actor, now: datetime) -> None:
    """Call about an urgent flag; one that is open again is a new call."""
    key = f"{PageKind.URGENT_FLAG}:{row.id}:{row.version}"
    _call(session, key, flag_id=row.id, patient_id=row.patient_id, by=by, now=now)


def call_about_alarm(session: Session, *, about: str, patient_id: UUID, by: Actor, now: datetime) -> None:
    """Call about an answer that no rule turned into an urgent flag, once for what it is about."""
    key = f"{PageKind.URGENT_FLAG}:alarm:{about}"
    _call(session, key, flag_id=None, patient_id=patient_id, by=by, now=now)


def _call(session: Session, key: str, *, flag_id: UUID | None, patient_id: UUID, by: Actor, now: datetime) -> None:
    waiting = (one for one in open_pages(session) if one.kind is PageKind.URGENT_FLAG)
    if any(one.patient_id == patient_id for one in waiting):
        return
    oncall.open_page(
        session,
        kind=PageKind.URGENT_FLAG,
        dedupe_key=key,
        subject_id=flag_id,
        patient_id=patient_id,
        by=by,
        now=now,
    )
