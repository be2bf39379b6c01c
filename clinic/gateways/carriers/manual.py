"""Parcels that nobody follows for the clinic: a person tells what a carrier's own page says."""

from clinic.gateways.carriers import CarrierEvent, Registered


class ManualCarrier:
    """Asks nobody; what is known about a parcel is what staff wrote down."""

    channel = "manual"

    def register(self, carrier: str, tracking_number: str) -> Registered:  # noqa: ARG002 - the port's own names
        """Follow nothing."""
        return Registered("")

    def poll(self, tracker_id: str) -> tuple[CarrierEvent, ...]:  # noqa: ARG002 - as above
        """Know nothing."""
        return ()
