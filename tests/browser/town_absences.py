"""A physician of the small town who is out tomorrow, and the list of what has to go elsewhere."""

from clinic.replacement.actions.opening import open_replacement
from tests.browser.town import Town
from tests.domains.scheduling.calendar_makers import at


def add_absences(town: Town) -> None:
    """List what Dr. Herrera leaves behind on a Tuesday."""
    with town.begin(by=town.dana) as session:
        batch = open_replacement(
            session,
            physician_id=town.physicians["herrera"].id,
            starts_at=at(24, 9),
            ends_at=at(24, 17),
            closes_hours=False,
            by=town.dana,
            now=town.now,
        )
        town.others["replacement_id"] = batch.id
