"""Reading the audit trail: the check of the chain, and who changed what of the set-up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, Select, Uuid, bindparam, case, cast, func, literal, select, text
from sqlalchemy.orm import Session

from clinic.audit.models import IS_CONTACT, IS_PANEL, IS_SETUP, AuditEvent
from clinic.audit.rules import KIND_OF, Anchor, LookKind, SetupKind, Verification

_LOOKERS = ("staff", "patient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How often somebody looked at one kind of thing of one patient's on one local day."""

    on: date
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    kind: LookKind
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLooks:
    """A part of all looks, and how many there are."""

    rows: Sequence[Looks]
    total: int


# Each row is compared with its predecessor in one pass over the primary key. A gap is named by the first missing
# number; every other fault by the row itself.
_CHAIN = text(
    """
    with chain as (
      select seq, prev_hash, hash,
        sha256(prev_hash || convert_to(audit_canonical(audit_event), 'UTF8')) as computed,
        coalesce(lag(seq) over in_order, 0) as seq_before,
        coalesce(lag(hash) over in_order, sha256('first'::bytea)) as hash_before
      from audit_event
      window in_order as (order by seq)
    )
    select count(*) as rows,
      min(case
        when seq <> seq_before + 1 then seq_before + 1
        when hash <> computed or prev_hash <> hash_before then seq
      end) as broken_at
    from chain
    """
)


def head(session: Session) -> Anchor | None:
    """Return the last row's number and hash, to be noted outside the database; None while the trail is empty."""
    newest = select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
    found = session.execute(newest).one_or_none()
    return None if found is None else Anchor(found.seq, bytes(found.hash))


def verify(session: Session, *, anchor: Anchor | None = None) -> Verification:
    """Check every row of the chain in SQL, and that the anchored head is still in it.

    Without an anchor a cut tail cannot be seen, because a shorter chain is whole in itself.
    """
    checked = session.execute(_CHAIN).one()
    newest = head(session)
    broken_at: int | None = checked.broken_at
    if broken_at is None and anchor is not None:
        broken_at = _first_missing(session, anchor, newest)
    return Verification(
        rows=checked.rows,
        broken_at=broken_at,
        head_seq=newest.seq if newest else 0,
        head_hash=newest.hash if newest else None,
    )


def _first_missing(session: Session, anchor: Anchor, newest: Anchor | None) -> int | None:
    head_seq = newest.seq if newest else 0
    if head_seq < anchor.seq:
        return head_seq + 1
    kept = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == anchor.seq))
    return None if kept is not None and bytes(kept) == anchor.hash else anchor.seq


def events_of_setup(
    session: Session,
    *,
    kinds: Collection[SetupKind],
    about: Mapping[str, str] | UUID | None = None,
    actions: Collection[str] = (),
    limit: int = 100,
) -> list[AuditEvent]:
    """Return what was changed of how the clinic is set up, newest first.

    `about` limits it to one thing: by its id, or by details that its entries hold. `actions` limits it to these.
    """
    wanted = select(AuditEvent).where(AuditEvent.subject_kind.in_(kinds), IS_SETUP)
    if actions:
        wanted = wanted.where(AuditEvent.action.in_(actions))
    if isinstance(about, UUID):
        wanted = wanted.where(AuditEvent.subject_id == about)
    elif about is not None:
        wanted = wanted.where(AuditEvent.details.contains(dict(about)))
    return list(session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(limit)))


def last_panel_view(session: Session, *, actor_id: UUID, before: datetime) -> datetime | None:
    """Return when somebody last looked at the own panel before an instant; None for the first time."""
    wanted = select(AuditEvent.occurred_at).where(
        AuditEvent.actor_id == actor_id, IS_PANEL, AuditEvent.occurred_at < before
    )
    return session.scalar(wanted.order_by(AuditEvent.seq.desc()).limit(1))


def events_about(
    session: Session, *, patient_ids: Collection[UUID], subject_kind: str, subject_id: UUID
) -> list[AuditEvent]:
    """Return what was done to and seen of one thing of a patient's record, oldest first.

    `patient_ids` are all the records that the patient ever had.
    """
    wanted = select(AuditEvent).where(
        AuditEvent.patient_ids.overlap(list(patient_ids)),
        AuditEvent.subject_kind == subject_kind,
        AuditEvent.subject_id == subject_id,
    )
    return list(session.scalars(wanted.order_by(AuditEvent.seq)))


def contact_changes(session: Session, patient_ids: Collection[UUID], *, since: datetime) -> list[AuditEvent]:
    """Return when these records' own facts or numbers were changed since an instant, oldest first."""
    wanted = contact_changes_among(select(func.unnest(literal(list(patient_ids), ARRAY(Uuid)))))
    return list(session.scalars(wanted, {"since": since}))


def contact_changes_among(records: Select[UUID]) -> Select[AuditEvent]:
    """Select the same of the records that a statement names; it is asked with `since`."""
    wanted = select(AuditEvent).where(
        AuditEvent.subject_id.in_(records), IS_CONTACT, AuditEvent.occurred_at >= bindparam("since")
    )
    return wanted.order_by(AuditEvent.seq)


def looks_at(session: Session, patient_ids: Collection[UUID], *, zone: str, limit: int, offset: int = 0) -> FoundLooks:
    """Return who looked at these records of one patient, by local day of `zone`, person and kind, the newest first."""
    on = cast(func.timezone(zone, AuditEvent.occurred_at), Date).label("on")
    kind = case({action: each.value for action, each in KIND_OF.items()}, value=AuditEvent.action).label("kind")
    grouped = (
        select(
            on,
            AuditEvent.actor_kind,
            AuditEvent.actor_id,
            kind,
            func.max(AuditEvent.actor_name).label("actor_name"),
            func.count().label("times"),
            func.max(AuditEvent.seq).label("newest"),
        )
        .where(
            AuditEvent.patient_ids.overlap(list(patient_ids)),
            AuditEvent.action.in_(sorted(KIND_OF)),
            AuditEvent.actor_kind.in_(_LOOKERS),
        )
        .group_by(on, AuditEvent.actor_kind, AuditEvent.actor_id, kind)
        .subquery()
    )
    columns = grouped.c
    total = session.scalar(select(func.count()).select_from(grouped)) or 0
    wanted = select(grouped).order_by(columns.on.desc(), columns.newest.desc()).limit(limit).offset(offset)
    rows = [
        Looks(
            on=row.on,
            actor_kind=row.actor_kind,
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            kind=LookKind(row.kind),
            count=row.times,
        )
        for row in session.execute(wanted)
    ]
    return FoundLooks(rows=rows, total=total)
