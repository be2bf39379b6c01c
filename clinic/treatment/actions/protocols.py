"""Writing protocols: each change is a new version, and plans keep theirs until somebody moves them on."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.kernel.text import clean_line
from clinic.kernel.transaction import refusing
from clinic.scheduling.models import VisitType
from clinic.treatment.actions.ledger import put, write_change
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.actions.wording import usable_version
from clinic.treatment.errors import LastProtocol, PlanRefused, ProtocolNameTaken, ProtocolRefused, ProtocolsNotYours
from clinic.treatment.models import Protocol as ProtocolTable
from clinic.treatment.models import ProtocolVersion, TreatmentPlan
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.protocols import protocols, unknown_protocol
from clinic.treatment.queries.sessions import SESSION
from clinic.treatment.rules.adjustments import checked_adjustments, numbers_of
from clinic.treatment.rules.plans import written_reason
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.reading import checked, definition_of, protocol_of

_LONGEST_NAME = 80
_SESSIONS = ("induction", "maintenance", "taper")


def publish_protocol(
    session: Session,
    *,
    protocol_id: UUID | None,
    name: str,
    protocol: Protocol,
    reason: str,
    by: Actor,
    now: datetime,
    based_on: int | None = None,
) -> ProtocolVersion:
    """Write the next version of a protocol, or the first of a new one; the same again changes nothing.

    `based_on` is the version that the person had open. Raises ProtocolRefused at the dotted name of a number,
    ProtocolNameTaken, ReasonTooShort, ProtocolsNotYours, UnknownProtocol and ChangedMeanwhile.
    """
    require_author(by)
    about = _locked(session, protocol_id) if protocol_id else ProtocolTable(id=new_id(), created_at=now)
    newest = _newest(session, about.id)
    _require_newest(newest, based_on)
    why = written_reason(reason)
    assert why is not None
    _require_kinds(session, checked(protocol))
    before = about.name
    _give_name(session, about, name)
    definition = definition_of(protocol)
    if newest is not None and newest.definition == definition and about.name == before:
        return newest
    return write_version(session, about, protocol, reason=why, by=by, now=now)


def write_version(
    session: Session, about: ProtocolTable, protocol: Protocol, *, reason: str, by: Actor, now: datetime
) -> ProtocolVersion:
    """Add the next version of a protocol that the caller holds locked."""
    newest = _newest(session, about.id)
    before = {} if newest is None else numbers_of(protocol_of(newest.definition))
    version = ProtocolVersion(id=new_id(), protocol_id=about.id, number=newest.number + 1 if newest else 1, at=now)
    version.definition, version.reason = definition_of(protocol), reason
    version.actor_id, version.actor_name = by.id, by.name
    session.add(version)
    session.flush()
    after = numbers_of(protocol)
    changes = {field: [before.get(field), value] for field, value in after.items() if before.get(field) != value}
    _note(session, about, "protocol.published", now=now, number=version.number, name=about.name, changes=changes)
    return version


def move_plans_to(
    session: Session, *, version_id: UUID, plan_ids: Collection[UUID], reason: str, by: Actor, now: datetime
) -> list[TreatmentPlan]:
    """Let plans go on by another version, all or none, and return those that changed.

    Raises PhysicianDecides unless every patient's care team has the actor, and PlanRefused when somebody's own numbers
    do not fit it.
    """
    version, why = usable_version(session, version_id), written_reason(reason)
    target = protocol_of(version.definition)
    moved = []
    for plan in _locked_plans(session, plan_ids):
        require_physician(session, by=by, patient_id=plan.patient_id, now=now)
        require_live(plan)
        wanted = {"protocol_version_id": version.id, "adjustments": _fitting(target, plan)}
        before = put(plan, wanted)
        if before:
            write_change(session, plan, before, reason=why, by=by, now=now)
            moved.append(plan)
    return moved


def retire_protocol(session: Session, *, protocol_id: UUID, reason: str, by: Actor, now: datetime) -> ProtocolTable:
    """Offer a protocol for new plans no longer; plans that follow it go on. Raises LastProtocol."""
    about = _changed_by(session, protocol_id, by=by)
    why = written_reason(reason)
    if about.retired_at is None:
        if not any(row.retired_at is None and row.id != about.id for row in protocols(session)):
            raise LastProtocol("New plans need a protocol, and this is the last one. Write another one first.")
        about.retired_at = now
        session.flush()
        _note(session, about, "protocol.retired", now=now, reason=why)
    return about


def bring_back_protocol(session: Session, *, protocol_id: UUID, reason: str, by: Actor, now: datetime) -> ProtocolTable:
    """Offer a retired protocol for new plans again."""
    about = _changed_by(session, protocol_id, by=by)
    why = written_reason(reason)
    if about.retired_at is not None:
        about.retired_at = None
        session.flush()
        _note(session, about, "protocol.brought_back", now=now, reason=why)
    return about


def require_author(by: Actor) -> None:
    """Raise ProtocolsNotYours unless the actor writes protocols."""
    if not by.has(Role.PHYSICIAN, Role.ADMIN):
        raise ProtocolsNotYours("Physicians and administrators write protocols. Ask one of them.")


def _changed_by(session: Session, protocol_id: UUID, *, by: Actor) -> ProtocolTable:
    require_author(by)
    return _locked(session, protocol_id)


def _locked(session: Session, protocol_id: UUID) -> ProtocolTable:
    found = session.get(ProtocolTable, protocol_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise unknown_protocol()
    return found


def _newest(session: Session, protocol_id: UUID) -> ProtocolVersion | None:
    wanted = select(ProtocolVersion).where(ProtocolVersion.protocol_id == protocol_id)
    return session.scalar(wanted.order_by(ProtocolVersion.number.desc()).limit(1))


def _require_newest(newest: ProtocolVersion | None, based_on: int | None) -> None:
    if newest is None or based_on is None or newest.number == based_on:
        return
    raise ChangedMeanwhile(
        f"{newest.actor_name} wrote version {newest.number} after you opened this. Look at it, then make your change.",
        who=newest.actor_name,
        at=newest.at,
    )


def _give_name(session: Session, about: ProtocolTable, typed: str) -> None:
    name = clean_line(typed, field="name")
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise ProtocolRefused(f"Give it a name of at most {_LONGEST_NAME} characters.", field="name")
    taken = ProtocolNameTaken("Another protocol has this name. Choose a different one.", field="name")
    with refusing(session, {"uq_protocol_name": taken}):
        about.name = name
        session.add(about)


def _require_kinds(session: Session, protocol: Protocol) -> None:
    """Refuse kinds of visits that are not offered, are for something else or are too short."""
    kinds = {kind.code: kind for kind in session.scalars(select(VisitType).where(VisitType.is_active))}
    for part in (*_SESSIONS, "aftercare", "reviews"):
        field = f"{part}.visit_type"
        kind = kinds.get(getattr(protocol, part).visit_type)
        if kind is None:
            raise ProtocolRefused("The clinic does not offer this kind of visit. Choose another.", field=field)
        if (kind.purpose == SESSION) != (part in _SESSIONS):
            raise ProtocolRefused(f"{kind.name} is a visit for something else. Choose another.", field=field)
        if part in _SESSIONS and kind.patient_minutes < protocol.least_session_minutes:
            raise ProtocolRefused(
                f"{kind.name} lasts {kind.patient_minutes} minutes, and visits here take at least "
                f"{protocol.least_session_minutes}. Choose another, or change the shortest time.",
                field=field,
            )


def _locked_plans(session: Session, plan_ids: Collection[UUID]) -> list[TreatmentPlan]:
    """Return the plans, each locked with its patient, in the order in which everybody locks several patients."""
    known = {plan_by_id(session, plan_id) for plan_id in plan_ids}
    return [lock_plan(session, plan.id) for plan in sorted(known, key=lambda plan: plan.patient_id)]


def _fitting(target: Protocol, plan: TreatmentPlan) -> dict[str, int | list[int]]:
    try:
        return checked_adjustments(target, plan.adjustments)
    except ProtocolRefused as misfit:
        raise PlanRefused(
            "A patient's own numbers do not fit this version. Leave that plan out and change it on its own page.",
            field="plan_ids",
        ) from misfit


def _note(session: Session, about: ProtocolTable, action: str, *, now: datetime, **details: object) -> None:
    note(session, action, subject_kind="protocol", subject_id=about.id, at=now, patient_ids=(), **details)
