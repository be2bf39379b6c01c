"""What is left for a signed-in patient to do, the most pressing first, each with the page where it is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from clinic.billing.queries.invoice_pages import invoices_of
from clinic.conversations.queries import messages_of
from clinic.intake.queries.intakes import intake_of
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.queries.recalls import waiting_notices
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.check_ins import open_to_patient
from clinic.people.models import Patient
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment import queries as plans
from clinic.treatment.queries.offers import open_offer
from clinic.web.frame.display import when
from clinic.web.patient.deliveries.overview import parcel_of
from clinic.web.patient.forms.finding import standing

_CONFIRMED_FROM = timedelta(days=7)
"""A visit further away than this is not asked about yet."""

_BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: its name, a word about it, and the page; with `fields` the page is opened by a button."""

    title: str
    detail: str
    action: str
    href: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose tasks are read, and when."""

    session: Session
    patient: Patient
    visits: list[VisitRow]
    now: datetime


def tasks_of(reading: Reading) -> list[Task]:
    """Return everything that is left to do."""
    return list(chain.from_iterable(each(reading) for each in _ALL))


def _set_aside(reading: Reading) -> Iterator[Task]:
    if waiting_notices(reading.session, reading.patient.id):
        yield Task(
            title=_("Set a delivery aside"),
            detail=_("Please read this first."),
            action=_("Read it"),
            href=url_for("patient.deliveries"),
        )


def _check_ins(reading: Reading) -> Iterator[Task]:
    for one in open_to_patient(reading.session, reading.patient.id):
        until = when(one.closes_at, reading.patient.zone, "short")
        yield Task(
            title=_checking(one),
            detail=_("Open until %(time)s", time=until),
            action=_("Begin"),
            href=url_for("patient.open_check_in"),
            fields={"check_in": str(one.id)},
        )


def _checking(one: CheckIn) -> str:
    return _("Checklist before your visit") if one.part == _BEFORE else _("Check-in")


def _visit(reading: Reading) -> Iterator[Task]:
    for row in reading.visits:
        if row.state == AppointmentState.BOOKED and reading.now < row.starts_at <= reading.now + _CONFIRMED_FROM:
            yield Task(
                title=_("Confirm your visit"),
                detail=when(row.starts_at, row.patient_zone, "short"),
                action=_("Open this visit"),
                href=url_for("patient.visit", appointment_id=row.id),
            )


def _offer(reading: Reading) -> Iterator[Task]:
    plan = plans.plan_of_patient(reading.session, reading.patient.id)
    found = open_offer(reading.session, plan.id, reading.now) if plan else None
    if found is not None:
        yield Task(
            title=_("Choose your dates"),
            detail=_("Until %(time)s", time=when(found.expires_at, found.zone, "short")),
            action=_("Choose"),
            href=url_for("patient.course"),
        )


def _messages(reading: Reading) -> Iterator[Task]:
    found = messages_of(reading.session, [reading.patient.id])
    new = sum(one.author_kind == "staff" and one.read_at is None for one in found)
    if new:
        yield Task(
            title=ngettext("Read %(num)d new message", "Read %(num)d new messages", new),
            detail=_("From your care team"),
            action=_("Read it"),
            href=url_for("patient.messages"),
        )


def _intake(reading: Reading) -> Iterator[Task]:
    found = intake_of(reading.session, reading.patient.id)
    if found is not None and found.state in {"open", "needs_more"}:
        yield Task(
            title=_("Finish your intake"),
            detail=_("What you filled in is saved."),
            action=_("Go on"),
            href=url_for("patient.intake"),
        )


def _forms(reading: Reading) -> Iterator[Task]:
    missing = len(standing(reading.session, reading.patient).missing)
    if missing:
        yield Task(
            title=ngettext("Sign %(num)d form", "Sign %(num)d forms", missing),
            detail=_("Before your next step"),
            action=_("Read and sign"),
            href=url_for("patient.my_forms"),
        )


def _parcels(reading: Reading) -> Iterator[Task]:
    for row in shipments_of(reading.session, reading.patient.id):
        if (parcel := parcel_of(reading.session, row)).is_delivered and parcel.may_confirm:
            yield Task(
                title=_("Confirm your delivery"),
                detail=_("Tell us what was in it."),
                action=_("Confirm it"),
                href=url_for("patient.deliveries"),
            )


def _payments(reading: Reading) -> Iterator[Task]:
    if any(row.open_cents > 0 and row.state == "open" for row in invoices_of(reading.session, reading.patient.id)):
        yield Task(
            title=_("A payment is open"),
            detail=_("See what to do about it."),
            action=_("Open your plan"),
            href=url_for("patient.my_plan"),
        )


_ALL: tuple[Callable[[Reading], Iterator[Task]], ...] = (
    _set_aside,
    _check_ins,
    _offer,
    _visit,
    _forms,
    _intake,
    _messages,
    _parcels,
    _payments,
)
"""What helps with the next session and what keeps people safe comes first, money last."""
