"""Waiting for an earlier or a first time: joining, what is offered, taking it or letting it go, leaving."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.scheduling import queries
from clinic.waitlist.actions.answering import accept, decline
from clinic.waitlist.actions.joining import Wishes, join_for_first, join_for_visit, leave
from clinic.waitlist.queries.entries import EntryRow, entry_of_visit, entry_row, last_offer, of_patient, unknown
from clinic.waitlist.rules.states import EntryState
from clinic.waitlist.rules.wishes import A_DAY_IN_MINUTES
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Many,
    NoFields,
    Tick,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.language import language, prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.visits import Opened, opened, problem_page
from clinic.web.patient.wording import told

PURPOSES = ("visit", "course", "waitlist")
SEEN = "waitlist.viewed"
_FIRST_DAYS = timedelta(days=30)


class PartOfDay(StrEnum):
    """When of the day a patient can come."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


_HOURS: Mapping[PartOfDay, tuple[int, int]] = {
    PartOfDay.ANY: (0, A_DAY_IN_MINUTES),
    PartOfDay.MORNING: (0, 12 * 60),
    PartOfDay.AFTERNOON: (12 * 60, 17 * 60),
    PartOfDay.EVENING: (17 * 60, A_DAY_IN_MINUTES),
}
_PARTS: Mapping[PartOfDay, LazyString] = {
    PartOfDay.ANY: _l("Any time of the day"),
    PartOfDay.MORNING: _l("Mornings, until noon"),
    PartOfDay.AFTERNOON: _l("Afternoons, noon to 5 PM"),
    PartOfDay.EVENING: _l("Evenings, from 5 PM"),
}
_DAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
_NOTICES = ((2, _l("2 hours before")), (24, _l("1 day before")), (48, _l("2 days before")), (72, _l("3 days before")))


class JoinForm(FormModel):
    """Days and hours that suit, how short before, and whether only with the same physician."""

    weekdays: Many[Annotated[WholeNumber, Field(ge=0, le=6)]]
    part: PartOfDay = PartOfDay.ANY
    notice: Annotated[WholeNumber, Field(ge=0, le=336)] = 24
    same: Tick

    words: ClassVar[Mapping[str, Any]] = {
        "weekdays": _l("Choose days from the list."),
        "part": _l("Choose a time of the day from the list."),
        "notice": _l("Choose from the list."),
    }


class AnswerForm(FormModel):
    """The offer that was shown."""

    offer: UUID


@blueprint.get("/visit/<uuid:appointment_id>/earlier")
@policy.patient_link("visit", "course", audit="visit.viewed")
def ask_earlier(appointment_id: UUID) -> ResponseReturnValue:
    """Ask what suits; who waits already sees the place on the list."""
    return _asking(appointment_id, blank_form(part=PartOfDay.ANY, notice=24))


@blueprint.post("/visit/<uuid:appointment_id>/earlier")
@policy.patient_link("visit", "course")
def join_list(appointment_id: UUID) -> ResponseReturnValue:
    """Put the patient on the list for an earlier time, or for a first one where no visit stands."""
    form = read_form(JoinForm)
    if isinstance(form, FormErrors):
        return _asking(appointment_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            waiting_id = _join(session, opened(session, appointment_id), form)
    except DomainError as refusal:
        return problem_page(appointment_id, refusal)
    flash(_("You are on the list. We tell you when a time comes free."))
    return see_other("patient.waiting", waiting_id=waiting_id)


@blueprint.get("/waiting/<uuid:waiting_id>/mine")
@policy.patient_link(*PURPOSES, audit=SEEN)
def waiting(waiting_id: UUID) -> ResponseReturnValue:
    """Show the offered time with one thing to do, or the place on the list."""
    return _page(waiting_id)


@blueprint.post("/waiting/<uuid:waiting_id>/take")
@policy.patient_link(*PURPOSES)
def take_time(waiting_id: UUID) -> ResponseReturnValue:
    """Take the offered time."""

    def act(session: Session, form: AnswerForm) -> str:
        accept(session, offer_id=form.offer, by=actor(), now=now(), ring=runtime().link_ring)
        return _("Done. The time is yours.")

    return _step(waiting_id, AnswerForm, act)


@blueprint.post("/waiting/<uuid:waiting_id>/let-go")
@policy.patient_link(*PURPOSES)
def let_go(waiting_id: UUID) -> ResponseReturnValue:
    """Let the offered time go to somebody else."""

    def act(session: Session, form: AnswerForm) -> str:
        decline(session, offer_id=form.offer, by=actor(), now=now())
        return _("Thank you. You keep your place on the list.")

    return _step(waiting_id, AnswerForm, act)


@blueprint.post("/waiting/<uuid:waiting_id>/stop")
@policy.patient_link(*PURPOSES)
def stop_waiting(waiting_id: UUID) -> ResponseReturnValue:
    """Take the patient off the list."""

    def act(session: Session, _form: NoFields) -> str:
        leave(session, entry_id=waiting_id, by=actor(), now=now())
        return _("You are off the list. What is booked stays as it is.")

    return _step(waiting_id, NoFields, act)


def waits_for(session: Session, found: Opened) -> UUID | None:
    """Return the entry by which this patient waits in place of what the visit's page shows."""
    if found.may_change:
        entry = entry_of_visit(session, found.row.id)
        return entry.id if entry else None
    kind = found.row.visit_type_code
    rows = of_patient(session, found.patient.id)
    return next(
        (row.entry.id for row in rows if row.entry.appointment_id is None and row.entry.visit_type_code == kind), None
    )


def _join(session: Session, found: Opened, form: JoinForm) -> UUID:
    first, last = _HOURS[form.part]
    today = in_zone(now(), found.patient.zone).date()
    present = in_zone(found.row.starts_at, found.patient.zone).date()
    wishes = Wishes(
        earliest_on=today,
        latest_on=present if found.may_change else today + _FIRST_DAYS,
        weekdays=form.weekdays,
        from_minute=first,
        until_minute=last,
        notice_hours=form.notice,
        physician_id=found.row.physician_id if form.same else None,
    )
    if found.may_change:
        return join_for_visit(session, appointment_id=found.row.id, wishes=wishes, by=actor(), now=now()).id
    who = {"patient_id": found.patient.id, "visit_type_code": found.row.visit_type_code}
    return join_for_first(session, **who, wishes=wishes, by=actor(), now=now()).id  # type: ignore[arg-type]


def _asking(appointment_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = opened(session, appointment_id)
        row = found.row
        journal.note(
            session,
            "visit.viewed",
            subject_kind="appointment",
            subject_id=row.id,
            at=now(),
            patient_ids=(row.patient_id,),
        )
        waiting_id = waits_for(session, found)
        if waiting_id is not None:
            return see_other("patient.waiting", waiting_id=waiting_id)
        if not (found.may_change or found.may_book_again):
            return see_other("patient.visit", appointment_id=appointment_id)
        page = render_template(
            "patient/waiting/join.html",
            form=form,
            visit=row,
            keeps=found.may_change,
            days=list(enumerate(_DAYS)),
            hours=list(_PARTS.items()),
            notices=list(_NOTICES),
        )
    return page, form.status


def _own(session: Session, waiting_id: UUID) -> EntryRow:
    """Return the entry if it is of the link's patient, and speak that person's language."""
    link = visitor().link
    assert link is not None
    row = entry_row(session, waiting_id)
    if row.entry.patient_id != link.patient_id:
        raise unknown()
    prefer(people.patient(session, link.patient_id).language)
    return row


def _step(waiting_id: UUID, model: type[Any], act: Callable[[Session, Any], str]) -> ResponseReturnValue:
    form = read_form(model)
    if isinstance(form, FormErrors):
        return see_other("patient.waiting", waiting_id=waiting_id)
    try:
        with runtime().begin(by=actor()) as session:
            _own(session, waiting_id)
            said = act(session, form)
    except DomainError as refusal:
        return _page(waiting_id, refusal)
    flash(said)
    return see_other("patient.waiting", waiting_id=waiting_id)


def _page(waiting_id: UUID, refusal: DomainError | None = None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = _own(session, waiting_id)
        entry = row.entry
        journal.note(
            session, SEEN, subject_kind="waitlist_entry", subject_id=entry.id, at=now(), patient_ids=(entry.patient_id,)
        )
        booked = queries.visit_row(session, entry.booked_id) if entry.booked_id else None
        last = last_offer(session, entry.id)
        is_open = row.offer is not None and row.offer.expires_at > now()
        page = render_template(
            "patient/waiting/mine.html",
            row=row,
            visit_name=row.visit_name_es if language() == "es" else row.visit_name,
            offer=row.offer if is_open else None,
            booked=booked,
            waits=entry.state == EntryState.WAITING,
            missed=last is not None and not is_open and entry.state == EntryState.WAITING,
            problem=told(refusal) if refusal else None,
        )
    return page, status_of(refusal) if refusal else 200
