"""Where patients stand with their forms, many at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Subquery, case, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.consents.models import ConsentSignature, ConsentVersion, ConsentWithdrawal
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.standing import InForce, Signed, Standing, standing
from clinic.people.models import CarePause, Patient


def standing_of(
    session: Session, patient_ids: Collection[UUID], now: datetime, *, of_pain: Collection[UUID] = frozenset()
) -> dict[UUID, Standing]:
    """Return where each of these patients stands, by patient; one statement for one as for many.

    `of_pain` are those among them who are treated for pain, which the caller knows; unknown ids are absent.
    """
    in_force, last = _in_force(now), _last(patient_ids)
    joined = (last.c.patient_id == Patient.id) & (last.c.kind == in_force.c.kind)
    wanted = (
        select(Patient.id, Patient.state, in_force, last.c.signature_id, last.c.number, last.c.at, last.c.withdrawn_at)
        .add_columns(CarePause.forms_since)
        .select_from(Patient)
        .outerjoin(CarePause, CarePause.patient_id == Patient.id)
        .join(in_force, true(), isouter=True)
        .join(last, joined, isouter=True)
        .where(Patient.id.in_(list(patient_ids)))
    )
    states: dict[UUID, str] = {}
    counting: dict[ConsentKind, InForce] = {}
    signed: defaultdict[UUID, list[Signed]] = defaultdict(list)
    for row in session.execute(wanted):
        states[row.id] = row.state
        if row.kind is None:
            continue
        kind = ConsentKind(row.kind)
        counting[kind] = InForce(kind=kind, newest=row.newest, oldest_valid=row.oldest_valid)
        if row.signature_id is not None:
            signed[row.id].append(_signed(kind, row))
    return {
        each: standing(counting, signed[each], state=state, of_pain=each in of_pain) for each, state in states.items()
    }


def _signed(kind: ConsentKind, row: Row[Any]) -> Signed:
    return Signed(
        kind=kind,
        signature_id=row.signature_id,
        number=row.number,
        at=row.at,
        withdrawn_at=row.withdrawn_at,
        is_from_before=row.forms_since is not None and row.at < row.forms_since,
    )


def patients_with_outdated(session: Session, kind: ConsentKind, *, now: datetime) -> list[UUID]:
    """Return the patients whose last signature of a form counts no more since a newer version took its place.

    Who withdrew it decided; nobody asks again because of a new version.
    """
    in_force, last = _in_force(now), _last(None)
    wanted = select(last.c.patient_id).join(in_force, in_force.c.kind == last.c.kind).join(
        Patient, Patient.id == last.c.patient_id
    )  # fmt: skip
    outdated = (last.c.number < in_force.c.oldest_valid) & last.c.withdrawn_at.is_(None)
    return list(
        session.scalars(
            wanted.where(last.c.kind == kind, outdated, Patient.status == "active").order_by(last.c.patient_id)
        )
    )


def _in_force(now: datetime) -> Subquery:
    """Choose the newest version of each kind, and the oldest one whose signatures still count."""
    again = case((ConsentVersion.signs_again, ConsentVersion.number))
    return (
        select(
            ConsentVersion.kind, func.max(ConsentVersion.number).label("newest"), func.max(again).label("oldest_valid")
        )
        .where(ConsentVersion.effective_at <= now)
        .group_by(ConsentVersion.kind)
        .subquery("in_force")
    )


def _last(patient_ids: Collection[UUID] | None) -> Subquery:
    """Choose the last signature of each kind of these patients, or of all."""
    wanted = (
        select(
            ConsentSignature.patient_id,
            ConsentVersion.kind,
            ConsentVersion.number,
            ConsentSignature.id.label("signature_id"),
            ConsentSignature.at,
            ConsentWithdrawal.at.label("withdrawn_at"),
        )
        .join(ConsentVersion, ConsentVersion.id == ConsentSignature.version_id)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.signature_id == ConsentSignature.id)
        .ext(distinct_on(ConsentSignature.patient_id, ConsentVersion.kind))
        .order_by(
            ConsentSignature.patient_id, ConsentVersion.kind, ConsentSignature.at.desc(), ConsentSignature.id.desc()
        )
    )
    if patient_ids is not None:
        wanted = wanted.where(ConsentSignature.patient_id.in_(list(patient_ids)))
    return wanted.subquery("last_signed")
