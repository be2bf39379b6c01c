"""What an administrator's hands do with hours, what the question says before, and what the desk has afterwards."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from clinic.scheduling.actions.tasks import stranded_key
from clinic.scheduling.models import Appointment
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind
from tests.browser.conftest import Live

WHAT_TO_DO = " Move the visit to another time, or to another physician."


@dataclass(frozen=True, slots=True)
class Stranded:
    """A visit in the words of a page: when, with whom, and what is against it."""

    when: str
    physician: str
    why: str


def booked(live: Live, physician: str, visits: dict[str, tuple[str, datetime]]) -> None:
    """Book visits with a physician by name, a minute after each other: the patient and when."""
    for minute, (name, (patient, starts_at)) in enumerate(visits.items()):
        live.town.book(name, patient, physician, starts_at, now=live.town.now + timedelta(minutes=minute))


def box(page: Page, label: str) -> Locator:
    """Return the box with exactly this label, needed or not."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))


def enter(page: Page, **typed: str) -> None:
    """Type into boxes by their labels, with `_` for a blank; a box that is a tick takes `yes`."""
    for label, value in typed.items():
        found = box(page, label.replace("_", " "))
        if value == "yes":
            found.check()
        else:
            found.fill(value)


def kept(page: Page, **typed: str) -> None:
    """Require that boxes still hold what was typed."""
    for label, value in typed.items():
        found = box(page, label.replace("_", " "))
        if value == "yes":
            expect(found).to_be_checked()
        else:
            expect(found).to_have_value(value)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def asked_about(page: Page, number: int) -> set[Stranded]:
    """Wait for the question about so many visits; return those that it names."""
    counted = "1 visit" if number == 1 else f"{number} visits"
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{counted} would be stranded")
    rows = page.get_by_role("region", name="Visits that would be stranded").locator("tbody tr")
    expect(rows).to_have_count(number)
    return {_row(row) for row in rows.all()}


def _row(row: Locator) -> Stranded:
    physician, _visit, why = (cell.inner_text() for cell in row.locator("td").all())
    return Stranded(row.locator("th").inner_text(), physician, why)


def on_the_desk(page: Page) -> dict[str, Stranded]:
    """Follow every task about a stranded visit from a coordinator's Today; return what is there, by patient."""
    page.goto("/today")
    cards = page.locator(".work-item", has_text="Visit outside the hours").all()
    tasks = [(card.locator(".work-about").inner_text(), *_stranded_in(card)) for card in cards]
    return {patient: _visit_of(page, href, why) for patient, why, href in tasks}


def _stranded_in(card: Locator) -> tuple[str, str]:
    """Return why and where of a patient's task about a stranded visit, which may stand under a worse one."""
    is_head = "Visit outside the hours" in card.locator(".work-text .work-title").inner_text()
    found = card if is_head else card.locator(".work-others li", has_text="Visit outside the hours").first
    why = found.locator(".work-text .work-detail" if is_head else ".work-detail")
    return why.text_content(), found.locator("a", has_text="Open visit").first.get_attribute("href")


def _visit_of(page: Page, href: str, why: str) -> Stranded:
    page.goto(href)
    when, physician = page.locator(".lede").inner_text().split(" · ")
    assert why.endswith(WHAT_TO_DO)
    return Stranded(when, physician, why.removesuffix(WHAT_TO_DO))


def with_tasks(live: Live) -> set[str]:
    """Return the visits, by their name in the town, that a task says are stranded."""
    names = {stranded_key(visit_id): name for name, visit_id in live.town.visits.items()}
    with live.town.begin(by=live.town.dana) as session:
        return {names[key] for key in open_keys(session, WorkKind.STRANDED_VISIT)}


def as_they_are(live: Live) -> dict[str, tuple[object, ...]]:
    """Return state, time, physician and version of every visit, to see that none was touched."""
    with live.town.begin(by=live.town.dana) as session:
        rows = {name: session.get_one(Appointment, visit_id) for name, visit_id in live.town.visits.items()}
        return {name: (row.state, row.starts_at, row.physician_id, row.version) for name, row in rows.items()}


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError("The keyboard does not lead there.")
