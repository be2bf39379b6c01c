"""Drawings: words for those who do not see them, colors that survive print, no text that runs into another."""

import re
from itertools import pairwise

import pytest
from lxml.html import fragments_fromstring

from clinic.web.charts import Point, columns, rows
from clinic.web.charts.columns import nice_top

EVIL = '"><script>alert(1)</script>'


def drawings(markup):
    """Return the wide and the narrow drawing as trees."""
    return fragments_fromstring(str(markup))


def some(count, **more):
    return [Point(label=f"Nov {n}", value=float(n % 7), said=f"{n % 7}/20", **more) for n in range(count)]


def drawn(points):
    return [
        columns(points, key="one", title="No-shows", unit=lambda value: f"{value:g}%"),
        rows(points, key="two", title="Reasons"),
    ]


@pytest.mark.parametrize("count", [0, 1, 8, 53, 366])
def test_every_drawing_has_a_name_and_a_description_and_unique_ids(count):
    for markup in drawn(some(count)):
        wide, narrow = drawings(markup)
        for tree in (wide, narrow):
            named = {part.get("id") for part in tree if part.tag in {"title", "desc"}}
            assert set(tree.get("aria-labelledby").split()) == named
            assert tree.get("role") == "img"
        ids = re.findall(r'\bid="([^"]+)"', str(markup))
        assert len(ids) == len(set(ids)) == 4


def test_the_description_names_first_last_lowest_and_highest():
    points = [
        Point(label=label, value=value, said=f"{value} %") for label, value in (("A", 3), ("B", 1), ("C", 9), ("D", 2))
    ]
    wide, _ = drawings(columns(points, key="k", title="t", unit=str))
    assert wide.find("desc").text == "First A: 3 %; last D: 2 %; lowest B: 1 %; highest C: 9 %."


@pytest.mark.parametrize("points", [[], [Point(label="Nov 2", value=None, said="–")]])
def test_nothing_is_drawn_as_nothing(points):
    for markup in drawn(points):
        for tree in drawings(markup):
            assert tree.findall("rect") == []
            assert tree.find("desc").text == "There is nothing to show."


def test_each_shape_has_its_color_as_an_attribute_and_as_a_class():
    for markup in drawn([*some(5), *some(2, is_faint=True)]):
        for tree in drawings(markup):
            for part in tree:
                if part.tag in {"rect", "line", "text"}:
                    assert part.get("class")
                    assert part.get("fill") or part.get("stroke")
        assert "style=" not in markup


def test_few_cases_are_drawn_hollow():
    points = [Point(label="a", value=1, is_faint=True), Point(label="b", value=1)]
    for markup in drawn(points):
        for tree in drawings(markup):
            assert [part.get("class") for part in tree.findall("rect")] == ["chart-faint", "chart-bar"]


def test_no_label_is_markup():
    for markup in [
        columns([Point(label=EVIL, value=1, said=EVIL)], key="k", title=EVIL, unit=lambda _: EVIL),
        rows([Point(label=EVIL, value=1, said=EVIL)], key="k", title=EVIL),
    ]:
        assert "<script" not in markup
        assert all(tree.find("title").text == EVIL for tree in drawings(markup))


@pytest.mark.parametrize("count", [2, 8, 12, 20, 53])
def test_words_of_one_line_do_not_run_into_each_other(count):
    for tree in drawings(drawn(some(count))[0]):
        lines: dict[str, list[tuple[float, float]]] = {}
        for part in tree.findall("text"):
            if part.get("text-anchor") == "middle":
                half = len(part.text) * 6.5 / 2
                x = float(part.get("x"))
                lines.setdefault(part.get("y"), []).append((x - half, x + half))
        for spans in lines.values():
            ordered = sorted(spans)
            assert all(left[1] <= right[0] for left, right in pairwise(ordered))


def test_bars_stay_inside_the_drawing():
    for markup in drawn(some(53)):
        for tree in drawings(markup):
            width, height = (float(tree.get(side)) for side in ("width", "height"))
            for bar in tree.findall("rect"):
                x, y, wide, tall = (float(bar.get(name)) for name in ("x", "y", "width", "height"))
                assert x >= 0
                assert y >= 0
                assert x + wide <= width
                assert y + tall <= height


@pytest.mark.parametrize(
    ("most", "top"), [(4, 4), (5, 8), (9, 10), (10, 10), (11, 20), (17, 20), (30, 40), (60, 80), (100, 100), (101, 200)]
)
def test_the_axis_ends_at_a_round_number(most, top):
    assert nice_top(most) == top
