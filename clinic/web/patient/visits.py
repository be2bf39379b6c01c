"""The patient's visit page: confirm, another time, cancel, add to calendar, join."""

from dataclasses import dataclass
from uuid import UUID

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.access.rules.links import LinkPurpose
from clinic.kernel import journal
from clinic.kernel.errors import DomainError
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.answering import checklist_of
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.scheduling import actions, queries
from clinic.scheduling.invitation import Method, invitation
from clinic.scheduling.queries import JoinLink, VisitRow
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, CancelReason
from clinic.session_day.queries.persons import support_person_of
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, NoFields, blank_form, read_form
from clinic.web.frame.language import language, prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.finding import own_checklist
from clinic.web.patient.needed import still_needed
from clinic.web.patient.preparing import preparing
from clinic.web.patient.wording import patient_reasons, told

CANCELED = frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})
_STANDS = UPCOMING | {AppointmentState.IN_PROGRESS}


class CancelForm(FormModel):
    """Why the patient cannot come; saying nothing is fine."""

    reason: CancelReason | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The visit that the link's patient may see."""

    row: VisitRow
    patient: Patient
    is_bookable: bool
    is_at_home: bool

    @property
    def stands(self) -> bool:
        """Tell whether the visit is still to take place or goes on."""
        return self.row.state in _STANDS and self.row.ends_at > now()

    @property
    def may_change(self) -> bool:
        """Tell whether the patient may still confirm, move or cancel it."""
        return self.row.state in UPCOMING and self.row.starts_at > now()

    @property
    def may_book_again(self) -> bool:
        """Tell whether the patient may choose a time for a new visit in place of one that did not take place."""
        return self.row.state in CANCELED | {AppointmentState.NO_SHOW} and self.is_bookable

    @property
    def is_prepared_for(self) -> bool:
        """Tell whether the list of what to do before and after has a meaning for this visit."""
        return self.is_at_home and self.row.state in _STANDS | {AppointmentState.COMPLETED}


def opened(session: Session, appointment_id: UUID) -> Opened:
    """Return the visit if it is the patient's own, or raise UnknownAppointment as if it did not exist."""
    link = visitor().link
    assert link is not None
    queries.appointment_of_patient(session, appointment_id=appointment_id, patient_id=link.patient_id)
    row = queries.visit_row(session, appointment_id)
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    kind = queries.visit_type(session, row.visit_type_code)
    is_at_home = kind.purpose == VisitPurpose.SESSION
    return Opened(row, patient, kind.is_active and kind.is_patient_bookable, is_at_home)


def page(session: Session, appointment_id: UUID) -> dict[str, object]:
    """Return what the visit page shows, and note that the patient saw it."""
    found = opened(session, appointment_id)
    row = found.row
    journal.note(
        session, "visit.viewed", subject_kind="appointment", subject_id=row.id, at=now(), patient_ids=(row.patient_id,)
    )
    room = queries.join_link(session, row, ring=runtime().link_ring, now=now())
    asked = checklist_of(session, patient_id=row.patient_id, appointment_id=row.id)
    known, has_checklist = queries.whereabouts(session, row), _has_checklist(session, row, asked)
    is_open = bool(room and room.url and found.stands)
    return {
        "visit": row,
        "patient": found.patient,
        "stands": found.stands,
        "not_with": queries.physician_at_first(session, row.id) if found.stands else None,
        "is_canceled": row.state in CANCELED,
        "may_change": found.may_change,
        "may_book_again": found.may_book_again,
        "preparing": preparing(session, row, found.patient) if found.is_prepared_for else None,
        "known": known,
        "is_open": is_open,
        "join_url": room.url if room and is_open and known.may_join else None,
        "opens_in": _minutes_before(row, room) if room and found.stands else None,
        "has_checklist": has_checklist,
        "list_opens_at": asked.opens_at if asked and asked.state == "planned" else None,
        "needed": still_needed(session, row, language=language(), has_checklist=has_checklist),
        "may_name": found.is_at_home and found.stands,
        "support": support_person_of(session, row.id) if found.is_at_home else None,
        "others": [
            one
            for one in queries.upcoming_for_patient(session, patient_id=row.patient_id, now=now())
            if one.id != row.id
        ],
        "is_late": found.may_change and queries.late_cancel_from(session, row.starts_at) < now(),
        "reasons": patient_reasons(),
        "form": blank_form(),
        "problem": None,
    }


def _has_checklist(session: Session, row: VisitRow, asked: CheckIn | None) -> bool:
    """Tell whether this visit's list of questions waits for answers, and this reader's link leads to it."""
    link = visitor().link
    if link is None or (link.purpose == LinkPurpose.VISIT and link.resource_id != row.id):
        return False
    found = own_checklist(session, link)
    return found is not None and asked is not None and found.id == asked.id and found.state == "open"


def _minutes_before(row: VisitRow, room: JoinLink) -> int:
    return int((row.starts_at - room.opens_at).total_seconds() // 60)


@blueprint.get("/visit/<uuid:appointment_id>")
@policy.patient_link("visit", "course", audit="visit.viewed")
def visit(appointment_id: UUID) -> str:
    """Show when, with whom, how long, and the one thing to do."""
    with runtime().begin(by=actor()) as session:
        return render_template("patient/visit.html", **page(session, appointment_id))


def problem_page(appointment_id: UUID, refusal: DomainError) -> ResponseReturnValue:
    """Show the visit as it is now, with why the last step was refused."""
    with runtime().begin(by=actor()) as session:
        shown = page(session, appointment_id) | {"problem": told(refusal)}
    return render_template("patient/visit.html", **shown), status_of(refusal)


@blueprint.post("/visit/<uuid:appointment_id>/confirm")
@policy.patient_link("visit", "course")
def confirm(appointment_id: UUID) -> ResponseReturnValue:
    """Confirm the visit; pressing twice is fine."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            opened(session, appointment_id)
            actions.confirm(session, appointment_id=appointment_id, via="page", by=actor(), now=now())
    except DomainError as refusal:
        return problem_page(appointment_id, refusal)
    flash(_("Thank you. Your visit is confirmed."))
    return see_other("patient.visit", appointment_id=appointment_id)


@blueprint.get("/visit/<uuid:appointment_id>/cancel")
@policy.patient_link("visit", "course")
def ask_cancel(appointment_id: UUID) -> ResponseReturnValue:
    """Ask once more before the time is given up."""
    with runtime().begin(by=actor()) as session:
        if not opened(session, appointment_id).may_change:
            return see_other("patient.visit", appointment_id=appointment_id)
        return render_template("patient/cancel.html", **page(session, appointment_id))


@blueprint.post("/visit/<uuid:appointment_id>/cancel")
@policy.patient_link("visit", "course")
def cancel(appointment_id: UUID) -> ResponseReturnValue:
    """Cancel the visit at the patient's own wish."""
    form = read_form(CancelForm)
    if isinstance(form, FormErrors):
        with runtime().begin(by=actor()) as session:
            return render_template("patient/cancel.html", **page(session, appointment_id) | {"form": form}), form.status
    try:
        with runtime().begin(by=actor()) as session:
            opened(session, appointment_id)
            why = form.reason or CancelReason.PATIENT_REQUEST
            actions.cancel(session, appointment_id=appointment_id, reason=why, by=actor(), now=now())
    except DomainError as refusal:
        return problem_page(appointment_id, refusal)
    flash(_("Your visit is canceled."))
    return see_other("patient.visit", appointment_id=appointment_id)


@blueprint.get("/visit/<uuid:appointment_id>/calendar.ics")
@policy.patient_link("visit", "course")
def calendar(appointment_id: UUID) -> Response:
    """Return the calendar entry: REQUEST while the visit stands, CANCEL with the same UID afterwards."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, appointment_id)
    stands = found.row.state not in CANCELED
    body = invitation(
        uid=found.row.uid,
        # Calling it off is the last change and counts as one, so that calendars do not take it for an old file.
        sequence=found.row.sequence + (0 if stands else 1),
        starts_at=found.row.starts_at,
        ends_at=found.row.ends_at,
        method=Method.REQUEST if stands else Method.CANCEL,
        organizer_name=runtime().clinic.name,
        organizer_email=runtime().clinic.email,
        attendee_email=found.patient.email,
        url=None,
        language=language(),
        now=now(),
    )
    answer = make_response(body)
    answer.headers["Content-Type"] = f"text/calendar; charset=utf-8; method={'REQUEST' if stands else 'CANCEL'}"
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer
