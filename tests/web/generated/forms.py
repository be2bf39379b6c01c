"""Every form of the application: as it stands on a page that was walked, else from the model that its view reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import isfunction
from types import CodeType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from lxml.html import HtmlElement as Element
from werkzeug.exceptions import HTTPException

from clinic.web.frame.forms import FormModel
from tests.web.generated.conftest import World
from tests.web.generated.crawl import MISSING, SAME_SITE, Answer, answer_of, rules, somebody_for
from tests.web.html import Form, parsed

_TEXTS = {"text", "email", "tel", "search", "password", "url"}
_FORM = re.compile(r"<form\b[^>]*>", re.IGNORECASE)
_ACTION = re.compile(r'\baction="([^"]*)"')
_TOKEN = "csrf_token"
PLAUSIBLE = {
    "email": "somebody.plain@example.org",
    "phone": "(305) 555-0143",
    "postal_code": "33101",
    "zone": "America/New_York",
    "state": "FL",
    "county_fips": "12086",
    "join_url": "https://video.example.org/plain",
    "month": "5",
    "day": "6",
    "year": "1970",
    "code": "123456",
    "password": "plain copper lantern violet",
}
"""Box, or the end of its name -> what somebody would type; other boxes for words hold two words."""


@dataclass
class Sending:
    """One form, ready to be sent by somebody who may."""

    who: str
    endpoint: str
    path: str
    values: dict[str, list[str]]
    texts: set[str] = field(default_factory=set)

    @property
    def others(self) -> set[str]:
        """Return the boxes that are not for words: hidden ones, choices, days."""
        return set(self.values) - self.texts - {_TOKEN}

    def with_words(self, words: str) -> dict[str, list[str]]:
        return self.values | {name: [words] for name in self.texts}


def send(world: World, sending: Sending, values: dict[str, list[str]]) -> Answer:
    """Post the values with the form's token, in a copy of the visitor's browser."""
    client = world.browser(world.visitors[sending.who])
    pairs = [(name, value) for name, many in values.items() for value in many]
    body = urlencode(pairs, errors="surrogatepass").encode()
    response = client.post(sending.path, data=body, headers=SAME_SITE, content_type="application/x-www-form-urlencoded")
    return answer_of(sending.who, sending.endpoint, sending.path, response)


def all_forms(world: World, walked: list[Answer]) -> list[Sending]:
    """Return the forms found on pages, each in up to two shapes, and one for each other address that takes a POST."""
    found: dict[tuple[str, ...], Sending] = {}
    looked: dict[str, int] = {}
    for answer in walked:
        if not answer.is_html or answer.status >= 400:
            continue
        wanted = [one for one in _actions(world.app, answer) if looked.get(one, 0) < 2]
        if not wanted:
            continue
        for form in _parsed(world.app, answer):
            if form.endpoint in wanted:
                found.setdefault((form.endpoint, *sorted(form.values)), form)
        for endpoint in set(wanted):
            looked[endpoint] = looked.get(endpoint, 0) + 1
    shown = {form.endpoint for form in found.values()}
    return [
        *found.values(),
        *(_unseen(world, found, rule) for rule in rules(world.app, "POST") if rule.endpoint not in shown),
    ]


def _actions(app: Flask, answer: Answer) -> set[str]:
    return {endpoint for form in _FORM.findall(answer.body) if (endpoint := _endpoint(app, answer, form))}


def _endpoint(app: Flask, answer: Answer, opening: str) -> str | None:
    if 'method="post"' not in opening.lower():
        return None
    action = _ACTION.search(opening)
    return endpoint_of(app, action[1] if action and action[1] else answer.path)


def endpoint_of(app: Flask, path: str, method: str = "POST") -> str | None:
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(path).path, method=method)[0])
    except HTTPException:
        return None


def _parsed(app: Flask, answer: Answer) -> Iterator[Sending]:
    root = parsed(answer.body)
    for element in root.iter("form"):
        form = Form(SimpleNamespace(path=answer.path), element)
        endpoint = endpoint_of(app, form.action) if form.method == "post" else None
        if endpoint is not None:
            values, texts = _plausible(form)
            yield Sending(answer.who, endpoint, form.action, values, texts)


def _plausible(form: Form) -> tuple[dict[str, list[str]], set[str]]:
    """Return every box with what stands in it or what somebody would put there, and the boxes for words."""
    values, texts = dict(form.values), set()
    for control in form.element.iter():
        name, kind = control.get("name"), control.get("type", "text")
        if not name or control.tag not in {"input", "select", "textarea", "button"}:
            continue
        if control.tag == "textarea" or (control.tag == "input" and kind in _TEXTS):
            texts.add(name)
        if not any(values.get(name, [])):
            values[name] = [_typed(control, name, kind)]
    return values, texts


def _typed(control: Element, name: str, kind: str) -> str:
    if control.tag == "select":
        return next((one.get("value", "") for one in control.iter("option") if one.get("value")), "")
    if control.tag == "button" or kind in {"radio", "checkbox", "hidden", "submit"}:
        return control.get("value", "yes")
    return _by_name(name, kind)


def _by_name(name: str, kind: str = "text") -> str:
    return {"date": "2026-11-30", "time": "10:00", "number": "1"}.get(kind) or PLAUSIBLE.get(
        name, PLAUSIBLE.get(name.rpartition("_")[2], "Plain words")
    )


def _unseen(world: World, found: dict[tuple[str, ...], Sending], rule: Any) -> Sending:
    """Return a form for an address that no page of the town offers now, from the boxes that its view reads."""
    who = somebody_for(world.app, world.visitors, rule.endpoint)
    path = next(world.atlas.addresses(rule, who.tokens))
    models = models_of(world.app.view_functions[rule.endpoint])
    names = sorted({name for model in models for name in model.model_fields})
    values = {name: [_by_name(name)] if "id" not in name else [str(MISSING)] for name in names}
    token = next(one.values[_TOKEN] for one in found.values() if one.who == who.name)
    return Sending(who.name, rule.endpoint, path, {**values, _TOKEN: token}, set(names))


def models_of(view: Any, *, depth: int = 2) -> set[type[FormModel]]:
    """Return the models that a view names, itself or in the functions of its module that it calls."""
    found: set[type[FormModel]] = set()
    view = getattr(view, "__wrapped__", view)
    for name in _names_in(view.__code__):
        value = view.__globals__.get(name)
        if isinstance(value, type) and issubclass(value, FormModel) and value is not FormModel:
            found.add(value)
        elif (
            depth
            and isfunction(value)
            and value.__module__.startswith("clinic.web")
            and ".frame." not in value.__module__
        ):
            found |= models_of(value, depth=depth - 1)
    return found


def _names_in(code: CodeType) -> set[str]:
    nested = [one for one in code.co_consts if isinstance(one, CodeType)]
    return {*code.co_names, *(name for one in nested for name in _names_in(one))}
