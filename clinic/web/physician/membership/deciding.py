"""A physician's decisions about a membership: approve or decline it, hold and release it, lower the plan, hand over."""

from collections.abc import Callable
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.billing.actions.approving import approve, decline
from clinic.billing.actions.changing import lower_now
from clinic.billing.actions.dunned import hand_off
from clinic.billing.actions.holding import hold, release
from clinic.billing.errors import WrongState
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.money import shown
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, NoFields, Note, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.membership.showing import membership_page
from clinic.web.physician.plans.reading import own_patient

_WHY = "Say in a few words why."


class ReasonForm(FormModel):
    """Why, for the care team only."""

    reason: Annotated[Note, Field(max_length=1000)]

    words: ClassVar[dict[str, str]] = {"reason": _WHY}


class ReleaseForm(FormModel):
    """Why it goes on, if there is something to say."""

    reason: Annotated[Note, Field(max_length=1000)] = ""


class LowerForm(FormModel):
    """The plan that is enough from today on, and why."""

    plan_code: Line
    reason: Annotated[Note, Field(max_length=1000)]

    words: ClassVar[dict[str, str]] = {"plan_code": "Choose the plan that is enough.", "reason": _WHY}


class HandOffForm(FormModel):
    """What was agreed on with the patient for the time after."""

    reason: Annotated[Note, Field(max_length=1000)]

    words: ClassVar[dict[str, str]] = {"reason": "Write what you agreed on for the time after."}


Form = TypeVar("Form", bound=FormModel)
Decision = Callable[[Session, UUID, Form], str]


@blueprint.post("/my-patients/<uuid:patient_id>/membership/approve")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def approve_membership(patient_id: UUID) -> ResponseReturnValue:
    """Approve it: the first invoice is made and the card is asked."""
    return decided(patient_id, NoFields, _approve, name="approve")


@blueprint.post("/my-patients/<uuid:patient_id>/membership/decline")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def decline_membership(patient_id: UUID) -> ResponseReturnValue:
    """Decline it; nothing was charged."""
    return decided(patient_id, ReasonForm, _decline, name="decline")


@blueprint.post("/my-patients/<uuid:patient_id>/membership/hold")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def hold_membership(patient_id: UUID) -> ResponseReturnValue:
    """Hold it: its days stand still, and shipments that have not left are canceled."""
    return decided(patient_id, ReasonForm, _hold, name="hold")


@blueprint.post("/my-patients/<uuid:patient_id>/membership/release")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def release_membership(patient_id: UUID) -> ResponseReturnValue:
    """Let it go on with the days that were left."""
    return decided(patient_id, ReleaseForm, _release, name="release")


@blueprint.post("/my-patients/<uuid:patient_id>/membership/lower")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def lower_plan(patient_id: UUID) -> ResponseReturnValue:
    """Lower the plan from today on; the difference becomes the patient's credit."""
    return decided(patient_id, LowerForm, _lower, name="lower")


@blueprint.post("/my-patients/<uuid:patient_id>/membership/hand-off")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def hand_over(patient_id: UUID) -> ResponseReturnValue:
    """Write down that the time after was planned with the patient, so that a suspended membership may end."""
    return decided(patient_id, HandOffForm, _hand_over, name="hand_off")


def decided(patient_id: UUID, model: type[Form], decision: Decision[Form], *, name: str) -> ResponseReturnValue:
    """Read a form of the page, do what it says and come back, or show it with what is wrong."""
    form = read_form(model)
    if isinstance(form, FormErrors):
        return membership_page(patient_id, name, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            said = decision(session, living_id(session, patient_id), form)
    except (Invalid, Conflict, Forbidden) as refusal:
        if refusal.field not in model.model_fields:
            refusal.field = None
        return membership_page(patient_id, name, form.refused(refusal))
    flash(said)
    return see_other("physician.membership", patient_id=patient_id)


def living_id(session: Session, patient_id: UUID) -> UUID:
    """Return the membership that lives, or raise WrongState."""
    found = living(session, patient_id)
    if found is None:
        raise WrongState("There is no membership any more, so there is nothing to decide.")
    return found.id


def _approve(session: Session, subscription_id: UUID, _: NoFields) -> str:
    made = approve(session, subscription_id, by=actor(), now=now())
    return f"Approved. The card is asked for {shown(made.total_cents)} now; the membership begins when it has paid."


def _decline(session: Session, subscription_id: UUID, form: ReasonForm) -> str:
    decline(session, subscription_id, reason=form.reason, by=actor(), now=now())
    return "Declined. Nothing was charged. Tell the patient why."


def _hold(session: Session, subscription_id: UUID, form: ReasonForm) -> str:
    hold(session, subscription_id, reason=form.reason, by=actor(), now=now())
    return "On hold. Its days stand still; nothing that is on its way is called back."


def _release(session: Session, subscription_id: UUID, form: ReleaseForm) -> str:
    release(session, subscription_id, reason=form.reason, by=actor(), now=now())
    return "It goes on with the days that were left."


def _lower(session: Session, subscription_id: UUID, form: LowerForm) -> str:
    made = lower_now(session, subscription_id, plan_code=form.plan_code, reason=form.reason, by=actor(), now=now())
    if made is None:
        return "The lower plan begins with the next period: this one is not paid."
    return "The plan is lower from today on. The difference is the patient\u2019s credit."


def _hand_over(session: Session, subscription_id: UUID, form: HandOffForm) -> str:
    hand_off(session, subscription_id, note=form.reason, by=actor(), now=now())
    return "Written down. The membership may end now; the taper, check-ins and records stay."
