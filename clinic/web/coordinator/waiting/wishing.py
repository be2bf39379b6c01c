"""The form of what somebody waits for, as coordinators fill it on the telephone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from clinic.kernel.localtime import in_zone
from clinic.waitlist.actions.joining import Wishes
from clinic.waitlist.models import WaitlistEntry
from clinic.web.frame.forms import FormModel, FormState, Many, WholeNumber, blank_form
from clinic.web.slots import NearbyDay
from clinic.web.waiting_words import DAYS, NOTICES, hour_words

HOURS = [(hour, hour_words(hour)) for hour in range(25)]
WEEKDAYS = list(enumerate(DAYS))
_FIRST_DAYS = timedelta(days=30)

Hour = Annotated[WholeNumber, Field(ge=0, le=24)]
Weekday = Annotated[WholeNumber, Field(ge=0, le=6)]


class WishForm(FormModel):
    """Days, hours, notice and physician that suit."""

    earliest_on: NearbyDay
    latest_on: NearbyDay
    weekdays: Many[Weekday]
    from_hour: Hour = 0
    until_hour: Hour = 24
    notice_hours: Annotated[WholeNumber, Field(ge=0, le=336)] = 24
    physician_id: UUID | None = None

    words: ClassVar[Mapping[str, Any]] = {
        "earliest_on": "Enter the first day that suits.",
        "latest_on": "Enter the last day that suits.",
        "weekdays": "Choose days of the week from the list.",
        "from_hour": "Choose an hour from the list.",
        "until_hour": "Choose an hour from the list.",
        "notice_hours": "Choose how short a notice is fine from the list.",
        "physician_id": "Choose a physician from the list.",
    }

    def wishes(self) -> Wishes:
        """Return what is waited for, as the actions take it."""
        return Wishes(
            earliest_on=self.earliest_on,
            latest_on=self.latest_on,
            weekdays=self.weekdays,
            from_minute=self.from_hour * 60,
            until_minute=self.until_hour * 60,
            notice_hours=self.notice_hours,
            physician_id=self.physician_id,
        )


def of_entry(entry: WaitlistEntry) -> FormState:
    """Return the form filled with what an entry says."""
    return blank_form(
        earliest_on=entry.earliest_on,
        latest_on=entry.latest_on,
        weekdays=list(entry.weekdays),
        from_hour=entry.from_minute // 60,
        until_hour=entry.until_minute // 60,
        notice_hours=entry.notice_hours,
        physician_id=entry.physician_id,
    )


def of_new(now: datetime, *, zone: str, present: datetime | None) -> FormState:
    """Return the form filled for somebody new: from today until the visit that is booked, or for 30 days."""
    today = in_zone(now, zone).date()
    last = in_zone(present, zone).date() if present else today + _FIRST_DAYS
    return blank_form(earliest_on=today, latest_on=last, from_hour=0, until_hour=24, notice_hours=24)


CHOICES = {"hours": HOURS, "weekdays": WEEKDAYS, "notices": list(NOTICES)}
"""What the boxes offer."""
