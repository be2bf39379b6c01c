from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.kernel.localtime import (
    NonexistentLocalTime,
    UnknownZone,
    day_label,
    edge_epoch,
    edge_instant,
    first_instant_of,
    in_zone,
    is_open,
    local_day,
    long_label,
    next_open,
    previous_open,
    time_label,
    to_instant,
    wall_offset,
    zone_letters,
    zone_name,
    zone_of,
)

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
SPRING, FALL = date(2026, 3, 8), date(2026, 11, 1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "America", "/etc/localtime", "a\x00b"])
def test_a_zone_that_is_none_is_refused_in_words(name: str) -> None:
    with pytest.raises(UnknownZone, match="Choose one from the list"):
        zone_of(name)


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 1, 5), time(9), NEW_YORK, utc(2026, 1, 5, 14)),
        (date(2026, 7, 6), time(9), NEW_YORK, utc(2026, 7, 6, 13)),
        (date(2026, 7, 6), time(9), CHICAGO, utc(2026, 7, 6, 14)),
        (SPRING, time(1, 59), NEW_YORK, utc(2026, 3, 8, 6, 59)),
        (SPRING, time(3), NEW_YORK, utc(2026, 3, 8, 7)),
        (FALL, time(1, 30), NEW_YORK, utc(2026, 11, 1, 5, 30)),
        (FALL, time(1, 30, fold=1), NEW_YORK, utc(2026, 11, 1, 5, 30)),
    ],
)
def test_a_local_time_is_one_instant(*, day: date, at: time, zone: str, expected: datetime) -> None:
    assert to_instant(day, at, zone) == expected
    assert edge_instant(day, at, zone) == expected
    assert edge_epoch(day, at, zone) == expected.timestamp()
    assert to_instant(day, at, zone).tzinfo is UTC


@pytest.mark.parametrize("at", [time(2), time(2, 30), time(2, 59, 59), time(2, 30, fold=1)])
def test_a_time_in_the_jump_is_refused_or_becomes_the_end_of_the_jump(at: time) -> None:
    with pytest.raises(NonexistentLocalTime, match=f"March 8, so 02:{at:%M} does not exist"):
        to_instant(SPRING, at, NEW_YORK)
    assert edge_instant(SPRING, at, NEW_YORK) == utc(2026, 3, 8, 7)


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        (SPRING, NEW_YORK, utc(2026, 3, 8, 5)),
        (date(2018, 11, 4), "America/Sao_Paulo", utc(2018, 11, 4, 3)),  # the clocks jumped at midnight
        (date(2026, 11, 1), "America/Havana", utc(2026, 11, 1, 4)),  # midnight came twice
        (date(2011, 12, 30), "Pacific/Apia", utc(2011, 12, 30, 10)),  # the whole day was left out
    ],
)
def test_a_day_begins_at_its_first_instant(day: date, zone: str, expected: datetime) -> None:
    assert first_instant_of(day, zone) == expected


def test_instants_are_read_on_the_wall_clock_of_a_zone() -> None:
    instant = utc(2026, 3, 2, 4, 30)

    assert in_zone(instant, NEW_YORK).isoformat() == "2026-03-01T23:30:00-05:00"
    assert local_day(int(instant.timestamp()), NEW_YORK) == date(2026, 3, 1)
    assert wall_offset(int(instant.timestamp()), NEW_YORK) == -5 * 3600


@pytest.mark.parametrize(
    ("hour", "minute", "inside", "after", "before"),
    [
        (7, 59, False, (2, 8, 0), (1, 19, 0)),
        (8, 0, True, (2, 8, 0), (2, 8, 0)),
        (19, 59, True, (2, 19, 59), (2, 19, 59)),
        (20, 0, False, (3, 8, 0), (2, 19, 0)),
        (23, 59, False, (3, 8, 0), (2, 19, 0)),
        (0, 0, False, (2, 8, 0), (1, 19, 0)),
    ],
)
def test_the_sending_window_is_half_open(
    hour: int, minute: int, *, inside: bool, after: tuple[int, int, int], before: tuple[int, int, int]
) -> None:
    def local(day: int, hour: int, minute: int) -> datetime:
        return to_instant(date(2026, 6, day), time(hour, minute), CHICAGO)

    instant = local(2, hour, minute)

    assert is_open(instant, CHICAGO) is inside
    assert next_open(instant, CHICAGO) == local(*after)
    assert previous_open(instant, CHICAGO) == local(*before)
    assert next_open(instant, CHICAGO).tzinfo is UTC
    assert previous_open(instant, CHICAGO).tzinfo is UTC


def test_other_hours_and_another_margin_can_be_given() -> None:
    hours = {"opens": time(9), "closes": time(17)}
    early, late = utc(2026, 6, 2, 12), utc(2026, 6, 2, 22)

    assert not is_open(early, NEW_YORK, **hours)
    assert next_open(early, NEW_YORK, **hours) == utc(2026, 6, 2, 13)
    assert previous_open(late, NEW_YORK, **hours, margin=timedelta(minutes=5)) == utc(2026, 6, 2, 20, 55)
    assert previous_open(early, NEW_YORK, **hours, margin=timedelta(minutes=5)) == utc(2026, 6, 1, 20, 55)


@pytest.mark.parametrize(
    ("zone", "letters", "english", "spanish"),
    [
        (NEW_YORK, "ET", "Eastern time", "hora del Este"),
        (CHICAGO, "CT", "Central time", "hora del Centro"),
        ("America/Denver", "MT", "Mountain time", "hora de la Montaña"),
        ("America/Los_Angeles", "PT", "Pacific time", "hora del Pacífico"),
        ("America/Puerto_Rico", "AT", "Atlantic Time", "hora del Atlántico"),
    ],
)
def test_zones_have_names_in_both_languages(*, zone: str, letters: str, english: str, spanish: str) -> None:
    january, july = utc(2026, 1, 5, 12), utc(2026, 7, 6, 12)

    assert zone_letters(january, zone) == letters
    assert zone_name(july, zone, language="en") == english
    assert zone_name(july, zone, language="es") == spanish


def test_days_and_times_are_written_as_people_say_them() -> None:
    instant = utc(2026, 11, 25, 15, 30)

    assert day_label(instant, NEW_YORK, language="en") == "Wed Nov 25"
    assert day_label(instant, NEW_YORK, language="es") == "mié 25 nov"
    assert time_label(instant, NEW_YORK, language="en") == "10:30 AM ET"
    assert time_label(instant, CHICAGO, language="es").replace("\N{NO-BREAK SPACE}", " ") == "9:30 a.m. CT"
    assert long_label(instant, NEW_YORK, language="en") == "Wednesday, November 25, 2026, 10:30 AM (Eastern time)"
    assert long_label(instant, NEW_YORK, language="es").replace("\N{NO-BREAK SPACE}", " ") == (
        "miércoles, 25 de noviembre de 2026, 10:30 a.m. (hora del Este)"
    )
