"""The course as a calendar: months, weeks from Sunday, windows of slack."""

from datetime import date

from clinic.web.coordinator.courses.calendar import Mark, Placed, months

TODAY = date(2026, 11, 23)


def placed(day: date, label: str = "1", window: tuple[date, date] | None = None) -> Placed:
    return Placed(day=day, mark=Mark(label=label, time="10 AM", word="Session", look="session"), window=window)


def cells(found):
    return {cell.day: cell for month in found for week in month.weeks for cell in week if cell.day}


def test_nothing_planned_draws_nothing():
    assert months([], today=TODAY) == []


def test_weeks_begin_on_sunday_and_weeks_with_nothing_in_them_are_left_out():
    found = months([placed(date(2026, 12, 1)), placed(date(2026, 12, 31), "2")], today=TODAY)
    assert [month.title for month in found] == ["December 2026"]
    first, last = found[0].weeks
    assert [cell.day for cell in first][:3] == [None, None, date(2026, 12, 1)]
    assert last[0].day == date(2026, 12, 27)
    assert last[5].day is None


def test_a_month_between_two_visits_has_its_title_and_no_weeks():
    found = months([placed(date(2026, 12, 1)), placed(date(2027, 2, 9), "2")], today=TODAY)
    assert [(month.title, len(month.weeks)) for month in found] == [
        ("December 2026", 1),
        ("January 2027", 0),
        ("February 2027", 1),
    ]


def test_the_days_to_which_a_visit_could_move_carry_its_number_and_its_own_day_does_not():
    own, window = date(2026, 12, 3), (date(2026, 11, 30), date(2026, 12, 4))
    found = cells(months([placed(own, "4", window), placed(date(2026, 12, 1), "5", window)], today=TODAY))
    assert found[date(2026, 11, 30)].windows == ["4", "5"]
    assert found[own].windows == ["5"]
    assert [mark.label for mark in found[own].marks] == ["4"]
    assert found[date(2026, 12, 5)].windows == []


def test_today_and_the_past_are_marked():
    found = cells(months([placed(date(2026, 11, 24))], today=TODAY))
    assert found[date(2026, 11, 22)].is_past
    assert found[TODAY].is_today
    assert not found[date(2026, 11, 24)].is_past
