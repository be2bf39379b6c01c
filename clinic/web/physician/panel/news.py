"""What is new on the panel since its reader was last there, in lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from clinic.audit.queries import last_panel_view
from clinic.dashboards.panel_news import News, news
from clinic.dashboards.panel_rules import Facts, Risk
from clinic.kernel.localtime import in_zone
from clinic.monitoring.rules.findings import KINDS, FindingKind
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now
from clinic.web.physician.panel.showing import RISKS, day_word, patient_href, signed

SITTING = timedelta(hours=1)
"""Coming back sooner than this is the same visit, so that nothing new is lost by going back and forth."""

MOST_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsLine:
    """One thing that is new: whose, what, and where it stands."""

    patient: Facts
    href: str
    words: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPart:
    """All new things of a kind; `more` were left out of the lines."""

    title: str
    lines: Sequence[NewsLine]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsBox:
    """Everything new since an instant."""

    since: datetime
    count: int
    parts: Sequence[NewsPart]

    @property
    def patients(self) -> set[Facts]:
        """Return whose names stand in the lines."""
        return {line.patient for part in self.parts for line in part.lines}


def news_box(session: Session, rows: Sequence[Facts]) -> NewsBox | None:
    """Return what is new to the reader; None on the first visit."""
    reader = actor().id
    since = last_panel_view(session, actor_id=reader, before=now() - SITTING) if reader else None
    if since is None:
        return None
    found = news(session, rows, since=since, reader_id=reader)
    return NewsBox(since=since, count=found.count, parts=list(_parts(found)))


def _parts(found: News) -> Iterator[NewsPart]:
    for title, lines in (("flag", _flags(found)), ("score", _scores(found)), ("finding", _findings(found))):
        if lines:
            words = f"{len(lines)} new {title}{'' if len(lines) == 1 else 's'}"
            yield NewsPart(title=words, lines=lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES))


def _flags(found: News) -> list[NewsLine]:
    is_page = may_open("physician.flag")
    return [
        NewsLine(
            patient=each.patient,
            href=url_for("physician.flag", flag_id=each.flag_id) if is_page else patient_href(each.patient),
            words=each.sentence,
            note=_level(each.level) if each.state == "open" else f"{_level(each.level)}, {each.state}",
        )
        for each in found.flags
    ]


def _level(level: int) -> str:
    return "Info" if level < Risk.WATCH else RISKS[Risk(level)][1]


def _scores(found: News) -> list[NewsLine]:
    return [
        NewsLine(
            patient=each.patient,
            href=patient_href(each.patient),
            words=f"{each.name} {each.value}" + (f" ({signed(each.change)})" if each.change is not None else ""),
            note=_day(each.at, each.patient),
        )
        for each in found.scores
    ]


def _findings(found: News) -> list[NewsLine]:
    return [
        NewsLine(
            patient=each.patient,
            href=patient_href(each.patient),
            words=KINDS[FindingKind(each.kind)].title,
            note=f"{day_word(each.found_on, now().date())}, {each.who}",
        )
        for each in found.findings
    ]


def _day(at: datetime, patient: Facts) -> str:
    return day_word(in_zone(at, patient.zone).date(), in_zone(now(), patient.zone).date())
