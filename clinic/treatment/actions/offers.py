"""Offering courses of dates to a patient; nothing is held, and the one chosen is booked whole or not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import whole
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import visit_types
from clinic.treatment.actions import texts
from clinic.treatment.actions.closing import (
    EXPIRED,
    OPEN,
    TAKEN,
    WITHDRAWN,
    close_offer,
    settle_declined,
    withdraw_open_offer,
)
from clinic.treatment.actions.courses import book_locked, locked_for
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.actions.locking import lock_plan, require_live, require_planner
from clinic.treatment.errors import OfferClosed, OfferRefused, UnknownOffer
from clinic.treatment.models import CourseOffer
from clinic.treatment.queries.offers import chosen_of, stored
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.proposals import CourseProposal
from clinic.treatment.rules.courses import LATER_WORDS, ChosenVisit

OPEN_FOR = timedelta(days=3)
"""So long a patient has to choose, and never longer than one of the courses can still be booked."""

SHORTEST = timedelta(hours=1)
MOST_OPTIONS = 3
_OVER = (
    select(CourseOffer)
    .where(CourseOffer.state == OPEN, CourseOffer.expires_at <= bindparam("now"))
    .order_by(CourseOffer.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def offer_courses(
    session: Session,
    *,
    plan_id: UUID,
    proposals: Sequence[CourseProposal | Sequence[ChosenVisit]],
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> CourseOffer:
    """Ask the patient to choose one of up to three courses, in place of an offer that is open; one text leaves.

    Raises OfferRefused, PlanOver and PlanningNotAllowed.
    """
    require_planner(session, by=by, patient_id=plan_by_id(session, plan_id).patient_id, now=now)
    plan = lock_plan(session, plan_id)
    require_live(plan)
    courses = [one.chosen() if isinstance(one, CourseProposal) else tuple(one) for one in proposals]
    expires_at = _expiry(session, courses, now=now)
    labels = _labels(proposals, courses)
    options = [{"label": label, "visits": stored(visits)} for label, visits in zip(labels, courses, strict=True)]
    withdraw_open_offer(session, plan, by=by, now=now)
    settle_declined(session, plan, by=by, now=now)
    offer = CourseOffer(id=new_id(), plan_id=plan.id, state=OPEN, options=options, expires_at=expires_at)
    offer.created_at = now
    offer.touch(by=by, now=now)
    session.add(offer)
    session.flush()
    note_plan(session, plan, "course_offer.made", now=now, offer_id=str(offer.id), options=len(options))
    texts.tell_offer(session, plan, offer, by=by, now=now, ring=ring)
    return offer


def withdraw_offer(session: Session, *, offer_id: UUID, by: Actor, now: datetime) -> CourseOffer:
    """Take an offer back; one that is closed already stays as it is. Raises UnknownOffer."""
    plan = lock_plan(session, _seen(session, offer_id, by=by, now=now).plan_id)
    offer = _lock(session, offer_id)
    if offer.state == OPEN:
        close_offer(session, plan, offer, state=WITHDRAWN, by=by, now=now)
    return offer


def take_offer(
    session: Session, *, offer_id: UUID, option: int, by: Actor, now: datetime, ring: KeyRing
) -> tuple[Appointment, ...]:
    """Book the chosen course whole, by the patient or, on the phone, for the patient.

    Raises OfferClosed, CourseRefused with what is wrong when a date went to somebody else meanwhile, UnknownOffer.
    """
    seen = _seen(session, offer_id, by=by, now=now)
    if not 0 <= option < len(seen.options):
        raise OfferRefused("Choose one of the offered courses.", field="option")
    visits = chosen_of(seen.options[option])
    plan = locked_for(session, plan_id=seen.plan_id, visits=visits)
    offer = _lock(session, offer_id)
    _require_open(offer, now=now)
    with whole(session):
        offer.chosen = option
        close_offer(session, plan, offer, state=TAKEN, by=by, now=now)
        return book_locked(session, plan, visits, by=by, now=now, ring=ring)


def expire_offers(session: Session, *, now: datetime, by: Actor, limit: int = 200) -> int:
    """Close offers that ran out and return how many; those that somebody works on are left to them."""
    asked = {"now": now, "most": limit}
    found = list(session.scalars(_OVER, asked, execution_options={"populate_existing": True}))
    for offer in found:
        close_offer(session, plan_by_id(session, offer.plan_id), offer, state=EXPIRED, by=by, now=now)
    return len(found)


def _labels(
    proposals: Sequence[CourseProposal | Sequence[ChosenVisit]], courses: Sequence[Sequence[ChosenVisit]]
) -> list[str]:
    """Return what each choice is called, no two alike: of two of a style, the one that begins later says so."""
    begun: dict[str, datetime] = {}
    for place, (one, visits) in enumerate(zip(proposals, courses, strict=True), 1):
        begins = min(visit.starts_at for visit in visits)
        label = one.label if isinstance(one, CourseProposal) else f"Choice {place}"
        if label in begun:
            label = LATER_WORDS if begins > begun[label] and LATER_WORDS not in begun else f"Choice {place}"
        begun[label] = begins
    return list(begun)


def _expiry(session: Session, courses: Sequence[Sequence[ChosenVisit]], *, now: datetime) -> datetime:
    """Return until when the patient may choose: as long as one of the courses can be booked, three days at most."""
    if not 1 <= len(courses) <= MOST_OPTIONS:
        raise OfferRefused(f"Offer 1 to {MOST_OPTIONS} courses.")
    if not all(courses):
        raise OfferRefused("A course without dates cannot be offered. Plan it first.")
    notice = {kind.code: timedelta(minutes=kind.min_notice_minutes) for kind in visit_types(session)}
    if any(visit.visit_type not in notice for visits in courses for visit in visits):
        raise OfferRefused("One of these kinds of visits is not offered any more. Plan the dates anew.")
    last = max(min(visit.starts_at - notice[visit.visit_type] for visit in visits) for visits in courses)
    if last - now < SHORTEST:
        raise OfferRefused("The first date is too soon for the patient to choose. Book it now, or plan later dates.")
    return min(now + OPEN_FOR, last)


def _seen(session: Session, offer_id: UUID, *, by: Actor, now: datetime) -> CourseOffer:
    """Return the offer to the patient whose it is, or to who plans for the patient."""
    offer = session.get(CourseOffer, offer_id)
    if offer is None:
        raise _unknown()
    patient_id = plan_by_id(session, offer.plan_id).patient_id
    if by.kind is not ActorKind.PATIENT:
        require_planner(session, by=by, patient_id=patient_id, now=now)
    elif by.id != patient_id:
        raise _unknown()
    return offer


def _lock(session: Session, offer_id: UUID) -> CourseOffer:
    offer = session.get(CourseOffer, offer_id, with_for_update=True, populate_existing=True)
    if offer is None:
        raise _unknown()
    return offer


def _unknown() -> UnknownOffer:
    return UnknownOffer("There is no such offer. Open your dates again.")


def _require_open(offer: CourseOffer, *, now: datetime) -> None:
    if offer.state == TAKEN:
        raise OfferClosed("One of these choices is booked already. Look at your dates.")
    if offer.state != OPEN or offer.expires_at <= now:
        raise OfferClosed("This choice is no longer open. Call us and we will find dates together.")
