"""The figures of what happened: sessions with side effects and headaches, blood pressure, check-ins and flags."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from clinic.dashboards.timeline_rules import (
    BLADDER,
    CheckInMark,
    Effect,
    FlagMark,
    Pressure,
    SessionTaken,
    Timeline,
    Window,
)
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.charts.timeline import Lane, Mark, Span, arrows, lanes, pressure
from clinic.web.frame.display import day_text
from clinic.web.physician.chart.figures import Figure, Row, score
from clinic.web.physician.chart.words import level_word
from clinic.web.physician.level_looks import LEVEL_GLYPHS

GRADES = ("None", "Mild", "Moderate", "Severe")
CHECK_IN_WORDS: Mapping[str, str] = MappingProxyType({"done": "Done", "missed": "Missed", "open": "Open"})
_HEADACHE_GRADES = ((7, 3), (4, 2), (1, 1))
_UNKNOWN = "\u2013"


def events(timeline: Timeline, window: Window) -> list[Figure]:
    """Return the figures of what happened, in the order of the page."""
    bladder = [score(timeline, BLADDER, window)]
    return [_sessions(timeline, window), _pressure(timeline, window), *bladder, _marks(timeline, window)]


def _sessions(timeline: Timeline, window: Window) -> Figure:
    rows = [
        Lane(name="Units taken", marks=[_units(one) for one in timeline.sessions], look="bar", nothing="No session"),
        Lane(name="Side effects", marks=[_side_effect(one) for one in timeline.side_effects], nothing="Nothing told"),
        Lane(name="Headache", marks=[_headache(one) for one in timeline.headaches], nothing="None told"),
    ]
    days = [one.on for one in timeline.sessions]
    is_empty = not (timeline.sessions or timeline.side_effects or timeline.headaches)
    last = timeline.sessions[-1] if timeline.sessions else None
    return Figure(
        key="sessions",
        name="Sessions",
        value=str(len(timeline.sessions)) if last else "",
        word="taken",
        asked=f"Last {day_text(last.on)}" if last else "",
        notes=("Side effects: the worst told about a session, 0 none to 3 severe. Headache: 0 to 10, with the units.",),
        said="No session on record yet." if is_empty else _sessions_said(timeline, window),
        draw=None if is_empty else lambda axis: lanes(axis, rows, sessions=days),
        head=("Day", "Phase", "Units", "Blood pressure", "Worst side effect", "Headache"),
        rows=list(_session_rows(timeline, window)),
    )


def _sessions_said(timeline: Timeline, window: Window) -> str:
    shown = [one for one in timeline.sessions if window.holds(one.on)]
    effects = [one for one in timeline.side_effects if window.holds(one.on)]
    severe = [day_text(one.on) for one in effects if one.value >= len(GRADES) - 1]
    headaches = sum(window.holds(one.on) for one in timeline.headaches)
    parts = [f"{len(shown)} sessions in these days"]
    parts += [f"severe side effects on {', '.join(severe)}"] if severe else []
    parts += [f"{headaches} with headache"] if headaches else []
    return "; ".join(parts) + "."


def _session_rows(timeline: Timeline, window: Window) -> Iterator[Row]:
    """Give the sessions with what was told about each, the newest first, then what was told on days without one."""
    effects, headaches = ({one.at: one for one in found} for found in (timeline.side_effects, timeline.headaches))
    days = {one.at: one for one in timeline.sessions}
    pressures = {one.on: f"{one.systolic}/{one.diastolic}" for one in timeline.pressures}
    for at in sorted({*days, *effects, *headaches}, reverse=True):
        taken, effect, headache = days.get(at), effects.get(at), headaches.get(at)
        day = next(one.on for one in (taken, effect, headache) if one is not None)
        if window.holds(day):
            told = effect or headache
            yield Row(
                cells=(
                    day_text(day),
                    PHASE_NAMES[Phase(taken.phase)] if taken else "No session",
                    str(taken.units) if taken and taken.units is not None else _UNKNOWN,
                    pressures.get(day, _UNKNOWN) if taken else _UNKNOWN,
                    f"{effect.value} {_grade(effect).lower()}" if effect else _UNKNOWN,
                    f"{headache.value} of 10" if headache else _UNKNOWN,
                ),
                assessment_id=told.assessment_id if told else None,
            )


def _units(one: SessionTaken) -> Mark:
    units = "" if one.units is None else str(one.units)
    said = f"{day_text(one.on)}: {units or 'unknown'} units"
    return Mark(day=one.on, inside=units, below=units or "?", said=said, grade=0)


def _side_effect(one: Effect) -> Mark:
    said = f"{day_text(one.on)}: {_grade(one).lower()} side effects"
    return Mark(day=one.on, inside=str(one.value), below="", said=said, grade=min(one.value, len(GRADES) - 1))


def _grade(one: Effect) -> str:
    return GRADES[min(one.value, len(GRADES) - 1)]


def _headache(one: Effect) -> Mark:
    grade = next(grade for least, grade in _HEADACHE_GRADES if one.value >= least)
    units = "" if one.units is None else f"{one.units} u"
    said = f"{day_text(one.on)}: headache {one.value} of 10{f' after {one.units} units' if units else ''}"
    return Mark(day=one.on, inside=str(one.value), below=units, said=said, grade=grade)


def _pressure(timeline: Timeline, window: Window) -> Figure:
    if not timeline.pressures:
        return Figure(key="pressure", name="Blood pressure", said="No blood pressure on record yet.", draw=None)
    last = timeline.pressures[-1]
    shown = [one for one in timeline.pressures if window.holds(one.on)]
    spans = [_span(one) for one in timeline.pressures]
    high = [one for one in shown if arrows(one.systolic, one.diastolic)]
    return Figure(
        key="pressure",
        name="Blood pressure",
        value=f"{last.systolic}/{last.diastolic}",
        word=arrows(last.systolic, last.diastolic),
        asked=f"mmHg, {day_text(last.on)}",
        notes=("As told before sessions and in the log. One arrow: from 140 or 90. Two arrows: from 160 or 100.",),
        said=f"{len(shown)} readings, {len(high)} over a limit; the last {_pressure_told(last)}.",
        draw=lambda axis: pressure(axis, spans, sessions=[one.on for one in timeline.sessions]),
        head=("Day", "mmHg", "Pulse", "Over a limit"),
        rows=[_pressure_row(one) for one in reversed(shown)],
    )


def _span(one: Pressure) -> Span:
    return Span(day=one.on, systolic=one.systolic, diastolic=one.diastolic, said=_pressure_told(one))


def _pressure_told(one: Pressure) -> str:
    return f"{one.systolic}/{one.diastolic} on {day_text(one.on)}"


def _pressure_row(one: Pressure) -> Row:
    high = {"": "No", "\u2191": "Yes \u2191", "\u2191\u2191": "Yes, far \u2191\u2191"}
    return Row(
        cells=(
            day_text(one.on),
            f"{one.systolic}/{one.diastolic}",
            _UNKNOWN if one.pulse is None else str(one.pulse),
            high[arrows(one.systolic, one.diastolic)],
        ),
        assessment_id=one.assessment_id,
    )


def _marks(timeline: Timeline, window: Window) -> Figure:
    asked, flags = timeline.check_ins, timeline.flags
    rows = [
        Lane(
            name="Check-ins",
            marks=[_check_in(one) for one in asked if one.state != "open"],
            look="tick",
            nothing="None",
        ),
        Lane(name="Flags", marks=[_flag(one) for one in flags], nothing="None"),
    ]
    done = sum(one.state == "done" for one in asked)
    missed = sum(one.state == "missed" for one in asked)
    days = [one.on for one in timeline.sessions]
    return Figure(
        key="marks",
        name="Check-ins and flags",
        value=f"{done} of {done + missed}" if done + missed else "",
        word="check-ins done",
        asked=f"{len(flags)} {'flag' if len(flags) == 1 else 'flags'} so far",
        notes=("A stroke is a check-in that was done, a cross one that was missed.",),
        said=f"{done} check-ins done, {missed} missed, {len(flags)} flags." if asked or flags else "No check-in yet.",
        draw=(lambda axis: lanes(axis, rows, sessions=days)) if asked or flags else None,
        head=("Day", "What", "Told"),
        rows=_mark_rows(asked, flags, window),
    )


def _check_in(one: CheckInMark) -> Mark:
    said = f"{day_text(one.due_on)}: {CHECK_IN_WORDS[one.state].lower()}"
    return Mark(day=one.due_on, inside="", below="", said=said, grade=int(one.state == "missed"))


def _flag(one: FlagMark) -> Mark:
    said = f"{day_text(one.on)}: {level_word(one.level)}: {one.sentence}"
    return Mark(day=one.on, inside=LEVEL_GLYPHS[one.level], below=level_word(one.level), said=said, grade=one.level - 1)


def _mark_rows(asked: Iterable[CheckInMark], flags: Iterable[FlagMark], window: Window) -> Sequence[Row]:
    told = [(one.due_on, 0, f"Check-in: {CHECK_IN_WORDS[one.state].lower()}", "") for one in asked]
    told += [(one.on, 1, f"Flag: {level_word(one.level)} ({one.state})", one.sentence) for one in flags]
    rows = sorted(told, reverse=True)
    return [Row(cells=(day_text(day), what, words)) for day, _, what, words in rows if window.holds(day)]
