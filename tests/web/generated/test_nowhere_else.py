"""What is somebody's stays out of logs, addresses, texts, wake-ups and error pages; addresses hold no numbered rows."""

import re
from collections.abc import Callable, Iterator
from functools import wraps

import pytest
from flask import Flask

from clinic.app import create_app
from clinic.gateways import wake
from clinic.settings import Environment, Settings
from tests.web.generated.canaries import told
from tests.web.generated.conftest import World
from tests.web.generated.crawl import SAME_SITE, Answer, answer_of, rules, somebody_for
from tests.web.generated.logbook import Logbook, written_down
from workers.celery import celery

_TELLTALE = re.compile(
    r"traceback|runtimeerror|sqlalchemy|psycopg|postgres|werkzeug|flask|jinja|gunicorn|python|/srv/|\.py\b|\bselect\b.+\bfrom\b",
    re.IGNORECASE,
)
_INNARDS = "SELECT * FROM patient /srv/clinic/app.py:7 psycopg 3.2"
_CHANGING = re.compile(r'(csrf[-_]token"[^>]*(?:value|content)=")[^"]+|\b[0-9a-f]{16}\b|<a class="language"[^>]*>')
_NUMBERED = re.compile(r"(?:^|/)(?!20\d\d(?:/|$))\d+(?:/|$)")
_CENTS = {"due_cents", "left_cents", "seen_cents"}
_COUNTS = {"version", "revision", "page", "skip", "step", "part", "year", "seen", "number", "edits", *_CENTS}
"""Names whose numbers count something and name no row."""
_PLACE = re.compile(r"/check-in/\d+|/medication/units/\d+")
"""The place of a question in the reader's own check-in, and of an entry in the ledger of the patient named before."""


def test_SEC_S29_the_log_of_every_page_names_nobody(world: World, walked: list[Answer]):
    written = "\n".join(world.logbook.lines)
    assert {one.endpoint for one in walked if f"endpoint={one.endpoint} " not in written} <= {"public.health"}
    assert told(world.canaries, written) == set()


def test_SEC_S29_no_address_holds_anything_of_anybody_but_the_token_that_opened_it(world: World, walked: list[Answer]):
    found = []
    for answer in walked:
        addresses = [*answer.links, *(value for name, value in answer.headers if name == "Location")]
        own = [link for link in addresses if not any(token in link for token in world.visitors[answer.who].tokens)]
        local = [link for link in own if not link.startswith(("tel:", "mailto:", "https://video."))]
        found += [f"{answer.path}: {one}" for one in told(world.canaries, "\n".join(local))]
    assert found == []


def test_SEC_S29_a_wake_up_is_the_name_of_a_queue_and_a_task_takes_nothing(world: World, walked: list[Answer]):
    assert set(world.clock.wakes) <= set(wake.TASKS)
    takers = [
        name for name, task in celery.tasks.items() if name.startswith("clinic.") and task.run.__code__.co_argcount
    ]
    assert takers == []


def test_SEC_S29_a_text_names_nobody_and_holds_no_link_but_the_readers_own(world: World):
    assert world.provider.calls
    for text in world.provider.calls:
        named = told(world.canaries, text.body)
        reader = {one.owner for one in world.canaries if one.label == "phone.e164" and text.to[2:] in one.needles}
        assert named <= {f"{owner} link_token" for owner in reader}, text.body


def test_SEC_S39_no_address_and_no_hidden_value_is_the_number_of_a_row(walked: list[Answer]):
    found = set()
    for answer in walked:
        paths = {link: _PLACE.sub("", link.split("?")[0].split("#")[0]) for link in answer.links}
        found |= {link for link, path in paths.items() if _NUMBERED.search(path)}
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.body):
            if value.isdigit() and name not in _COUNTS:
                found.add(f"{answer.path}: {name}={value}")
        for link in answer.links:
            numbers = re.findall(r"[?&]([\w-]+)=(\d+)(?:&|$)", link)
            found |= {f"{name}={value}" for name, value in numbers if name not in _COUNTS}
    assert found == set()


@pytest.fixture
def broken(settings: Settings, world: World) -> Flask:
    """The application as it runs in production, each view of which fails with everything it should keep."""
    secret = " ".join(needle for one in world.canaries for needle in one.needles if isinstance(needle, str))
    public = "https://localhost"
    own = settings.model_copy(
        update={"environment": Environment.PRODUCTION, "public_base_url": public, "twilio_base_url": None}
    )
    app = create_app(own, sessions=world.sessions, clock=world.clock, gateway=world.provider, wake=lambda _wakes: None)
    for endpoint, view in list(app.view_functions.items()):
        app.view_functions[endpoint] = _failing(view, f"{_INNARDS} {secret}")
    return app


def _failing(view: Callable[..., object], words: str) -> Callable[..., object]:
    @wraps(view)
    def fail(**_arguments: object) -> object:
        raise RuntimeError(words)

    return fail


def _failures(app: Flask, world: World) -> Iterator[Answer]:
    for rule in rules(app, "GET"):
        visitor = somebody_for(app, world.visitors, rule.endpoint)
        path = next(world.atlas.addresses(rule, visitor.tokens))
        asked = {"headers": SAME_SITE, "base_url": "https://localhost", "query_string": {"lang": "en"}}
        response = world.browser(visitor, app).get(path, **asked)
        yield answer_of(visitor.name, rule.endpoint, path, response)


def test_SEC_S41_a_failing_view_tells_nothing_but_a_number(world: World, broken: Flask):
    book, pages, own = Logbook(), set(), frozenset({"staff_account.full_name"})
    with world.undone(), written_down(book):
        answers = list(_failures(broken, world))
    assert [one.path for one in answers if one.status != 500] == []
    for answer in answers:
        assert re.search(
            r"(give this|diga este) (number|número): <code>[0-9a-f]{16}</code>", " ".join(answer.body.split())
        ), answer.path
        assert told(world.canaries, answer.everything, but=own) == set(), answer.path
        assert not _TELLTALE.search(answer.everything), answer.path
        pages.add(_CHANGING.sub(r"\1", answer.body))
    assert len(pages) <= 3, "one page for each layout, whatever failed"
    assert told(world.canaries, "\n".join(book.lines)) == set()
    assert sum("error=RuntimeError" in line for line in book.lines) >= len(answers)
