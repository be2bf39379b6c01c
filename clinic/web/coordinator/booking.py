"""Book: patient, visit type, physician and dates lead to times that can really be booked."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.kernel.text import clean_line
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NoSlot, NotCovered, PatientNotActive
from clinic.scheduling.queries import FoundSlots
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, Line, Tick, blank_form, read_form, read_query, redisplay
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import NearbyDay, SlotChoice, near_days, offered_days


class Span(StrEnum):
    """How many days a search covers."""

    WEEK = "week"
    TWO_WEEKS = "two-weeks"
    MONTH = "month"

    @property
    def days(self) -> int:
        """Return the number of days."""
        return {Span.WEEK: 7, Span.TWO_WEEKS: 14, Span.MONTH: 28}[self]


SPAN_WORDS = [(Span.WEEK, "1 week"), (Span.TWO_WEEKS, "2 weeks"), (Span.MONTH, "4 weeks")]
_MOST_FOUND = 20


class Wanted(FormModel):
    """What the coordinator asked for; without a patient the page asks for one."""

    patient: UUID | None = None
    type: Line | None = None
    physician: UUID | None = None
    start: NearbyDay | None = None
    span: Span = Span.TWO_WEEKS
    soon: Tick


class HoldForm(Wanted):
    """A pressed time button, with the search that it was found by."""

    patient: UUID
    type: Line
    slot: SlotChoice


class FindForm(FormModel):
    """Whom to book for."""

    q: Line = Field(min_length=2)

    words: ClassVar[Mapping[str, Any]] = {"q": "Enter at least two letters or digits."}


@blueprint.get("/book")
@policy.staff(Role.COORDINATOR)
def book() -> ResponseReturnValue:
    """Show times for what was asked, or ask whom the visit is for."""
    wanted = read_query(Wanted)
    if wanted.patient is None:
        return render_template("coordinator/book/patient.html", form=blank_form(), found=None)
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=wanted.patient, now=now())
        return render_template("coordinator/book/times.html", **times(session, patient, wanted), problem=None, near=[])


@blueprint.post("/book")
@policy.staff(Role.COORDINATOR)
def find_patient_to_book() -> ResponseReturnValue:
    """List patients whose name, phone or record number matches."""
    form = read_form(FindForm)
    if isinstance(form, FormErrors):
        return redisplay("coordinator/book/patient.html", form, found=None)
    with runtime().begin(by=actor()) as session:
        found = people.search(session, text=clean_line(form.q), limit=_MOST_FOUND)
    return render_template("coordinator/book/patient.html", form=blank_form(q=form.q), found=found)


@blueprint.post("/book/hold")
@policy.staff(Role.COORDINATOR)
def hold_slot() -> ResponseReturnValue:
    """Hold a time for ten minutes, or say who was faster and what is near."""
    form = read_form(HoldForm)
    if isinstance(form, FormErrors):
        flash("That was not one of the times shown. Choose one below.", "error")
        return see_other("coordinator.book", patient=form.value("patient") or None)
    try:
        with runtime().begin(by=actor()) as session:
            held = actions.hold(
                session,
                visit_type_code=form.type,
                patient_id=form.patient,
                physician_id=form.slot.physician_id,
                starts_at=form.slot.starts_at,
                ignore_notice=form.soon,
                by=actor(),
                now=now(),
            )
            held_id = held.id
    except (NoSlot, NotCovered, PatientNotActive) as refusal:
        return refused_times(form.patient, form, refusal)
    return see_other("coordinator.visit", appointment_id=held_id)


def refused_times(patient_id: UUID, wanted: Wanted, refusal: DomainError) -> ResponseReturnValue:
    """Show the same search again with the reason on top and up to three times near the one that is gone."""
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        page = times(session, patient, wanted)
        others = refusal.alternatives if isinstance(refusal, NoSlot) else ()
        near = near_days(queries.named(session, others), zone=patient.zone)
    page |= {"problem": refusal.message, "near": near}
    return render_template("coordinator/book/times.html", **page), status_of(refusal)


def times(session: Session, patient: Patient, wanted: Wanted) -> dict[str, object]:
    """Return what the page of times shows: choices, slots by day, and why the rest is missing."""
    types = queries.visit_types(session)
    code = wanted.type or (types[0].code if types else "")
    first = first_day_of(patient, wanted.start)
    found = queries.find_slots(
        session,
        visit_type_code=code,
        patient_id=patient.id,
        physician_ids=[wanted.physician] if wanted.physician else None,
        first_day=first,
        last_day=first + timedelta(days=wanted.span.days - 1),
        ignore_notice=wanted.soon,
        held_by=actor().id,
        now=now(),
    )
    chosen = {"type": code, "physician": wanted.physician, "start": first, "span": wanted.span, "soon": wanted.soon}
    return {
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "types": [(one.code, f"{one.name}, {one.patient_minutes} min") for one in types],
        "over": blank_form(prefix="over", type=code, physician=wanted.physician, on=first),
        **choices_of(session, chosen),
        **found_times(found, patient, at=partial(_address, patient, chosen)),
    }


def first_day_of(patient: Patient, start: date | None) -> date:
    """Return the day to search from: the one asked for, but not before the patient's today."""
    today = in_zone(now(), patient.zone).date()
    return max(start or today, today)


def choices_of(session: Session, chosen: Mapping[str, object]) -> dict[str, object]:
    """Return the boxes of a search as they were chosen; `kept` goes along with a pressed time."""
    return {
        "physicians": [(str(one.id), one.full_name) for one in people.active_physicians(session)],
        "spans": SPAN_WORDS,
        "choices": blank_form(prefix="choice", **chosen),
        "kept": sent(chosen),
    }


def found_times(found: FoundSlots, patient: Patient, *, at: Callable[[date], str]) -> dict[str, object]:
    """Return the times by day and the addresses of the days before and after; `at` gives a day's address."""
    first, last = found.request.first_day, found.request.last_day
    today = first_day_of(patient, None)
    before = max(today, first - (last - first) - timedelta(days=1))
    return {
        "found": found,
        "days": offered_days(found),
        "first": first,
        "last": last,
        "earlier": at(before) if first > today else None,
        "later": at(last + timedelta(days=1)),
        "next_day": at(found.next_day) if found.next_day else None,
    }


def sent(chosen: Mapping[str, object]) -> dict[str, str]:
    """Return what was chosen as an address or a form carries it."""
    return {name: "yes" if value is True else str(value) for name, value in chosen.items() if value}


def _address(patient: Patient, chosen: Mapping[str, object], day: date) -> str:
    return url_for("coordinator.book", patient=patient.id, **sent({**chosen, "start": day}))  # type: ignore[arg-type]
