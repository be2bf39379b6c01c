"""Offers of dates that a patient chooses from, and which of their times are still free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people.models import Physician
from clinic.scheduling.queries import CourseSlots, course_slots
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.treatment.models import CourseOffer, TreatmentPlan
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.rules.courses import ChosenVisit

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedVisit:
    """One date of an offered course, and whether it can still be had."""

    visit_type: str
    kind: str
    name: str
    name_es: str
    physician_id: UUID
    physician_name: str
    starts_at: datetime
    ends_at: datetime
    is_free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOption:
    """One of the courses offered."""

    index: int
    label: str
    visits: tuple[OfferedVisit, ...]

    @property
    def is_free(self) -> bool:
        """Tell whether every date can still be had."""
        return all(visit.is_free for visit in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """An open offer as the patient and the coordinator see it."""

    id: UUID
    plan_id: UUID
    patient_id: UUID
    zone: str
    expires_at: datetime
    version: int
    options: tuple[OfferOption, ...]

    @property
    def free(self) -> tuple[OfferOption, ...]:
        """Return the options that can be taken whole."""
        return tuple(option for option in self.options if option.is_free)


def open_offer(session: Session, plan_id: UUID, now: datetime) -> OfferView | None:
    """Return the offer that the patient may still choose from, each date judged by the calendar as it is now."""
    wanted = select(CourseOffer).where(
        CourseOffer.plan_id == plan_id, CourseOffer.state == "open", CourseOffer.expires_at > now
    )
    offer = session.scalar(wanted)
    return None if offer is None else view_of(session, offer, now=now)


def view_of(session: Session, offer: CourseOffer, *, now: datetime) -> OfferView:
    """Return an offer with what is free of it."""
    plan = plan_by_id(session, offer.plan_id)
    chosen = [chosen_of(option) for option in offer.options]
    slots = _slots(session, plan, [visit for visits in chosen for visit in visits], now=now)
    return OfferView(
        id=offer.id,
        plan_id=plan.id,
        patient_id=plan.patient_id,
        zone=slots.patient.zone,
        expires_at=offer.expires_at,
        version=offer.version,
        options=tuple(
            OfferOption(
                index=index,
                label=str(option["label"]),
                visits=tuple(_offered(session, slots, visit) for visit in visits),
            )
            for index, (option, visits) in enumerate(zip(offer.options, chosen, strict=True))
        ),
    )


def chosen_of(option: Mapping[str, Any]) -> tuple[ChosenVisit, ...]:
    """Return the dates of a stored option."""
    return tuple(
        ChosenVisit(one["visit_type"], UUID(one["physician_id"]), datetime.fromisoformat(one["starts_at"]))
        for one in option["visits"]
    )


def stored(visits: Sequence[ChosenVisit]) -> list[dict[str, str]]:
    """Return dates as an option keeps them."""
    return [
        {
            "visit_type": visit.visit_type,
            "physician_id": str(visit.physician_id),
            "starts_at": visit.starts_at.astimezone(UTC).isoformat(),
        }
        for visit in visits
    ]


def _slots(session: Session, plan: TreatmentPlan, visits: Sequence[ChosenVisit], *, now: datetime) -> CourseSlots:
    days = [visit.starts_at.date() for visit in visits]
    return course_slots(
        session,
        patient_id=plan.patient_id,
        visit_type_codes={visit.visit_type for visit in visits},
        first_day=min(days) - _A_DAY,
        last_day=max(days) + _A_DAY,
        now=now,
    )


def _offered(session: Session, slots: CourseSlots, visit: ChosenVisit) -> OfferedVisit:
    kind = slots.kinds[visit.visit_type]
    who = slots.physicians.get(visit.physician_id)
    starts_at = int(visit.starts_at.timestamp())
    return OfferedVisit(
        visit_type=visit.visit_type,
        kind="session" if kind.purpose == VisitPurpose.SESSION else "review",
        name=kind.name,
        name_es=kind.name_es,
        physician_id=visit.physician_id,
        physician_name=who.name if who else session.get_one(Physician, visit.physician_id).full_name,
        starts_at=visit.starts_at,
        ends_at=visit.starts_at + timedelta(minutes=kind.patient_minutes),
        is_free=(visit.physician_id, starts_at) in {time[:2] for time in slots.found[visit.visit_type].slots},
    )
