"""Prints how long the board of 20 physicians with 20 visits takes over HTTP, against its rows by bare SQL."""

import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path

import ground
import psycopg

from tests.faults.web_server import serving, signed_in

PHYSICIANS, DAY = 20, date(2026, 11, 24)
ROUNDS = 10 if "--short" in sys.argv else 60
GIVEN = {"begin": f"{DAY} 00:00 America/New_York", "end": f"{DAY + timedelta(days=1)} 00:00 America/New_York"}
ROWS = """
select a.id, a.uid, a.state, a.starts_at, a.ends_at, a.version, a.physician_busy, a.hold_expires_at, a.location_state,
       a.location_zone, v.name, p.legal_last_name, p.legal_first_name, d.full_name, d.zone
from appointment a join visit_type v on v.code = a.visit_type_code join patient p on p.id = a.patient_id
     join physician d on d.id = a.physician_id
where a.starts_at >= %(begin)s and a.starts_at < %(end)s and a.state <> 'expired' order by a.starts_at, a.id
"""
HOURS = (
    "select physician_id, weekday, starts_at_local, ends_at_local from availability_rule where removed_at is null",
    """select physician_id, kind, starts_at, ends_at, note from availability_override
       where removed_at is null and starts_at < %(end)s and ends_at > %(begin)s""",
    "select name, state, first_day, last_day from clinic_closure where removed_at is null",
)


def getting(connection: HTTPConnection, path: str, token: str) -> Callable[[], bytes]:
    """Return a request for a page over an open connection."""

    def get() -> bytes:
        connection.request("GET", path, headers={"Cookie": f"__Host-sid={token}"})
        answer = connection.getresponse()
        body: bytes = answer.read()
        assert answer.status == 200, (path, answer.status)
        return body

    return get


def compare(place: ground.Ground, port: int, token: str) -> None:
    """Print a line for the board, its pulse, the week and the list, each as a multiple of the board's rows."""
    connection = HTTPConnection("localhost", port, timeout=30)
    with psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql")) as plain:

        def load() -> int:
            visits, *_hours = [plain.execute(statement, GIVEN).fetchall() for statement in (ROWS, *HOURS)]
            return len(visits)

        count = load()
        bare = ground.best(load, rounds=ROUNDS)
    ground.say(f"Board of {PHYSICIANS} physicians, {count} visits, best of {ROUNDS}; {ground.load()}")
    ground.say("| asked for | over HTTP | size | to its rows by bare SQL |")
    ground.say("|---|---|---|---|")
    ground.say(f"| the rows by bare SQL | {bare:.1f} ms | | 1.00 |")
    for path in (f"/board?on={DAY}", f"/board/pulse?on={DAY}", f"/board/week?on={DAY}", f"/board/list?first={DAY}"):
        get = getting(connection, path, token)
        size = len(get()) // 1024
        spent = ground.best(get, rounds=ROUNDS)
        ground.say(f"| {path.split('?', maxsplit=1)[0]} | {spent:.1f} ms | {size} KiB | **{spent / bare:.2f}** |")
    connection.close()


def main() -> None:
    """Measure and print."""
    patients = PHYSICIANS * ground.VISITS_A_DAY + 1
    with ground.ground(physicians=PHYSICIANS, patients=patients) as place, tempfile.TemporaryDirectory() as folder:
        ground.fill_calendar(place.begin, place.physicians, place.patients)
        [token] = signed_in(place.begin, count=1)
        with place.server.superuser("bench") as owner:
            owner.execute("vacuum analyze")
        with serving(place.url, Path(folder)) as port:
            compare(place, port, token)


if __name__ == "__main__":
    sys.exit(main())
