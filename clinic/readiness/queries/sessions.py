"""The sessions that are asked about: booked ones, and times that are about to be offered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One session: whose, when, where and with whom; an offered time has no id yet, and no `time_version`.

    `moving` is the visit that would move to an offered time, `physician_id` is None before one is chosen.
    """

    appointment_id: UUID | None
    patient_id: UUID
    physician_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    location_state: str
    zone: str
    time_version: int = 1
    moving: UUID | None = None

    @property
    def is_other_than(self) -> frozenset[UUID]:
        """Return the visits that are this session itself."""
        return frozenset(each for each in (self.appointment_id, self.moving) if each is not None)


def sessions_named(session: Session, appointment_ids: Collection[UUID]) -> list[Asked]:
    """Return those of these visits that are sessions, the next one first."""
    return _read(session, _named(), {"of_visits": list(appointment_ids)})


def sessions_between(session: Session, *, since: datetime, until: datetime) -> list[Asked]:
    """Return the promised sessions that begin in `[since, until)`, the next one first."""
    return _read(session, _between(), {"since": since, "until": until})


@cache
def _named() -> Select[*tuple[Any, ...]]:
    return _sessions().where(among(Appointment.id, "of_visits"))


@cache
def _between() -> Select[*tuple[Any, ...]]:
    return _sessions().where(
        among_these(Appointment.state, sorted(UPCOMING)),
        Appointment.starts_at >= bindparam("since"),
        Appointment.starts_at < bindparam("until"),
    )


def _sessions() -> Select[*tuple[Any, ...]]:
    row = Appointment
    return (
        select(
            *(row.id, row.patient_id, row.physician_id, row.starts_at, row.ends_at),
            *(row.location_state, row.location_zone, row.time_version),
        )
        .join(VisitType, VisitType.code == row.visit_type_code)
        .where(VisitType.purpose == VisitPurpose.SESSION)
        .order_by(row.starts_at, row.id)
    )


def _read(session: Session, wanted: Select[*tuple[Any, ...]], asked: Mapping[str, object]) -> list[Asked]:
    return [
        Asked(
            appointment_id=row.id,
            patient_id=row.patient_id,
            physician_id=row.physician_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            location_state=row.location_state,
            zone=row.location_zone,
            time_version=row.time_version,
        )
        for row in session.execute(wanted, asked)
    ]
