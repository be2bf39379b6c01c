"""Drawings of a timeline: one axis for all, labels that do not meet, bands that a score lies inside of."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from lxml.html import fragment_fromstring

from clinic.dashboards.timeline_rules import CRAVING, GAD7, PHQ9, SDS
from clinic.web.charts.timeline import Dot, Lane, Mark, Span, arrows, drawn, lanes, measure, pressure, sheet
from clinic.web.charts.timeline_axis import MARGIN, NARROW, WIDE, Axis, gathered, staggered
from clinic.web.physician.chart.scales import band_word, scale_of

FIRST, LAST = date(2025, 12, 10), date(2026, 11, 23)
EVIL = '"><script>alert(1)</script>'


def days(count: int, step: int) -> list[date]:
    return [LAST - timedelta(days=step * number) for number in reversed(range(count))]


def draws():
    """Return each kind of drawing, full of marks, with the worst words."""
    dots = [Dot(day=day, value=number % 27, said=EVIL, is_ringed=number == 3) for number, day in enumerate(days(30, 9))]
    marks = [Mark(day=day, inside="3", below="Urgent", said=EVIL, grade=n % 5) for n, day in enumerate(days(60, 2))]
    rows = [Lane(name=look, marks=marks, look=look) for look in ("mark", "bar", "tick")]
    spans = [Span(day=day, systolic=165, diastolic=70, said=EVIL) for day in days(40, 8)]
    return {
        "measure": lambda axis: measure(axis, dots, scale_of(PHQ9), sessions=days(18, 20)),
        "lanes": lambda axis: lanes(axis, rows, sessions=days(18, 20)),
        "pressure": lambda axis: pressure(axis, spans, sessions=days(18, 20)),
    }


@pytest.mark.parametrize("kind", ["measure", "lanes", "pressure"])
def test_every_drawing_has_a_name_a_description_both_sizes_and_nothing_inline(kind):
    markup = str(drawn(draws()[kind], FIRST, LAST, key=kind, title=EVIL, said=EVIL))
    tree = fragment_fromstring(markup, create_parent=True)
    assert [part.get("width") for part in tree] == [str(WIDE.width), str(NARROW.width)]
    assert {part.get("role") for part in tree} == {"img"}
    assert not {part.tag for part in tree.iter()} & {"script", "style"}
    assert not any(name == "style" or name.startswith("on") for part in tree.iter() for name in part.attrib)
    ids = re.findall(r'\bid="([^"]+)"', markup)
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize("kind", ["measure", "lanes", "pressure"])
def test_all_drawings_have_the_sessions_at_the_same_places_and_nothing_beyond_their_edges(kind):
    for size in (WIDE, NARROW):
        axis = Axis(size, FIRST, LAST)
        parts = "".join(draws()[kind](axis).parts)
        lines = re.findall(r'class="tl-session"[^/]* x1="([\d.]+)"', parts)
        assert lines == [f"{axis.x(day):.1f}" for day in days(18, 20) if day >= FIRST]
        places = [float(x) for x in re.findall(r' (?:x|x1|x2|cx)="(-?[\d.]+)"', parts)]
        assert min(places) >= 0
        assert max(places) <= size.width


@pytest.mark.parametrize("places", [[0, 5, 10, 15, 40], [0, 26, 52], [1.0], [], list(range(0, 300, 4))])
def test_labels_of_a_row_are_never_nearer_than_their_room(places):
    rows = staggered(places)
    for row in (0, 1):
        kept = [x for x, at in zip(places, rows, strict=True) if at == row]
        assert all(other - one >= MARGIN for one, other in pairwise(kept))
    assert not places or rows[0] == 0


def test_marks_that_would_run_into_each_other_are_gathered_and_none_is_lost():
    groups = gathered([0, 5, 12, 30, 31, 90], room=21)
    assert groups == [[0, 1, 2], [3, 4], [5]]


@pytest.mark.parametrize("length", [28, 90, 100, 101, 200, 365, 800])
def test_dates_below_a_drawing_never_run_into_each_other(length):
    for size in (WIDE, NARROW):
        axis = Axis(size, LAST - timedelta(days=length - 1), LAST)
        ticks = list(axis.ticks())
        assert ticks
        for (one, label), (other, following) in pairwise(ticks):
            assert other - one > (len(label) + len(following)) * 6.6 / 2


@pytest.mark.parametrize("key", [PHQ9, GAD7])
def test_every_score_lies_inside_the_stripe_of_its_own_band(key):
    scale = scale_of(key)
    for value in range(scale.top + 1):
        edges = [each.least for each in scale.stripes] + [scale.top + 1]
        index = max(n for n, least in enumerate(edges[:-1]) if value >= least)
        assert scale.y(edges[index + 1] - 0.5) <= scale.y(value) <= scale.y(max(edges[index] - 0.5, 0))
        assert band_word(key, value).startswith(scale.stripes[index].word[:3])


def test_scores_without_degrees_of_severity_have_cut_offs_and_no_bands():
    assert [(cut.value, cut.word) for cut in scale_of(SDS).cuts] == [(4, "Cut-off")]
    assert [cut.value for cut in scale_of(CRAVING).cuts] == [4, 7]
    assert scale_of(SDS).stripes == scale_of(CRAVING).stripes == ()


def test_an_item_nine_score_has_a_ring_and_a_long_silence_is_dashed():
    dots = [
        Dot(day=date(2026, 1, 1), value=9, said="a", is_ringed=True),
        Dot(day=date(2026, 1, 20), value=8, said="b"),
        Dot(day=date(2026, 6, 1), value=7, said="c"),
    ]
    parts = measure(Axis(WIDE, FIRST, LAST), dots, scale_of(PHQ9), sessions=[]).parts
    assert sum("tl-ring" in part for part in parts) == 1
    assert [part.split('"')[1] for part in parts if "tl-line" in part or "tl-gap" in part] == ["tl-line", "tl-gap"]


@pytest.mark.parametrize(
    ("reading", "mark"), [((139, 89), ""), ((140, 60), "\u2191"), ((120, 90), "\u2191"), ((160, 60), "\u2191\u2191")]
)
def test_arrows_tell_how_far_a_pressure_is_over_its_limit(reading, mark):
    assert arrows(*reading) == mark


def test_a_sheet_stands_alone_with_colors_as_attributes():
    svg = sheet([(EVIL, draw) for draw in draws().values()], FIRST, LAST)
    tree = fragment_fromstring(svg, create_parent=True)
    shapes = [part for part in tree.iter() if part.tag in {"rect", "circle", "path", "line", "text"}]
    assert all(part.get("fill") or part.get("stroke") for part in shapes)
    assert "<script" not in svg
