"""A kind of visit drawn as two lanes over its minutes: when the patient is engaged, and when the physician is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Stretch = Sequence[int]
"""First minute from the start of the visit, and how many minutes."""

_WIDTH, _LEFT, _LANE, _GAP, _TOP = 380, 72, 20, 6, 4
_BOTTOM = 22
_STEPS = (5, 10, 15, 30, 60, 120)
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is drawn: the patient's minutes, the physician's stretches and the buffers around each of them."""

    patient_minutes: int
    stretches: Sequence[Stretch]
    before: int
    after: int

    @property
    def first(self) -> int:
        """Return the first minute that is drawn, below zero for a buffer before the visit."""
        return min([0, *(offset - self.before for offset, _ in self.stretches)])

    @property
    def last(self) -> int:
        """Return the minute after the last one that is drawn."""
        return max([self.patient_minutes, *(offset + length + self.after for offset, length in self.stretches)])

    def at(self, minute: int) -> float:
        """Return where a minute stands from the left."""
        scale = (_WIDTH - _LEFT - 8) / max(1, self.last - self.first)
        return round(_LEFT + (minute - self.first) * scale, 1)


def visit_bar(name: str, span: Span, *, key: str) -> Markup:
    """Return the drawing; `key` keeps the ids of several drawings on a page apart."""
    height = _TOP + 2 * _LANE + _GAP + _BOTTOM
    parts = [*_lanes(span), *_ticks(span)]
    return Markup(  # noqa: S704 - every value inside is a number or escaped
        f'<svg class="visit-bar" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-labelledby="bar-{escape(key)}-t bar-{escape(key)}-d">'
        f'<title id="bar-{escape(key)}-t">{escape(name)}</title>'
        f'<desc id="bar-{escape(key)}-d">{escape(in_words(span))}</desc>'
        f"{''.join(parts)}</svg>"
    )


def in_words(span: Span) -> str:
    """Return the drawing in a sentence."""
    said = [f"minute {offset} to {offset + length}" for offset, length in span.stretches]
    buffers = [
        f"{minutes} minutes free {word}"
        for minutes, word in ((span.before, "before"), (span.after, "after"))
        if minutes
    ]
    ends = f", with {' and '.join(buffers)}" if buffers else ""
    return f"The patient is there for {span.patient_minutes} minutes. The physician: {', '.join(said)}{ends}."


def _lanes(span: Span) -> Iterator[str]:
    below = _TOP + _LANE + _GAP
    yield _word("Patient", _TOP)
    yield _word("Physician", below)
    yield _box(span, 0, span.patient_minutes, top=_TOP, look="bar-patient")
    for offset, length in span.stretches:
        if span.before:
            yield _box(span, offset - span.before, offset, top=below, look="bar-buffer")
        if span.after:
            yield _box(span, offset + length, offset + length + span.after, top=below, look="bar-buffer")
        yield _box(span, offset, offset + length, top=below, look="bar-physician")


def _ticks(span: Span) -> Iterator[str]:
    step = next((each for each in _STEPS if (span.last - span.first) / each <= _MOST_TICKS), _STEPS[-1])
    top, foot = _TOP, _TOP + 2 * _LANE + _GAP + 4
    for minute in range(-(-span.first // step) * step, span.last + 1, step):
        x = span.at(minute)
        yield f'<line class="bar-tick" x1="{x}" x2="{x}" y1="{top}" y2="{foot}" stroke-width="1"/>'
        yield f'<text class="bar-text" x="{x}" y="{foot + 13}" font-size="12" text-anchor="middle">{minute}</text>'


def _box(span: Span, first: int, last: int, *, top: int, look: str) -> str:
    x, width = span.at(first), round(span.at(last) - span.at(first), 1)
    return f'<rect class="{look}" x="{x}" y="{top}" width="{width}" height="{_LANE}" rx="3"/>'


def _word(word: str, top: int) -> str:
    return f'<text class="bar-text" x="0" y="{top + 15}" font-size="13">{word}</text>'
