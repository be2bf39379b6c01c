"""Prints how long a slot search takes alone, with its rows and as a page, against the same rows by plain SQL."""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import ground
import psycopg
from sqlalchemy.orm import Session

from clinic.kernel.clock import utc_now
from clinic.scheduling import queries
from clinic.scheduling.rules import slots
from tests.faults.web_server import Coordinator, serving, signed_in

SHORT = "--short" in sys.argv
PHYSICIANS, DAYS = ((1, 20), (14,)) if SHORT else ((1, 20, 200), (14, 60))
FIRST = utc_now().date() + timedelta(days=2)
A_DAY = timedelta(days=1)
PAGES = {14: "two-weeks", 60: "month"}

BUSY = """
select physician_id, extract(epoch from lower(stretch))::bigint, extract(epoch from upper(stretch))::bigint
from (select physician_id, unnest(physician_busy) as stretch from appointment
      where physician_id = any(%(ids)s) and state in ('held', 'booked', 'confirmed', 'in_progress')
        and starts_at between %(begin)s and %(end)s) as busy
"""
REST = (
    "select patient_minutes, min_notice_minutes, horizon_days from visit_type where code = 'follow_up'",
    "select state, zone from patient where id = %(patient)s",
    "select id, zone from physician where id = any(%(ids)s)",
    """select extract(epoch from lower(patient_period))::bigint, extract(epoch from upper(patient_period))::bigint
       from appointment where patient_id = %(patient)s and starts_at between %(begin)s and %(end)s""",
    """select physician_id, weekday, extract(epoch from starts_at_local)::bigint,
              extract(epoch from ends_at_local)::bigint
       from availability_rule where physician_id = any(%(ids)s)""",
    """select physician_id, extract(epoch from starts_at)::bigint, extract(epoch from ends_at)::bigint
       from availability_override where physician_id = any(%(ids)s)""",
    "select physician_id, state, valid_from - date '1970-01-01' from licence where physician_id = any(%(ids)s)",
)


def find(session: Session, patient_id: UUID, ids: list[UUID], *, days: int) -> queries.FoundSlots:
    """Search as a page does, with nothing remembered from the search before."""
    session.expunge_all()
    return queries.find_slots(
        session,
        visit_type_code="follow_up",
        patient_id=patient_id,
        physician_ids=ids,
        first_day=FIRST,
        last_day=FIRST + timedelta(days=days - 1),
        now=utc_now(),
    )


def of_processor(task: Callable[[], object], *, rounds: int) -> float:
    """Return the least processor time of several runs in milliseconds: what others do meanwhile does not count."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        task()
        times.append(time.process_time() - begun)
    return min(times) * 1000


def compare(place: ground.Ground, browser: Coordinator, *, physicians: int, days: int) -> None:
    """Print one line of the table."""
    ids, patient = place.physicians[:physicians], place.patients[-1]
    rounds = 15 if SHORT or physicians > 20 else 60
    given = {
        "ids": ids,
        "patient": patient,
        "begin": FIRST - timedelta(days=1),
        "end": FIRST + timedelta(days=days + 1),
    }
    with psycopg.connect(place.url.replace("+psycopg", "")) as plain, place.session() as session:

        def load(*statements: str) -> list[list[tuple[object, ...]]]:
            return [plain.execute(statement, given).fetchall() for statement in statements]

        found = find(session, patient, ids, days=days)
        alone = of_processor(lambda: slots.search(found.request, found.sides), rounds=rounds)
        processor = of_processor(lambda: find(session, patient, ids, days=days), rounds=rounds)
        spent = ground.best(lambda: find(session, patient, ids, days=days), rounds=rounds)
        everything = ground.best(lambda: load(BUSY, *REST), rounds=rounds)
    page = ground.best(lambda: open_page(browser, ids, span=PAGES[days]), rounds=min(rounds, 20))
    busy = sum(len(side.busy) for side in found.sides)
    ground.say(
        f"| {physicians} | {days} | {busy} | {len(found.slots)} | {alone:.1f} ms | {processor:.1f} ms | {spent:.1f} ms "
        f"| {everything:.1f} ms | **{spent / everything:.2f}** | {page:.1f} ms ({PAGES[days]}) |"
    )


def open_page(browser: Coordinator, ids: list[UUID], *, span: str) -> None:
    """Read the page of times of one physician or of everybody who is active."""
    whose = f"&physician={ids[0]}" if len(ids) == 1 else ""
    page = browser.get(f"/book?patient={browser.patient_id}&type=follow_up&start={FIRST}&span={span}{whose}")
    assert page.status == 200, page.page[:2000]


def let_work(place: ground.Ground, count: int) -> None:
    """Leave so many physicians active, so that a page about everybody is about them."""
    with place.server.superuser("bench") as owner:
        owner.execute("update physician set is_active = id = any(%s)", [place.physicians[:count]])
        owner.execute("vacuum analyze")


def main() -> None:
    """Measure on a calendar with 200 physicians."""
    with (
        ground.ground(physicians=max(PHYSICIANS), patients=max(PHYSICIANS) * ground.VISITS_A_DAY + 1) as place,
        tempfile.TemporaryDirectory(prefix="clinic-web-") as folder,
        serving(place.url, Path(folder), WEB_CONCURRENCY="1") as port,
    ):
        booked = ground.fill_calendar(
            place.begin, place.physicians, place.patients, first=FIRST, days=range(-2, max(DAYS) + 2)
        )
        browser = Coordinator(port, signed_in(place.begin, count=1)[0], place.patients[-1])
        ground.say(f"Slot search, {ground.VISITS_A_DAY} visits a day, {booked} visits in the table; {ground.load()}")
        ground.say(
            "| physicians | days | busy | slots | function alone, processor | search, processor | search "
            "| its rows by plain SQL | search to rows | page over HTTP |"
        )
        ground.say("|---|---|---|---|---|---|---|---|---|---|")
        for count in PHYSICIANS:
            let_work(place, count)
            for days in DAYS:
                compare(place, browser, physicians=count, days=days)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
