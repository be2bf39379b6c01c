"""When somebody of the clinic reads texts."""

from dataclasses import dataclass
from datetime import datetime

from clinic.kernel.localtime import in_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffedHours:
    """From which hour until before which hour texts are read, on so many days from Monday, in the clinic's zone."""

    from_hour: int
    until_hour: int
    days: int
    zone: str

    def is_staffed(self, now: datetime) -> bool:
        """Tell whether somebody reads texts at this instant."""
        local = in_zone(now, self.zone)
        return local.weekday() < self.days and self.from_hour <= local.hour < self.until_hour
