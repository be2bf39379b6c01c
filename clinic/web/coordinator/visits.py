"""One visit: what it is, what may be done with it, its texts and its history."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.messaging.queries.history import TextRow, history_of_patient, texts_about
from clinic.messaging.rules.templates import Facts
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.readiness.rules.wording import for_coordinator
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NoSlot, NotCovered, VisitChanged
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.reasons import CANCEL_WORDS
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, CancelReason, may_arrive
from clinic.session_day.queries.persons import support_person_of
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.booking import Wanted, refused_times
from clinic.web.coordinator.courses.summary import no_longer_fits
from clinic.web.coordinator.sessions.words import SUPPORT
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, NoFields, Note, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.readiness import Panel, coordinator_link, panel_of, standing
from clinic.web.visit_words import changed_sentence, history_lines
from clinic.web.whereabouts import trouble

STANDS = UPCOMING | {AppointmentState.IN_PROGRESS}


def reason_words() -> list[tuple[CancelReason, str]]:
    """Return the reasons to cancel for, as a list of choices."""
    return list(CANCEL_WORDS.items())


class Versioned(FormModel):
    """A button that acts on the visit as it was shown."""

    version: WholeNumber


class CancelForm(Versioned):
    """Why a visit will not take place, and a note for colleagues."""

    reason: CancelReason
    note: Note | None = None

    words: ClassVar[Mapping[str, Any]] = {"reason": "Choose why the visit will not take place."}


@blueprint.get("/visits/<uuid:appointment_id>")
@policy.staff(Role.COORDINATOR, audit="visit.viewed")
def visit(appointment_id: UUID) -> str:
    """Show a visit or a hold."""
    with runtime().begin(by=actor()) as session:
        return render_template("coordinator/visits/show.html", **visit_page(session, appointment_id))


def visit_page(session: Session, appointment_id: UUID) -> dict[str, object]:
    """Return what the visit's page shows, and note that it was seen."""
    row = queries.visit_row(session, appointment_id)
    patient = people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
    journal.note(
        session, "visit.viewed", subject_kind="appointment", subject_id=row.id, at=now(), patient_ids=(row.patient_id,)
    )
    history = queries.history_of(session, row.id)
    known = queries.whereabouts(session, row)
    return {
        "visit": row,
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "texts": conversation(session, row, patient),
        "known": known,
        "elsewhere": trouble(known, physician_name=row.physician_name) if row.state in STANDS else None,
        "history": history_lines(queries.changes_of(session, row.id), zone=row.patient_zone),
        "holder": holder_of(row, history),
        "is_hold_over": is_hold_over(row),
        "reasons": reason_words(),
        "may": allowed_steps(session, row),
        "clinic_zone": runtime().clinic.zone,
        "form": blank_form(prefix="cancel"),
        "waive": blank_form(prefix="waive"),
        "room": blank_form(prefix="room", join_url=row.own_join_url),
        "join": queries.join_link(session, row, ring=runtime().link_ring, now=now()),
        "undo": queries.undoable_move(session, appointment_id=row.id, now=now()),
        "news_at": queries.waiting_news(session, row.id),
        "note": queries.note_of(session, row.id),
        "is_at_home": queries.visit_type(session, row.visit_type_code).purpose == VisitPurpose.SESSION,
        "support": support_person_of(session, row.id),
        "support_looks": SUPPORT,
        "unfit": no_longer_fits(session, row.patient_id),
        "gates": gates_of(session, row),
        "problem": None,
        "problem_title": "That was not done",
    }


def gates_of(session: Session, row: VisitRow) -> Panel | None:
    """Return the gates of a promised session in coordinators' words; None for any other visit."""
    known = standing(session, row)
    return panel_of(session, known, say=for_coordinator, link=coordinator_link(row)) if known else None


def conversation(session: Session, row: VisitRow, patient: Patient) -> list[TextRow]:
    """Return the texts about a visit and what came from the patient's phone since the first one, oldest first."""
    facts = Facts(clinic=runtime().clinic.name, phone=runtime().clinic.phone)
    sent = texts_about(session, facts=facts, subject_kind="appointment", subject_id=row.id)
    if not sent:
        return []
    whole = history_of_patient(session, patient_id=patient.id, phone_id=patient.phone_id, facts=facts)
    since = min(text.at for text in sent)
    received = [text for text in whole if not text.is_from_clinic and since <= text.at <= row.ends_at]
    return sorted([*sent, *received], key=lambda text: text.at)


def is_hold_over(row: VisitRow) -> bool:
    """Tell whether the ten minutes of a hold are over, also where nobody has put it away yet."""
    if row.state == AppointmentState.HELD:
        return row.hold_expires_at is None or row.hold_expires_at <= now()
    return row.state == AppointmentState.EXPIRED


def holder_of(row: VisitRow, history: Sequence[AppointmentHistory]) -> str | None:
    """Return the name of the one who holds the time, "you" for the reader; None for a visit."""
    if row.state != AppointmentState.HELD:
        return None
    return "you" if row.held_by == actor().id else history[0].actor_name


def allowed_steps(session: Session, row: VisitRow) -> frozenset[str]:
    """Return the names of the buttons that a visit as it is now offers."""
    if row.state == AppointmentState.HELD:
        return frozenset() if is_hold_over(row) else frozenset({"book", "release"})
    if row.state == AppointmentState.IN_PROGRESS:
        return frozenset({"complete", "undo_arrive", "room", "where"})
    if row.state == AppointmentState.NO_SHOW:
        return frozenset({"undo_missed"} if queries.may_undo_no_show(session, row, now=now()) else set())
    if row.state == AppointmentState.LATE_CANCELED:
        return frozenset({"waive"})
    return _steps_of_promised(session, row) if row.state in UPCOMING else frozenset()


def _steps_of_promised(session: Session, row: VisitRow) -> frozenset[str]:
    has_begun = row.starts_at <= now()
    missed = {"missed"} if queries.no_show_from(session, row.starts_at) <= now() else set()
    unconfirmed = {"confirm"} if row.state == AppointmentState.BOOKED and not has_begun else set()
    arrive = {"arrive"} if may_arrive(now(), row.starts_at) else set()
    return frozenset({"move", "cancel", "room", "where"} | arrive | missed | unconfirmed)


Step = Callable[[Session, UUID, int | None], Appointment]
Said = Callable[[], tuple[str, str]]
"""What to tell after a step, and how: a message or an error."""


@blueprint.post("/visits/<uuid:appointment_id>/book")
@policy.staff(Role.COORDINATOR)
def book_held(appointment_id: UUID) -> ResponseReturnValue:
    """Turn a hold into a visit; pressing twice books once."""
    form = read_form(NoFields)
    if isinstance(form, FormErrors):
        return see_other("coordinator.visit", appointment_id=appointment_id)
    try:
        with runtime().begin(by=actor()) as session:
            actions.book(session, appointment_id=appointment_id, by=actor(), now=now(), ring=runtime().link_ring)
    except (NoSlot, NotCovered) as refusal:
        return hold_over(appointment_id, refusal)
    flash("Booked. The patient gets a text with the time and a link.")
    return see_other("coordinator.visit", appointment_id=appointment_id)


def hold_over(appointment_id: UUID, refusal: NoSlot | NotCovered) -> ResponseReturnValue:
    """Show the booking page again: the ten minutes are over or somebody was faster."""
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
    return refused_times(row.patient_id, Wanted(type=row.visit_type_code, soon=False), refusal)


@blueprint.post("/visits/<uuid:appointment_id>/release")
@policy.staff(Role.COORDINATOR)
def release_held(appointment_id: UUID) -> ResponseReturnValue:
    """Give a held time back."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
        actions.release_hold(session, appointment_id=appointment_id, by=actor(), now=now())
    flash("The time is free again.")
    return see_other("coordinator.book", patient=row.patient_id, type=row.visit_type_code)


def take_step(appointment_id: UUID, said: str | Said, step: Step) -> ResponseReturnValue:
    """Do one step with the visit as it was shown; a colleague's change in between is told, not overwritten.

    `said` is told afterwards; where it depends on the step it is asked for then.
    """
    form = read_form(Versioned)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("coordinator.visit", appointment_id=appointment_id)
    try:
        with runtime().begin(by=actor()) as session:
            step(session, appointment_id, form.version)
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    flash(*((said, "message") if isinstance(said, str) else said()))
    return see_other("coordinator.visit", appointment_id=appointment_id)


def refused_page(appointment_id: UUID, refusal: DomainError) -> ResponseReturnValue:
    """Show the visit as it is now, with why the step was refused."""
    with runtime().begin(by=actor()) as session:
        page = visit_page(session, appointment_id) | {"problem": refusal.message}
        if isinstance(refusal, VisitChanged):
            told = changed_sentence(refusal, runtime().clinic.zone)
            page |= {"problem_title": "Changed after you opened it", "problem": told}
        return render_template("coordinator/visits/show.html", **page), status_of(refusal)


@blueprint.get("/visits/<uuid:appointment_id>/cancel")
@policy.staff(Role.COORDINATOR)
def ask_cancel(appointment_id: UUID) -> str:
    """Ask why, on a page of its own where scripts are off."""
    with runtime().begin(by=actor()) as session:
        page = visit_page(session, appointment_id)
    return render_template("coordinator/visits/cancel.html", **page)


@blueprint.post("/visits/<uuid:appointment_id>/cancel")
@policy.staff(Role.COORDINATOR)
def cancel_visit(appointment_id: UUID) -> ResponseReturnValue:
    """Cancel with a reason; the patient is told unless they asked themselves."""
    form = read_form(CancelForm)
    if isinstance(form, FormErrors):
        with runtime().begin(by=actor()) as session:
            page = visit_page(session, appointment_id)
        return render_template("coordinator/visits/cancel.html", **(page | {"form": form})), form.status
    try:
        with runtime().begin(by=actor()) as session:
            actions.cancel(
                session,
                appointment_id=appointment_id,
                reason=form.reason,
                note=form.note,
                version=form.version,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    flash("Canceled. The time is free again.")
    return see_other("coordinator.visit", appointment_id=appointment_id)
