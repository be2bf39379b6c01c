"""Support persons of sessions, and what they saw."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.intake.queries.intakes import answers_of, intake_of
from clinic.kernel.errors import DomainError
from clinic.kernel.phone import to_e164
from clinic.kernel.statements import among, among_these
from clinic.people.models import Patient, Phone
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import AppointmentState
from clinic.session_day.errors import NoSupportPerson
from clinic.session_day.models import SupportObservation, SupportPerson
from clinic.session_day.queries.checklists import baseline_of
from clinic.session_day.queries.limits import watch_limits
from clinic.session_day.rules.limits import Pressure
from clinic.session_day.rules.watching import Seen, SeenKind, Watch, watch
from clinic.treatment.queries.plans import plan_of_patient
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import State, WorkKind

RELATIONS = ("partner", "family", "friend", "other")

# Built once: the watch, the board and every text to a support person ask them.
_NAMED = select(SupportPerson).where(
    SupportPerson.appointment_id == bindparam("of_visit"), SupportPerson.replaced_at.is_(None)
)
_COUNT = select(func.count()).where(SupportPerson.appointment_id == bindparam("of_visit"))
_NUMBERS = select(SupportPerson.phone_id).where(
    SupportPerson.patient_id == bindparam("of_patient"), SupportPerson.created_at >= bindparam("since")
)
_TOO_LATE = (
    select(WorkItem.dedupe_key)
    .join(Appointment, Appointment.id == WorkItem.subject_id)
    .where(WorkItem.kind == WorkKind.SUPPORT_PERSON_CALL, WorkItem.state == State.OPEN)
    .where(Appointment.starts_at <= bindparam("now"))
    .order_by(WorkItem.dedupe_key)
)
_BEGUN = (
    select(AppointmentHistory.appointment_id, func.max(AppointmentHistory.at))
    .join(Appointment, Appointment.id == AppointmentHistory.appointment_id)
    .where(
        among(AppointmentHistory.appointment_id, "ids"),
        AppointmentHistory.to_state == AppointmentState.IN_PROGRESS,
        AppointmentHistory.from_state != AppointmentState.IN_PROGRESS,
        among_these(Appointment.state, [AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED]),
    )
    .group_by(AppointmentHistory.appointment_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """Who was named before: in the plan, at an earlier session or in the intake; empty where nobody was."""

    name: str = ""
    e164: str = ""
    relation: str = ""


def support_person_of(session: Session, appointment_id: UUID) -> SupportPerson | None:
    """Return who is named for a visit now."""
    return session.scalar(_NAMED, {"of_visit": appointment_id})


def support_person(session: Session, person_id: UUID) -> SupportPerson:
    """Return a support person who was not replaced, or raise NoSupportPerson."""
    found = session.get(SupportPerson, person_id)
    if found is None or found.replaced_at is not None:
        raise NoSupportPerson("Somebody else is the support person for this visit now. Call us if that is wrong.")
    return found


def calls_too_late(session: Session, *, now: datetime) -> list[str]:
    """Return the keys of the open calls to support persons about visits whose time has come."""
    return list(session.scalars(_TOO_LATE, {"now": now}))


def count_named(session: Session, appointment_id: UUID) -> int:
    """Return how often somebody was named for a session, those who were replaced included."""
    return session.scalar(_COUNT, {"of_visit": appointment_id}) or 0


def named_numbers(session: Session, patient_id: UUID, *, since: datetime) -> set[UUID]:
    """Return the phones of all whom a patient's sessions had as support persons by rows made since then."""
    return set(session.scalars(_NUMBERS, {"of_patient": patient_id, "since": since}))


def number_of(session: Session, person: SupportPerson) -> str:
    """Return the number of a support person in E.164."""
    return session.scalars(select(Phone.e164).where(Phone.id == person.phone_id)).one()


def suggested(session: Session, patient: Patient) -> Suggested:
    """Return whom a form may offer: who was there last, else who stands in the plan, else in the intake."""
    last = session.scalar(
        select(SupportPerson)
        .where(SupportPerson.patient_id == patient.id, SupportPerson.state != "declined")
        .order_by(SupportPerson.created_at.desc())
        .limit(1)
    )
    if last is not None:
        return Suggested(name=last.name or "", e164=number_of(session, last), relation=last.relation)
    plan = plan_of_patient(session, patient.id)
    if plan is not None and plan.support_name:
        return Suggested(name=plan.support_name, e164=plan.support_phone or "")
    intake = intake_of(session, patient.id)
    sections = answers_of(session, intake.id).values() if intake else ()
    given = {key: value for one in sections for key, value in one.items()}
    return Suggested(name=str(given.get("support_name", "")), e164=_number(str(given.get("support_phone", ""))))


def started_at(session: Session, appointment_id: UUID) -> datetime | None:
    """Return when a session that goes on or is over began."""
    return started_at_of(session, [appointment_id]).get(appointment_id)


def started_at_of(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when these sessions began; one that did not, or whose beginning was taken back, is absent."""
    return {row[0]: row[1] for row in session.execute(_BEGUN, {"ids": list(appointment_ids)})}


def seen_at(session: Session, appointment_id: UUID, *, since: datetime) -> list[SupportObservation]:
    """Return what was seen at a session since it began, in the order of time."""
    wanted = select(SupportObservation).where(
        SupportObservation.appointment_id == appointment_id, SupportObservation.at >= since
    )
    return list(session.scalars(wanted.order_by(SupportObservation.at, SupportObservation.id)))


def watch_of(session: Session, appointment_id: UUID, *, now: datetime) -> Watch | None:
    """Return where the watch over a session stands, or None before it began."""
    began = started_at(session, appointment_id)
    if began is None:
        return None
    return watch(
        [noted(row) for row in seen_at(session, appointment_id, since=began)],
        started_at=began,
        baseline=baseline_of(session, appointment_id, now=now),
        limits=watch_limits(session),
        now=now,
    )


def noted(row: SupportObservation) -> Seen:
    """Return a note as the rules read it."""
    kind = SeenKind(row.kind)
    is_good = row.is_well if kind is SeenKind.CHECK else row.is_awake and row.walks_steadily and row.is_nausea_gone
    pressure = None
    if row.systolic is not None and row.diastolic is not None:
        pressure = Pressure(systolic=row.systolic, diastolic=row.diastolic)
    return Seen(kind=kind, at=row.at, is_good=bool(is_good) or is_good is None, pressure=pressure)


def _number(typed: str) -> str:
    try:
        return to_e164(typed) if typed else ""
    except DomainError:
        return ""
