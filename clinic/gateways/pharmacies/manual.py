"""The way to a pharmacy that is a person: nothing leaves, and what the pharmacy says is written down by staff."""

from datetime import datetime

from clinic.gateways.pharmacies import FillOrder, PharmacyStep, Submitted


class ManualPharmacy:
    """Hands every fill to a person."""

    channel = "manual"

    def submit(self, order: FillOrder) -> Submitted:  # noqa: ARG002 - the port's own name
        """Ask for a person."""
        return Submitted(is_by_hand=True)

    def status(self, order: FillOrder, *, now: datetime) -> tuple[PharmacyStep, ...]:  # noqa: ARG002 - as above
        """Know nothing that staff did not write down."""
        return ()
