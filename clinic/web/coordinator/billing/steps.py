"""What the desk does about a membership: enroll, pause, cancel, take such a wish back, a discount, a hardship rate."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, TypeVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.billing.actions.changing import withdraw_change
from clinic.billing.actions.discounts import give_discount, take_discount_back
from clinic.billing.actions.ending import cancel, withdraw_cancel
from clinic.billing.actions.enrolling import enroll
from clinic.billing.actions.hardship import ask_hardship
from clinic.billing.actions.pausing import pause, resume, withdraw_pause
from clinic.billing.actions.prices import record_told
from clinic.billing.actions.renewing import go_on
from clinic.billing.actions.telling import send_link
from clinic.billing.errors import WrongState
from clinic.billing.queries.discounts import discount_of
from clinic.billing.queries.prices import announced_of
from clinic.billing.queries.subscriptions import subscription
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid, NotFound
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.membership import billing_page
from clinic.web.coordinator.billing.reading import living_id
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, IsoDate, Line, NoFields, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class EnrollForm(FormModel):
    """The plan that the patient asked for."""

    plan_code: Line

    words: ClassVar[dict[str, str]] = {"plan_code": "Choose the plan that the patient asked for."}


class PauseForm(FormModel):
    """The day on which the membership goes on."""

    resume_on: IsoDate

    words: ClassVar[dict[str, str]] = {"resume_on": "Choose the day on which it goes on."}


class CancelForm(FormModel):
    """Whether the membership ends with its period or now."""

    when: Literal["end", "now"]

    words: ClassVar[dict[str, str]] = {"when": "Choose when it ends."}


class DiscountForm(FormModel):
    """The code of a discount."""

    code: Annotated[Line, Field(max_length=40)]

    words: ClassVar[dict[str, str]] = {"code": "Write the code of the discount."}


class HardshipForm(FormModel):
    """How much is asked for and why, in categories."""

    basis_points: WholeNumber
    reason: Line

    words: ClassVar[dict[str, str]] = {
        "basis_points": "Choose how much is asked for.",
        "reason": "Choose the reason that the patient gave.",
    }


Form = TypeVar("Form", bound=FormModel)
Change = Callable[[Session, UUID, Form], str]


@blueprint.post("/patients/<uuid:patient_id>/billing/enroll")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def enroll_patient(patient_id: UUID) -> ResponseReturnValue:
    """Write down which plan the patient wants; nothing is charged before a physician approves it."""
    return _changed(patient_id, EnrollForm, _enroll, name="enroll")


@blueprint.post("/patients/<uuid:patient_id>/billing/pause")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def pause_membership(patient_id: UUID) -> ResponseReturnValue:
    """Pause from the end of the period until a day."""
    return _changed(patient_id, PauseForm, _pause, name="pause")


@blueprint.post("/patients/<uuid:patient_id>/billing/cancel")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def cancel_membership(patient_id: UUID) -> ResponseReturnValue:
    """Cancel at the end of the period, or now."""
    return _changed(patient_id, CancelForm, _cancel, name="cancel")


@blueprint.post("/patients/<uuid:patient_id>/billing/discount")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def give_code(patient_id: UUID) -> ResponseReturnValue:
    """Give the patient the discount of a code."""
    return _changed(patient_id, DiscountForm, _discount, name="discount")


@blueprint.post("/patients/<uuid:patient_id>/billing/hardship")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def ask_for_hardship(patient_id: UUID) -> ResponseReturnValue:
    """Ask an administrator for a hardship rate."""
    return _changed(patient_id, HardshipForm, _hardship, name="hardship")


@blueprint.post(
    "/patients/<uuid:patient_id>/billing/"
    "<any('keep', 'no-pause', 'resume', 'keep-plan', 'no-discount', 'bill', 'link', 'price-told'):wish>"
)
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def press_billing(patient_id: UUID, wish: str) -> ResponseReturnValue:
    """Do what one button of the page says: take a wish back, go on, bill this period, or text the link."""
    return _changed(patient_id, NoFields, _BUTTONS[wish], name="button")


def _changed(patient_id: UUID, model: type[Form], change: Change[Form], *, name: str) -> ResponseReturnValue:
    """Read a form of the page, do what it says and come back, or show it with what is wrong."""
    form = read_form(model)
    if isinstance(form, FormErrors):
        return billing_page(patient_id, name, form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            said = change(session, patient_id, form)
    except (Invalid, Conflict, NotFound) as refusal:
        if refusal.field not in model.model_fields:
            refusal.field = None
        return billing_page(patient_id, name, form.refused(refusal))
    flash(said)
    return see_other("coordinator.billing", patient_id=patient_id)


def _enroll(session: Session, patient_id: UUID, form: EnrollForm) -> str:
    zone = runtime().clinic.zone
    enroll(session, patient_id, plan_code=form.plan_code, zone=zone, by=actor(), now=now())
    return (
        "Enrolled. The patient agrees and leaves a card by the link; then a physician decides. Nothing is charged yet."
    )


def _pause(session: Session, patient_id: UUID, form: PauseForm) -> str:
    pause(session, living_id(session, patient_id), resume_on=form.resume_on, by=actor(), now=now())
    return "The pause begins with the end of the period."


def _cancel(session: Session, patient_id: UUID, form: CancelForm) -> str:
    is_now = form.when == "now"
    ended = cancel(session, living_id(session, patient_id), is_now=is_now, by=actor(), now=now())
    return "It ends with the period that is paid." if ended.is_ending else "Canceled. Nothing is charged any more."


def _discount(session: Session, patient_id: UUID, form: DiscountForm) -> str:
    give_discount(session, living_id(session, patient_id), code=form.code, by=actor(), now=now())
    return "The discount counts from the next invoice."


def _hardship(session: Session, patient_id: UUID, form: HardshipForm) -> str:
    ask_hardship(
        session,
        living_id(session, patient_id),
        reason=form.reason,
        basis_points=form.basis_points,
        by=actor(),
        now=now(),
    )
    return "Asked for. An administrator decides."


def _keep(session: Session, patient_id: UUID, _: FormModel) -> str:
    withdraw_cancel(session, living_id(session, patient_id), by=actor(), now=now())
    return "It goes on."


def _no_pause(session: Session, patient_id: UUID, _: FormModel) -> str:
    withdraw_pause(session, living_id(session, patient_id), by=actor(), now=now())
    return "It goes on without a pause."


def _resume(session: Session, patient_id: UUID, _: FormModel) -> str:
    resume(session, living_id(session, patient_id), by=actor(), now=now())
    return "It goes on from today, once the card has paid."


def _keep_plan(session: Session, patient_id: UUID, _: FormModel) -> str:
    withdraw_change(session, living_id(session, patient_id), by=actor(), now=now())
    return "The plan stays as it is."


def _no_discount(session: Session, patient_id: UUID, _: FormModel) -> str:
    given = discount_of(session, living_id(session, patient_id))
    if given is None:
        raise WrongState("There is no discount any more. Nothing is to be done.")
    take_discount_back(session, given.redemption_id, by=actor(), now=now())
    return "The discount is taken back. The next invoice is without it."


def _bill(session: Session, patient_id: UUID, _: FormModel) -> str:
    go_on(session, living_id(session, patient_id), by=actor(), now=now())
    return "This period is billed. Those that were missed stay unbilled."


def _link(session: Session, patient_id: UUID, _: FormModel) -> str:
    if send_link(session, patient_id, ring=runtime().link_ring, by=actor(), now=now()) is None:
        raise WrongState("There is nothing to text about the membership now. Call the patient.")
    return "The text is on its way, with a link that works."


def _price_told(session: Session, patient_id: UUID, _: FormModel) -> str:
    announced = announced_of(session, subscription(session, living_id(session, patient_id)))
    if announced is None or announced.notice_id is None:
        raise WrongState("There is no change of price to tell of now. Nothing is to be done.")
    record_told(session, announced.notice_id, by=actor(), now=now())
    return "Written down. The 30 days of notice count from today."


_BUTTONS: Mapping[str, Change[NoFields]] = MappingProxyType(
    {
        "keep": _keep,
        "no-pause": _no_pause,
        "resume": _resume,
        "keep-plan": _keep_plan,
        "no-discount": _no_discount,
        "bill": _bill,
        "link": _link,
        "price-told": _price_told,
    }
)
