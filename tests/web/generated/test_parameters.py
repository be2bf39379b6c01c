"""Every parameter of every address, given what an attacker would give it: refused, or read as nothing special."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from tests.web.generated.conftest import World
from tests.web.generated.crawl import SAME_SITE, Answer, Visitor, answer_of, has_turn, rules, somebody_for
from tests.web.generated.forms import models_of

HOSTILE = (
    "' OR '1'='1", "1 UNION SELECT email FROM staff_account--", "%27%20--", "\\", "%_", "true", "1e999", "-1",
    "99999999999999999999999", "[]", "../../etc/passwd", "a\x00b", "2026-02-30", "0001-01-01", "\ud800", "x" * 3000,
)  # fmt: skip
_SHAPES = ("*=1&*=2", "*[]=1", "*[$ne]=1", "*.x=1", "%00*=1", "*=1&*=1")
_TELLTALE = ("syntax error", "psycopg", "sqlalchemy", "traceback", "staff_account--&#39;")


def opened(visitor: Visitor, path: str) -> Answer:
    return answer_of(visitor.name, "", path, visitor.client.get(path, headers=SAME_SITE))


def wrong_about(answer: Answer) -> list[str]:
    found = [f"{answer.path[:90]} says {word}" for word in _TELLTALE if word in answer.body.casefold()]
    return found + ([f"{answer.path[:90]} answers {answer.status}"] if answer.status >= 500 else [])


def queries(world: World, walked: list[Answer]) -> Iterator[tuple[Visitor, str, str, str]]:
    """Give visitor, address and each parameter that the view of a page reads, and a name for the place of both.

    On two pages there are those of the frame too.

    A page that fails without any parameter is told of elsewhere.
    """
    failing = {one.endpoint for one in walked if one.status >= 500}
    for rule in rules(world.app, "GET"):
        if rule.endpoint in failing:
            continue
        models = models_of(world.app.view_functions[rule.endpoint])
        names = {name for model in models for name in model.model_fields}
        names |= {"lang", "unheard_of"} if rule.endpoint in {"patient.visit", "coordinator.today"} else set()
        visitor = somebody_for(world.app, world.visitors, rule.endpoint)
        path = next(world.atlas.addresses(rule, visitor.tokens))
        for name in sorted(names):
            yield visitor, path, name, f"{rule.endpoint} {name}"


def test_the_parameters_of_pages_are_found_by_what_their_views_read(world: World, walked: list[Answer]):
    read = {(path.split("?")[0], name) for _, path, name, _ in queries(world, walked)}
    assert {("/today", "skip"), ("/day", "on"), ("/patients", "sort"), ("/book", "patient")} <= read


@pytest.mark.parametrize("value", HOSTILE, ids=lambda one: repr(one[:20]))
def test_SEC_S35_a_hostile_parameter_is_only_a_value(world: World, walked: list[Answer], value: str):
    wrong, turn = [], HOSTILE.index(value)
    with world.undone():
        for visitor, path, name, place in queries(world, walked):
            if has_turn(place, turn):
                wrong += wrong_about(opened(visitor, f"{path}?{urlencode({name: value}, errors='surrogatepass')}"))
    assert wrong == []


def test_SEC_S37_a_parameter_that_comes_twice_or_as_a_list_is_refused(world: World, walked: list[Answer]):
    wrong = []
    with world.undone():
        for visitor, path, name, place in queries(world, walked):
            for turn, query in enumerate(shape.replace("*", name) for shape in _SHAPES):
                if has_turn(place, turn):
                    wrong += wrong_about(opened(visitor, f"{path}?{query}"))
    assert wrong == []


@pytest.mark.parametrize("value", HOSTILE[::2], ids=lambda one: repr(one[:20]))
def test_SEC_S35_a_hostile_part_of_a_path_is_not_found(world: World, value: str):
    wrong = []
    part = quote(value, safe="", errors="surrogatepass")
    with world.undone():
        for rule in rules(world.app, "GET"):
            visitor = somebody_for(world.app, world.visitors, rule.endpoint)
            for name in sorted(rule.arguments):
                answer = opened(visitor, _with(world, rule, name, part))
                wrong += wrong_about(answer)
                # The door behind a link asks for the birth date whatever the token, so that a guess learns nothing.
                if answer.status < 400 and name != "token":
                    wrong.append(f"{answer.path[:90]} answers {answer.status}")
    assert wrong == []


def _with(world: World, rule: object, name: str, part: str) -> str:
    """Return an address of a rule with one part replaced."""
    known = {one: values[0] for one in rule.arguments if (values := world.atlas.values(rule, one))}
    return "".join(
        piece if not is_argument else part if piece == name else quote(str(known[piece]))
        for is_argument, piece in rule._trace  # noqa: SLF001 - the parts of an address in order
    ).split("|", 1)[1]
