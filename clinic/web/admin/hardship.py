"""Hardship rates: what coordinators ask for, the rates that run, and their reviews."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.actions import hardship as actions
from clinic.billing.models import HardshipRequest
from clinic.billing.queries import discounts as queries
from clinic.billing.queries.discounts import REASONS
from clinic.billing.queries.plans import plan_of_price
from clinic.billing.queries.subscriptions import subscription
from clinic.billing.rules.discounts import Rebate, taken_off
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.kernel.localtime import months_after
from clinic.people.models import Patient
from clinic.people.queries import patient as patient_by_id
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.plans_words import rebate_in_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, NoFields, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_USUAL_MONTHS = 3


class ApprovalForm(FormModel):
    """By when an approved rate is looked at again."""

    review_on: IsoDate
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {"review_on": "Enter the day by which somebody looks at it again."}


class DeclineForm(FormModel):
    """The request as it was shown."""

    version: WholeNumber


class ReviewForm(FormModel):
    """Until when a rate goes on."""

    review_on: IsoDate

    words: ClassVar[dict[str, str]] = {"review_on": "Enter the day by which somebody looks at it again."}


@blueprint.get("/admin/hardship")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def hardship() -> str:
    """List the requests that wait and the rates that run, the first to be looked at again first."""
    with runtime().begin(by=actor()) as session:
        waiting, running = queries.open_requests(session), queries.hardship_rates(session)
        _note(session, [patient for _, patient in (*waiting, *running)])
        return render_template(
            "admin/hardship/index.html",
            waiting=waiting,
            running=[(seen, patient, rebate_in_words(seen.rebate)) for seen, patient in running],
            reasons=REASONS,
            due_from=today() + actions.LOOK_BEFORE,
        )


@blueprint.get("/admin/hardship/requests/<uuid:request_id>")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def hardship_request(request_id: UUID) -> ResponseReturnValue:
    """Show what is asked for and what the patient would pay."""
    return _show_request(request_id, filled({"review_on": months_after(today(), _USUAL_MONTHS)}))


@blueprint.post("/admin/hardship/requests/<uuid:request_id>")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def approve_hardship(request_id: UUID) -> ResponseReturnValue:
    """Give the rate from the next month on."""
    form = read_form(ApprovalForm)
    if isinstance(form, FormErrors):
        return _show_request(request_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.approve_hardship(
                session, request_id, review_on=form.review_on, version=form.version, by=actor(), now=now()
            )
    except (Invalid, Conflict, Forbidden) as refusal:
        return _show_request(request_id, form.refused(refusal))
    flash("Approved. It counts from the next month that is billed.")
    return see_other("admin.hardship")


@blueprint.post("/admin/hardship/requests/<uuid:request_id>/decline")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def decline_hardship(request_id: UUID) -> ResponseReturnValue:
    """Leave the price as it is."""
    form = read_form(DeclineForm)
    if isinstance(form, FormErrors):
        return _show_request(request_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.decline_hardship(session, request_id, version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show_request(request_id, form.refused(refusal))
    flash("Declined. The price stays, and the coordinator sees it on the patient\u2019s billing page.")
    return see_other("admin.hardship")


@blueprint.get("/admin/hardship/rates/<uuid:redemption_id>")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def hardship_rate(redemption_id: UUID) -> ResponseReturnValue:
    """Show a rate that runs, to let it go on or to end it."""
    return _show_rate(redemption_id, filled({"review_on": months_after(today(), _USUAL_MONTHS)}))


@blueprint.post("/admin/hardship/rates/<uuid:redemption_id>")
@policy.staff(Role.ADMIN, audit="hardship.listed")
def extend_hardship(redemption_id: UUID) -> ResponseReturnValue:
    """Let a rate go on until another review."""
    form = read_form(ReviewForm)
    if isinstance(form, FormErrors):
        return _show_rate(redemption_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.extend_hardship(session, redemption_id, review_on=form.review_on, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show_rate(redemption_id, form.refused(refusal))
    flash("It goes on.")
    return see_other("admin.hardship")


@blueprint.post("/admin/hardship/rates/<uuid:redemption_id>/end")
@policy.staff(Role.ADMIN)
def end_hardship(redemption_id: UUID) -> ResponseReturnValue:
    """End a rate with the month that runs."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        actions.end_hardship(session, redemption_id, by=actor(), now=now())
    flash("Ended. The next month is at the full price; tell the patient.")
    return see_other("admin.hardship")


def _show_request(request_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = queries.hardship_request(session, request_id)
        member = subscription(session, found.subscription_id)
        patient = patient_by_id(session, member.patient_id)
        sold = plan_of_price(session, member.price_id)
        _note(session, [patient])
        page = render_template(
            "admin/hardship/request.html",
            request=found,
            patient=patient,
            plan=sold,
            reason=REASONS[found.reason],
            pays=sold.cents - taken_off(sold.cents, Rebate(basis_points=found.basis_points)),
            held=queries.discount_of(session, member.id),
            is_own=_is_own(found),
            form=form,
            latest=_latest(),
        )
    return page, form.status


def _show_rate(redemption_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        seen, patient = queries.hardship_rate(session, redemption_id)
        _note(session, [patient])
        page = render_template(
            "admin/hardship/rate.html",
            seen=seen,
            patient=patient,
            gives=rebate_in_words(seen.rebate),
            form=form,
            latest=_latest(),
        )
    return page, form.status


def _latest() -> date:
    return months_after(today(), actions.REVIEW_MONTHS)


def _is_own(found: HardshipRequest) -> bool:
    return found.asked_by_id is not None and found.asked_by_id == actor().id


def _note(session: Session, patients: list[Patient]) -> None:
    """Write down whose money was looked at."""
    journal.note(
        session,
        "hardship.listed",
        subject_kind="hardship",
        subject_id=None,
        at=now(),
        patient_ids=tuple(each.id for each in patients),
        count=len(patients),
    )
