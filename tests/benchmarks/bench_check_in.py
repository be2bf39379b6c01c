"""Prints what a check-in costs: answers against the bare inserts, weight of its pages, time to first paint."""

import base64
import gzip
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from uuid import UUID

import ground
import psycopg
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import event, select
from werkzeug.serving import make_server

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.app import create_app
from clinic.kernel.actor import Actor, ActorKind
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.models import Assessment
from clinic.people.models import Patient
from clinic.settings import Settings
from tests.browser.conftest import ARGUMENTS, Quiet
from tests.conftest import TestClock
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING

COUNT, WARM_UP, PAINTS = (40 if "--short" in sys.argv else 120), 10, (5 if "--short" in sys.argv else 9)
ITEMS = {"phq9": [f"q{n}" for n in range(1, 10)], "gad7": [f"q{n}" for n in range(1, 8)]}
SLOW_PHONE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
"""1.6 Mbit/s and 150 ms each way, together with a processor four times slower."""

ANSWER = "insert into answer (assessment_id, item, value, at) values (%s, %s, %s, %s)"
SCORE = (
    "insert into score (assessment_id, patient_id, instrument_key, name, value, band, at)"
    " values (%s, %s, %s, 'total', %s, 'minimal', %s)"
)


@dataclass(frozen=True)
class Asked:
    """One open check-in with both questionnaires."""

    patient_id: UUID
    check_in_id: UUID
    parts: dict[str, UUID]

    @property
    def by(self) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.patient_id, name="Patient")


def ask_all(place: ground.Ground) -> list[Asked]:
    """Ask every patient for PHQ-9 and GAD-7 and open the check-ins."""
    with place.begin(by=COORDINATOR) as session:
        who = {"instrument_keys": tuple(ITEMS), "is_required": True, "by": COORDINATOR, "now": NOW}
        ids = {patient_id: ask_now(session, patient_id=patient_id, **who) for patient_id in place.patients}
    while True:
        with place.begin(by=COORDINATOR) as session:
            if not open_due(session, now=NOW, by=COORDINATOR, ring=RING, limit=200):
                break
    with place.session() as session:
        rows = session.execute(select(Assessment.patient_id, Assessment.instrument_key, Assessment.id)).all()
    found = [Asked(patient_id, check_in_id, {}) for patient_id, check_in_id in ids.items()]
    parts = {one.patient_id: one.parts for one in found}
    for patient_id, key, assessment_id in rows:
        parts[patient_id][key] = assessment_id
    return found


def keep_one(place: ground.Ground, one: Asked, item: str) -> None:
    with place.begin(by=one.by) as session:
        given = {one.parts["phq9"]: {item: "1"}}
        answering.save_answers(session, check_in_id=one.check_in_id, given=given, by=one.by, now=NOW)


def keep_all_and_send(place: ground.Ground, one: Asked) -> None:
    given = {one.parts[key]: dict.fromkeys(items, "0") for key, items in ITEMS.items()}
    with place.begin(by=one.by) as session:
        answering.save_answers(session, check_in_id=one.check_in_id, given=given, by=one.by, now=NOW)
    with place.begin(by=one.by) as session:
        answering.submit(session, check_in_id=one.check_in_id, by=one.by, now=NOW)


def statements_of(place: ground.Ground, one: Asked) -> list[tuple[str, object]]:
    """Keep one answer and return the statements that went to the server."""
    seen: list[tuple[str, object]] = []

    def ran(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        seen.append((statement, parameters))

    event.listen(place.engine, "before_cursor_execute", ran)
    keep_one(place, one, "q1")
    event.remove(place.engine, "before_cursor_execute", ran)
    return seen


def replay(plain: psycopg.Connection, statements: list[tuple[str, object]]) -> None:
    """Send the same statements again and take them back, so that they can be sent many times."""
    for statement, parameters in statements:
        cursor = plain.execute(statement, parameters)  # type: ignore[call-overload]
        if cursor.description:
            cursor.fetchall()
    plain.rollback()


def insert_one(plain: psycopg.Connection, one: Asked) -> None:
    plain.execute(ANSWER, (one.parts["phq9"], "q1", Decimal(1), NOW))
    plain.commit()


def insert_all(plain: psycopg.Connection, one: Asked) -> None:
    """Write what sending both questionnaires writes: sixteen answers, two scores, three rows that change state."""
    for key, items in ITEMS.items():
        for item in items:
            plain.execute(ANSWER, (one.parts[key], item, Decimal(0), NOW))
    plain.commit()
    for key, assessment_id in one.parts.items():
        plain.execute(SCORE, (assessment_id, one.patient_id, key, Decimal(0), NOW))
        plain.execute("update assessment set state = 'done', done_at = %s where id = %s", (NOW, assessment_id))
    plain.execute("update check_in set state = 'done', done_at = %s where id = %s", (NOW, one.check_in_id))
    plain.commit()


def timed(task: Callable[[Asked], object], asked: list[Asked]) -> float:
    """Return the median time of one call for each check-in, in milliseconds."""
    spans = []
    for one in asked:
        begun = time.perf_counter()
        task(one)
        spans.append(time.perf_counter() - begun)
    return median(spans[WARM_UP:]) * 1000


def application(place: ground.Ground) -> Flask:
    """Return the application over this database, with forms that need no token."""
    key = base64.b64encode
    settings = Settings(
        environment="test",
        DATABASE_URL=place.url,
        REDIS_URL="redis://127.0.0.1:1/0",
        public_base_url="http://localhost",
        secret_key="test-only-secret-key-of-forty-characters",
        encryption_keys=ground.ENCRYPTION,
        link_keys="t1:" + key(b"link key, also of 32 bytes only!").decode(),
        clinic_name="Demo Home Clinic",
        clinic_phone="+13055550100",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="test-token-12345",
        twilio_messaging_service_sid="MG" + "0" * 32,
        twilio_base_url="http://127.0.0.1:1",
        requests_per_minute=1_000_000,
    )
    app = create_app(settings, sessions=place.begin.sessions, clock=TestClock(NOW), wake=lambda _wakes: None)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def session_of(place: ground.Ground, one: Asked) -> str:
    """Return the session token of a patient who opened the link with the birth date."""
    with place.begin(by=one.by) as session:
        link = session.scalars(select(Link).where(Link.resource_id == one.check_in_id)).one()
        token = access.render_link(session, link_id=link.id, ring=RING)
        born = session.get_one(Patient, one.patient_id).birth_date
        opened = access.open_link(
            session, token=token, birth_date=born, now=NOW, ip=None, birth_date_of=lambda *_: born
        )
    assert isinstance(opened, access.LinkOpened)
    return opened.session_token


def browser_of(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("__Host-link", token, secure=True, path="/")
    return client


def press(client: FlaskClient, one: Asked) -> None:
    """Press Continue on the first question and get the next one."""
    sent = {"part": str(one.parts["phq9"]), "item": "q1", "answer": "1"}
    answer = client.post("/check-in/1", data=sent)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert client.get(answer.headers["Location"]).status_code == 200


def weights(client: FlaskClient, path: str) -> tuple[int, int, int]:
    """Return the bytes of a page with its styles and scripts: page alone, all, all compressed."""
    page = client.get(path).get_data()
    found = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
    files = [client.get(name.decode()).get_data() for name in dict.fromkeys(found)]
    return len(page), len(page) + sum(map(len, files)), sum(len(gzip.compress(one)) for one in (page, *files))


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    web = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{web.server_port}"
    web.shutdown()
    thread.join(5)


def painted(url: str, token: str) -> dict[str, float]:
    """Return the median milliseconds to the first paint of a question, as it is and on a slow phone, nothing cached."""
    found: dict[str, list[float]] = {"this computer": [], "slow phone": []}
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for where, spans in found.items():
            for _ in range(PAINTS):
                context = chromium.new_context(viewport={"width": 390, "height": 780}, is_mobile=True)
                cookie = {"url": "https://localhost", "secure": True, "httpOnly": True, "sameSite": "Lax"}
                context.add_cookies([{"name": "__Host-link", "value": token, **cookie}])  # type: ignore[list-item]
                page = context.new_page()
                if where == "slow phone":
                    slow_down(page)
                page.goto(f"{url}/check-in/2")
                spans.append(first_paint(page))
                context.close()
        chromium.close()
    return {where: median(spans) for where, spans in found.items()}


def slow_down(page: Page) -> None:
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", SLOW_PHONE)
    client.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def first_paint(page: Page) -> float:
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    found: float = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return found


def main() -> None:
    """Measure on one check-in for each patient."""
    with ground.ground(physicians=1, patients=5 * COUNT) as place:
        asked = ask_all(place)
        groups = [asked[n * COUNT : (n + 1) * COUNT] for n in range(5)]
        app = application(place)
        with psycopg.connect(place.url.replace("+psycopg", "")) as plain:
            bare_one = timed(lambda one: insert_one(plain, one), groups[0])
            keep_one(place, groups[3][0], "q2")  # The first answer of a check-in notes more than the others.
            statements = statements_of(place, groups[3][0])
            alone = timed(lambda _one: replay(plain, statements), groups[0])
            bare_all = timed(lambda one: insert_all(plain, one), groups[1])
        for one in groups[2]:
            keep_one(place, one, "q2")
        one_kept = timed(lambda one: keep_one(place, one, "q1"), groups[2])
        all_sent = timed(lambda one: keep_all_and_send(place, one), groups[3])
        clients = {one.check_in_id: browser_of(app, session_of(place, one)) for one in groups[4]}
        pressed = timed(lambda one: press(clients[one.check_in_id], one), groups[4])
        client = clients[groups[4][-1].check_in_id]
        sizes = {path: weights(client, path) for path in ("/check-in/2", "/check-in/all", "/check-in")}
        with serving(app) as url:
            paints = painted(url, session_of(place, groups[4][0]))
    ground.say(f"Keeping answers, median of {COUNT - WARM_UP}; {ground.load()}")
    ground.say("| what | bare inserts | action | ratio |")
    ground.say("|---|---|---|---|")
    ground.say(f"| one answer | {bare_one:.2f} ms | {one_kept:.2f} ms | **{one_kept / bare_one:.1f}** |")
    ground.say(f"| PHQ-9 and GAD-7, sent | {bare_all:.2f} ms | {all_sent:.2f} ms | **{all_sent / bare_all:.1f}** |")
    ground.say(
        f"One answer is {len(statements)} statements (lock, what was asked and answered, the row): "
        f"alone {alone:.2f} ms, the action takes **{one_kept / alone:.1f}** times that."
    )
    ground.say(f"Continue pressed, answer kept and next question shown, in the process: {pressed:.1f} ms")
    ground.say("| page, nothing cached | page | with style and script | compressed |")
    ground.say("|---|---|---|---|")
    for path, (page, whole, small) in sizes.items():
        ground.say(f"| {path} | {page / 1000:.1f} kB | **{whole / 1000:.1f} kB** | {small / 1000:.1f} kB |")
    for where, span in paints.items():
        ground.say(f"First paint of a question, {where}: **{span:.0f} ms** (median of {PAINTS})")


if __name__ == "__main__":
    sys.exit(main())
