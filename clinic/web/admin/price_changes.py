"""Moving members to a plan's newest price: who is affected, announcing it, who has heard of it, withdrawing it."""

from datetime import date
from itertools import count
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.actions import prices as actions
from clinic.billing.queries import plans as plan_queries
from clinic.billing.queries import prices as queries
from clinic.billing.queries.prices import Affected, PricePreview, Told
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.prices import NOTICE_DAYS, earliest_renewal
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import months_after
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.prices import Step
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    NoFields,
    WholeNumber,
    blank_form,
    filled,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

MOST_SHOWN = 200
"""So many members stand on a page; the numbers count all."""


class AnnouncementForm(FormModel):
    """From which day on members move."""

    effective_on: IsoDate
    step: Step

    words: ClassVar[dict[str, str]] = {
        "effective_on": "Enter the first day on which a renewal can be at the new price."
    }


class SeenChange(FormModel):
    """The change as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/prices/<uuid:price_id>/move")
@policy.staff(Role.ADMIN)
def ask_price_change(price_id: UUID) -> ResponseReturnValue:
    """Ask from which day on members with an old price pay the newest."""
    earliest = earliest_renewal(effective_on=today(), told_on=today())
    return _show(price_id, filled({"effective_on": earliest}))


@blueprint.post("/admin/prices/<uuid:price_id>/move")
@policy.staff(Role.ADMIN, audit="patients.listed")
def announce_price(price_id: UUID) -> ResponseReturnValue:
    """Show who is affected, or announce the change: the texts leave one by one."""
    form = read_form(AnnouncementForm)
    if isinstance(form, FormErrors):
        return _show(price_id, form)
    if form.step is Step.BACK:
        return _show(price_id, filled({"effective_on": form.effective_on}))
    try:
        return _look(price_id, form) if form.step is Step.LOOK else _announce(price_id, form)
    except (Invalid, Conflict) as refusal:
        return _show(price_id, form.refused(refusal))


@blueprint.get("/admin/price-changes/<uuid:change_id>")
@policy.staff(Role.ADMIN, audit="patients.listed")
def price_change(change_id: UUID) -> ResponseReturnValue:
    """Show a change of price with everybody whom it reaches and who has heard of it."""
    return _shown(change_id, blank_form())


@blueprint.post("/admin/price-changes/<uuid:change_id>/withdraw")
@policy.staff(Role.ADMIN, audit="patients.listed")
def withdraw_price_change(change_id: UUID) -> ResponseReturnValue:
    """Let members keep their price after all."""
    form = read_form(SeenChange)
    if isinstance(form, FormErrors):
        return _shown(change_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.withdraw_price_change(session, change_id, version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _shown(change_id, form.refused(refusal))
    flash("Withdrawn. Members keep their price, and texts that wait do not leave.")
    return see_other("admin.price_change", change_id=change_id)


@blueprint.post("/admin/price-changes/notices/<uuid:notice_id>")
@policy.staff(Role.ADMIN)
def note_told(notice_id: UUID) -> ResponseReturnValue:
    """Write down that a person told a member."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        change_id = actions.record_told(session, notice_id, by=actor(), now=now()).change_id
    flash(f"Written down. The {NOTICE_DAYS} days count from today.")
    return see_other("admin.price_change", change_id=change_id)


def _look(price_id: UUID, form: AnnouncementForm) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        old = plan_queries.price(session, price_id)
        to_price = actions.require_change(session, old, effective_on=form.effective_on, today=today())
        preview = queries.preview_price_change(
            session, price_id, to_cents=to_price.amount_cents, effective_on=form.effective_on
        )
        shown = preview.affected[:MOST_SHOWN]
        _note(session, shown)
        return render_template(
            "admin/plans/change_preview.html",
            plan=plan_queries.plan(session, old.plan_id),
            price=old,
            preview=preview,
            shown=shown,
            notice_days=NOTICE_DAYS,
            months=_by_month(preview),
        )


def _announce(price_id: UUID, form: AnnouncementForm) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        change_id = actions.announce_price_change(
            session, price_id, effective_on=form.effective_on, today=today(), by=actor(), now=now()
        ).id
    flash("Announced. The texts leave within minutes, by day only.")
    return see_other("admin.price_change", change_id=change_id)


def _by_month(preview: PricePreview) -> list[tuple[date | None, int]]:
    """Return how many renew at the new price for the first time in which month, at the earliest; None is not known."""
    counted: dict[date | None, int] = {}
    for each in preview.affected:
        first = None if each.renews_on is None else _first_renewal(each.renews_on, preview.effective_on)
        counted[first] = counted.get(first, 0) + 1
    return sorted(counted.items(), key=lambda pair: (pair[0] is None, pair[0] or preview.effective_on))


def _first_renewal(renews_on: date, effective_on: date) -> date:
    """Return the first day of the month in which a membership renews on or after a day."""
    months = count()
    found = next(day for each in months if (day := months_after(renews_on, each)) >= effective_on)
    return found.replace(day=1)


def _show(price_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        old = plan_queries.price(session, price_id)
        page = render_template(
            "admin/plans/change.html",
            plan=plan_queries.plan(session, old.plan_id),
            price=old,
            newest=plan_queries.prices_of(session, old.plan_id)[0],
            members=queries.members_at(session, [old.id]).get(old.id, 0),
            form=form,
            notice_days=NOTICE_DAYS,
        )
    return page, form.status


def _shown(change_id: UUID, form: FormState) -> ResponseReturnValue:
    zone = runtime().clinic.zone
    with runtime().begin(by=actor()) as session:
        found = queries.price_change(session, change_id)
        old = plan_queries.price(session, found.from_price_id)
        told = queries.told_of(session, found)
        _note(session, [each.member for each in told[:MOST_SHOWN]])
        page = render_template(
            "admin/plans/change_shown.html",
            plan=plan_queries.plan(session, old.plan_id),
            change=found,
            old=old,
            to_price=plan_queries.price(session, found.to_price_id),
            announced_on=today_in(zone, found.created_at),
            told=told[:MOST_SHOWN],
            counts=_counts(told),
            form=form,
            notice_days=NOTICE_DAYS,
        )
    return page, form.status


def _counts(told: list[Told]) -> dict[str, int]:
    return {
        "all": len(told),
        "heard": sum(each.arrived_on is not None for each in told),
        "moved": sum(each.has_moved for each in told),
    }


def _note(session: Session, members: tuple[Affected, ...] | list[Affected]) -> None:
    """Write down whose memberships were seen."""
    seen = tuple(each.patient_id for each in members)
    journal.note(
        session,
        "patients.listed",
        subject_kind="price_change",
        subject_id=None,
        at=now(),
        patient_ids=seen,
        count=len(seen),
    )
