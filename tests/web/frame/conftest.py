"""A small site on the frame: one page of each audience, a door that knows people by name, and nothing behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from flask import Blueprint, Flask, flash, render_template_string, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.exc import OperationalError

from clinic.access.errors import Busy
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile, Forbidden, Invalid, NotFound
from clinic.kernel.phone import to_e164
from clinic.runtime import Runtime
from clinic.settings import Settings
from clinic.web.frame import build, cookies, policy
from clinic.web.frame.forms import (
    DateParts,
    FormErrors,
    FormModel,
    Line,
    Secret,
    blank_form,
    read_form,
    read_query,
    refusing,
)
from clinic.web.frame.requests import actor, see_other
from clinic.web.frame.visitors import Knock, LinkPass, Visitor, hang
from tests.web.html import Browser

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

PEOPLE = {
    "dana": ("Dana Reyes", {Role.COORDINATOR}, timedelta(minutes=1)),
    "sam": ("Sam Ortiz", {Role.ADMIN}, timedelta(minutes=1)),
    "stale": ("Sam Ortiz", {Role.ADMIN}, timedelta(minutes=5, seconds=1)),
    "fresh": ("Sam Ortiz", {Role.ADMIN}, timedelta(minutes=5)),
    "half": ("Sam Ortiz", {Role.ADMIN}, None),
}

FORM_PAGE = """{% extends "layouts/staff.html" %}{% import "components/forms.html" as f %}
{% block title %}Add somebody{% endblock %}
{% block content %}{% call f.form("add", "/patients/new", errors=form) %}
{{ f.text(form, "legal_name", "Legal name", hint="As on the ID") }}{{ f.text(form, "phone", "Phone", type="tel") }}
{{ f.date_parts(form, "born", "Date of birth") }}{{ f.secret(form, "secret", "Password") }}
{{ f.submit("Add") }}{% endcall %}{% endblock %}"""
PLAIN = (
    """{% extends layout %}{% block title %}A page{% endblock %}{% block content %}<p>{{ words }}</p>{% endblock %}"""
)


class NewPerson(FormModel):
    legal_name: Annotated[Line, Field(max_length=60)]
    phone: Annotated[Line, refusing(to_e164)]
    born: DateParts
    secret: Secret | None = None
    words: ClassVar = {"legal_name": "Enter the legal name.", "phone.missing": "Enter a phone."}


class Sorted(FormModel):
    sort: Line = "name"


@dataclass
class Door:
    """Knows people by name and remembers what it was asked."""

    turned_away: list[str] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)

    def staff(self, token: str, knock: Knock) -> Visitor | None:
        self.knocks.append(knock)
        if token not in PEOPLE:
            return None
        name, roles, age = PEOPLE[token]
        someone = Actor(kind=ActorKind.STAFF, id=UUID(int=1), name=name, roles=frozenset(roles))
        return Visitor(actor=someone, session_id=UUID(int=2), mfa_at=None if age is None else knock.now - age)

    def link(self, token: str, knock: Knock) -> Visitor | None:
        self.knocks.append(knock)
        if token not in {"visit", "survey"}:
            return None
        ids = {"link_id": UUID(int=3), "patient_id": UUID(int=4), "resource_id": UUID(int=5)}
        link = LinkPass(purpose=token, resource_kind="appointment", **ids)
        return Visitor(actor=Actor(kind=ActorKind.PATIENT, id=UUID(int=4), name="Patient"), link=link)

    def refused(self, by: Actor, knock: Knock) -> None:
        self.turned_away.append(f"{by.name} {knock.endpoint}")


def page(layout: str, words: str = "Good morning.") -> str:
    return render_template_string(PLAIN, layout=f"layouts/{layout}.html", words=words)


def coordinator_pages() -> Blueprint:
    pages = Blueprint("coordinator", __name__)

    @pages.get("/today")
    @policy.staff(Role.COORDINATOR, Role.ADMIN)
    def today() -> str:
        return page("staff")

    @pages.get("/pulse")
    @policy.staff(polling=True)
    def pulse() -> str:
        return page("staff")

    @pages.get("/patients/new")
    @policy.staff(Role.COORDINATOR)
    def new() -> str:
        return render_template_string(FORM_PAGE, form=blank_form())

    @pages.post("/patients/new")
    @policy.staff(Role.COORDINATOR)
    def add() -> ResponseReturnValue:
        form = read_form(NewPerson)
        if isinstance(form, FormErrors):
            return render_template_string(FORM_PAGE, form=form), form.status
        if form.legal_name == "Taken":
            refused = form.refused(ChangedMeanwhile("Somebody was faster.", field="legal_name"))
            return render_template_string(FORM_PAGE, form=refused), refused.status
        flash("Added.")
        return see_other("coordinator.today")

    @pages.post("/visits/<visit>/arrived")
    @policy.staff(Role.COORDINATOR)
    def arrived(visit: str) -> ResponseReturnValue:
        return see_other("coordinator.today")

    @pages.get("/patients")
    @policy.staff(Role.COORDINATOR)
    def patients() -> str:
        return page("staff", read_query(Sorted).sort)

    @pages.get("/refuse/<kind>")
    @policy.staff(Role.COORDINATOR)
    def refuse(kind: str) -> str:
        raise {
            "missing": NotFound("No such patient here."),
            "foreign": Forbidden("Not yours: ask Dr. Okafor."),
            "changed": ChangedMeanwhile("Changed by Lee at 10:42. Reload to see it."),
            "bad": Invalid("That is no date.", field="born_on"),
            "locked": OperationalError("select secret from chart", {}, Exception("lock")),
            "busy": Busy(3),
            "bug": RuntimeError("canary-7f3 /srv/app/views.py SELECT"),
        }[kind]

    return pages


def other_pages() -> list[Blueprint]:
    admin, patient, public, hooks = (Blueprint(name, __name__) for name in ("admin", "patient", "public", "hooks"))

    @admin.get("/staff")
    @policy.staff(Role.ADMIN)
    def staff() -> str:
        return page("staff")

    @admin.get("/export")
    @policy.staff(Role.ADMIN, fresh_mfa=True)
    def export() -> str:
        return page("staff")

    @patient.get("/visit")
    @policy.patient_link("visit")
    def visit() -> str:
        return page("patient")

    @public.get("/sign-in")
    @policy.public("signing in starts here", knows_staff=True)
    def sign_in() -> str:
        return page("public", actor().name)

    @public.post("/sign-in")
    @policy.public("signing in starts here")
    def enter() -> ResponseReturnValue:
        return cookies.start_session(see_other("coordinator.today"), "dana")

    @public.post("/sign-out")
    @policy.staff()
    def leave() -> ResponseReturnValue:
        return cookies.end_session(see_other("public.sign_in"))

    @public.get("/sign-in/code")
    @policy.half_signed_in()
    def code() -> str:
        return page("public", actor().name)

    @hooks.post("/hooks/texts")
    @policy.signed_webhook("twilio")
    def texts() -> ResponseReturnValue:
        return f"{len(request.get_data())}"

    return [admin, patient, public, hooks]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def make_site(runtime_of_nothing: Runtime, door: Door) -> Callable[..., Flask]:
    def make(*more: Blueprint, base: str = "http://localhost", proxies: int = 0, demo: bool = True) -> Flask:
        site = Flask("clinic", template_folder=None, static_folder=None)
        site.secret_key = "only-for-tests-only-for-tests-only-for-tests"
        clinic = replace(runtime_of_nothing.clinic, public_base_url=base)
        site.extensions["clinic"] = replace(runtime_of_nothing, clinic=clinic, is_demo=demo)
        build.install(site, hosts=["localhost", "clinic.example"], proxy_count=proxies)
        hang(site, door)
        for blueprint in [coordinator_pages(), *other_pages(), *more]:
            site.register_blueprint(blueprint)
        policy.require_policies(site)
        return site

    return make


@pytest.fixture
def runtime_of_nothing(settings: Settings) -> Runtime:
    """What a process has at hand, without a database behind it."""
    from clinic.app import runtime_of

    @contextmanager
    def begin(*, by: Actor) -> Iterator[None]:
        yield None

    return runtime_of(settings, begin=begin, clock=lambda: NOW, gateway=None)


@pytest.fixture
def site(make_site: Callable[..., Flask]) -> Flask:
    return make_site()


@pytest.fixture
def web(site: Flask) -> Callable[[str | None], Browser]:
    """Return a browser, signed in as one of the people or as a link's purpose."""

    def browse(who: str | None = None) -> Browser:
        browser = Browser(site.test_client())
        kind = "link" if who in {"visit", "survey"} else "sid"
        return browser.sign_in_with(who, kind=kind) if who else browser

    return browse
