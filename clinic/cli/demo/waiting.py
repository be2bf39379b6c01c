"""The demo's waiting list: a few patients wait for an earlier time, and one of them has an open offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.scheduling import queries as calendar
from clinic.scheduling.queries import VisitRow
from clinic.waitlist.actions.joining import Wishes, join_for_visit
from clinic.waitlist.actions.offering import offer_by_hand
from clinic.waitlist.queries.entries import waiting_rows
from clinic.waitlist.queries.suiting import suiting_times

_AHEAD = timedelta(days=4)
_WISHES: tuple[dict[str, Any], ...] = (
    {},
    {"weekdays": (0, 2, 4), "until_minute": 12 * 60},
    {"from_minute": 12 * 60},
    {"notice_hours": 48},
)
"""What each of those who wait asks for besides an earlier time."""


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Lets patients with a visit some days ahead wait for an earlier one."""

    desk: Desk
    today: date

    def fill(self, patient_ids: Sequence[UUID]) -> None:
        """Put the first few of these on the list who have a visit far enough ahead."""
        by, left = self.desk.anybody(), list(_WISHES)
        with self.desk.stage.runtime.begin(by=by) as session:
            for patient_id in patient_ids:
                rows = calendar.upcoming_for_patient(session, patient_id=patient_id, now=self.desk.now)
                row = next((one for one in rows if self._is_far(one)), None)
                if row is None or not left:
                    continue
                days: dict[str, Any] = {"earliest_on": self.today, "latest_on": self.desk.day(row.starts_at)}
                wishes = Wishes(**days, **left.pop(0))
                join_for_visit(session, appointment_id=row.id, wishes=wishes, by=by, now=self.desk.now)

    def offer_one(self) -> None:
        """Offer a time to the first of them whom one suits; at night nobody is offered any."""
        by, stage = self.desk.anybody(), self.desk.stage
        with stage.runtime.begin(by=by) as session:
            for row in waiting_rows(session):
                for time in suiting_times(session, row.entry, now=self.desk.now).times[:1]:
                    place = {"physician_id": time.physician_id, "starts_at": time.starts_at}
                    made = {"entry_id": row.entry.id, "by": by, "now": self.desk.now, "ring": stage.runtime.link_ring}
                    try:
                        with whole(session):
                            offer_by_hand(session, **place, **made)  # type: ignore[arg-type]
                    except DomainError:
                        continue
                    return

    def _is_far(self, row: VisitRow) -> bool:
        return row.starts_at - self.desk.now > _AHEAD
