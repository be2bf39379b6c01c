"""A checking client: it parses every page, refuses sloppy ones, and follows links and forms as a person would."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from lxml import html
from lxml.etree import XPath
from lxml.html import HtmlElement as Element
from werkzeug.test import TestResponse

FOLLOW_AT_MOST = 5
PARSER = html.HTMLParser(remove_comments=True, encoding="utf-8")
UNTYPED = frozenset({"submit", "button", "reset", "image", "hidden"})
CONTROLS = frozenset({"input", "select", "textarea"})
_NO_TAG = re.compile(r"[.#\[]")
_IDS, _HREFS = XPath("//@id"), XPath("//@href")
_NAMING = XPath("//*[@aria-describedby or @aria-labelledby or @for]")
_INLINE = XPath("//style | //script[not(@src) or @src = '']")
_ACTIVE = XPath("//@style | //@*[starts-with(name(), 'on')]")
"""What every page is asked for, found by the parser's own code: these checks run on each page of thousands of tests."""


class Sloppy(AssertionError):
    """The page breaks a rule that every page keeps."""


class Absent(AssertionError):
    """The page has no such form, link or field."""


def parsed(markup: str) -> Element:
    """Return the tree of a page, as a browser would have it; comments are left out."""
    return html.document_fromstring(markup or "<html></html>", parser=PARSER)


def _named(root: Element, *tags: str) -> list[Element]:
    return list(root.iter(*tags))


def text_of(element: Element) -> str:
    """Return the words inside an element, spaces made single."""
    return " ".join("".join(element.itertext()).split())


@dataclass
class Browser:
    """A person's browser over Flask's test client; `check` can be switched off for deliberately broken pages."""

    client: FlaskClient
    headers: Mapping[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})

    def get(self, path: str, **query: object) -> "Page":
        """Open an address and follow redirects."""
        response = self.client.get(path, query_string=query or None, headers=dict(self.headers))
        return self._arrive(path, response)

    def post(self, path: str, fields: Mapping[str, object] | list[tuple[str, str]]) -> "Page":
        """Send fields as they are, token included by the caller, and follow redirects."""
        response = self.client.post(path, data=fields, headers=dict(self.headers))
        return self._arrive(path, response)

    def sign_in_with(self, token: str, *, kind: str = "sid") -> "Browser":
        """Carry a session token, as if this browser had signed in."""
        self.client.set_cookie(f"__Host-{kind}", token, secure=True, path="/")
        return self

    def _arrive(self, path: str, response: TestResponse) -> "Page":
        for _ in range(FOLLOW_AT_MOST):
            if response.status_code not in {301, 302, 303, 307, 308}:
                return Page(self, path, response)
            path = urljoin(path, response.headers["Location"])
            response = self.client.get(path, headers=dict(self.headers))
        raise Sloppy(f"{path} redirects in circles")


class Page:
    """One answer; if it is HTML it has been checked."""

    def __init__(self, browser: Browser, path: str, response: TestResponse) -> None:
        self.browser = browser
        self.path = path
        self.response = response
        self.status = response.status_code
        self.is_html = response.mimetype == "text/html"
        self.root = parsed(response.get_data(as_text=True))
        if self.is_html:
            check(self)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.path} {self.title!r}>"

    @property
    def title(self) -> str:
        return " ".join(text_of(item) for item in _named(self.root, "title")[:1])

    @property
    def h1(self) -> str:
        return text_of(_named(self.root, "h1")[0])

    @property
    def main(self) -> Element:
        return next(iter(_named(self.root, "main")), self.root)

    @property
    def text(self) -> str:
        """Return all words of the main part."""
        return text_of(self.main)

    @property
    def toasts(self) -> list[str]:
        return [text_of(item) for item in self.select(".toast")]

    @property
    def errors(self) -> dict[str, str]:
        """Return what the summary of problems links to: box id -> sentence; whole-form problems under ''."""
        found = {}
        for item in self.select(".summary li"):
            link = next(iter(_named(item, "a")), None)
            found[link.get("href", "").removeprefix("#") if link is not None else ""] = text_of(item)
        return found

    @property
    def links(self) -> dict[str, str]:
        """Return words -> address of every link."""
        return {text_of(item): item.get("href", "") for item in _named(self.root, "a")}

    def select(self, selector: str) -> list[Element]:
        """Return elements by a small selector: `tag`, `.class`, `#id`, `tag.class`, `[name=x]`, joined by spaces."""
        found = [self.root]
        for part in selector.split():
            tag = _NO_TAG.split(part, maxsplit=1)[0]
            below = (item for root in found for item in root.iter(*filter(None, [tag])) if item is not root)
            found = [item for item in below if _matches(item, part)]
        return found

    def one(self, selector: str) -> Element:
        found = self.select(selector)
        if len(found) != 1:
            raise Absent(f"{selector!r} is there {len(found)} times on {self.path}")
        return found[0]

    def texts(self, selector: str) -> list[str]:
        return [text_of(item) for item in self.select(selector)]

    def click(self, words: str) -> "Page":
        """Follow the link with these words."""
        if words not in self.links:
            raise Absent(f"no link {words!r} on {self.path}; there are {sorted(self.links)}")
        return self.browser.get(urljoin(self.path, self.links[words]))

    @property
    def forms(self) -> dict[str, "Form"]:
        forms = _named(self.root, "form")
        return {item.get("name") or item.get("id") or str(at): Form(self, item) for at, item in enumerate(forms)}

    def form(self, name: str) -> "Form":
        if name not in self.forms:
            raise Absent(f"no form {name!r} on {self.path}; there are {sorted(self.forms)}")
        return self.forms[name]


@dataclass
class Form:
    """A form as it stands on the page."""

    page: Page
    element: Element

    @property
    def action(self) -> str:
        return urljoin(self.page.path, self.element.get("action") or self.page.path)

    @property
    def method(self) -> str:
        return self.element.get("method", "get").lower()

    @property
    def values(self) -> dict[str, list[str]]:
        """Return what would be sent if nothing were changed, buttons left out."""
        sent: dict[str, list[str]] = {}
        for control in _named(self.element, *CONTROLS):
            name = control.get("name")
            if name and _is_sent(control):
                sent.setdefault(name, []).append(_value(control))
        return sent

    @property
    def names(self) -> set[str]:
        """Return the names of all boxes and buttons."""
        return {item.get("name", "") for item in _named(self.element, *CONTROLS, "button")} - {""}

    @property
    def buttons(self) -> list[str]:
        return [text_of(item) for item in _named(self.element, "button")]

    def submit(self, button: str | None = None, **fields: object) -> Page:
        """Send the form with some boxes changed (None empties one) and, if named, by one of its buttons."""
        unknown = set(fields) - self.names
        if unknown:
            raise Absent(f"the form has no {sorted(unknown)}; it has {sorted(self.names)}")
        return self.send(button, **fields)

    def send(self, button: str | None = None, **fields: object) -> Page:
        """Send the form with any fields at all, for tests of bad input."""
        sent = self.values
        for name, value in fields.items():
            many = value if isinstance(value, (list, tuple)) else [value]
            sent[name] = [str(item) for item in many if item is not None]
        pressed = self._pressed(button)
        if pressed is not None and pressed.get("name"):
            sent.setdefault(pressed.get("name", ""), []).append(pressed.get("value", ""))
        pairs = {name: values for name, values in sent.items() if values}
        if self.method == "get":
            return self.page.browser.get(urlsplit(self.action).path, **pairs)
        return self.page.browser.post(self.action, pairs)

    def _pressed(self, words: str | None) -> Element | None:
        if words is None:
            return None
        for item in _named(self.element, "button"):
            if words in {text_of(item), item.get("value")} or text_of(item).startswith(words):
                return item
        raise Absent(f"no button {words!r}; there are {self.buttons}")


def _is_sent(control: Element) -> bool:
    kind = control.get("type", "text")
    if control.get("disabled") is not None or (control.tag == "input" and kind in UNTYPED - {"hidden"}):
        return False
    return kind not in {"checkbox", "radio"} or control.get("checked") is not None


def _value(control: Element) -> str:
    if control.tag == "textarea":
        return control.text or ""
    if control.tag != "select":
        return control.get("value", "on" if control.get("type") == "checkbox" else "")
    options = _named(control, "option")
    chosen = [item for item in options if item.get("selected") is not None] or options[:1]
    return chosen[0].get("value", text_of(chosen[0])) if chosen else ""


def _matches(item: Element, part: str) -> bool:
    if part.startswith("[") and part.endswith("]"):
        name, _, value = part[1:-1].partition("=")
        return item.get(name) is not None if not value else item.get(name) == value.strip("\"'")
    if "#" in part:
        tag, _, wanted = part.partition("#")
        return (not tag or item.tag == tag) and item.get("id") == wanted
    tag, *classes = part.split(".")
    return (not tag or item.tag == tag) and set(classes) <= set((item.get("class") or "").split())


def check(page: Page) -> None:
    """Raise Sloppy if the page breaks a rule of every page."""
    found = [problem for rule in RULES for problem in rule(page.root)]
    if found:
        raise Sloppy(f"{page.path} ({page.status}): " + "; ".join(found))


def _frame_problems(root: Element) -> Iterator[str]:
    titles = [text_of(item) for item in _named(root, "title")]
    if len(titles) < 1 or not titles[0]:
        yield "no title"
    if len(_named(root, "h1")) != 1:
        yield f"{len(_named(root, 'h1'))} h1"
    if not root.get("lang"):
        yield "no lang"
    if len(_named(root, "main")) != 1:
        yield "not one main"


def _id_problems(root: Element) -> Iterator[str]:
    ids = Counter(_IDS(root))
    yield from (f"id {name!r} twice" for name, times in ids.items() if times > 1)
    for item in _NAMING(root):
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            missing = set((item.get(attribute) or "").split()) - set(ids)
            if missing:
                yield f"{item.tag} {attribute} names {sorted(map(str, missing))}, which is not there"


def _label_problems(root: Element) -> Iterator[str]:
    labelled = {item.get("for") for item in _named(root, "label")}
    wrapped = {control for label in _named(root, "label") for control in _named(label, *CONTROLS)}
    for control in _named(root, *CONTROLS):
        is_named = control.get("aria-label") or control.get("aria-labelledby")
        is_hidden = control.tag == "input" and control.get("type") in UNTYPED
        if not (is_hidden or is_named or control.get("id") in labelled or control in wrapped):
            yield f"{control.tag} {control.get('name')!r} has no label"
    yield from (f"button without words: {item.attrib}" for item in _named(root, "button") if not _words(item))
    yield from (f"link without words: {item.get('href')}" for item in _named(root, "a") if not _words(item))


def _words(item: Element) -> str:
    return text_of(item) or item.get("aria-label", "")


def _form_problems(root: Element) -> Iterator[str]:
    for form in _named(root, "form"):
        tokens = [item for item in _named(form, "input") if item.get("name") == "csrf_token" and item.get("value")]
        if form.get("method", "get").lower() == "post" and len(tokens) != 1:
            yield f"form {form.get('name')!r} has {len(tokens)} tokens"
        if form.get("method", "get").lower() == "get" and tokens:
            yield f"form {form.get('name')!r} would put its token into the address"


def _inline_problems(root: Element) -> Iterator[str]:
    yield from (f"inline {item.tag}" for item in _INLINE(root))
    yield from (f"{found.getparent().tag} has {found.attrname}=" for found in _ACTIVE(root))
    yield from ("javascript: link" for href in _HREFS(root) if href.strip().lower().startswith("javascript:"))


RULES = (_frame_problems, _id_problems, _label_problems, _form_problems, _inline_problems)
