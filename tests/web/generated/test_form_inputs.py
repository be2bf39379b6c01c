"""Every form, fed with what no form expects: it answers properly, writes nothing by halves, and shows text as text."""

import pytest
from werkzeug.datastructures import MultiDict

from clinic.kernel.db import Base
from clinic.web.frame.form_state import FormErrors
from clinic.web.frame.reading import FormModel, read
from tests.web.generated.canaries import told
from tests.web.generated.conftest import World
from tests.web.generated.contents import MAY_GROW, fingerprint, holds
from tests.web.generated.crawl import FEW_BOXES, Answer, ask, has_turn, rules
from tests.web.generated.forms import PLAUSIBLE, Sending, all_forms, models_of, send
from tests.web.generated.logbook import Logbook, written_down

SMUGGLED = "qzel"
POLYGLOT = (
    f"Zz\"'><{SMUGGLED} {SMUGGLED}=1 onfocus=alert(1)></title></textarea></script><svg/onload=alert(1)>{{{{7*7}}}}"
)
SHORT_POLYGLOT = f"\"'><{SMUGGLED}>"
NAUGHTY = {
    "nul": "a\x00b",
    "escape sequence": "\x1b[31mred\x1b[0m\x07",
    "right to left override": "Ana\u202egnp.exe",
    "isolate": "\u2066abc\u2069",
    "zero width": "Ana\u200b\u200d\ufeff",
    "tag characters": "Ana\U000e0041\U000e0042",
    "piled up accents": "Z" + "\u0301\u0316" * 40,
    "arabic": "مرحبا بالعالم",
    "emoji family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "very long": "x" * 5000,
    "long line of words": "word " * 300,
    "line feeds": "a\r\nBCC: x@example.org\r\n\r\nb",
    "line separator": "a\u2028b\u2029c\x85d",
    "script": POLYGLOT,
    "short script": SHORT_POLYGLOT,
    "template": "qz{{7*7}}qz${7*7}qz#{7*7}qz{% raise %}",
    "format": "%s%n%x%(name)s{0.__class__}{}",
    "sql": "'; DROP TABLE patient; --",
    "sql like": "%_\\' OR 1=1 /*",
    "formula": '=HYPERLINK("http://example.org","a")+cmd|\' /C calc\'!A0',
    "path": "../../../../etc/passwd%00.html",
    "lone surrogate": "a\ud800b",
    "not a character": "\ufffe\uffff\U0010ffff",
    "only spaces": "\u00a0\u2003 \t",
    "digits of another script": "٣٠٥٥٥٥٠١٤٣",
}
ODD_VALUES = ("true", "1e999", "-1", "99999999999999999999", "[]", "2026-02-30")
_FEW_ENOUGH = 150
_ASSIGNED = "massassigned"
KEEPS_THE_REST = {"patient.answer_check_in_page"}
"""Where one box is refused alone: the other answers of the page, of which one may alarm, are kept on purpose."""
OF_MANY = {"roles", "overrides", "boxes"}
"""Boxes that may come as often as there are things to tick."""
_MARKS_OF_SMUGGLING = (f"<{SMUGGLED}", "<svg/onload", "qz49")


@pytest.fixture(scope="module")
def forms(world: World, walked: list[Answer]) -> list[Sending]:
    world.baseline = fingerprint(world.connection)
    return all_forms(world, walked)


def first_shapes(forms: list[Sending]) -> list[Sending]:
    """Return one form of each address."""
    return list({one.endpoint: one for one in reversed(forms)}.values())


def changed(world: World) -> list[str]:
    """Return the tables that are not as the town was settled; what was undone has not happened.

    Where no statement wrote to any table that counts, there is nothing to compare.
    """
    if world.written <= MAY_GROW:
        return []
    now = fingerprint(world.connection)
    return [table for table in now if now[table] != world.baseline[table]]


def tried(world: World, sending: Sending, values: dict[str, list[str]]) -> tuple[Answer, list[str]]:
    """Send the form and undo it; return the answer with what is wrong about it."""
    wrong = []
    with world.undone():
        answer = send(world, sending, values)
        if answer.status >= 500:
            wrong.append(f"status {answer.status}")
        elif answer.status >= 400 and sending.endpoint not in KEEPS_THE_REST and changed(world):
            wrong.append(f"refused with {answer.status} and written")
    wrong += [f"shows {mark}" for mark in _MARKS_OF_SMUGGLING if mark in answer.body]
    return answer, [f"{sending.who} {sending.endpoint} {one}" for one in wrong]


def test_every_address_that_takes_a_post_has_its_form_here(world: World, forms: list[Sending]):
    assert {one.endpoint for one in forms} == {rule.endpoint for rule in rules(world.app, "POST")}
    accepted = [one.endpoint for one in forms if tried(world, one, one.values)[0].status < 400]
    assert len(accepted) > len(forms) / 2, "what is sent below is refused for other reasons"


@pytest.mark.parametrize("name", NAUGHTY)
def test_SEC_S36_a_naughty_text_is_stored_whole_or_refused_whole(world: World, forms: list[Sending], name: str):
    wrong, turn = [], list(NAUGHTY).index(name)
    for sending in first_shapes(forms):
        if sending.texts and has_turn(sending.endpoint, turn):
            wrong += tried(world, sending, sending.with_words(NAUGHTY[name]))[1]
    assert wrong == []


@pytest.mark.parametrize("value", ODD_VALUES)
def test_SEC_S37_a_box_with_a_value_of_another_type_is_refused(world: World, forms: list[Sending], value: str):
    wrong = []
    for sending in forms:
        odd = {name: [value] for name in sending.others}
        if odd and has_turn(sending.endpoint, ODD_VALUES.index(value)):
            wrong += tried(world, sending, sending.values | odd)[1]
    assert wrong == []


def test_SEC_S37_a_box_that_comes_twice_with_two_values_changes_nothing(world: World, forms: list[Sending]):
    wrong = []
    for sending in first_shapes(forms):
        boxes = sorted({*sending.others, *sending.texts} - OF_MANY)
        for name in (one for turn, one in enumerate(boxes) if has_turn(sending.endpoint, turn)):
            twice = sending.values | {name: [*sending.values[name], _ASSIGNED]}
            with world.undone():
                if send(world, sending, twice).status >= 500 or has_taken(world, sending):
                    wrong.append(f"{sending.who} {sending.endpoint} {name}")
    assert wrong == []


def has_taken(world: World, sending: Sending) -> bool:
    """Tell whether a form that is to be refused changed anything, or took the wrong box where it keeps the others."""
    keeps = sending.endpoint in KEEPS_THE_REST
    return bool(changed(world)) and (not keeps or holds(world.connection, _ASSIGNED))


def test_SEC_S33_what_a_form_stores_is_shown_as_text(world: World, forms: list[Sending]):
    """A box alone, the others plausible, and then the page that the answer leads to."""
    wrong = []
    for sending in forms:
        for name in (
            one for turn, one in enumerate(sorted(sending.texts)) if has_turn(sending.endpoint, turn, FEW_BOXES)
        ):
            with world.undone():
                answer = send(world, sending, sending.values | {name: [POLYGLOT]})
                shown = [answer, *_onward(world, sending, answer)]
            bad = [mark for page in shown for mark in _MARKS_OF_SMUGGLING if mark in page.body]
            wrong += [f"{sending.endpoint} {name}: {one}" for one in bad]
    assert wrong == []


def _onward(world: World, sending: Sending, answer: Answer) -> list[Answer]:
    place = dict(answer.headers).get("Location")
    return [ask(world.visitors[sending.who], place)] if place else []


def test_SEC_S29_where_a_form_leads_and_what_is_logged_of_it_names_nobody(world: World, forms: list[Sending]):
    book, places = Logbook(), []
    for sending in forms:
        with world.undone(), written_down(book):
            places.append(dict(send(world, sending, sending.values).headers).get("Location", ""))
    for text in ("\n".join(places), "\n".join(book.lines)):
        assert told(world.canaries, text) == set()
        assert [typed for typed in PLAUSIBLE.values() if len(typed) > 10 and typed in text] == []


def column_names() -> set[str]:
    return {column.name for table in Base.metadata.tables.values() for column in table.columns}


def test_SEC_S34_a_form_with_columns_that_it_does_not_have_assigns_none_of_them(world: World, forms: list[Sending]):
    """Refused where the form has boxes; a mere button may do what it does, and takes nothing along.

    A part of the columns a form: that no form declares any of them is looked at below for every one.
    """
    wrong = []
    for sending in forms:
        extra = sorted(column_names() - set(sending.values))
        batches = [extra[at : at + _FEW_ENOUGH] for at in range(0, len(extra), _FEW_ENOUGH)]
        for names in (one for turn, one in enumerate(batches) if has_turn(sending.endpoint, turn)):
            with world.undone():
                answer = send(world, sending, sending.values | {name: [_ASSIGNED] for name in names})
                assert answer.status != 413, "refused for its size and not for its names"
                is_button = not (sending.texts or sending.others)
                took = holds(world.connection, _ASSIGNED) if is_button else has_taken(world, sending)
                if answer.status >= 500 or took:
                    wrong.append(f"{sending.who} {sending.endpoint} {answer.status} {changed(world)}")
    assert wrong == []


def test_SEC_S34_no_form_takes_the_name_of_a_column_that_it_does_not_declare(world: World):
    views = [world.app.view_functions[rule.endpoint] for rule in rules(world.app, "POST")]
    models = {model for view in views for model in models_of(view)}
    assert len(models) > 20
    for model in models:
        for name in column_names() - _boxes(model):
            found = read(model, MultiDict({name: "1"}), ignored=frozenset())
            assert isinstance(found, FormErrors), (model, name)
            assert found.problems, (model, name)


def _boxes(model: type[FormModel]) -> set[str]:
    return {f"{name}{part}" for name in model.model_fields for part in ("", "_month", "_day", "_year")}
