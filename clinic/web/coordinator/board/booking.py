"""Quick booking of an empty place on the board: a dialog there, a page of its own without scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.kernel.text import clean_line
from clinic.people import queries as people
from clinic.people.queries import PatientRow
from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.moving import PlaceForm
from clinic.web.coordinator.board.overbooking import overbook_offer
from clinic.web.coordinator.board.refusing import others_of, refused, unusable
from clinic.web.frame import policy
from clinic.web.frame.display import when
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoInstant,
    Line,
    blank_form,
    read_form,
    read_query,
)
from clinic.web.frame.requests import actor, now, runtime, see_other, wants_json

_MOST_FOUND = 20


class PlaceQuery(FormModel):
    """The empty place that was chosen, and for whom, once that is known."""

    physician: UUID | None = None
    starts_at: IsoInstant | None = None
    patient: UUID | None = None


class FindForm(FormModel):
    """Whom to book for, at the place that was chosen."""

    physician: UUID | None = None
    starts_at: IsoInstant | None = None
    q: Line = Field(min_length=2)

    words: ClassVar[Mapping[str, Any]] = {"q": "Enter at least two letters or digits."}


class BoardBookForm(PlaceForm):
    """For whom, what, with whom and when; a reason books the time although something stands against it."""

    patient: UUID
    type: Line
    overbook: Line | None = None

    words: ClassVar[Mapping[str, Any]] = {
        **PlaceForm.words,
        "patient": "Choose the patient first.",
        "type": "Choose the kind of visit.",
    }


@blueprint.get("/board/book")
@policy.staff(Role.COORDINATOR)
def board_book() -> str:
    """Ask for whom and what an empty place is booked."""
    wanted = read_query(PlaceQuery)
    with runtime().begin(by=actor()) as session:
        return _page(session, wanted.patient, _boxes(wanted.physician, wanted.starts_at, wanted.patient))


@blueprint.post("/board/book/find")
@policy.staff(Role.COORDINATOR, audit="patients.searched")
def board_find() -> ResponseReturnValue:
    """List patients who match, each a link that goes on with the place that was chosen."""
    form = read_form(FindForm)
    if isinstance(form, FormErrors):
        return render_template("coordinator/board/book.html", **_nobody(form, None)), form.status
    with runtime().begin(by=actor()) as session:
        found = people.search(session, text=clean_line(form.q), limit=_MOST_FOUND)
        seen = tuple(row.id for row in found)
        journal.note(session, "patients.searched", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    boxes = blank_form(q=form.q, physician=form.physician, starts_at=form.starts_at)
    links = {row.id: _place(form.physician, form.starts_at, row.id) for row in found}
    return render_template("coordinator/board/book.html", **_nobody(boxes, found), links=links)


@blueprint.post("/board/book")
@policy.staff(Role.COORDINATOR)
def board_book_now() -> ResponseReturnValue:
    """Book the place at once, or say why not, what is free instead and whether it may be overbooked."""
    form = read_form(BoardBookForm)
    if isinstance(form, FormErrors):
        return unusable(form) if wants_json() else _again(form, None)
    try:
        with runtime().begin(by=actor()) as session:
            visit = _booked(session, form)
            session.flush()
            visit_id, starts_at = visit.id, visit.starts_at
    except DomainError as refusal:
        return _refused(form, refusal)
    said = f"Booked for {when(starts_at, runtime().clinic.zone)}. The patient gets a text with the time and a link."
    if wants_json():
        return jsonify(visit=visit_id, said=said)
    flash(said)
    return see_other("coordinator.board", on=in_zone(starts_at, runtime().clinic.zone).date())


def _booked(session: Session, form: BoardBookForm) -> Appointment:
    place = {
        "visit_type_code": form.type,
        "patient_id": form.patient,
        "physician_id": form.physician,
        "starts_at": form.instant(),
    }
    who = {"by": actor(), "now": now(), "ring": runtime().link_ring}
    if form.overbook:
        return actions.overbook_now(session, **place, **who, reason=form.overbook)  # type: ignore[arg-type]
    return actions.book_now(session, **place, **who, ignore_notice=True)  # type: ignore[arg-type]


def _refused(form: BoardBookForm, refusal: DomainError) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        offer = overbook_offer(session, refusal, visit_type_code=form.type, patient_id=form.patient, place=form)
    if wants_json():
        return refused(refusal, overbook=offer)
    return _again(form.refused(refusal), refusal, overbook=offer)


def _again(form: FormErrors, refusal: DomainError | None, *, overbook: str | None = None) -> ResponseReturnValue:
    try:
        patient_id = UUID(form.value("patient"))
    except ValueError:
        return see_other("coordinator.board_book")
    with runtime().begin(by=actor()) as session:
        return _page(session, patient_id, form, refusal=refusal, overbook=overbook), form.status


def _page(
    session: Session,
    patient_id: UUID | None,
    form: FormState,
    *,
    refusal: DomainError | None = None,
    overbook: str | None = None,
) -> str:
    if patient_id is None:
        return render_template("coordinator/board/book.html", **_nobody(form, None))
    patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    return render_template(
        "coordinator/board/book.html",
        patient=patient,
        contact=people.contact_of(session, patient),
        choices=[(str(one.id), one.full_name) for one in people.active_physicians(session)],
        types=[(one.code, f"{one.name}, {one.patient_minutes} min") for one in queries.visit_types(session)],
        form=form,
        overbook=overbook,
        others=[{**one, "href": _place_of(one, patient_id)} for one in others_of(session, refusal)],
    )


def _nobody(form: FormState, found: Sequence[PatientRow] | None) -> dict[str, object]:
    return {"patient": None, "form": form, "found": found}


def _boxes(physician_id: UUID | None, starts_at: datetime | None, patient_id: UUID | None) -> FormState:
    local = in_zone(starts_at, runtime().clinic.zone) if starts_at else None
    return blank_form(
        physician=physician_id,
        starts_at=starts_at,
        patient=patient_id,
        on=local.date() if local else None,
        at=local.time() if local else None,
    )


def _place(physician_id: UUID | None, starts_at: datetime | None, patient_id: UUID) -> str:
    instant = starts_at.isoformat() if starts_at else None
    return url_for("coordinator.board_book", physician=physician_id, starts_at=instant, patient=patient_id)


def _place_of(other: Mapping[str, Any], patient_id: UUID) -> str:
    return url_for(
        "coordinator.board_book", physician=other["physician"], starts_at=other["starts_at"], patient=patient_id
    )
