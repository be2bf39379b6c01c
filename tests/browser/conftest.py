"""Headless Chromium over the real application on a real port; a page that misbehaves fails its test.

A laptop without Chromium skips with one loud line; where CI is set its absence is a failure.
"""

import os
import shutil
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response, expect
from playwright.sync_api import sync_playwright as start_playwright
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import sessionmaker
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from clinic.app import create_app
from clinic.audit import actions as audit
from clinic.embedded import postgres
from clinic.gateways.email import CalendarPart, Method, OutgoingEmail
from clinic.gateways.email.composing import composed
from clinic.gateways.email.stand_in.running import Setup as MailSetup
from clinic.gateways.email.stand_in.running import running as mail_server
from clinic.gateways.sms.stand_in.running import running
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime
from clinic.settings import Settings
from tests.browser import town as towns
from tests.conftest import TestClock
from workers import work

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)
"""The shell draws the same pages without a browser's own windows, which halves what a window costs."""
SUGGESTIONS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""What Chromium would show below its address bar: two pages of its own with every window, which no test sees."""

PLAYWRIGHT_IS_WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
"""What Playwright leaves out: Chromium hears only the last of such lists."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    # No page lives long enough to repay what the compilers of hot code cost, which run beside on the other core.
    "--js-flags=--no-opt --no-maglev",
    f"--disable-features={PLAYWRIGHT_IS_WITHOUT},{SUGGESTIONS}",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
PATIENCE_MILLISECONDS = 15_000
"""How long an action or an expectation waits for its place to appear; a busy machine plans a course in seconds."""
TOWN, SETTLED = "town", "settled"
_built: list[towns.Town] = []
_settled: list[str] = []
_idle: "list[Wandering]" = []
WATCH_POLICY = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (e) => {
  window.broken.push(`policy: ${e.violatedDirective} ${e.blockedURI}`);
});
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark everything here, and leave it out where there is no Chromium."""
    mine = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.browser)
    if CHROMIUM or not mine:
        return
    if os.environ.get("CI"):
        pytest.exit("CI is set and there is no Chromium: the browser tests cannot run.", returncode=1)
    sys.stderr.write(f"\nNO CHROMIUM ON THIS MACHINE: {len(mine)} BROWSER TESTS DID NOT RUN.\n")
    items[:] = [item for item in items if item not in mine]
    config.hook.pytest_deselected(items=mine)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Do not call a laptop without Chromium a failure."""
    if not CHROMIUM and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


class Quiet(WSGIRequestHandler):
    """Serves without a line per request, and lets go of a connection on which nothing is asked."""

    timeout = 5

    def log(self, *_: Any) -> None:
        """Say nothing."""


@dataclass(eq=False)
class Live:
    """An application that browsers can reach, and the clinic in its database."""

    app: Flask
    url: str
    town: towns.Town
    clock: TestClock

    def path(self, endpoint: str, **values: object) -> str:
        with self.app.test_request_context():
            from flask import url_for

            return url_for(endpoint, **values)


@dataclass(frozen=True)
class Wandering:
    """An engine that remembers the statements it compiled when it goes on to the next database."""

    engine: Engine
    goal: dict[str, str]


@contextmanager
def engine_over(server: postgres.Postgres, name: str) -> Iterator[Engine]:
    """Lend an engine to a database while the block runs; nobody else holds it meanwhile."""
    lent = _idle.pop() if _idle else _wandering(server)
    lent.goal["dbname"] = name
    yield lent.engine
    lent.engine.dispose()
    _idle.append(lent)


def _wandering(server: postgres.Postgres) -> Wandering:
    url, options = server.url(postgres.APP, TOWN), {"options": "-c timezone=UTC"}
    made = Wandering(create_engine(url, pool_size=20, query_cache_size=2000, connect_args=options), {})
    event.listen(made.engine, "do_connect", lambda _dialect, _record, _arguments, named: named.update(made.goal))
    return made


def _town(server: postgres.Postgres, settings: Settings) -> towns.Town:
    """Return the town, built once in this process; every clinic is a copy of its database."""
    if not _built:
        server.create_database(TOWN, template="clinic_template")
        with runtime_over(server, settings, TOWN) as (begin, runtime):
            _built.append(towns.build(begin, runtime))
    return _built[0]


def _settled_town(server: postgres.Postgres, settings: Settings) -> None:
    """Let the standing orders follow, once in this process, what made the town; its texts still wait to be sent."""
    if not _settled:
        server.create_database(SETTLED, template=TOWN)
        with runtime_over(server, settings, SETTLED) as (_, runtime):
            while work.react(runtime) or work.offer_times(runtime):
                pass
        _settled.append(SETTLED)


@contextmanager
def runtime_over(server: postgres.Postgres, settings: Settings, name: str) -> Iterator[tuple[Beginner, Runtime]]:
    """Open a clinic without pages on a database while the block runs."""
    with engine_over(server, name) as engine:
        sessions = sessionmaker(bind=engine, expire_on_commit=False)
        app = create_app(settings, sessions=sessions, clock=TestClock(towns.NOW), wake=lambda _wakes: None)
        yield Beginner(sessions, audit.write, lambda _wakes: None), app.extensions["clinic"]


@contextmanager
def serving(
    server: postgres.Postgres,
    settings: Settings,
    templates: FileSystemBytecodeCache,
    *,
    tls: ssl.SSLContext | None = None,
    is_settled: bool = False,
) -> Iterator[Live]:
    """Run the application with threads over a fresh copy of the database, filled with the town, and its phones."""
    name = f"b_{new_id().hex[:12]}"
    town = _town(server, settings)
    if is_settled:
        _settled_town(server, settings)
    server.create_database(name, template=SETTLED if is_settled else TOWN)
    with engine_over(server, name) as engine, served(settings, templates, engine, tls=tls) as (app, url, clock):
        begin = Beginner(app.extensions["clinic.sessions"], audit.write, lambda _wakes: None)
        yield Live(app, url, town.copied(begin, app.extensions["clinic"]), clock)
    server.drop_database(name)


@contextmanager
def served(
    settings: Settings, templates: FileSystemBytecodeCache, engine: Engine, *, tls: ssl.SSLContext | None
) -> Iterator[tuple[Flask, str, TestClock]]:
    """Run the application with threads over a database, and its phones and mailboxes, at an address of its own."""
    sessions, clock = sessionmaker(bind=engine, expire_on_commit=False), TestClock(towns.NOW)
    web = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True, request_handler=Quiet, ssl_context=tls)
    # Threads that the end waits for: one that still held a database connection would lose it open.
    web.daemon_threads = False
    url = f"{'https' if tls else 'http'}://localhost:{web.server_port}"
    with running(_phones(settings, url)) as stand_in, mail_server(MailSetup("clinic", "pw")) as mail:
        own = settings.model_copy(
            update={
                "public_base_url": url,
                "twilio_base_url": stand_in,
                "smtp_url": f"smtp://clinic:pw@127.0.0.1:{mail.port}",
                "mail_stand_in_url": mail.backstage_url,
                "messages_per_second": 500,
            }
        )
        app = web.app = create_app(own, sessions=sessions, clock=clock, wake=lambda _wakes: None)
        app.jinja_env.bytecode_cache = templates
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        app.extensions["clinic"].mailbox.remember([invitation_mail(towns.NOW)])
        yield app, url, clock
        _stop(web, thread)


def invitation_mail(now: datetime) -> bytes:
    """Return a mail for the page that shows received ones."""
    content = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    first = new_id()
    email = OutgoingEmail(
        to="marisol@example.org",
        subject="Demo Home Clinic: su cita del mi\u00e9 25 nov",
        body="Su cita es el mi\u00e9 25 nov.\n",
        language="es",
        attempt_id=first,
        message_id=first,
        at=now,
        calendar=CalendarPart(Method.REQUEST, content),
    )
    return composed(email, sender="care@example.org", sender_name="Demo Home Clinic").as_bytes()


def _phones(settings: Settings, url: str) -> Setup:
    account, token, service = (
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_messaging_service_sid,
    )
    return Setup(account, token, service, inbound_url=f"{url}/webhooks/twilio/inbound", speed=50.0)


def _stop(web: BaseWSGIServer, thread: threading.Thread) -> None:
    web.shutdown()
    thread.join(5)
    web.server_close()


@pytest.fixture(scope="session")
def standing(
    server: postgres.Postgres, settings: Settings, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Live]:
    """One clinic that tests only look at."""
    with serving(server, settings, compiled_templates) as live:
        yield live


@pytest.fixture
def live(server: postgres.Postgres, settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Live]:
    """A clinic of its own for a test that changes things."""
    with serving(server, settings, compiled_templates) as live:
        yield live


@pytest.fixture
def settled(
    server: postgres.Postgres, settings: Settings, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Live]:
    """A clinic of its own whose worker has followed all that happened before, for a test in which a worker looks."""
    with serving(server, settings, compiled_templates, is_settled=True) as live:
        yield live


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with start_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


class Watched:
    """A page whose every misbehavior is written down."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.faults: list[str] = []
        self.base = base
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium logs an answer of 4xx as an error, which for a refusal shown as a page is no fault.
        if message.type == "error" and "responded with a status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "about:")):
            self.faults.append(f"left the machine: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.url}")

    def verdict(self) -> list[str]:
        """Return all that went wrong, with what the page's own policy refused."""
        if not self.page.is_closed() and self.page.url.startswith("http"):
            self.faults += self.page.evaluate("() => window.broken || []")
        return self.faults


@pytest.fixture
def visit_as(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a browser window on a live clinic as a member of staff or as the patient of a visit's link."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def come(
        live: Live,
        *,
        staff: str | None = None,
        link: str | None = None,
        size: tuple[int, int] = (1280, 800),
        scheme: str = "light",
        **more: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=live.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            timezone_id="America/New_York",
            reduced_motion="reduce",
            service_workers="block",
            **({"locale": "en-US"} | more),
        )
        context.add_init_script(WATCH_POLICY)
        if staff:
            _carry(context, "sid", live.town.sign_in(staff))
        if link:
            _carry(context, "link", live.town.patient_session(link))
        watched = Watched(context, live.url)
        opened.append((context, watched))
        return watched.page

    yield come
    faults = [fault for _, watched in opened for fault in watched.verdict()]
    for context, _ in opened:
        context.close()
    assert faults == []


def _carry(context: BrowserContext, name: str, token: str) -> None:
    # Chromium takes a `__Host-` cookie for a local host only by its https address, and sends it to both.
    address = {"url": "https://localhost", "secure": True, "httpOnly": True, "sameSite": "Lax"}
    context.add_cookies([{"name": f"__Host-{name}", "value": token, **address}])
