"""What a patient says of units on the telephone: taken at a session, put away for good, counted."""

from collections.abc import Callable, Collection
from typing import ClassVar, TypeVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.counts import CountAt
from clinic.medication.actions.disposals import DisposalMethod, dispose
from clinic.medication.actions.leftovers import count_at_home
from clinic.medication.actions.session_units import log_told_units
from clinic.medication.errors import WrongState
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.leftovers import disposals_of, leftovers_of
from clinic.medication.queries.session_log import session_log
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.plans.reading import own_patient, seen_patient

Form = TypeVar("Form", bound=FormModel)

_HOW_MANY = "Enter how many, in digits."


class TakenForm(FormModel):
    """At which session how many were taken."""

    appointment_id: UUID
    units: WholeNumber

    words: ClassVar[dict[str, str]] = {"appointment_id": "Choose the session.", "units": _HOW_MANY}


class PutAwayForm(FormModel):
    """How many of which lot are gone for good, how, and who saw it; `after` is the newest such entry that was shown."""

    lot_id: UUID
    units: WholeNumber
    method: DisposalMethod
    witness: Line | None = None
    after: UUID | None = None

    words: ClassVar[dict[str, str]] = {
        "lot_id": "Choose the lot.",
        "units": _HOW_MANY,
        "method": "Choose how they were put away.",
    }


class HomeCountForm(FormModel):
    """How many the patient counted."""

    counted: WholeNumber

    words: ClassVar[dict[str, str]] = {"counted": "Enter what the patient counted, 0 for none."}


@blueprint.get("/my-patients/<uuid:patient_id>/medication/taken")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_taken(patient_id: UUID) -> ResponseReturnValue:
    """Ask how many units were taken at a session of which the ledger does not know yet."""
    return _taken_page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/taken")
@policy.staff(Role.PHYSICIAN, audit="units.entered")
def log_taken(patient_id: UUID) -> ResponseReturnValue:
    """Enter what was taken at a session, once."""

    def enter(session: Session, form: TakenForm) -> str:
        known = [row.appointment_id for row in session_log(session, patient_id, now=now())]
        _require_one_of(known, form.appointment_id, field="appointment_id", what="session")
        log_told_units(session, patient_id=patient_id, **form.model_dump(), by=actor(), now=now())
        return "What was taken is in the ledger."

    return _done(patient_id, read_form(TakenForm), enter, page=_taken_page)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/put-away")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_put_away(patient_id: UUID) -> ResponseReturnValue:
    """Ask which units are gone for good, and how."""
    return _put_away_page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/put-away")
@policy.staff(Role.PHYSICIAN, audit="units.disposed")
def put_away(patient_id: UUID) -> ResponseReturnValue:
    """Take units out of the ledger that were taken back or destroyed."""

    def enter(session: Session, form: PutAwayForm) -> str:
        known = [lot.lot_id for lot in balance_of(session, patient_id)]
        if _newest(session, patient_id) != form.after:
            raise WrongState("Somebody entered such units a moment ago. Compare with the ledger before you enter more.")
        _require_one_of(known, form.lot_id, field="lot_id", what="lot")
        wanted = form.model_dump(exclude={"after"}) | {"method": form.method.value, "witness": form.witness or ""}
        dispose(session, patient_id=patient_id, **wanted, by=actor(), now=now())
        return "They are out of the ledger. A count of 0 closes the supply of a plan that is over."

    return _done(patient_id, read_form(PutAwayForm), enter, page=_put_away_page)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/count")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_home_count(patient_id: UUID) -> ResponseReturnValue:
    """Ask what the patient counted."""
    return _count_page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/count")
@policy.staff(Role.PHYSICIAN, audit="units.counted")
def take_home_count(patient_id: UUID) -> ResponseReturnValue:
    """Keep a count; 0, with a ledger that agrees, closes the supply of a plan that is over."""

    def enter(session: Session, form: HomeCountForm) -> str:
        kept = count_at_home(session, patient_id=patient_id, counted=form.counted, at=CountAt(), by=actor(), now=now())
        if kept.moment == "closing":
            return "Nothing is left. The supply of this plan is closed."
        difference = kept.counted - kept.expected
        return f"The count is kept. It differs by {difference:+d}." if difference else "The count is kept. It agrees."

    return _done(patient_id, read_form(HomeCountForm), enter, page=_count_page)


def _done(
    patient_id: UUID,
    form: Form | FormErrors,
    enter: Callable[[Session, Form], str],
    *,
    page: Callable[[UUID, FormState], ResponseReturnValue],
) -> ResponseReturnValue:
    """Act on a form about one of the reader's patients; what is refused stands at its box with all that was typed."""
    if isinstance(form, FormErrors):
        return page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            said = enter(session, form)
    except (Invalid, Conflict) as refusal:
        return page(patient_id, form.refused(refusal))
    flash(said)
    return see_other("physician.medication", patient_id=patient_id)


def _require_one_of(known: Collection[UUID], chosen: UUID, *, field: str, what: str) -> None:
    """Raise Invalid at the box for a lot or a session that this patient does not have."""
    if chosen not in known:
        raise Invalid(f"This patient has no such {what}. Choose one from the list.", field=field if known else None)


def _taken_page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        log = session_log(session, patient_id, now=now())
        page = render_template(
            "physician/medication/taken.html",
            patient=patient,
            form=form,
            sessions=[row for row in log if row.taken is None],
        )
    return page, form.status


def _put_away_page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        page = render_template(
            "physician/medication/put_away.html",
            patient=patient,
            form=form,
            lots=balance_of(session, patient_id),
            today=in_zone(now(), patient.zone).date(),
            looks=LOOKS,
            after=_newest(session, patient_id) or "",
        )
    return page, form.status


def _count_page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = render_template(
            "physician/medication/home_count.html",
            patient=seen_patient(session, patient_id),
            form=form,
            left=leftovers_of(session, patient_id),
        )
    return page, form.status


def _newest(session: Session, patient_id: UUID) -> UUID | None:
    return next((one.id for one in disposals_of(session, patient_id)), None)
