"""What waits for one physician's signature: flags, reviews of plans and unsigned notes, the most urgent first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy.orm import Session

from clinic.kernel.db import Moment
from clinic.kernel.localtime import edge_instant
from clinic.monitoring.queries.flags import FlagRow, count_open_of_panel, open_for
from clinic.monitoring.rules.signals import Level
from clinic.people.queries import panel_ids, panel_of, rows_of
from clinic.treatment.queries.notes import UnsignedNote, count_unsigned, unsigned_of
from clinic.treatment.queries.reviews import ReviewDue, reviews_due

_EVENING = time(18)
_NOTE_RANK = 2


class ItemKind(StrEnum):
    """What sort of thing waits."""

    FLAG = "flag"
    REVIEW = "review"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """One thing that waits: `key` names it in the address of its page, `rank` is its level, `due_at` its time."""

    key: str
    kind: ItemKind
    patient_id: UUID
    patient_name: str
    title: str
    rank: int
    since: datetime
    due_at: datetime | None
    flag: FlagRow | None = None
    review: ReviewDue | None = None
    note: UnsignedNote | None = None
    along: tuple[FlagRow, ...] = ()

    def is_late(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Everything that waits, in order, and the open flags that only want watching."""

    items: tuple[QueueItem, ...]
    watched: tuple[QueueItem, ...]

    def item(self, key: str | None) -> QueueItem | None:
        """Return the item of that key, or the first one; None when nothing waits."""
        known = {each.key: each for each in (*self.items, *self.watched)}
        return known.get(key or "") or next(iter(self.items), None)

    def after(self, key: str) -> str | None:
        """Return the key of the item to open when this one is done: the one behind it, or else the first."""
        keys = [each.key for each in self.items]
        place = keys.index(key) + 1 if key in keys else 0
        return next((each for each in (*keys[place:], *keys) if each != key), None)

    @property
    def counts(self) -> list[tuple[int, str]]:
        """Return how many of each sort wait, those of which there are any."""
        sorts = [
            (sum(each.rank == Level.URGENT for each in self.items), "urgent", "urgent"),
            (sum(each.rank == Level.HOLD for each in self.items), "on hold", "on hold"),
            (sum(each.kind is ItemKind.FLAG and each.rank == Level.REVIEW for each in self.items), *("to review",) * 2),
            (sum(each.kind is ItemKind.REVIEW for each in self.items), "plan review", "plan reviews"),
            (sum(each.kind is ItemKind.NOTE for each in self.items), "note to sign", "notes to sign"),
        ]
        return [(count, one if count == 1 else many) for count, one, many in sorts if count]


def sign_off_queue(session: Session, *, physician_id: UUID, zone: str, now: datetime) -> Queue:
    """Return what waits for a physician; `zone` is where the physician works."""
    ids = panel_ids(session, physician_id=physician_id, now=now)
    flags = open_for(session, ids)
    reviews = reviews_due(session, patient_ids=ids, now=now)
    notes = unsigned_of(session, physician_id)
    named = {row.patient_id for row in flags} | {row.patient_id for row in reviews} | {row.patient_id for row in notes}
    names = {patient_id: row.name for patient_id, row in rows_of(session, list(named)).items()}
    found = [*_flags(flags, names), *_reviews(reviews, names, zone), *_notes(notes, names)]
    return Queue(
        items=tuple(sorted((each for each in found if _needs_signature(each)), key=_order)),
        watched=tuple(sorted((each for each in found if not _needs_signature(each)), key=_order)),
    )


def count_waiting(physician_id: ScalarSelect[UUID], *, now: Moment) -> ColumnElement[int]:
    """Return the statement that counts flags and notes; reviews, which take longer to find, are on the page only."""
    return count_open_of_panel(panel_of(physician_id, now), least=Level.REVIEW) + count_unsigned(physician_id)


def _needs_signature(item: QueueItem) -> bool:
    return item.kind is not ItemKind.FLAG or item.rank >= Level.REVIEW


def _order(item: QueueItem) -> tuple[int, datetime, str]:
    return -item.rank, item.due_at or item.since, item.key


def _flags(flags: list[FlagRow], names: Mapping[UUID, str]) -> Iterator[QueueItem]:
    """Yield the open flags; one that another of the same rule goes beyond is settled along with that one."""
    known = {row.id: row for row in flags}
    beyond = {
        row.id: tuple(known[each] for each in row.escalates if each in known and known[each].rule_id == row.rule_id)
        for row in flags
    }
    folded = {each.id for some in beyond.values() for each in some}
    for row in flags:
        if row.id in folded:
            continue
        yield QueueItem(
            key=f"flag-{row.id}",
            kind=ItemKind.FLAG,
            patient_id=row.patient_id,
            patient_name=names[row.patient_id],
            title=row.title,
            rank=row.level,
            since=row.raised_at,
            due_at=row.due_at,
            flag=row,
            along=beyond[row.id],
        )


def _reviews(reviews: list[ReviewDue], names: Mapping[UUID, str], zone: str) -> Iterator[QueueItem]:
    for each in reviews:
        yield QueueItem(
            key=f"review-{each.plan_id}-{each.about_key}",
            kind=ItemKind.REVIEW,
            patient_id=each.patient_id,
            patient_name=names[each.patient_id],
            title=each.title,
            rank=Level.REVIEW,
            since=_evening(each.opens_on, zone),
            due_at=_evening(each.due_on, zone),
            review=each,
        )


def _notes(notes: list[UnsignedNote], names: Mapping[UUID, str]) -> Iterator[QueueItem]:
    for each in notes:
        yield QueueItem(
            key=f"note-{each.note_id}",
            kind=ItemKind.NOTE,
            patient_id=each.patient_id,
            patient_name=names[each.patient_id],
            title="Note to sign",
            rank=_NOTE_RANK,
            since=each.created_at,
            due_at=None,
            note=each,
        )


def _evening(day: date, zone: str) -> datetime:
    return edge_instant(day, _EVENING, zone)
