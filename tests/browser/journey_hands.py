"""Hands for the journey: doors, codes and texts on the stand-in phones, and the clinic's own jobs at a later time."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, Page

from clinic.people.models import Patient, Phone
from clinic.scheduling.models import Appointment
from tests.browser.conftest import Live, _carry, sideways, violations
from tests.domains.intake.intake_makers import GOOD
from workers import work

PHONE = {"size": (390, 780), "has_touch": True, "is_mobile": True}
HARMLESS = {key: value for part in GOOD.values() for key, value in part.items()} | {"adult": "yes", "state": "FL"}
BORN = {"month": "3", "day": "12", "year": "1985"}
"""When the patient of the journey was born, by the boxes of a page."""


def sound(page: Page) -> None:
    assert violations(page) == [], page.url
    assert sideways(page) == 0, page.url


def go(place: Locator) -> None:
    """Press what leads to another page, and wait for it."""
    with place.page.expect_navigation():
        place.first.click()


def press(page: Page, name: str) -> None:
    go(page.get_by_role("button", name=name, exact=True))


def follow(page: Page, name: str) -> None:
    go(page.get_by_role("link", name=name, exact=True))


def send(page: Page, form: str) -> None:
    """Press the button of a form by the form's name, which is the same in both languages."""
    go(page.locator(f"form[name='{form}'] button[type=submit]"))


def fill(page: Page, typed: dict[str, str]) -> None:
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)


def answer(page: Page, known: dict[str, Any]) -> None:
    """Choose an answer to everything on a page of questions, and fill in the boxes that are known."""
    for group in page.locator("fieldset.ask").all():
        value = known[group.locator("input").first.get_attribute("name") or ""]
        group.locator(f"input[value='{value[0] if isinstance(value, tuple) else value}']").check()
    for box in page.locator("main input[type=text], main input[type=tel], main textarea").all():
        name = box.get_attribute("name") or ""
        if name in known and box.is_visible():
            box.fill(str(known[name]))


def born(page: Page) -> None:
    for part, value in BORN.items():
        page.locator(f"input[name=born_{part}]").fill(value)


def enter(page: Page, address: str) -> None:
    """Follow a link from a text, through the birth date where it is asked."""
    page.goto(address)
    if page.locator("form[name=birth-date]").count():
        born(page)
        send(page, "birth-date")


def tick(page: Page, form: str) -> None:
    """Tick every box of a form, and send it."""
    for box in page.locator(f"form[name={form}] input[type=checkbox]").all():
        box.check()
    send(page, form)


@dataclass
class Journey:
    """One patient's way through the program, by the last name and the number, and everybody whom it meets."""

    live: Live
    visit_as: Callable[..., Page]
    last: str
    number: str
    windows: dict[str, Page] = field(default_factory=dict)

    @property
    def patient(self) -> Patient:
        (found,) = self.read(Patient, Patient.legal_last_name == self.last)
        return found

    def read(self, model: type, *where: Any) -> list[Any]:
        with self.live.town.begin(by=self.live.town.dana) as session:
            return list(session.query(model).filter(*where))

    def sessions(self) -> list[Appointment]:
        """Return the sessions that are still to come, the next one first."""
        mine = (Appointment.patient_id == self.patient.id, Appointment.state.in_(("booked", "confirmed")))
        found = self.read(Appointment, *mine, Appointment.visit_type_code.endswith("session"))
        return sorted(found, key=lambda one: one.starts_at)

    def phone(self) -> Page:
        return self.visit_as(self.live, **PHONE)

    def staff(self, who: str, path: str) -> Page:
        """Open a page as somebody who signs in now: nobody stays signed in for hours."""
        page = self.windows.setdefault(who, None) or self.visit_as(self.live)
        self.windows[who] = page
        _carry(page.context, "sid", self.live.town.sign_in(who))
        page.goto(path)
        return page

    def work(self) -> None:
        """Let the workers look as they do every second."""
        runtime = self.live.town.runtime
        for _ in range(8):  # A look plans some patients' check-ins; all have had their turn within seconds.
            work.ask_patients(runtime, seconds=20)
        for _ in range(2):
            work.tick(runtime, seconds=20)

    def until(self, when: datetime) -> None:
        assert when >= self.live.clock.instant
        self.live.clock.instant = when
        self.work()

    def later(self, **span: float) -> None:
        self.until(self.live.clock.instant + timedelta(**span))

    def thread(self, e164: str) -> Locator:
        """Open the stand-in phone of a number at its texts."""
        (found,) = self.read(Phone, Phone.e164 == e164)
        page = self.windows.setdefault("phones", None) or self.phone()
        self.windows["phones"] = page
        page.goto(f"/phones/{found.id}")
        return page.locator("#thread")

    def link(self, e164: str, words: str = "") -> str:
        """Return the address in the last text that says so."""
        texts = self.thread(e164).locator("li").filter(has_text=words)
        return texts.locator("a[href*='/v/']").last.get_attribute("href") or ""

    def sign_in(self) -> Page:
        """Open the patient's own page with a code by text."""
        page = self.windows.setdefault("area", None) or self.phone()
        self.windows["area"] = page
        page.context.clear_cookies()
        page.goto("/me?lang=en")
        page.locator("input[name=phone]").fill(self.number.removeprefix("+1"))
        born(page)
        send(page, "ask-code")
        self.work()
        said = self.thread(self.number).inner_text()
        page.locator("input[name=code]").fill(re.findall(r"(?:code is|codigo es) (\d{6})", said)[-1])
        go(page.locator("main form:has(input[name=code]) button[type=submit]"))
        return page
