"""Templates, style and scripts keep the rules that the browser's policy and the readers rely on."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polib
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from flask import Flask, render_template_string

import clinic.web
from clinic.web.frame import display
from clinic.web.frame.context import warn_with
from clinic.web.frame.paging import Page, offset_of
from clinic.web.frame.static import FOLDER
from tests.web.frame.conftest import NOW
from tests.web.html import Browser, Sloppy

Web = Callable[[str | None], Browser]

TEMPLATES = Path(clinic.web.__file__).parent / "templates"
EVERY_TEMPLATE = sorted(TEMPLATES.rglob("*.html"))
SCRIPTS = sorted(FOLDER.glob("*.js"))


@pytest.mark.parametrize("path", EVERY_TEMPLATE, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_sec33_a_template_has_nothing_inline_and_nothing_unescaped(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<[^>{]*\s(?:style|on[a-z]+)=", source)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|javascript:", source)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_sec10_a_script_is_small_and_never_turns_text_into_markup(path: Path) -> None:
    source = path.read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|parseFromString", source
    )
    assert not re.search(r"https?://|import\(", source)
    assert len(source) < 5_000


def test_the_style_sheet_is_small_self_contained_and_thinks_of_everybody() -> None:
    source = (FOLDER / "clinic.css").read_text()
    assert len(source.encode()) < 40_000
    assert "url(" not in source
    assert "@import" not in source
    for need in (
        "prefers-color-scheme: dark",
        "forced-colors",
        "prefers-reduced-motion",
        "@media print",
        "focus-visible",
    ):
        assert need in source


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    digits = color.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def palettes() -> Iterator[dict[str, str]]:
    bright, _, rest = (FOLDER / "clinic.css").read_text().partition("prefers-color-scheme: dark")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w+);", part)) for part in (bright, rest.partition("*, *::before")[0])
    )
    yield light
    yield dark


@pytest.mark.parametrize("palette", list(palettes()), ids=["light", "dark"])
def test_words_and_edges_stand_out_in_both_palettes(palette: dict[str, str]) -> None:
    for ground in ("page", "card", "sunk"):
        for words in ("ink", "quiet", "brand"):
            assert contrast(palette[words], palette[ground]) >= 4.5, (words, ground)
        assert contrast(palette["edge"], palette[ground]) >= 3, ground
        assert contrast(palette["focus"], palette[ground]) >= 3, ground
    for tone in ("good", "warn", "bad", "held", "done"):
        assert contrast(palette[tone], palette[f"{tone}-soft"]) >= 4.5, tone
    assert contrast(palette["on-brand"], palette["brand"]) >= 4.5
    assert contrast(palette["brand-strong"], palette["brand-soft"]) >= 4.5


def places(sentence: str) -> list[str]:
    """Return where a sentence takes a number or a name."""
    return sorted(re.findall(r"%\(\w+\)\w+", sentence))


def test_every_spanish_sentence_is_there_and_keeps_its_places() -> None:
    [path] = (TEMPLATES.parent / "translations").rglob("es/LC_MESSAGES/messages.po")
    for entry in polib.pofile(str(path)):
        english = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        # Spanish and English both speak in one way of one thing, in another of several: each form has its own places.
        spanish = [entry.msgstr_plural.get(form) for form in (0, 1)] if entry.msgid_plural else [entry.msgstr]
        assert all(spanish), entry.msgid
        assert list(map(places, spanish)) == list(map(places, english)), spanish
        assert not entry.fuzzy


def test_every_sentence_that_is_marked_for_translation_is_in_the_spanish_catalog() -> None:
    root = TEMPLATES.parent
    [path] = (root / "translations").rglob("es/LC_MESSAGES/messages.po")
    known = {entry.msgid for entry in polib.pofile(str(path))}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    keywords = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}
    options = {"**.html": {"encoding": "utf-8"}}
    found = extract_from_dir(str(root), methods, options, keywords=keywords)
    asked = {words if isinstance(words, str) else words[0] for _file, _line, words, _comments, _context in found}
    assert asked - known == set()


def test_a_patients_page_offers_its_other_language_in_that_language(web: Web) -> None:
    browser = web("visit")
    page = browser.get("/visit")
    [link] = page.select("a.language")
    assert (link.get("lang"), link.get("href"), "".join(link.itertext())) == ("es", "/visit?lang=es", "Español")
    spanish = page.click("Español")
    assert spanish.root.get("lang") == "es"
    assert "¿En crisis?" in spanish.texts(".crisis")[0]
    assert browser.get("/visit").root.get("lang") == "es", "the choice is remembered"


def test_a_browsers_wish_is_heard_on_patients_pages_and_not_on_staff_pages(web: Web) -> None:
    browser = web("visit")
    browser.headers = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    assert browser.get("/visit").root.get("lang") == "es"
    assert browser.get("/sign-in").root.get("lang") == "en"


def test_the_crisis_line_is_on_every_patient_page(web: Web) -> None:
    for who, path in (("visit", "/visit"), ("survey", "/visit"), (None, "/visit")):
        assert web(who).get(path).links["988"] == "tel:988"


def test_the_demo_says_so_on_every_page_and_the_real_clinic_does_not(make_site: Callable[..., Flask], web: Web) -> None:
    assert web("dana").get("/today").texts(".demo")[0].startswith("DEMO")
    assert web("visit").get("/visit").texts(".demo")[0].startswith("DEMO")
    assert not Browser(make_site(demo=False).test_client()).sign_in_with("dana").get("/today").select(".demo")


def test_warnings_stand_on_every_staff_page(site: Flask, web: Web) -> None:
    warn_with(site, lambda: ["No worker has been seen for 4 minutes."])
    assert web("dana").get("/patients").texts(".alarm") == ["! No worker has been seen for 4 minutes."]


def test_instants_are_told_in_a_named_zone(site: Flask) -> None:
    with site.test_request_context("/today"):
        site.preprocess_request()
        at = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
        styles = {
            style: display.when(at, "America/New_York", style) for style in ("short", "long", "day", "clock", "bare")
        }
    assert styles == {
        "short": "Wed, Nov 25, 10:30 AM ET",
        "long": "Wednesday, November 25 at 10:30 AM Eastern time",
        "day": "Wed, Nov 25",
        "clock": "10:30 AM ET",
        "bare": "10:30 AM",
    }


@pytest.mark.parametrize(
    ("waited", "words"),
    [(30, "0 min"), (240, "4 min"), (3_600, "1 h 00"), (7_800, "2 h 10"), (86_400, "1 d"), (-60, "0 min")],
)
def test_waits_are_told_shortly(site: Flask, waited: int, words: str) -> None:
    with site.test_request_context("/today"):
        assert display.wait_text(NOW - timedelta(seconds=waited), NOW) == words


def test_days_are_told_in_words(site: Flask) -> None:
    with site.test_request_context("/today"):
        assert display.day_text(date(1984, 3, 12)) == "Mar 12, 1984"
        assert display.day_text(date(1984, 3, 12), "long") == "March 12, 1984"


def test_sec33_only_web_addresses_of_a_text_become_links(site: Flask) -> None:
    text = 'Go to https://clinic.example/v/a_b-1. <b onclick="x">javascript:alert(1)</b>'
    assert display.linked(text) == (
        'Go to <a href="https://clinic.example/v/a_b-1">https://clinic.example/v/a_b-1</a>. '
        "&lt;b onclick=&#34;x&#34;&gt;javascript:alert(1)&lt;/b&gt;"
    )


def test_a_state_is_told_by_sign_and_word_never_by_color_alone(site: Flask) -> None:
    source = '{% import "components/ui.html" as ui %}{{ ui.status(kind, compact=compact) }}'
    with site.test_request_context("/sign-in"):
        site.preprocess_request()
        for kind, (sign, word, _look) in display.STATUS_LOOKS.items():
            for compact in (True, False):
                shown = render_template_string(source, kind=kind, compact=compact)
                assert f">{sign}<" in shown
                assert str(word) in shown


def test_pages_of_a_list_keep_their_filters(site: Flask) -> None:
    with site.test_request_context("/patients?sort=name&page=2"):
        page = Page(rows=range(50), number=2, total=130)
        assert (page.last, page.first_row, page.last_row) == (3, 51, 100)
        assert page.url(3) == "/patients?sort=name&page=3"
    assert (offset_of(1), offset_of(3), offset_of(0)) == (0, 100, 0)
    assert Page(rows=[], number=1, total=0).last == 1


def test_a_variable_that_a_template_misses_is_an_error(site: Flask) -> None:
    from jinja2 import UndefinedError

    with site.test_request_context("/sign-in"):
        site.preprocess_request()
        with pytest.raises(UndefinedError):
            render_template_string("{{ nobody_set_this }}")


BROKEN = {
    "two h1": "<h1>a</h1><h1>b</h1>",
    "no label": '<h1>a</h1><input name="x">',
    "inline style": '<h1>a</h1><p style="color:red">x</p>',
    "inline script": "<h1>a</h1><script>1</script>",
    "handler": '<h1>a</h1><button onclick="x">y</button>',
    "same id": '<h1>a</h1><p id="a"></p><p id="a"></p>',
    "no token": '<h1>a</h1><form method="post"></form>',
    "token in address": '<h1>a</h1><form><input type="hidden" name="csrf_token" value="x"></form>',
    "dangling": '<h1 aria-labelledby="nobody">a</h1>',
}


@pytest.mark.parametrize("body", list(BROKEN.values()), ids=list(BROKEN))
def test_the_checking_client_refuses_sloppy_pages(body: str) -> None:
    site = Flask(__name__)
    site.add_url_rule("/", "x", lambda: f"<!doctype html><html lang='en'><title>t</title><main>{body}</main>")
    with pytest.raises(Sloppy):
        Browser(site.test_client()).get("/")
