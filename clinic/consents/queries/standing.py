"""Where patients stand with their forms, many at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Subquery, bindparam, case, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.consents.models import ConsentSignature, ConsentVersion, ConsentWithdrawal
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.standing import InForce, Signed, Standing, standing
from clinic.kernel.statements import among
from clinic.people.models import CarePause, Patient


def standing_of(
    session: Session, patient_ids: Collection[UUID], now: datetime, *, of_pain: Collection[UUID] = frozenset()
) -> dict[UUID, Standing]:
    """Return where each of these patients stands, by patient; one statement for one as for many.

    `of_pain` are those among them who are treated for pain, which the caller knows; unknown ids are absent.
    """
    states: dict[UUID, str] = {}
    counting: dict[ConsentKind, InForce] = {}
    signed: defaultdict[UUID, list[Signed]] = defaultdict(list)
    for row in session.execute(_wanted(), {"ids": list(patient_ids), "now": now}):
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


@cache
def _wanted() -> Select[*tuple[Any, ...]]:
    """Choose patients, each with every kind of form that is in force and its last signature."""
    in_force, last = _in_force(), _last().where(among(ConsentSignature.patient_id, "ids")).subquery("last_signed")
    joined = (last.c.patient_id == Patient.id) & (last.c.kind == in_force.c.kind)
    return (
        select(Patient.id, Patient.state, in_force, last.c.signature_id, last.c.number, last.c.at, last.c.withdrawn_at)
        .add_columns(CarePause.forms_since)
        .select_from(Patient)
        .outerjoin(CarePause, CarePause.patient_id == Patient.id)
        .join(in_force, true(), isouter=True)
        .join(last, joined, isouter=True)
        .where(among(Patient.id, "ids"))
    )


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
    return list(session.scalars(_outdated(), {"of_kind": kind, "now": now}))


@cache
def _outdated() -> Select[UUID]:
    in_force, last = _in_force(), _last().subquery("last_signed")
    is_outdated = (last.c.number < in_force.c.oldest_valid) & last.c.withdrawn_at.is_(None)
    return (
        select(last.c.patient_id)
        .join(in_force, in_force.c.kind == last.c.kind)
        .join(Patient, Patient.id == last.c.patient_id)
        .where(last.c.kind == bindparam("of_kind"), is_outdated, Patient.status == "active")
        .order_by(last.c.patient_id)
    )


def _in_force() -> Subquery:
    """Choose the newest version of each kind, and the oldest one whose signatures still count."""
    again = case((ConsentVersion.signs_again, ConsentVersion.number))
    return (
        select(
            ConsentVersion.kind, func.max(ConsentVersion.number).label("newest"), func.max(again).label("oldest_valid")
        )
        .where(ConsentVersion.effective_at <= bindparam("now"))
        .group_by(ConsentVersion.kind)
        .subquery("in_force")
    )


def _last() -> Select[*tuple[Any, ...]]:
    """Choose the last signature of each kind of every patient."""
    return (
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
