"""Overbooking: a visit over another one or outside the hours, said to be one, with its reason and author."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.crypto import KeyRing
from clinic.kernel.text import clean_line
from clinic.scheduling.actions import placing, texts
from clinic.scheduling.actions.booking import let_see
from clinic.scheduling.actions.holding import insert_visit, require_open_to
from clinic.scheduling.actions.ledger import Before, remark, write_down
from clinic.scheduling.actions.locking import lock_calendars, make_room
from clinic.scheduling.errors import OverbookChanged, OverbookNotAllowed, ReasonTooShort
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.overbooking import preview_of
from clinic.scheduling.queries.slots import Wish, wish
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.reasons import LEAST_REASON, is_reason
from clinic.scheduling.rules.states import AppointmentState

_LONGEST_REASON = 200


NO_OVERBOOKING: dict[str, object] = {"overbook_reason": None, "overbook_by": None, "overbook_by_name": None}
"""What the row of an ordinary visit says."""


@dataclass(frozen=True, slots=True)
class Overbooking:
    """Why a visit stands over another one or outside the hours, and who answers for it."""

    reason: str
    by: UUID
    by_name: str

    def columns(self) -> dict[str, object]:
        """Return what the visit's row says of it."""
        return {"overbook_reason": self.reason, "overbook_by": self.by, "overbook_by_name": self.by_name}


def overbook_now(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    reason: str,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    seen: str | None = None,
) -> Appointment:
    """Book a visit over another one or outside the hours, notice, closures and caps; its text leaves at once.

    A time that is free after all makes an ordinary visit. `seen` is the fingerprint of the preview that the person
    agreed to. Raises OverbookNotAllowed, ReasonTooShort, OverbookChanged, and NotOffered or PatientBusy for what no
    overbooking can pass: the license, the patient's own hours and visits, the past, the horizon.
    """
    meant = meant_by(reason, by=by)
    placing.require_in_reach(starts_at, now)
    lock_calendars(session, physician_id=physician_id, patient_id=patient_id)
    wanted = wish(session, visit_type_code=visit_type_code, patient_id=patient_id, now=now, ignore_notice=True)
    require_open_to(wanted, by)
    placing.require_covered(session, wanted, at=starts_at, by=by)
    make_room(session, physician_id=physician_id, patient_id=patient_id, at=starts_at, by=by, now=now)
    needed = needed_at(session, wanted, meant, physician_id=physician_id, at=starts_at, seen=seen)
    columns = {"state": AppointmentState.BOOKED, **(needed.columns() if needed else {})}
    visit = insert_visit(session, wanted, physician_id=physician_id, at=starts_at, by=by, columns=columns)
    write_down(session, visit, Change.BOOKED, before=Before(), by=by, now=now)
    note_overbooking(session, visit, by=by, now=now)
    let_see(session, visit, by=by, now=now)
    texts.tell_booked(session, visit, by=by, now=now, ring=ring)
    return visit


def meant_by(reason: str, *, by: Actor) -> Overbooking:
    """Return the overbooking that a person asks for, or raise OverbookNotAllowed or ReasonTooShort."""
    if by.kind is not ActorKind.STAFF or by.id is None or not by.has(Role.COORDINATOR, Role.ADMIN, Role.PHYSICIAN):
        raise OverbookNotAllowed("Only the clinic can put a visit over another one. Ask a coordinator.")
    return Overbooking(written_reason(reason, field="overbook_reason"), by.id, by.name)


def written_reason(reason: str, *, field: str) -> str:
    """Return a reason that somebody typed without spaces around it, or raise ReasonTooShort."""
    cleaned = clean_line(reason, field=field)[:_LONGEST_REASON]
    if not is_reason(cleaned):
        raise ReasonTooShort(f"Write why, in at least {LEAST_REASON} characters. Colleagues will read it.", field=field)
    return cleaned


def needed_at(
    session: Session, wanted: Wish, meant: Overbooking, *, physician_id: UUID, at: datetime, seen: str | None
) -> Overbooking | None:
    """Return the overbooking if the time cannot be had without it; the caller holds the locks.

    Raises what no overbooking can pass, and OverbookChanged when it would sit on something else than was `seen`.
    """
    placing.require_active(wanted)
    found = preview_of(session, wanted, physician_id=physician_id, at=at)
    if found.refusal is not None:
        raise found.refusal
    if seen is not None and seen != found.seen:
        raise OverbookChanged("Something else is in the way there now. Look at it again before you book over it.")
    return None if found.is_free else meant


def note_overbooking(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Write down why a visit was overbooked, if it was."""
    if visit.overbook_reason is not None:
        remark(session, visit, Change.OVERBOOKED, by=by, now=now, reason=visit.overbook_reason)
