"""What every template may use: the clinic's name, who reads, the menu, warnings and our own files' addresses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, request
from jinja2 import StrictUndefined

from clinic.kernel.actor import Actor
from clinic.web.frame import requests
from clinic.web.frame.display import same_wall_time
from clinic.web.frame.entrance import STEP_UP
from clinic.web.frame.language import LANGUAGES, language
from clinic.web.frame.navigation import NavItem, may_open, menu
from clinic.web.frame.static import static_url

_WARNINGS = "clinic_warnings"

Warnings = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The request as layouts see it."""

    clinic_name: str
    clinic_phone: str
    demo: bool
    actor: Actor
    now: datetime
    request_id: str

    @property
    def menu(self) -> list[NavItem]:
        """Return the staff menu for the reader."""
        return menu()

    @property
    def warnings(self) -> list[str]:
        """Return what staff must know on every page, such as a worker that is silent."""
        sources: list[Warnings] = current_app.extensions.get(_WARNINGS, [])
        return [warning for source in sources for warning in source()]

    @property
    def search(self) -> str | None:
        """Return the address of the patient search, where the reader may use it."""
        return "/patients/search" if may_open("coordinator.search_patients") else None

    @property
    def account(self) -> str | None:
        """Return the address of the reader's own account page."""
        return "/account" if may_open("public.account") else None

    @property
    def in_area(self) -> bool:
        """Tell whether the reader is a patient who signed in by a code."""
        return requests.visitor().is_in_area

    @property
    def skips_code(self) -> bool:
        """Tell whether this demo lets people in with a password alone."""
        return self.demo and requests.runtime().signing_in.may_skip_second_factor

    @property
    def language(self) -> str:
        """Return `en` or `es`."""
        return language()

    @property
    def other_languages(self) -> list[tuple[str, str, str]]:
        """Return code, own name and address of this page in each other language."""
        return [(code, name, f"{request.path}?lang={code}") for code, name in LANGUAGES.items() if code != language()]

    @property
    def roles(self) -> str:
        """Return the reader's roles in words: `Coordinator, Administrator`."""
        words = {"coordinator": "Coordinator", "physician": "Physician", "admin": "Administrator"}
        return ", ".join(words[role] for role in words if role in self.actor.roles)


def warn_with(app: Flask, source: Warnings) -> None:
    """Ask this source for warnings whenever a staff page is drawn."""
    app.extensions.setdefault(_WARNINGS, []).append(source)


def install(app: Flask) -> None:
    """Make the frame and our functions known to templates; a missing variable is an error, not a blank."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(static_url=static_url, same_wall_time=same_wall_time, step_up=STEP_UP)
    app.context_processor(lambda: {"frame": _frame()})


def _frame() -> Frame:
    runtime = requests.runtime()
    return Frame(
        clinic_name=runtime.clinic.name,
        clinic_phone=runtime.clinic.phone,
        demo=runtime.is_demo,
        actor=requests.actor(),
        now=requests.now(),
        request_id=requests.request_id(),
    )
