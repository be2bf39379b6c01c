"""Changing hours, closures, caps or licenses with a look at the visits that the change would strand."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.errors import Conflict
from clinic.kernel.transaction import undone
from clinic.people.queries import lock_every_physician, lock_physician
from clinic.scheduling.actions.tasks import licence_gap_key, stranded_key
from clinic.scheduling.queries.stranded import StrandedVisit, rows_with_reasons, stranded_ids
from clinic.scheduling.queries.unlicensed import unlicensed_ids
from clinic.scheduling.queries.visits import VisitRow, rows_of
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind

Edit = Callable[[Session], object]
"""An action with everything but the session filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One way in which a promised visit can lose its ground: how it is found, and the task that it becomes."""

    find: Callable[..., dict[UUID, tuple[str, ...]]]
    kind: WorkKind
    key: Callable[[UUID], str]
    without: str
    advice: str


OUTSIDE_HOURS = Trouble(
    find=stranded_ids,
    kind=WorkKind.STRANDED_VISIT,
    key=stranded_key,
    without="outside the hours",
    advice="Move the visit to another time, or to another physician.",
)
UNLICENSED = Trouble(
    find=unlicensed_ids,
    kind=WorkKind.LICENCE_GAP,
    key=licence_gap_key,
    without="without a license",
    advice="Move the visit to a physician who has one.",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change does to promised visits: those it strands, with the reasons, and those that fit again."""

    stranded: tuple[StrandedVisit, ...]
    covered_again: tuple[VisitRow, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        """Return the visits that the change strands."""
        return frozenset(found.visit.id for found in self.stranded)


class WouldStrand(Conflict):
    """The change would strand visits that the person has not seen; `preview` names them."""

    code = "would_strand"

    def __init__(self, preview: Preview, trouble: Trouble = OUTSIDE_HOURS) -> None:
        """Keep the visits to show."""
        super().__init__(_warning(len(preview.stranded), trouble))
        self.preview = preview


def preview(
    session: Session, change: Edit, *, physician_id: UUID | None, now: datetime, trouble: Trouble = OUTSIDE_HOURS
) -> Preview:
    """Make a change, look at what it does to promised visits, and take it back; raises what the change raises.

    `physician_id` is whose visits it can concern, None is everybody's; `trouble` is what the change can cause.
    """
    with undone(session):
        return _change(session, change, trouble, physician_id=physician_id, now=now)


def apply(
    session: Session,
    change: Edit,
    *,
    physician_id: UUID | None,
    by: Actor,
    now: datetime,
    seen: Collection[UUID] = (),
    trouble: Trouble = OUTSIDE_HOURS,
) -> Preview:
    """Make a change, open a task for each visit it strands and close those of visits that fit again.

    Raises WouldStrand for a visit that is not among the `seen` ones; then the transaction must not be committed.
    """
    done = _change(session, change, trouble, physician_id=physician_id, now=now)
    if not done.ids <= set(seen):
        raise WouldStrand(done, trouble)
    for found in done.stranded:
        _open_task(session, found, trouble, by=by, now=now)
    for row in done.covered_again:
        close_for(session, dedupe_key=trouble.key(row.id), by=by, now=now)
    return done


def settle_stranded(session: Session, *, by: Actor, now: datetime) -> None:
    """Close the open tasks of visits that are not stranded any more, for example because a colleague made room."""
    for trouble in (OUTSIDE_HOURS, UNLICENSED):
        standing = open_keys(session, trouble.kind)
        still = {trouble.key(visit_id) for visit_id in trouble.find(session, now=now)} if standing else set()
        for key in standing:
            if key not in still:
                close_for(session, dedupe_key=key, by=by, now=now)


def _change(session: Session, change: Edit, trouble: Trouble, *, physician_id: UUID | None, now: datetime) -> Preview:
    # Nobody books meanwhile, so that the difference is this change's doing.
    if physician_id is None:
        lock_every_physician(session)
    else:
        lock_physician(session, physician_id)
    before = trouble.find(session, now=now, physician_id=physician_id)
    change(session)
    after = trouble.find(session, now=now, physician_id=physician_id)
    new = {visit_id: why for visit_id, why in after.items() if visit_id not in before}
    return Preview(
        stranded=tuple(rows_with_reasons(session, new)),
        covered_again=tuple(rows_of(session, [visit_id for visit_id in before if visit_id not in after])),
    )


def _open_task(session: Session, found: StrandedVisit, trouble: Trouble, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=trouble.kind,
        dedupe_key=trouble.key(found.visit.id),
        reason=f"{' '.join(found.why)} {trouble.advice}",
        subject_kind="appointment",
        subject_id=found.visit.id,
        patient_id=found.visit.patient_id,
        now=now,
        by=by,
    )


def _warning(count: int, trouble: Trouble) -> str:
    visits = "1 booked visit" if count == 1 else f"{count} booked visits"
    return f"This would leave {visits} {trouble.without}. Look at the list, then save again or change your mind."
