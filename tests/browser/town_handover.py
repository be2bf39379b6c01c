"""A hand-over in the small town: a colleague was asked to take Paloma over, and it was taken back."""

from datetime import date

from clinic.handover.actions.proposing import propose_transfer, withdraw_transfer
from tests.browser.town import Town

FROM = date(2027, 1, 11)


def add_handover(town: Town) -> None:
    """Propose Paloma to Dr. Herrera from January on, and take it back."""
    asked = {"by": town.dana, "now": town.now}
    with town.begin(by=town.dana) as session:
        row = propose_transfer(
            session,
            patient_id=town.patients["paloma"].id,
            to_physician_id=town.physicians["herrera"].id,
            on=FROM,
            reason="Dr. Okafor was to go on leave.",
            **asked,
        )
        town.others["transfer_id"] = row.id
    with town.begin(by=town.dana) as session:
        withdraw_transfer(session, transfer_id=row.id, version=row.version, **asked)
