"""The report of a simulation: one page that needs nothing else, the daily figures as CSV, all of it as JSON."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from clinic.simulation.behavior import Behavior, assumptions
from clinic.simulation.figures import SERIES, Figures
from clinic.simulation.invariants import Tally
from clinic.simulation.opening import Size
from clinic.simulation.summary import Answer, answer_of, breaking_of, sentence_of
from clinic.web.charts.columns import columns
from clinic.web.charts.drawing import Point
from clinic.web.charts.lines import Series, lines

PAGE, DAYS, ALL = "report.html", "days.csv", "report.json"
_HUNDRED = 100.0
_MOST_LINES = 5

_CHARTS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("sessions", "Sessions a week", ("sessions",)),
    ("first", "First visits a week", ("first_visits",)),
    ("missed", "Missed and late canceled visits a week", ("no_shows", "canceled_late")),
    ("texts", "Texts a week", ("texts_service", "texts_safety", "texts_other")),
    ("tasks", "Tasks opened a week", ("tasks_opened",)),
    ("flags", "Flags raised a week", ("flags_raised",)),
    ("units", "Units taken a week", ("units_taken",)),
    ("revenue", "Revenue a week, dollars", ("revenue_cents",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run leaves behind; `last_day` is the last one that was played to its end."""

    size: Size
    behavior: Behavior
    last_day: date
    figures: Figures
    counts: Mapping[str, int]
    rules: Mapping[str, Tally]

    @property
    def answer(self) -> Answer:
        """Return what it says about capacity."""
        weeks = max(self.behavior.arriving_days, self.behavior.taking_over_days) // 7 + 1
        elsewhere = self.counts.get("went elsewhere", 0)
        return answer_of(self.figures, went_elsewhere=elsewhere, settling_weeks=weeks)

    @property
    def broken(self) -> list[str]:
        """Return the names of the rules that do not hold."""
        return [name for name, tally in self.rules.items() if tally.faults]


def write(outcome: Outcome, folder: Path) -> None:
    """Write the page, the daily figures and everything as data into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page_of(outcome), encoding="utf-8")
    (folder / ALL).write_text(json.dumps(data_of(outcome), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    with (folder / DAYS).open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, ["day", *SERIES], lineterminator="\n")
        rows.writeheader()
        rows.writerows(outcome.figures.days)


def data_of(outcome: Outcome) -> dict[str, object]:
    """Return everything that two runs with the same seed have in common."""
    return {
        "size": asdict(outcome.size)
        | {"first_day": str(outcome.size.first_day), "last_day": str(outcome.size.last_day)},
        "played_until": str(outcome.last_day),
        "answer": asdict(outcome.answer),
        "behavior": asdict(outcome.behavior),
        "counts": dict(sorted(outcome.counts.items())),
        "rules": {name: asdict(tally) for name, tally in outcome.rules.items()},
        "days": list(outcome.figures.days),
        "weeks": [asdict(week) | {"monday": str(week.monday)} for week in outcome.figures.weeks],
        "tallies": {name: list(rows) for name, rows in outcome.figures.tallies.items()},
        "waits": {name: [round(each, 3) for each in waits] for name, waits in outcome.figures.waits.items()},
    }


def page_of(outcome: Outcome) -> str:
    """Return the page."""
    loader = PackageLoader("clinic.simulation", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html").render(
        outcome=outcome,
        size=outcome.size,
        sentence=sentence_of(outcome.answer, outcome.size),
        breaking=breaking_of(outcome.answer, outcome.size),
        utilization=_utilization(outcome.figures),
        charts=list(_charts(outcome.figures)),
        assumptions=assumptions(outcome.behavior),
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with the table of its figures: the names of the columns, and a row for each week."""

    title: str
    chart: Markup
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def _charts(figures: Figures) -> Iterator[Drawing]:
    weeks = _weekly(figures)
    for key, title, names in _CHARTS:
        scale = 1 / _HUNDRED if names[0].endswith("_cents") else 1
        sums = [(label, [day[name] * scale for name in names]) for label, day in weeks]
        points = [Point(label=label, value=sum(values), said=f"{sum(values):,.0f}") for label, values in sums]
        rows = [[label, *(f"{value:,.0f}" for value in values)] for label, values in sums]
        heads = ["Week from", *(_name(name) for name in names)]
        yield Drawing(title, columns(points, key=key, title=title, unit=lambda value: f"{value:,.0f}"), heads, rows)


def _utilization(figures: Figures) -> Drawing:
    mondays = sorted({week.monday for week in figures.weeks})
    shares: dict[str, list[float | None]] = {}
    for week in figures.weeks:
        share = None if week.share is None else min(_HUNDRED, _HUNDRED * week.share)
        shares.setdefault(week.physician, []).append(share)
    labels = [_short(monday) for monday in mondays]
    series = [Series(label=name, values=values) for name, values in list(shares.items())[:_MOST_LINES]]
    title = "Engaged share of the open hours, by physician and week"
    rows = [
        [label, *("closed" if values[place] is None else f"{values[place]:.0f} %" for values in shares.values())]
        for place, label in enumerate(labels)
    ]
    return Drawing(title, lines(series, labels, key="utilization", title=title), ["Week from", *shares], rows)


def _weekly(figures: Figures) -> list[tuple[str, dict[str, int]]]:
    """Return sums of seven days each, from the first day on."""
    days = figures.days
    return [
        (
            _short(date.fromisoformat(str(days[first]["day"]))),
            {name: sum(int(str(day[name])) for day in days[first : first + 7]) for name in SERIES},
        )
        for first in range(0, len(days), 7)
    ]


def _short(day: date) -> str:
    return f"{day:%b %-d}"


def _name(series: str) -> str:
    return series.removesuffix("_cents").replace("_", " ").capitalize()
