"""The page that offers other times for a visit."""

from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser, text_of


def test_the_time_that_the_visit_has_already_is_marked_and_cannot_be_chosen(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = desk.get(f"/visits/{visit.id}").click("Move")
    own = f"{visit.physician_id}@{visit.starts_at.isoformat()}"
    offered = [each.get("value") for each in page.select("#form-move button.slot")]
    assert offered
    assert own not in offered
    assert text_of(page.one(".slot.is-present")) == "10:00 AM as it is now"
