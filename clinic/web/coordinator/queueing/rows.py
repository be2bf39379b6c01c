"""One page of the queue drawn up: all that a coordinator needs to know about a row without opening anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from clinic import deskwork
from clinic.dashboards.last_contact import Contact, Way, last_contacts
from clinic.dashboards.work_queue import Group, Waiting
from clinic.kernel.localtime import OPENS, in_zone, is_open
from clinic.people import queries as people
from clinic.people.queries import PatientRow
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.queries.visits import rows_of
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.web.coordinator.queueing.stepping import VisitStep
from clinic.web.frame.display import when
from clinic.web.history_words import OUTCOMES
from clinic.worklist import queries as tasks
from clinic.worklist.queries import ItemRow
from clinic.worklist.rules import Harm, WorkKind

HARM_WORDS: Mapping[Harm, str] = {
    Harm.LIFE: "Danger",
    Harm.VISIT: "Visits at risk",
    Harm.STUCK: "Stuck",
    Harm.PAPER: "Money and paper",
    Harm.UPKEEP: "Upkeep",
}
_LONGEST_WORDS = 90
_NO_OUTCOME = "Did it take place?"
_WRITERS = {Way.WRITTEN_BY_US: "We", Way.WRITTEN_BY_PATIENT: "They"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to be done; `steps` are the buttons of its visit, with their words, the usual one first."""

    id: UUID
    item: ItemRow | None
    visit: VisitRow | None
    title: str
    detail: str
    why: str
    harm: Harm
    since: datetime
    is_late: bool
    href: str | None
    action: str
    steps: Sequence[tuple[VisitStep, str]]
    may_send_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to call and whether now is a time for it; `last` says what the last contact was, None if there was none."""

    row: PatientRow
    clock: str
    is_open: bool
    too: str
    opens: str
    last: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The most harmful thing about one patient with everything else about the same patient."""

    head: Row
    others: Sequence[Row]
    person: Person | None
    e164: str | None

    @property
    def tasks(self) -> list[Row]:
        """Return what a call can settle."""
        return [row for row in (self.head, *self.others) if row.item]


def cards(session: Session, groups: Sequence[Group], *, now: datetime) -> list[Card]:
    """Return a page of the queue with names, numbers, clocks, visits and last contacts: a handful of reads for all."""
    waiting = [one for group in groups for one in group.everything]
    known = _Known(
        items=tasks.items(session, [one.item_id for one in waiting if one.item_id]),
        visits={row.id: row for row in rows_of(session, {one.visit_id for one in waiting if one.visit_id})},
        now=now,
    )
    patients = people.rows_of(session, {one.patient_id for one in waiting if one.patient_id})
    contacts = last_contacts(session, list(patients))
    strangers = _strangers(session, known.items.values())
    return [
        Card(
            head=known.row(group.head),
            others=[known.row(one) for one in group.others],
            person=_person(patient, contacts.get(patient.id), now=now) if patient else None,
            e164=patient.e164 if patient else strangers.get(group.head.id),
        )
        for group in groups
        for patient in [patients.get(group.head.patient_id) if group.head.patient_id else None]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The tasks and visits of a page by id."""

    items: Mapping[UUID, ItemRow]
    visits: Mapping[UUID, VisitRow]
    now: datetime

    def row(self, one: Waiting) -> Row:
        """Return one thing drawn up."""
        item = self.items.get(one.item_id) if one.item_id else None
        visit = self.visits.get(one.visit_id) if one.visit_id else None
        return _row(one, item, visit, now=self.now)


def _strangers(session: Session, items: Iterable[ItemRow]) -> dict[UUID, str]:
    """Return the numbers of phones that nobody's record has, by task."""
    asked = {
        one.id: one.subject_id
        for one in items
        if one.subject_kind == "phone" and one.patient_id is None and one.subject_id
    }
    phones = people.phones_by_id(session, list(asked.values()))
    return {item_id: phones[phone_id].e164 for item_id, phone_id in asked.items() if phone_id in phones}


def _row(one: Waiting, item: ItemRow | None, visit: VisitRow | None, *, now: datetime) -> Row:
    return Row(
        id=one.id,
        item=item,
        visit=visit,
        title=item.about.title if item else _title(one),
        detail=item.reason if item else _detail(visit),
        why=one.why(now),
        harm=one.place.harm,
        since=one.timing.opened_at,
        is_late=one.timing.due_at < now,
        href=_href(item, visit),
        action=item.about.action if item else "Open visit",
        steps=_steps(one, visit, now=now),
        may_send_link=item is not None and item.patient_id is not None and deskwork.may_send_link(item.kind),
    )


def _title(one: Waiting) -> str:
    return "Visit not confirmed" if one.kind is WorkKind.UNCONFIRMED_VISIT else _NO_OUTCOME


def _detail(visit: VisitRow | None) -> str:
    return (
        f"{visit.visit_name} with {visit.physician_name}, {when(visit.starts_at, visit.patient_zone)}." if visit else ""
    )


def _href(item: ItemRow | None, visit: VisitRow | None) -> str | None:
    if item is None:
        return url_for("coordinator.visit", appointment_id=visit.id) if visit else None
    if item.about.argument and not item.page_arguments:
        return None
    return url_for(item.about.endpoint, **item.page_arguments)  # type: ignore[arg-type]


def _steps(one: Waiting, visit: VisitRow | None, *, now: datetime) -> list[tuple[VisitStep, str]]:
    """Return what can be said of the visit in one press."""
    if visit is None or one.kind not in {None, WorkKind.UNCONFIRMED_VISIT}:
        return []
    if visit.state == AppointmentState.IN_PROGRESS:
        return [(VisitStep.COMPLETE, "It took place")]
    if visit.state not in UPCOMING:
        return []
    if visit.starts_at > now:
        return [(VisitStep.CONFIRM, "Confirmed by phone")]
    return [(VisitStep.ARRIVE, "Arrived"), (VisitStep.MISS, "Did not come")]


def _person(row: PatientRow, last: Contact | None, *, now: datetime) -> Person:
    return Person(
        row=row,
        clock=when(now, row.zone, "clock"),
        is_open=is_open(now, row.zone),
        too="early" if in_zone(now, row.zone).time() < OPENS else "late",
        opens=f"{OPENS:%-I:%M %p}",
        last=(_words(last), last.at) if last else None,
    )


def _words(last: Contact) -> str:
    if last.way is Way.CALL:
        return f"{OUTCOMES[last.outcome] if last.outcome else 'Call'} ({last.who})"
    if last.way is Way.TEXT_SENT:
        return last.words
    if not last.words:
        return f"{_WRITERS[last.way]} sent a secure message"
    words = last.words if len(last.words) <= _LONGEST_WORDS else f"{last.words[:_LONGEST_WORDS].rstrip()}…"
    return f"{_WRITERS[last.way]} wrote: {words}"
