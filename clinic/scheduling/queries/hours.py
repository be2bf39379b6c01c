"""Reads of visit types, weekly hours and exceptions."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clinic.scheduling.errors import UnknownHours, UnknownVisitType
from clinic.scheduling.models import AvailabilityOverride, AvailabilityRule, VisitType
from clinic.scheduling.rules.availability import WeeklyRule
from clinic.scheduling.rules.visits import Segment, VisitShape


def visit_types(session: Session, *, only_active: bool = True, only_patient_bookable: bool = False) -> list[VisitType]:
    """Return kinds of visits in the clinic's own order."""
    return list(session.scalars(_kinds(only_active=only_active, only_patient_bookable=only_patient_bookable)))


@cache
def _kinds(*, only_active: bool, only_patient_bookable: bool) -> Select[VisitType]:
    wanted = select(VisitType).order_by(VisitType.position, VisitType.code)
    if only_active:
        wanted = wanted.where(VisitType.is_active)
    return wanted.where(VisitType.is_patient_bookable) if only_patient_bookable else wanted


def visit_type(session: Session, code: str) -> VisitType:
    """Return one kind of visit, offered or not, or raise UnknownVisitType."""
    found = session.get(VisitType, code)
    if found is None:
        raise UnknownVisitType("There is no such kind of visit. Choose one from the list.", field="visit_type_code")
    return found


def shape_of(visit: VisitType, *, ignore_notice: bool = False) -> VisitShape:
    """Return what a kind of visit asks of the calendar; the clinic itself may go below the minimum notice."""
    return VisitShape(
        patient_minutes=visit.patient_minutes,
        engaged=tuple(Segment(offset, length) for offset, length in visit.physician_segments),
        buffer_before=visit.buffer_before_minutes,
        buffer_after=visit.buffer_after_minutes,
        min_notice=0 if ignore_notice else visit.min_notice_minutes,
        horizon_days=visit.horizon_days,
    )


def hours_of(session: Session, physician_id: UUID) -> list[AvailabilityRule]:
    """Return a physician's weekly hours that were not removed, past and future ones too."""
    wanted = (
        select(AvailabilityRule)
        .where(AvailabilityRule.physician_id == physician_id, AvailabilityRule.removed_at.is_(None))
        .order_by(AvailabilityRule.weekday, AvailabilityRule.starts_at_local, AvailabilityRule.effective_from)
    )
    return list(session.scalars(wanted))


def hours(session: Session, *, physician_id: UUID, rule_id: UUID) -> AvailabilityRule:
    """Return weekly hours of this physician that were not removed, or raise UnknownHours."""
    found = session.get(AvailabilityRule, rule_id)
    if found is None or found.removed_at is not None or found.physician_id != physician_id:
        raise UnknownHours("There are no such hours. They may have been removed already.")
    return found


def weekly(rule: AvailabilityRule) -> WeeklyRule:
    """Return weekly hours as the rules take them."""
    return WeeklyRule(rule.weekday, rule.starts_at_local, rule.ends_at_local, rule.effective_from, rule.effective_until)


def overrides_of(session: Session, *, physician_id: UUID, since: datetime) -> list[AvailabilityOverride]:
    """Return a physician's exceptions that end after `since` and were not removed, earliest first."""
    wanted = (
        select(AvailabilityOverride)
        .where(
            AvailabilityOverride.physician_id == physician_id,
            AvailabilityOverride.ends_at > since,
            AvailabilityOverride.removed_at.is_(None),
        )
        .order_by(AvailabilityOverride.starts_at)
    )
    return list(session.scalars(wanted))
