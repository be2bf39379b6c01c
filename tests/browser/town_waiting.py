"""The waiting list of the small town: Marisol would come earlier, on a day when nobody works."""

from clinic.waitlist.actions.joining import Wishes, join_for_visit
from tests.browser.town import Town, at


def add_waiting(town: Town) -> None:
    """Let Marisol wait for an earlier time than Wednesday on a Sunday, when nobody works."""
    wishes = Wishes(earliest_on=at(23, 10).date(), latest_on=at(25, 10).date(), weekdays=(6,), notice_hours=2)
    with town.begin(by=town.dana) as session:
        appointment_id, by = town.visits["marisol"], {"by": town.dana, "now": town.now}
        entry = join_for_visit(session, appointment_id=appointment_id, wishes=wishes, **by)
        town.others["waiting_id"] = entry.id
