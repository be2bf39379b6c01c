"""Changing hours, closures or caps with a look at the visits that the change would strand."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.errors import Conflict
from clinic.kernel.transaction import undone
from clinic.people.queries import lock_every_physician, lock_physician
from clinic.scheduling.actions.tasks import stranded_key
from clinic.scheduling.queries.stranded import StrandedVisit, rows_with_reasons, stranded_ids
from clinic.scheduling.queries.visits import VisitRow, rows_of
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind

Edit = Callable[[Session], object]
"""An action with everything but the session filled in."""


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

    def __init__(self, preview: Preview) -> None:
        """Keep the visits to show."""
        super().__init__(_warning(len(preview.stranded)))
        self.preview = preview


def preview(session: Session, change: Edit, *, physician_id: UUID | None, now: datetime) -> Preview:
    """Make a change, look at what it does to promised visits, and take it back; raises what the change raises.

    `physician_id` is whose visits it can concern, None is everybody's.
    """
    with undone(session):
        return _change(session, change, physician_id=physician_id, now=now)


def apply(
    session: Session,
    change: Edit,
    *,
    physician_id: UUID | None,
    by: Actor,
    now: datetime,
    seen: Collection[UUID] = (),
) -> Preview:
    """Make a change, open a task for each visit it strands and close those of visits that fit again.

    Raises WouldStrand for a visit that is not among the `seen` ones; then the transaction must not be committed.
    """
    done = _change(session, change, physician_id=physician_id, now=now)
    if not done.ids <= set(seen):
        raise WouldStrand(done)
    for found in done.stranded:
        _open_task(session, found, by=by, now=now)
    for row in done.covered_again:
        close_for(session, dedupe_key=stranded_key(row.id), by=by, now=now)
    return done


def settle_stranded(session: Session, *, by: Actor, now: datetime) -> None:
    """Close the open tasks of visits that are not stranded any more, for example because a colleague made room."""
    standing = open_keys(session, kind=WorkKind.STRANDED_VISIT)
    if not standing:
        return
    still = {stranded_key(visit_id) for visit_id in stranded_ids(session, now=now)}
    for key in standing:
        if key not in still:
            close_for(session, dedupe_key=key, by=by, now=now)


def _change(session: Session, change: Edit, *, physician_id: UUID | None, now: datetime) -> Preview:
    # Nobody books meanwhile, so that the difference is this change's doing.
    if physician_id is None:
        lock_every_physician(session)
    else:
        lock_physician(session, physician_id)
    before = stranded_ids(session, now=now, physician_id=physician_id)
    change(session)
    after = stranded_ids(session, now=now, physician_id=physician_id)
    new = {visit_id: why for visit_id, why in after.items() if visit_id not in before}
    return Preview(
        stranded=tuple(rows_with_reasons(session, new)),
        covered_again=tuple(rows_of(session, [visit_id for visit_id in before if visit_id not in after])),
    )


def _open_task(session: Session, found: StrandedVisit, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.STRANDED_VISIT,
        dedupe_key=stranded_key(found.visit.id),
        reason=f"{' '.join(found.why)} Move the visit to another time, or to another physician.",
        subject_kind="appointment",
        subject_id=found.visit.id,
        patient_id=found.visit.patient_id,
        now=now,
        by=by,
    )


def _warning(count: int) -> str:
    visits = "1 booked visit" if count == 1 else f"{count} booked visits"
    return f"This would leave {visits} outside the hours. Look at the list, then save again or change your mind."
