"""What the tests of the board share: reading its blocks, and posting as its script does."""

from datetime import datetime

from clinic.scheduling.models import Appointment
from tests.web.html import Browser, Page, text_of

TUESDAY = "2026-11-24"


def columns(page: Page) -> list[str]:
    return page.texts(".column-name")


def blocks(page: Page) -> list[str]:
    return [text_of(one) for one in page.select(".visit")]


def send(desk: Browser, path: str, **fields: object):
    """Post as the board's script does, and return the answer."""
    token = desk.get("/board").root.find(".//meta[@name='csrf-token']").get("content")
    given = {name: str(value) for name, value in fields.items()} | {"csrf_token": token}
    return desk.client.post(path, data=given, headers={**desk.headers, "Accept": "application/json"})


def move(desk: Browser, visit: Appointment, physician, starts_at: datetime, /, **more: object):
    place = {"physician": physician.id, "starts_at": starts_at.isoformat(), "version": visit.version, "tell": "yes"}
    return send(desk, f"/board/visits/{visit.id}/move", **(place | more))


def now_of(office, visit: Appointment) -> Appointment:
    office.session.expire_all()
    return office.session.get_one(Appointment, visit.id)
