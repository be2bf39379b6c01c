"""Hands for the journeys: doors, codes and texts on the stand-in phones, and the clinic's own jobs at a later time.

What a patient or a support person sees is pressed by names of forms and boxes, which both languages share.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from clinic.access import actions as access
from clinic.messaging.models import Message
from clinic.people.models import Patient, Phone
from clinic.scheduling.models import Appointment
from tests.browser.axe import violations
from tests.browser.conftest import Live, _carry
from tests.browser.measures import sideways
from workers import work

PHONE = {"size": (390, 780), "has_touch": True, "is_mobile": True}
BORN = {"month": "3", "day": "12", "year": "1985"}
"""When the patients of the journeys were born, by the boxes of a page."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/my-intake/).+|(?<=/my-forms/).+")
_OWN = re.compile(r"/(me|my-|visit/|check|support|qualify)")
"""The pages of patients and support persons; staff have `/my-patients` and `/my-day` beside them."""

_STAFF = re.compile(r"/my-(patients|day)")


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


def type_in(page: Page, typed: dict[str, str]) -> None:
    """Fill boxes by their names."""
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)


def pick(page: Page, chosen: dict[str, str]) -> None:
    """Choose radios by their names and values."""
    for name, value in chosen.items():
        page.locator(f"input[name={name}][value={value}]").check()


def asked_by(box: Locator) -> str:
    """Return what a box asks; those of a questionnaire begin with the name of their part."""
    return re.sub(r"^p[0-9a-f]+_", "", box.get_attribute("name") or "")


def answer(page: Page, known: dict[str, Any]) -> None:
    """Choose an answer to everything on a page of questions: the known one, else 0, else the first."""
    for group in page.locator("fieldset.ask:has(input[type=radio], input[type=checkbox])").all():
        boxes = group.locator("input")
        value = known.get(asked_by(boxes.first), 0)
        own = group.locator(f"input[value='{value[0] if isinstance(value, tuple) else value}']")
        (own if own.count() else boxes.first).check()
    for box in page.locator("main input[type=text], main input[type=tel], main textarea").all():
        name = asked_by(box)
        if name in known and box.is_visible():
            box.fill(str(known[name]))


def enter(page: Page, address: str) -> None:
    """Follow a link from a text, through the birth date where it is asked."""
    page.goto(address)
    if page.locator("form[name=birth-date]").count():
        type_in(page, {f"born_{part}": value for part, value in BORN.items()})
        send(page, "birth-date")


def tick(page: Page, form: str) -> None:
    """Tick every box of a form, and send it."""
    for box in page.locator(f"form[name={form}] input[type=checkbox]").all():
        box.check()
    send(page, form)


@dataclass
class Journey:
    """One patient's way through the program, by the last name and the numbers, and everybody whom it meets."""

    live: Live
    visit_as: Callable[..., Page]
    last: str
    number: str
    beside: str
    language: str = "en"
    windows: dict[str, Page] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)

    @property
    def patient(self) -> Patient:
        (found,) = self.read(Patient, Patient.legal_last_name == self.last)
        return found

    def read(self, model: type, *where: Any) -> list[Any]:
        with self.live.town.begin(by=self.live.town.dana) as session:
            return list(session.query(model).filter(*where))

    def sessions(self) -> list[Appointment]:
        """Return the sessions that are still to come, the next one first."""
        return [one for one in self.coming() if one.visit_type_code.endswith("session")]

    def coming(self) -> list[Appointment]:
        """Return every visit that is still to come, the next one first."""
        mine = (Appointment.patient_id == self.patient.id, Appointment.state.in_(("booked", "confirmed")))
        return sorted(self.read(Appointment, *mine), key=lambda one: one.starts_at)

    def phone(self) -> Page:
        return self.visit_as(self.live, **PHONE)

    def window(self, name: str) -> Page:
        """Return the window of a telephone that is used again and again."""
        if name not in self.windows:
            self.windows[name] = self.phone()
        return self.windows[name]

    def staff(self, who: str, path: str) -> Page:
        """Open a page at the one desk as somebody who signs in now: nobody stays signed in for hours."""
        if "desk" not in self.windows:
            self.windows["desk"] = self.visit_as(self.live)
        page = self.windows["desk"]
        _carry(page.context, "sid", self.live.town.sign_in(who))
        page.goto(path)
        return page

    def sound(self, page: Page) -> None:
        """Look a page over for its width, and once for each kind of page with axe.

        The journey in Spanish looks over the pages of patients and support persons, the one in English those of staff.
        """
        assert sideways(page) == 0, page.url
        kind = _ID.sub("*", urlsplit(page.url).path)
        is_own = bool(_OWN.match(kind)) and not _STAFF.match(kind)
        if is_own == (self.language == "es") and kind not in self.looked:
            assert violations(page) == [], page.url
        self.looked.add(kind)

    def says(self, page: Page, english: str, spanish: str) -> None:
        """Find a page's title in the language of this journey, and no other language around it."""
        expect(page.get_by_role("heading", level=1)).to_have_text(spanish if self.language == "es" else english)
        expect(page.locator("html")).to_have_attribute("lang", self.language)

    def work(self) -> None:
        """Let the workers look once, and then at all that follows from it."""
        work.tick(self.live.town.runtime, seconds=20)
        self.live.town.catch_up()

    def until(self, when: datetime) -> None:
        assert when >= self.live.clock.instant
        self.live.clock.instant = when
        self.work()

    def pass_by(self, when: datetime) -> None:
        """Go on to a later time of days on which nobody looks: questions are asked, texts and what follows go out."""
        assert when >= self.live.clock.instant
        self.live.clock.instant = when
        work.ask_patients(self.live.town.runtime, seconds=20)
        self.live.town.catch_up()

    def later(self, **span: float) -> None:
        self.until(self.live.clock.instant + timedelta(**span))

    def thread(self, e164: str) -> Locator:
        """Open the stand-in phone of a number at its texts."""
        (found,) = self.read(Phone, Phone.e164 == e164)
        page = self.window("phones")
        page.goto(f"/phones/{found.id}")
        return page.locator("#thread")

    def link(self, e164: str, key: str) -> str:
        """Return the address in the newest text of a kind that reached a phone."""
        with self.live.town.begin(by=self.live.town.dana) as session:
            phone = session.query(Phone).filter(Phone.e164 == e164).one()
            sent = session.query(Message).filter(Message.address_id == phone.id, Message.template_key == key)
            texts = sent.filter(Message.state.in_(("sent", "delivered"))).order_by(Message.sent_at.desc())
            text = texts.first()
            assert text is not None, key
            ring = self.live.town.runtime.link_ring
            return f"/v/{access.render_link(session, link_id=text.link_id, ring=ring)}"

    def sign_in(self) -> Page:
        """Open the patient's own page with a code by text."""
        page = self.window("area")
        page.context.clear_cookies()
        page.goto(f"/me?lang={self.language}")
        page.locator("input[name=phone]").fill(self.number.removeprefix("+1"))
        type_in(page, {f"born_{part}": value for part, value in BORN.items()})
        send(page, "ask-code")
        self.work()
        said = self.thread(self.number).inner_text()
        page.locator("input[name=code]").fill(re.findall(r"(?:code is|codigo es) (\d{6})", said)[-1])
        send(page, "use-code")
        return page
