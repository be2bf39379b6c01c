"""A patient's membership for the physician: where it stands, what is waiting, and the decisions made before."""

from collections.abc import Iterable
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.models import SubscriptionEvent
from clinic.billing.queries.memberships import Membership, standing
from clinic.billing.queries.plans import PlanOnSale, plans_on_sale
from clinic.billing.queries.subscriptions import history, hold_reason, is_handed_over, subscription
from clinic.billing.rules.line_words import days_text
from clinic.billing.rules.money import shown
from clinic.billing.rules.subscriptions import NEXT, Event
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.membership.words import DECIDED, LOOKS
from clinic.web.physician.plans.reading import seen_patient

FORMS = ("approve", "decline", "hold", "release", "lower", "hand_off")
_EVENTS = {
    "approve": Event.APPROVED,
    "decline": Event.DECLINED,
    "hold": Event.HELD,
    "release": Event.RELEASED,
    "stop": Event.STOPPED,
    "hand_off": Event.HANDED_OFF,
}


@blueprint.get("/my-patients/<uuid:patient_id>/membership")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def membership(patient_id: UUID) -> ResponseReturnValue:
    """Show where the membership stands and what a physician can decide about it."""
    return membership_page(patient_id)


def membership_page(patient_id: UUID, name: str = "", form: FormState | None = None) -> ResponseReturnValue:
    """Return the page; `name` is the form of it that was refused, with what was typed."""
    forms = {each: blank_form(prefix=each) for each in FORMS}
    if form is not None:
        forms[name] = with_prefix(form, name)
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        page = render_template(
            "physician/membership/membership.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            looks=LOOKS,
            days_text=days_text,
            forms=forms,
            failed=form if isinstance(form, FormErrors) else None,
            failed_name=name,
            **_shown(session, patient),
        )
    return page, form.status if form else 200


def _shown(session: Session, patient: Patient) -> dict[str, object]:
    found = standing(session, patient.id, now=now())
    if found is None:
        return {"membership": None, "may": {}, "decisions": [], "lower": [], "why": None}
    may = {name: (found.state, event) in NEXT for name, event in _EVENTS.items()}
    may["hand_off"] &= not is_handed_over(session, subscription(session, found.subscription_id))
    today = in_zone(now(), runtime().clinic.zone).date()
    return {
        "membership": found,
        "may": may,
        "why": hold_reason(session, found.subscription_id) if may["release"] else None,
        "decisions": _decisions(history(session, found.subscription_id)),
        "lower": _lower(found, plans_on_sale(session, on=today)) if may["hold"] else [],
    }


def _lower(found: Membership, plans: Iterable[PlanOnSale]) -> list[tuple[str, str]]:
    """Return the plans below the present one as options."""
    return [(each.code, f"{each.name}, {shown(each.cents)} a month") for each in plans if each.cents < found.cents]


def _decisions(events: Iterable[SubscriptionEvent]) -> list[dict[str, object]]:
    """Return what physicians decided, the newest first, with the reasons."""
    return [
        {"at": each.at, "what": DECIDED[each.event], "detail": each.reason or "", "who": each.actor_name}
        for each in reversed(list(events))
        if each.event in DECIDED
    ]
