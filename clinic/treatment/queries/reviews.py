"""Reviews of plans: those that wait for a physician's signature, and those that were signed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.treatment.models import PlanReview, TreatmentPlan
from clinic.treatment.queries.drift import facts_by_patient
from clinic.treatment.rules.drift import PlanFacts
from clinic.treatment.rules.reviews import REVIEW_DECISIONS, REVIEWS, ReviewDecision, ReviewKind, waiting_reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDue:
    """A review of a plan that waits for a signature."""

    plan_id: UUID
    patient_id: UUID
    kind: ReviewKind
    about_key: str
    opens_on: date
    due_on: date
    sentence: str

    @property
    def title(self) -> str:
        """Return what the review is called."""
        return REVIEWS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReview:
    """A review that a physician signed."""

    kind: ReviewKind
    decision: ReviewDecision
    note: str
    by_name: str
    at: datetime

    @property
    def title(self) -> str:
        """Return what the review is called."""
        return REVIEWS[self.kind]

    @property
    def decision_words(self) -> str:
        """Return the decision in words."""
        return REVIEW_DECISIONS[self.decision]


def reviews_due(session: Session, *, patient_ids: Collection[UUID], now: datetime) -> list[ReviewDue]:
    """Return the reviews of these patients' live plans that are to be signed, the one due first in front."""
    known = facts_by_patient(session, patient_ids, now=now)
    signed = _signed_on(session, known.values())
    found = [
        ReviewDue(
            plan_id=plan_id,
            patient_id=patient_id,
            kind=each.kind,
            about_key=each.about_key,
            opens_on=each.opens_on,
            due_on=each.due_on,
            sentence=each.sentence,
        )
        for patient_id, (plan_id, facts) in known.items()
        for each in waiting_reviews(facts, signed=signed[plan_id])
    ]
    return sorted(found, key=lambda each: (each.due_on, each.about_key, each.patient_id))


def reviews_of(session: Session, patient_id: UUID) -> list[SignedReview]:
    """Return the signed reviews of a patient's plans, the newest first."""
    wanted = select(PlanReview).join(TreatmentPlan).where(TreatmentPlan.patient_id == patient_id)
    return [
        SignedReview(
            kind=ReviewKind(row.kind),
            decision=ReviewDecision(row.decision),
            note=row.note or "",
            by_name=row.actor_name,
            at=row.at,
        )
        for row in session.scalars(wanted.order_by(PlanReview.at.desc(), PlanReview.id))
    ]


def _signed_on(session: Session, plans: Iterable[tuple[UUID, PlanFacts]]) -> dict[UUID, dict[str, date]]:
    """Return the days on which reviews were signed, by plan and key."""
    zones = {plan_id: facts.zone for plan_id, facts in plans}
    found: defaultdict[UUID, dict[str, date]] = defaultdict(dict)
    wanted = select(PlanReview.plan_id, PlanReview.about_key, PlanReview.at).where(PlanReview.plan_id.in_(zones))
    for plan_id, about_key, at in session.execute(wanted):
        found[plan_id][about_key] = in_zone(at, zones[plan_id]).date()
    return found
