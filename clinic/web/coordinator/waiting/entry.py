"""One who waits: what is wished, what was offered, and every step on the telephone."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.people import queries as people
from clinic.waitlist.actions.answering import accept, decline
from clinic.waitlist.actions.joining import change_wishes, leave
from clinic.waitlist.actions.offering import offer_by_hand, take_back
from clinic.waitlist.queries.entries import EntryRow, entry_row, history
from clinic.waitlist.queries.suiting import Suiting, suiting_times
from clinic.waitlist.rules.states import EntryState
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import missed_line
from clinic.web.coordinator.waiting.listing import SEEN
from clinic.web.coordinator.waiting.wishing import CHOICES, WishForm, of_entry
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.slots import SlotChoice, value_of
from clinic.web.waiting_words import change_words, days_words, hours_words, notice_words, who_words

Form = TypeVar("Form", bound=FormModel)


class OfferForm(FormModel):
    """A pressed time button."""

    slot: SlotChoice


class ChangeForm(WishForm):
    """The wishes as typed over the entry that was shown."""

    version: WholeNumber


class AnswerForm(FormModel):
    """The offer that was shown."""

    offer: UUID


@blueprint.get("/waiting/<uuid:waiting_id>")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def waitlist_entry(waiting_id: UUID) -> ResponseReturnValue:
    """Show one who waits."""
    return _page(waiting_id, None)


@blueprint.post("/waiting/<uuid:waiting_id>/wishes")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def change_wait(waiting_id: UUID) -> ResponseReturnValue:
    """Change what is waited for; the place in the row stays."""
    form = read_form(ChangeForm)
    if isinstance(form, FormErrors):
        return _page(waiting_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            change_wishes(
                session, entry_id=waiting_id, wishes=form.wishes(), version=form.version, by=actor(), now=now()
            )
    except ChangedMeanwhile as refusal:
        return _page(waiting_id, form.refused(refusal), is_stale=True)
    except DomainError as refusal:
        return _page(waiting_id, form.refused(refusal))
    flash("Wishes saved. The place in the row stays.")
    return see_other("coordinator.waitlist_entry", waiting_id=waiting_id)


@blueprint.post("/waiting/<uuid:waiting_id>/offer")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def offer_time(waiting_id: UUID) -> ResponseReturnValue:
    """Offer a free time to this one by hand."""

    def act(session: Session, form: OfferForm) -> str:
        place = {"physician_id": form.slot.physician_id, "starts_at": form.slot.starts_at}
        ring = runtime().link_ring
        offer_by_hand(session, entry_id=waiting_id, **place, by=actor(), now=now(), ring=ring)  # type: ignore[arg-type]
        return "Offered. The time is held until the answer."

    return _step(waiting_id, OfferForm, act)


@blueprint.post("/waiting/<uuid:waiting_id>/take-back")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def take_back_time(waiting_id: UUID) -> ResponseReturnValue:
    """Take the open offer back; the time is free for something else."""

    def act(session: Session, _form: NoFields) -> str:
        take_back(session, entry_id=waiting_id, by=actor(), now=now())
        return "Taken back. The time is free."

    return _step(waiting_id, NoFields, act)


@blueprint.post("/waiting/<uuid:waiting_id>/accept")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def accept_time(waiting_id: UUID) -> ResponseReturnValue:
    """Book the offered time for a patient who said yes on the telephone."""

    def act(session: Session, form: AnswerForm) -> str:
        accept(session, offer_id=form.offer, by=actor(), now=now(), ring=runtime().link_ring)
        return "Booked. The waiting is over."

    return _step(waiting_id, AnswerForm, act)


@blueprint.post("/waiting/<uuid:waiting_id>/decline")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def decline_time(waiting_id: UUID) -> ResponseReturnValue:
    """Let the offered time go to the next for a patient who said no on the telephone."""

    def act(session: Session, form: AnswerForm) -> str:
        decline(session, offer_id=form.offer, by=actor(), now=now())
        return "Declined. The next one is asked, and the place on the list stays."

    return _step(waiting_id, AnswerForm, act)


@blueprint.post("/waiting/<uuid:waiting_id>/leave")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def end_wait(waiting_id: UUID) -> ResponseReturnValue:
    """Take the patient off the list."""

    def act(session: Session, _form: NoFields) -> str:
        leave(session, entry_id=waiting_id, by=actor(), now=now())
        return "Off the waiting list. The booked visit stays as it is."

    return _step(waiting_id, NoFields, act)


def _step(waiting_id: UUID, model: type[Form], act: Callable[[Session, Form], str]) -> ResponseReturnValue:
    form = read_form(model)
    if isinstance(form, FormErrors):
        return see_other("coordinator.waitlist_entry", waiting_id=waiting_id)
    try:
        with runtime().begin(by=actor()) as session:
            entry_row(session, waiting_id)
            said = act(session, form)
    except DomainError as refusal:
        return _page(waiting_id, None, refusal)
    flash(said)
    return see_other("coordinator.waitlist_entry", waiting_id=waiting_id)


def _page(
    waiting_id: UUID, form: FormState | None, refusal: DomainError | None = None, *, is_stale: bool = False
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = entry_row(session, waiting_id)
        patient = people.patient_for(session, actor=actor(), patient_id=row.entry.patient_id, now=now())
        journal.note(
            session, SEEN, subject_kind="waitlist_entry", subject_id=waiting_id, at=now(), patient_ids=(patient.id,)
        )
        shown = form or of_entry(row.entry)
        page = render_template(
            "coordinator/waiting/entry.html",
            row=row,
            form=shown,
            # Over a colleague's change the new version goes along, so that saving again is a decision.
            version=row.entry.version if is_stale else shown.value("version") or row.entry.version,
            problem=refusal.message if refusal else None,
            patient=patient,
            contact=people.contact_of(session, patient),
            missed=missed_line(session, patient.id),
            facts=_facts(row),
            suiting=_suiting(session, row),
            value_of=value_of,
            history=history(session, waiting_id),
            change_words=change_words,
            who_words=who_words,
            physicians=[(str(one.id), one.full_name) for one in people.active_physicians(session)],
            **CHOICES,
        )
    return page, status_of(refusal) if refusal else shown.status


def _suiting(session: Session, row: EntryRow) -> Suiting | None:
    """Return the times to offer by hand; none are looked for while an offer is open or the waiting is over."""
    if row.offer is not None or row.entry.state != EntryState.WAITING:
        return None
    return suiting_times(session, row.entry, now=now())


def _facts(row: EntryRow) -> list[tuple[str, str]]:
    return [
        ("Visit", f"{row.visit_name}, {row.patient_minutes} minutes"),
        ("Days", days_words(row.entry)),
        ("Hours", hours_words(row.entry)),
        ("Notice", notice_words(row.entry)),
        ("With", row.physician_name or "any physician"),
    ]
