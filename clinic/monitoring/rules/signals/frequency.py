"""Signs of frequency and dose: sessions too soon or ever closer together (D06, D07)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from clinic.monitoring.rules.evidence import Evidence, SessionTaken
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import Numbers, Seen, counted, listed, one_by_one, said
from clinic.monitoring.rules.signals.signal import Input

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_DAYS_FROM = timedelta(days=4)
_FOUR_WEEKS = timedelta(days=28)
_SHRINKING_GAPS = 3


def sessions_too_soon(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D06: a session sooner after the one before than the plan's shortest gap, judged within the running phase."""
    sessions = _ordered(evidence.sessions)
    if not sessions or evidence.minimum_gap is None:
        return None
    return one_by_one([_gap(earlier, later, evidence, numbers=numbers) for earlier, later in pairwise(sessions)])


def _gap(earlier: SessionTaken, later: SessionTaken, evidence: Evidence, *, numbers: Numbers) -> Seen | None:
    assert evidence.minimum_gap is not None
    gap, least = later.at - earlier.at, evidence.minimum_gap
    level = _gap_level(earlier, later, evidence, numbers=numbers)
    if level is None:
        return None
    if earlier.on == later.on:
        how = f"Two sessions took place on {said(later.on, evidence.today)}, {_hours(gap)} apart"
    else:
        how = f"The session of {said(later.on, evidence.today)} came {_hours(gap)} after the one before"
    return Seen(
        level=level,
        on=later.on,
        facts=tuple(f"session {each.appointment_id}" for each in (earlier, later)),
        inputs=(
            Input(what="Session before", value="taken", on=earlier.on),
            Input(what="Session", value=f"{_hours(gap)} later", on=later.on),
            Input(what="Shortest gap of the plan", value=_hours(least), on=None),
        ),
        sentence=f"{how}; the plan asks for at least {_hours(least)} ({gap * 100 // least} % of it).",
        used=("watch_percent", "review_percent", "hold_percent"),
    )


def _gap_level(earlier: SessionTaken, later: SessionTaken, evidence: Evidence, *, numbers: Numbers) -> Level | None:
    if earlier.on == later.on:
        return Level.HOLD
    if {earlier.phase, later.phase} != {evidence.phase}:
        return None
    assert evidence.minimum_gap is not None
    share = (later.at - earlier.at) * 100
    steps = (Level.HOLD, "hold_percent"), (Level.REVIEW, "review_percent"), (Level.WATCH, "watch_percent")
    return next((level for level, key in steps if share < evidence.minimum_gap * numbers[key]), None)


def rising_frequency(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D07: gaps that shrink three times in a row, or more sessions in 28 days than planned, in the running phase."""
    sessions = [each for each in _ordered(evidence.sessions) if each.phase == evidence.phase]
    if not sessions:
        return None
    upto = [sessions[: place + 1] for place in range(len(sessions))]
    return [
        *one_by_one([_shrinking(each, evidence, numbers) for each in upto]),
        *one_by_one([_too_many(each, evidence) for each in upto]),
    ]


def _shrinking(sessions: Sequence[SessionTaken], evidence: Evidence, numbers: Numbers) -> Seen | None:
    gaps = [later.at - earlier.at for earlier, later in pairwise(sessions)][-_SHRINKING_GAPS:]
    if len(gaps) < _SHRINKING_GAPS or not gaps[0] > gaps[1] > gaps[2]:
        return None
    if (gaps[0] - gaps[2]) * 100 < gaps[0] * numbers["shorter_percent"]:
        return None
    part = sessions[-_SHRINKING_GAPS - 1 :]
    shorter = (gaps[0] - gaps[2]) * 100 // gaps[0]
    return _sessions_seen(
        Level.WATCH,
        part,
        sentence=(
            f"The last three gaps up to {said(part[-1].on, evidence.today)} were each shorter than the one before: "
            f"{listed([_hours(gap) for gap in gaps])}, together {shorter} % shorter."
        ),
        used=("shorter_percent",),
    )


def _too_many(sessions: Sequence[SessionTaken], evidence: Evidence) -> Seen | None:
    planned = evidence.planned_per_28_days
    if planned is None:
        return None
    recent = [each for each in sessions if each.at > sessions[-1].at - _FOUR_WEEKS]
    if len(recent) <= planned:
        return None
    return _sessions_seen(
        Level.REVIEW,
        recent,
        sentence=(
            f"{counted(len(recent), 'session')} took place in the 28 days up to "
            f"{said(recent[-1].on, evidence.today)}; the plan has {planned}."
        ),
    )


def _sessions_seen(
    level: Level, sessions: Sequence[SessionTaken], *, sentence: str, used: tuple[str, ...] = ()
) -> Seen:
    return Seen(
        level=level,
        on=sessions[-1].on,
        facts=tuple(f"session {each.appointment_id}" for each in sessions),
        inputs=tuple(Input(what="Session", value="taken", on=each.on) for each in sessions),
        sentence=sentence,
        used=used,
    )


def _hours(gap: timedelta) -> str:
    """Return `30 hours`, from four days on `20 days`; never more than it was."""
    return counted(gap // _HOUR, "hour") if gap < _DAYS_FROM else counted(gap // _DAY, "day")


def _ordered(sessions: Iterable[SessionTaken]) -> list[SessionTaken]:
    return sorted(sessions, key=lambda each: each.at)
