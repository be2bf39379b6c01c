"""The report's tables: for each its definition, its values for a page and for a file, and its drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from clinic.dashboards.attendance import Attendance, PhysicianUse
from clinic.dashboards.attendance_rules import BUCKETS, Bucket, Fate, Mover, Share, Tally, in_buckets
from clinic.scheduling.rules.reasons import CANCEL_WORDS
from clinic.web.charts import Point, columns, rows
from clinic.web.frame.csv_file import Cell

KEYS = ("no_shows", "late_cancels", "often", "reasons", "lead_times", "use", "moves")
"""Every table, in the order of the page."""

_MOVERS = {
    Mover.PATIENT: "The patient wanted it",
    Mover.CLINIC: "The clinic wanted it",
    Mover.NOT_SAID: "Nobody said who wanted it",
}
_REASONS = {str(code): word for code, word in CANCEL_WORDS.items()}
_OFTEN = 3
_LEAST_PERCENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: `head` pairs names of columns with classes, `shown` are the page's cells, `cells` the file's."""

    key: str
    title: str
    defined: str
    head: Sequence[tuple[str, str]]
    shown: Sequence[Sequence[str]]
    file_head: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    drawing: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Often:
    """What follows from missed visits now: open calls and physicians' looks, and from how many of them each follows."""

    calls: int
    looks: int
    call_from: int
    look_from: int
    days: int


def tables(found: Attendance, *, late_hours: int, often: Often) -> list[Table]:
    """Return all tables in the order of the page; `late_hours` is the clinic's limit for canceling in time."""
    return [
        _no_shows(found),
        _late_cancels(found, late_hours),
        _often(often),
        _reasons(found),
        _leads(found),
        _use(found),
        _moves(found),
    ]


def percent(share: Share) -> str:
    """Return `4.2%`, a dash of nothing."""
    return "\u2013" if share.percent is None else f"{share.percent:.1f}%"


def of_all(share: Share) -> str:
    """Return `5/120`."""
    return f"{share.part:,}/{share.whole:,}"


def day_word(day: date) -> str:
    """Return `Sep 28`."""
    return f"{day:%b} {day.day}"


def _no_shows(found: Attendance) -> Table:
    weeks = [(monday, of_week, of_week.no_shows) for monday, of_week in found.weeks]
    return Table(
        key="no_shows",
        title="No-shows by week",
        defined="A no-show is a visit at whose time the patient did not come; the rate is of the visits that took "
        "place or were missed. Visits without an outcome yet are not in it.",
        head=[("Week of", ""), ("No-shows", "num"), ("Rate", "num"), ("Took place", "num"), ("No outcome yet", "num")],
        shown=[
            (_week(monday), of_all(share), percent(share), str(week[Fate.TOOK_PLACE]), str(week[Fate.UNKNOWN]))
            for monday, week, share in weeks
        ],
        file_head=("week_of", "no_shows", "took_place_or_missed", "percent", "no_outcome_yet"),
        cells=[(monday, share.part, share.whole, _number(share), week[Fate.UNKNOWN]) for monday, week, share in weeks],
        drawing=_by_week([(monday, share) for monday, _, share in weeks], key="no-shows", title="No-shows by week"),
    )


def _late_cancels(found: Attendance, late_hours: int) -> Table:
    weeks = [(monday, of_week, of_week.late_cancels) for monday, of_week in found.weeks]
    title = "Late cancellations by week"
    return Table(
        key="late_cancels",
        title=title,
        defined=f"A late cancellation is a visit that the patient called off less than {late_hours} hours before its "
        "start; it is not a no-show. The rate is of the visits that nobody called off in time.",
        head=[("Week of", ""), ("Canceled late", "num"), ("Rate", "num"), ("Canceled in time", "num")],
        shown=[
            (_week(monday), of_all(share), percent(share), str(week[Fate.CANCELED])) for monday, week, share in weeks
        ],
        file_head=("week_of", "canceled_late", "not_canceled_in_time", "percent", "canceled_in_time"),
        cells=[(monday, share.part, share.whole, _number(share), week[Fate.CANCELED]) for monday, week, share in weeks],
        drawing=_by_week([(monday, share) for monday, _, share in weeks], key="late-cancels", title=title),
    )


def _often(often: Often) -> Table:
    rows_of = [
        ("A coordinator calls", often.calls, f"{often.call_from} no-shows or late cancellations"),
        ("A physician looks before the next visit at home", often.looks, f"{often.look_from} no-shows at home"),
    ]
    return Table(
        key="often",
        title="What follows from missed visits",
        defined=f"Open tasks today, whatever the days above. Missed visits of the last {often.days} days count; a late "
        "cancellation that was waived does not. Each is a task for a person, and nothing is ever charged by itself.",
        head=[("What follows", ""), ("Open now", "num"), ("From", "num")],
        shown=[(word, str(count), since) for word, count, since in rows_of],
        file_head=("what_follows", "open_now", "from"),
        cells=[(word, count, since) for word, count, since in rows_of],
        drawing=rows(
            [Point(label=word, value=count, said=str(count)) for word, count, _ in rows_of],
            key="often",
            title="What follows from missed visits",
        ),
    )


def _by_week(weeks: Sequence[tuple[date, Share]], *, key: str, title: str) -> Markup:
    points = [
        Point(
            label=day_word(monday),
            value=share.percent,
            said=of_all(share) if share.whole else "\u2013",
            is_faint=share.is_small,
        )
        for monday, share in weeks
    ]
    return columns(points, key=key, title=title, unit=lambda value: f"{value:g}%", least=_LEAST_PERCENT)


def _reasons(found: Attendance) -> Table:
    named = [(_REASONS.get(code, "Nobody said"), late, timely) for code, late, timely in found.reasons]
    points = [Point(label=word, value=late + timely, said=str(late + timely)) for word, late, timely in named]
    codes = [code for code, _, _ in found.reasons]
    return Table(
        key="reasons",
        title="Why visits were canceled",
        defined="Every canceled visit counts under the reason that was chosen when it was canceled, late or in time.",
        head=[("Reason", ""), ("Late", "num"), ("In time", "num"), ("All", "num")],
        shown=[(word, str(late), str(timely), str(late + timely)) for word, late, timely in named],
        file_head=("reason", "code", "late", "in_time", "all"),
        cells=[
            (word, code, late, timely, late + timely) for (word, late, timely), code in zip(named, codes, strict=True)
        ],
        drawing=rows(points, key="reasons", title="Why visits were canceled") if points else None,
    )


def _leads(found: Attendance) -> Table:
    counts = in_buckets(found.leads)
    shares = [Share(count, sum(counts)) for count in counts]
    named = list(zip(BUCKETS, shares, strict=True))
    points = [Point(label=_span(bucket), value=share.part, said=str(share.part)) for bucket, share in named]
    drawn = columns(points, key="leads", title="Visits by lead time", unit=lambda value: f"{value:g}")
    return Table(
        key="lead_times",
        title="Lead time in days",
        defined="Lead time is the number of calendar days from the first booking to the day on which the visit started "
        "in the end; canceled visits do not count.",
        head=[("Days ahead", ""), ("Visits", "num"), ("Share", "num")],
        shown=[(_span(bucket), str(share.part), percent(share)) for bucket, share in named],
        file_head=("days_from", "days_to", "visits", "percent"),
        cells=[(bucket.first, bucket.last, share.part, _number(share)) for bucket, share in named],
        drawing=drawn if sum(counts) else None,
    )


def _span(bucket: Bucket) -> str:
    if bucket.last is None:
        return f"{bucket.first}+"
    if bucket.first == bucket.last:
        return str(bucket.first) if bucket.first else "Same day"
    return f"{bucket.first}\u2013{bucket.last}"


def _use(found: Attendance) -> Table:
    points = [
        Point(label=one.name, value=one.used.percent, said=f"{percent(one.used)} of {hours(one.used.whole)}")
        for one in found.use
    ]
    return Table(
        key="use",
        title="Use of open hours",
        defined="Used time is what visits that took place or were missed took from the physician, preparation "
        "included; open time is what the weekly hours, exceptions and closures left open until now. Limits on the "
        "number of visits do not shorten it, and overbooked visits are counted apart.",
        head=[
            ("Physician", ""),
            ("Used", "num"),
            ("Open", "num"),
            ("Share", "num"),
            ("Visits", "num"),
            ("Overbooked", "num"),
            ("Overbooked time", "num"),
        ],
        shown=[_use_shown(one) for one in found.use],
        file_head=(
            "physician",
            "used_minutes",
            "open_minutes",
            "percent",
            "visits",
            "overbooked_visits",
            "overbooked_minutes",
        ),
        cells=[_use_cells(one) for one in found.use],
        drawing=rows(points, key="use", title="Use of open hours by physician", whole=100) if points else None,
    )


def _use_shown(one: PhysicianUse) -> Sequence[str]:
    times = hours(one.used.part), hours(one.used.whole), percent(one.used)
    return (one.name, *times, str(one.visits), str(one.overbooked), hours(one.overbooked_minutes))


def _use_cells(one: PhysicianUse) -> Sequence[Cell]:
    overbooked = one.overbooked, one.overbooked_minutes
    return (one.name, one.used.part, one.used.whole, _number(one.used), one.visits, *overbooked)


def _moves(found: Attendance) -> Table:
    moves = found.moves
    movers = [(_MOVERS[mover], moves.movers.get(mover, 0)) for mover in Mover]
    named = [*movers, *_times_moved(moves.times)]
    points = [Point(label=word, value=count, said=str(count)) for word, count in movers]
    return Table(
        key="moves",
        title="Moves",
        defined="A move is a change of time or physician that nobody took back; a visit that was moved twice has two.",
        head=[("What", ""), ("Number", "num")],
        shown=[(word, str(count)) for word, count in named],
        file_head=("what", "number"),
        cells=named,
        drawing=rows(points, key="moves", title="Who wanted the moves") if moves.visits.part else None,
    )


def _times_moved(times: Mapping[int, int]) -> list[tuple[str, int]]:
    often = sum(visits for moved, visits in times.items() if moved >= _OFTEN)
    return [
        ("Visits moved once", times.get(1, 0)),
        ("Visits moved twice", times.get(2, 0)),
        ("Visits moved three times or more", often),
    ]


def hours(minutes: int) -> str:
    """Return `12 h 30`."""
    return f"{minutes // 60:,} h {minutes % 60:02}"


def _week(monday: date) -> str:
    return f"{day_word(monday)}, {monday.year}"


def _number(share: Share) -> Cell:
    return None if share.percent is None else round(share.percent, 1)


def key_figures(found: Attendance, middle: int | None) -> list[tuple[str, str, str]]:
    """Return name, value and what it is of, for the line above the drawings; `middle` is the median lead time."""
    total: Tally = found.total
    lead = "\u2013" if middle is None else f"{middle} {'day' if middle == 1 else 'days'}"
    return [
        ("No-shows", percent(total.no_shows), of_all(total.no_shows)),
        ("Canceled late", percent(total.late_cancels), of_all(total.late_cancels)),
        ("Canceled in time", f"{total[Fate.CANCELED]:,}", f"of {total.total:,} visits"),
        ("Moved", percent(found.moves.visits), of_all(found.moves.visits)),
        ("Half were booked within", lead, "of their start"),
        ("No outcome yet", f"{total[Fate.UNKNOWN]:,}", f"of {total.total:,} visits"),
    ]
