"""Where a patient stands between a pause and the next session."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.people.queries import patient as patient_by_id
from clinic.people.queries.pauses import care_pause
from clinic.scheduling.queries.pausing import lacking_now
from clinic.scheduling.rules.pausing import Lacking
from clinic.treatment.models import TreatmentPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The last session, the last day without a new visit, and what lacks now; None is nothing."""

    last_on: date | None
    after_days: int
    closed_after: date | None
    has_begun: bool
    seen_at: datetime | None
    lacking: Lacking | None
    lifted_by: str | None
    lifted_at: datetime | None

    @property
    def sentence(self) -> str:
        """Return what lacks, for the physician."""
        match self.lacking:
            case Lacking.VISIT:
                return f"After more than {self.after_days} days a visit with the patient comes first."
            case Lacking.FORMS:
                return "The forms are to be signed anew before the next session."
            case _:
                return "Nothing is in the way of the next session."


def restart_of(session: Session, plan: TreatmentPlan, *, now: datetime) -> Restart:
    """Return where a plan's patient stands."""
    row = care_pause(session, plan.patient_id)
    if row is None or row.closed_after is None:
        return Restart(
            last_on=row.last_on if row else None,
            after_days=row.after_days if row else 0,
            closed_after=None,
            has_begun=False,
            seen_at=None,
            lacking=None,
            lifted_by=None,
            lifted_at=None,
        )
    today = in_zone(now, patient_by_id(session, plan.patient_id).zone).date()
    has_begun = today > row.closed_after
    return Restart(
        last_on=row.last_on,
        after_days=row.after_days,
        closed_after=row.closed_after,
        has_begun=has_begun,
        seen_at=row.seen_at,
        lacking=lacking_now(session, row, now=now) if has_begun and row.lifted_at is None else None,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
    )
