"""Prints how long a booking takes through HTTP, as a coordinator presses it, against the same statements alone."""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import ground
import psycopg
from sqlalchemy import event

from clinic.kernel.clock import utc_now
from clinic.scheduling import actions, queries
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.faults.web_server import Coordinator, serving, signed_in

COUNT, WARM_UP = (25 if "--short" in sys.argv else 60), 10

Statement = tuple[str, object]


def free_times(place: ground.Ground, *, count: int) -> list[queries.OfferedSlot]:
    """Return so many times of one physician that can be booked."""
    now = utc_now()
    with place.session() as session:
        found = queries.find_slots(
            session,
            visit_type_code="follow_up",
            patient_id=place.patients[0],
            physician_ids=place.physicians[:1],
            first_day=now.date() + timedelta(days=2),
            last_day=now.date() + timedelta(days=50),
            now=now,
        )
    return list(found.slots[::3])[:count]  # every 45 minutes, so that one booking does not take the next one's time


def statements_of(place: ground.Ground, wanted: queries.OfferedSlot, *, patient: int) -> list[list[Statement]]:
    """Book once and return the statements of its two transactions, as they went to the server."""
    seen: list[list[Statement]] = []

    def began(_connection: object) -> None:
        seen.append([])

    def ran(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        seen[-1].append((statement, parameters))

    event.listen(place.engine, "begin", began)
    event.listen(place.engine, "before_cursor_execute", ran)
    book_directly(place, wanted, patient=patient)
    event.remove(place.engine, "begin", began)
    event.remove(place.engine, "before_cursor_execute", ran)
    return seen


def book_directly(place: ground.Ground, wanted: queries.OfferedSlot, *, patient: int) -> None:
    """Hold and book in two transactions, as the pages do, without HTTP."""
    with place.begin(by=COORDINATOR) as session:
        held = actions.hold(
            session,
            visit_type_code="follow_up",
            patient_id=place.patients[patient],
            physician_id=wanted.physician_id,
            starts_at=wanted.starts_at,
            by=COORDINATOR,
            now=utc_now(),
        )
    with place.begin(by=COORDINATOR) as session:
        actions.book(session, appointment_id=held.id, by=COORDINATOR, now=utc_now(), ring=RING)


def replay(connection: psycopg.Connection, transactions: list[list[Statement]]) -> None:
    """Send the same statements again; rolled back at the end, so that they can be sent many times."""
    for statement, parameters in (one for transaction in transactions for one in transaction):
        cursor = connection.execute(statement, parameters)  # type: ignore[call-overload]
        if cursor.description:
            cursor.fetchall()
    connection.rollback()


def timed(task: Callable[[int], object], *, count: int) -> float:
    """Return the median time of the calls `task(0)`, `task(1)`, ... in milliseconds."""
    spans = []
    for number in range(count):
        begun = time.perf_counter()
        task(number)
        spans.append(time.perf_counter() - begun)
    return median(spans[WARM_UP:]) * 1000


def press(browser: Coordinator, place: ground.Ground, wanted: queries.OfferedSlot, *, patient: int) -> None:
    """Press the time, then "Book"."""
    browser.patient_id = place.patients[patient]
    held = browser.hold(f"{wanted.physician_id}@{wanted.starts_at.isoformat()}")
    assert held.status == 303, held.page
    booked = browser.press(f"{held.location}/book")
    assert booked.status == 303, booked.page


def main() -> None:
    """Measure on a calendar with 3 physicians."""
    with (
        ground.ground(physicians=3, patients=2 * COUNT + 1) as place,
        tempfile.TemporaryDirectory(prefix="clinic-web-") as folder,
        serving(place.url, Path(folder), WEB_CONCURRENCY="1") as port,
    ):
        browser = Coordinator(port, signed_in(place.begin, count=1)[0], place.patients[0])
        browser.open_booking()
        times = free_times(place, count=2 * COUNT + 1)
        transactions = statements_of(place, times[-1], patient=2 * COUNT)
        with psycopg.connect(place.url.replace("+psycopg", "")) as plain:
            forget_last_booking(place)
            alone = timed(lambda _number: replay(plain, transactions), count=COUNT)
        direct = timed(lambda n: book_directly(place, times[n], patient=n), count=COUNT)
        pages = timed(lambda n: press(browser, place, times[COUNT + n], patient=COUNT + n), count=COUNT)
        browser.close()
    sent = sum(len(transaction) for transaction in transactions)
    ground.say(f"One booking (hold, then book; {sent} statements), median of {COUNT - WARM_UP}; {ground.load()}")
    ground.say("| same SQL alone | actions without HTTP | two presses through HTTP | HTTP to SQL |")
    ground.say("|---|---|---|---|")
    ground.say(f"| {alone:.1f} ms | {direct:.1f} ms | {pages:.1f} ms | **{pages / alone:.2f}** |")


def forget_last_booking(place: ground.Ground) -> None:
    """Take away what the statements will write again; only the superuser may."""
    tables = "outbox, message, link, care_team_member, appointment_history, appointment"
    with place.server.superuser("bench") as owner:
        owner.execute(f"truncate {tables} cascade")


if __name__ == "__main__":
    sys.exit(main())
