"""Judging dates of a course against its rules, booked ones and ones about to be, without any search."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.treatment.queries.candidates import CourseFacts, standing_of
from clinic.treatment.queries.impossible import impossible_visits
from clinic.treatment.queries.plans import this_plan
from clinic.treatment.rules.courses import Problem
from clinic.treatment.rules.drift.broken import Course, Entry, Trouble, broken_dates, troubles
from clinic.treatment.rules.hours import hours_of, is_within

__all__ = ["Entry", "Trouble", "booked_entries", "has_support", "problems_of", "troubles_of"]


def problems_of(session: Session, course: CourseFacts) -> tuple[Problem, ...]:
    """Return which booked sessions break a rule or cannot take place, in time order, each with what is wrong."""
    found = impossible_visits(session, this_plan(course.plan.id), now=course.now)
    impossible: dict[Hashable, str] = {each.appointment_id: each.sentence for each in found}
    broken = broken_dates(_judge(course), booked_entries(course), impossible=impossible)
    return tuple(Problem(cast("UUID", one.key), one.sentence) for one in broken)


def booked_entries(course: CourseFacts) -> list[Entry]:
    """Return the sessions that are booked and have not begun."""
    coming = [row for row in course.progress.planned if not row.is_fixed]
    return [Entry(row.appointment_id, row.starts_at, row.ends_at) for row in coming]


def troubles_of(course: CourseFacts, entries: Sequence[Entry], *, alone_too: bool = True) -> tuple[Trouble, ...]:
    """Return everything wrong with these as all of the sessions that remain; what took place is never blamed.

    Without `alone_too` nobody asks whether the support person can be there.
    """
    judge = _judge(course)
    return troubles(judge if alone_too else replace(judge, support_hours=()), entries)


def has_support(course: CourseFacts, starts_at: datetime, ends_at: datetime) -> bool:
    """Tell whether the support person can be there from beginning to end."""
    hours = hours_of(course.plan.support_hours, field="support_hours")
    return is_within(hours, starts_at=starts_at, ends_at=ends_at, zone=course.zone)


def _judge(course: CourseFacts) -> Course:
    moving = [row.appointment_id for row in course.progress.planned if not row.is_fixed]
    return Course(
        protocol=course.protocol,
        phase=course.phase,
        zone=course.zone,
        support_hours=hours_of(course.plan.support_hours, field="support_hours"),
        standing=standing_of(course, moving=moving),
    )
