"""Prints how long a physician's calendar feed of 2,000 visits takes, cold and unchanged, against the rows alone."""

import sys
import tempfile
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter

import ground
from sqlalchemy import insert, text

from clinic.feeds.calendar_file import feed_of
from clinic.kernel.clock import utc_now
from clinic.scheduling.actions.feeds import make_feed
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.feeds import feed_of_physician, mark_of, times_of, window_of
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.faults.web_server import serving

VISITS, ROUNDS = 2000, (3 if "--short" in sys.argv else 10)
_ROWS = text("select uid, sequence, lower(patient_period), upper(patient_period) from appointment order by starts_at")


def fill(place: ground.Ground) -> None:
    """Book 2,000 half hours, one after the other, from three weeks back; by plain INSERT."""
    begin = utc_now().replace(minute=0, second=0, microsecond=0) - timedelta(days=21)
    rows = [
        ground.visit_row(
            place.physicians[0], place.patients[n % len(place.patients)], begin + n * timedelta(minutes=30)
        )
        for n in range(VISITS)
    ]
    with place.begin(by=COORDINATOR) as session:
        session.execute(insert(Appointment.__table__), rows)


def compute(place: ground.Ground) -> tuple[float, float, float]:
    """Return the milliseconds of the rows alone, of the whole feed, and of its mark."""
    with place.session() as session:
        feed = feed_of_physician(session, place.physicians[0])
        assert feed is not None
        window = window_of(session, feed, now=utc_now())
        rows = ground.best(lambda: session.execute(_ROWS).all(), rounds=ROUNDS)
        mark = ground.best(lambda: mark_of(session, feed, window), rounds=ROUNDS)
        whole = ground.best(
            lambda: feed_of(times_of(session, feed, window), zone=feed.zone, day_url="https://example.org/my-day"),
            rounds=ROUNDS,
        )
    return rows, whole, mark


def fetched(port: int, address: str, *, known: str | None) -> tuple[float, int, str, int]:
    """Return milliseconds, status, ETag and size of one request."""
    connection = HTTPConnection("localhost", port, timeout=30)
    begun = perf_counter()
    connection.request("GET", address, headers={"If-None-Match": known} if known else {})
    answer = connection.getresponse()
    body = answer.read()
    spent = (perf_counter() - begun) * 1000
    connection.close()
    return spent, answer.status, answer.headers["ETag"], len(body)


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=1, patients=40) as place, tempfile.TemporaryDirectory() as folder:
        with place.begin(by=COORDINATOR) as session:
            token = make_feed(session, physician_id=place.physicians[0], by=COORDINATOR, now=utc_now())
        fill(place)
        rows, whole, mark = compute(place)
        ground.say(f"feed of {VISITS} visits, {ground.load()}")
        ground.say(f"  rows alone {rows:.1f} ms; whole feed {whole:.0f} ms = {whole / rows:.0f} x; mark {mark:.2f} ms")
        with serving(place.url, Path(folder)) as port:
            address = f"/calendar/{token}.ics"
            cold, status, etag, size = fetched(port, address, known=None)
            ground.say(f"  HTTP cold {cold:.0f} ms ({status}, {size // 1024} KiB)")
            again = [fetched(port, address, known=etag) for _ in range(ROUNDS)]
            unchanged = median(spent for spent, *_ in again)
            ground.say(f"  HTTP unchanged {unchanged:.1f} ms ({again[0][1]}) = 1/{cold / unchanged:.0f} of cold")


main()
