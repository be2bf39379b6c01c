"""How soon a number of visits can follow each other."""

_A_DAY = 24
_DAYS_OF_WINDOW = 7


def shortest_days(visits: int, *, least_gap_hours: int, weekly_most: int) -> int:
    """Return the fewest calendar days from the first of so many visits to the last.

    Two in a row are `least_gap_hours` apart, and any seven calendar days in a row hold at most `weekly_most`. Each
    visit is placed as early as the ones before it let it, which nothing later can beat.
    """
    hours = [0]
    for number in range(1, visits):
        earliest = hours[-1] + least_gap_hours
        if number >= weekly_most:
            first_of_window = hours[number - weekly_most] // _A_DAY
            earliest = max(earliest, (first_of_window + _DAYS_OF_WINDOW) * _A_DAY)
        hours.append(earliest)
    return hours[-1] // _A_DAY
