"""Choosing a time: another one for a visit that stands, or a new visit in place of a canceled one."""

from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NoSlot
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, read_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.visits import Opened, opened, problem_page
from clinic.web.patient.wording import told
from clinic.web.slots import ChosenSlot, NearbyDay, SlotChoice, days_for_patient, near_days

_DAYS_SHOWN = 14


class MoveQuery(FormModel):
    """From which day on to look."""

    start: NearbyDay | None = None


class MoveForm(FormModel):
    """A pressed time button."""

    slot: SlotChoice


class _Taking(TypedDict):
    """What moving and booking are told alike."""

    physician_id: UUID
    starts_at: datetime
    by: Actor
    now: datetime
    ring: KeyRing


@blueprint.get("/visit/<uuid:appointment_id>/move")
@policy.patient_link("visit", "course")
def ask_move(appointment_id: UUID) -> ResponseReturnValue:
    """Show real times; the present one is kept until another is taken."""
    wanted = read_query(MoveQuery)
    with runtime().begin(by=actor()) as session:
        found = opened(session, appointment_id)
        if not (found.may_change or found.may_book_again):
            return see_other("patient.visit", appointment_id=appointment_id)
        page = move_page(session, found, wanted.start)
    return render_template("patient/move.html", **page, problem=None, near=[])


def move_page(session: Session, found: Opened, start: date | None) -> dict[str, object]:
    """Return the times that the patient may choose from, two weeks at a time, each with the same physician if free."""
    today = in_zone(now(), found.patient.zone).date()
    first = max(start or today, today)
    slots = queries.find_slots(
        session,
        visit_type_code=found.row.visit_type_code,
        patient_id=found.patient.id,
        first_day=first,
        last_day=first + timedelta(days=_DAYS_SHOWN - 1),
        moving=found.row.id,
        now=now(),
    )
    return {
        "visit": found.row,
        "keeps": found.may_change,
        "days": days_for_patient(
            slots,
            physician_id=found.row.physician_id,
            present=found.row.starts_at if found.may_change else None,
        ),
        "later": first + timedelta(days=_DAYS_SHOWN),
        "earlier": max(today, first - timedelta(days=_DAYS_SHOWN)) if first > today else None,
        "next_day": slots.next_day,
    }


@blueprint.post("/visit/<uuid:appointment_id>/move")
@policy.patient_link("visit", "course")
def move(appointment_id: UUID) -> ResponseReturnValue:
    """Take another time in place of the present one, or a new visit in place of a canceled one."""
    form = read_form(MoveForm)
    if isinstance(form, FormErrors):
        return see_other("patient.ask_move", appointment_id=appointment_id)
    try:
        with runtime().begin(by=actor()) as session:
            found = opened(session, appointment_id)
            visit_id = (
                _book_again(session, found, form.slot) if found.may_book_again else _move(session, found, form.slot)
            )
    except NoSlot as refusal:
        return _near_misses(appointment_id, refusal)
    except DomainError as refusal:
        return problem_page(appointment_id, refusal)
    flash(_("Done. Your visit has moved.") if visit_id == appointment_id else _("Done. Your new visit is booked."))
    return see_other("patient.visit", appointment_id=visit_id)


def _move(session: Session, found: Opened, slot: ChosenSlot) -> UUID:
    return actions.move(session, appointment_id=found.row.id, **_taking(slot)).id


def _book_again(session: Session, found: Opened, slot: ChosenSlot) -> UUID:
    """Book a new visit and return its id; the button pressed twice leads to the one booked first."""
    for one in queries.upcoming_for_patient(session, patient_id=found.patient.id, now=now()):
        if (one.physician_id, one.starts_at) == (slot.physician_id, slot.starts_at):
            return one.id
    kind = found.row.visit_type_code
    return actions.book_now(session, visit_type_code=kind, patient_id=found.patient.id, **_taking(slot)).id


def _taking(slot: ChosenSlot) -> _Taking:
    return _Taking(
        physician_id=slot.physician_id, starts_at=slot.starts_at, by=actor(), now=now(), ring=runtime().link_ring
    )


def _near_misses(appointment_id: UUID, refusal: NoSlot) -> ResponseReturnValue:
    """Show times near the one that is gone; the visit is where it was."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, appointment_id)
        near = near_days(queries.named(session, refusal.alternatives), zone=found.patient.zone)
        page = move_page(session, found, None) | {"problem": told(refusal), "near": near}
    return render_template("patient/move.html", **page), status_of(refusal)
