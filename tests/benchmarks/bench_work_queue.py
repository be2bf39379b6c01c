"""Prints how long the coordinators' queue takes at 2,000 open tasks, against its rows by bare SQL.

Tasks are opened by the product, visits by INSERT without checks; nothing of that is measured.
"""

import sys
from collections.abc import Callable
from datetime import timedelta

import ground
import psycopg
from bench_check_in import application
from flask.testing import FlaskClient

from clinic.access import actions as access
from clinic.access.rules.hashing import hasher_of
from clinic.dashboards.work_queue import Queue, work_queue
from clinic.kernel.actor import Role, system
from clinic.web.coordinator.queueing.rows import cards
from clinic.worklist.actions import open_item
from clinic.worklist.rules import KINDS, WorkKind
from tests.domains.scheduling.calendar_makers import NOW

IS_SHORT = "--short" in sys.argv
TASKS, PATIENTS = (300, 150) if IS_SHORT else (2_000, 1_200)
ROUNDS = 3 if IS_SHORT else 15
PAGE, PASSWORD = 50, "copper lantern violet tide"
OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan"
ROLES = (Role.COORDINATOR, Role.ADMIN)

BARE = """
select w.id, w.kind, w.version, w.patient_id, w.due_at, w.created_at, a.id, a.starts_at, coming.starts_at
from work_item w
left join appointment a on a.id = w.subject_id and a.state in ('booked', 'confirmed', 'in_progress')
left join (select patient_id, min(starts_at) as starts_at from appointment
           where state in ('booked', 'confirmed') and starts_at > %(now)s and starts_at < %(now)s + interval '24 hours'
           group by patient_id) coming on coming.patient_id = w.patient_id
where w.state = 'open' and w.owner_role in ('admin', 'coordinator')
  and (w.put_off_until is null or w.put_off_until <= %(now)s)
"""


def fill(place: ground.Ground) -> None:
    """Make tasks of every kind that coordinators and administrators have, and a calendar full from tomorrow."""
    booked = ground.fill_calendar(place.begin, place.physicians, place.patients, days=range(ground.DAYS))
    kinds = [kind for kind in WorkKind if KINDS[kind].owner_role in ROLES]
    operator = system("Bench")
    with place.begin(by=operator) as session:
        for number in range(TASKS):
            whose = place.patients[number % PATIENTS]
            open_item(
                session,
                kind=kinds[number % len(kinds)],
                dedupe_key=f"bench:{number}",
                reason="The phone was off when we called.",
                subject_kind="patient",
                subject_id=whose,
                patient_id=whose,
                due_at=NOW + timedelta(hours=number % 400 - 200),
                now=NOW - timedelta(days=9),
                by=operator,
            )
    with place.server.superuser("bench") as owner:
        owner.execute("vacuum analyze")
    ground.say(f"{TASKS:,} open tasks about {PATIENTS:,} patients, {booked:,} visits; {ground.load()}")


def bare_of(place: ground.Ground) -> Callable[[], list[tuple[object, ...]]]:
    """Return the read of the order's columns through the driver alone, rows left as it gives them."""
    plain = psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql"), options=OPTIONS)
    return lambda: plain.execute(BARE, {"now": NOW}).fetchall()


def in_order(place: ground.Ground) -> Queue:
    """Read everything that waits and put it in order."""
    with place.session() as session:
        return work_queue(session, roles=ROLES, now=NOW)


def browser(place: ground.Ground) -> tuple[FlaskClient, Callable[[], None]]:
    """Return a coordinator's browser, and what draws up one page of the queue without it."""
    operator, app = system("Operator"), application(place)
    hasher = hasher_of(app.extensions["clinic"].signing_in)
    with place.begin(by=operator) as session:
        _, invitation = access.invite_staff(
            session, email="dana@example.org", full_name="Bench", roles=set(ROLES), by=operator, now=NOW
        )
        account = access.accept_invitation(session, token=invitation, password=PASSWORD, now=NOW, hasher=hasher)
        token = access.start_session(session, account_id=account.id, now=NOW, by=operator)
    client = app.test_client()
    client.set_cookie("__Host-sid", token, secure=True, path="/")

    def draw() -> None:
        with app.test_request_context("/today"), place.session() as session:
            queue = work_queue(session, roles=ROLES, now=NOW)
            assert len(cards(session, queue.groups()[:PAGE], now=NOW)) == PAGE

    return client, draw


def line(name: str, spent: float, bare: float) -> None:
    """Print one measurement."""
    ground.say(f"| {name} | {spent:.1f} ms | **{spent / bare:.2f}** |")


def compare(place: ground.Ground) -> None:
    """Print a line for the rows, for the order, for a page with all that a call needs, and for the whole page."""
    read, (client, draw) = bare_of(place), browser(place)
    assert len(read()) == TASKS <= len(in_order(place).waiting)

    def page() -> None:
        answer = client.get("/today")
        assert answer.status_code == 200, answer.get_data(as_text=True)[:500]

    page()
    ground.say(f"| asked for (best of {ROUNDS}) | time | to its rows by bare SQL |")
    ground.say("|---|---|---|")
    bare = ground.best(read, rounds=ROUNDS)
    line("the rows by bare SQL", bare, bare)
    line("the queue: every task placed, in order", ground.best(lambda: in_order(place), rounds=ROUNDS), bare)
    line(f"the same, and {PAGE} patients with number, clock, last contact", ground.best(draw, rounds=ROUNDS), bare)
    line("the whole page over the application", ground.best(page, rounds=ROUNDS), bare)


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=4, patients=PATIENTS) as place:
        fill(place)
        compare(place)


if __name__ == "__main__":
    sys.exit(main())
