"""Words that several pages of administrators share, and the page that shows a link once."""

from datetime import datetime, timedelta

from flask import render_template, url_for

from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.web.frame.display import clock_text, day_text
from clinic.web.frame.requests import now, runtime

ROLE_CHOICES = (
    (Role.COORDINATOR, "Coordinator", "Books visits, looks after patients' details and texts."),
    (Role.PHYSICIAN, "Physician", "Sees the own day and the own patients."),
    (Role.ADMIN, "Administrator", "Looks after accounts and after what runs. Sees no charts."),
)


def dated(instant: datetime, zone: str) -> str:
    """Return an instant with its year, for lists that go back far: `Nov 23, 2026, 10:00 AM ET`."""
    return f"{day_text(in_zone(instant, zone).date())}, {clock_text(instant, zone)}"


def hand_over(endpoint: str, name: str, token: str, *, lasts: timedelta) -> str:
    """Show a single-use link that the administrator passes on; it cannot be shown again."""
    link = runtime().clinic.public_base_url + url_for(endpoint, token=token)
    is_reset = endpoint == "public.reset"
    return render_template(
        "admin/staff/hand_over.html",
        name=name,
        link=link,
        until=now() + lasts,
        is_reset=is_reset,
        zone=runtime().clinic.zone,
    )
