"""Addresses whose builders are compiled at their first use are written and refused as Werkzeug's own."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import BuildError, Map, Rule

from clinic.web.frame.addresses import Address

WAYS = [
    ("/", {}),
    ("/visit/<uuid:rule>", {"rule": UUID(int=7)}),
    ("/visit/<uuid:rule>/<path:self>", {"rule": UUID(int=7), "self": "a b/c"}),
    ("/visit/<uuid:rule>", {"rule": UUID(int=7), "on": "2026-11-23", "who": ["a", "b"]}),
    ("/year/<int:year>", {"year": 2027}),
]


def written(kind: type[Rule], pattern: str, values: dict[str, object]) -> list[str]:
    """Return the address twice as it is written with what the pattern does not name, and once without."""
    bound = Map([kind(pattern, endpoint="page")]).bind("localhost")
    return [bound.build("page", values, append_unknown=each) for each in (True, True, False)]


@pytest.mark.parametrize(("pattern", "values"), WAYS)
def test_an_address_is_written_as_it_always_was(pattern, values):
    assert written(Address, pattern, values) == written(Rule, pattern, values)


@pytest.mark.parametrize("kind", [Address, Rule])
def test_an_address_without_its_names_is_refused_as_it_always_was(kind):
    bound = Map([kind("/year/<int:year>", endpoint="page")]).bind("localhost")
    for values, refusal in (({}, BuildError), ({"year": "no year"}, ValueError)):
        with pytest.raises(refusal):
            bound.build("page", values)


def compiled_of(app: Flask) -> Iterator[str]:
    """Give the patterns of which one of the two builders is Werkzeug's own compiled one."""
    for rule in app.url_map.iter_rules():
        builders = [getattr(rule, name) for name in ("_build", "_build_unknown")]
        if any(each.__code__.co_filename == "<werkzeug routing>" for each in builders):
            yield rule.rule


def test_nothing_is_compiled_before_it_is_written(committed_app: Flask):
    assert list(compiled_of(committed_app)) == []
    with committed_app.test_request_context():
        assert committed_app.url_for("public.health", deep="yes") == "/healthz?deep=yes"
    assert list(compiled_of(committed_app)) == ["/healthz"]
