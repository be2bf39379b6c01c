"""Prints what a look for texts costs: an empty one with a full table, and claims of one and of fifty at once."""

import sys
import time
from datetime import timedelta

import ground
from sqlalchemy import Connection, text

from clinic.kernel.actor import system
from clinic.kernel.clock import utc_now
from clinic.kernel.ids import new_id
from clinic.messaging.jobs import claiming
from clinic.messaging.jobs.sending import LANES

BY = system("Benchmark")
FUTURE, FUTURE_SHORT = 300_000, 30_000
DUE, DUE_SHORT = 5_000, 500
BATCHES = (1, 50)
LOOKS = 200

_ROWS = text(
    "insert into message (id, dedupe_key, channel, address_id, recipient_kind, subject_kind, template_key, "
    "template_version, language, variables_sealed, zone, lane, policy, category, due_at, expires_at, state, "
    "attempt_count, ambiguous_count, fence, provider_rank, duplicate_count, created_at, updated_at) "
    "select gen_random_uuid(), :key || n, 'sms', :phone, 'stranger', 'inbound_text', 'NOTHING_WAITING', 1, "
    "'en', ''::bytea, 'America/New_York', :first + n % :lanes, 'AMO', 'auto', :due + n * interval '1 second', "
    ":due + interval '400 days', 'pending', 0, 0, 0, 0, 0, :now, :now from generate_series(1, :count) n"
)
# The statement that a claim comes down to, by hand.
_BY_HAND = text(
    "with due as (select id from message where state = 'pending' and lane = 2 and due_at <= :now and expires_at > :now "
    "order by due_at limit :batch for update skip locked) "
    "update message set state = 'claimed', fence = fence + 1, lease_until = clock_timestamp() + interval '60 s', "
    "lease_owner = 'me', updated_at = :now from due where message.id = due.id returning message.id, fence, language"
)


def fill(clinic: ground.Ground, *, count: int, due_in: timedelta, lanes: int = len(LANES), first: int = 1) -> None:
    """Insert texts that wait; their words are never read here."""
    now = utc_now()
    with clinic.engine.begin() as connection:
        phone = connection.scalar(text("select id from phone limit 1"))
        connection.execute(
            _ROWS,
            {"key": f"{new_id()}:", "phone": phone, "due": now + due_in, "now": now, "count": count}
            | {"lanes": lanes, "first": first},
        )


def database_milliseconds(connection: Connection) -> float:
    """Return what the database itself needs for an empty look at all queues, planning included."""
    total = 0.0
    for lane in LANES:
        asked = claiming._due(lane, utc_now()).limit(1).compile(connection.engine)  # noqa: SLF001 - the very statement
        found = connection.exec_driver_sql(f"explain (analyze, format json) {asked}", asked.params).scalar_one()
        total += found[0]["Planning Time"] + found[0]["Execution Time"]
    return total


def empty_look(clinic: ground.Ground) -> float:
    """Return the milliseconds of a worker's empty look at all queues, as its job makes it."""

    def look() -> None:
        for lane in LANES:
            with clinic.begin(by=BY) as session:
                claims = claiming.claim_due(
                    session, lane=lane, limit=10, lease_seconds=60, segments_per_second=1e6, now=utc_now()
                )
                assert claims.messages == ()

    return ground.best(look, rounds=LOOKS)


def claims_a_second(clinic: ground.Ground, *, batch: int, count: int) -> float:
    """Claim everything that is due in batches; return texts a second."""
    begun, claimed = time.perf_counter(), 0
    while claimed < count:
        with clinic.begin(by=BY) as session:
            claims = claiming.claim_due(
                session, lane=2, limit=batch, lease_seconds=60, segments_per_second=1e6, now=utc_now()
            )
        claimed += len(claims.messages)
    return count / (time.perf_counter() - begun)


def by_hand_a_second(clinic: ground.Ground, *, batch: int, count: int) -> float:
    """Claim everything that is due by the bare statement; return texts a second."""
    begun, claimed = time.perf_counter(), 0
    while claimed < count:
        with clinic.engine.begin() as connection:
            claimed += len(connection.execute(_BY_HAND, {"now": utc_now(), "batch": batch}).all())
    return count / (time.perf_counter() - begun)


def back_in_line(clinic: ground.Ground) -> None:
    """Put claimed texts back and let the table be as after a quiet night."""
    with clinic.engine.begin() as connection:
        connection.execute(text("update message set state = 'pending' where state = 'claimed'"))
    with clinic.server.superuser("bench") as owner:
        owner.execute("vacuum analyze message")


def report_claims(clinic: ground.Ground, *, count: int) -> None:
    """Print claims in batches, against the bare statement."""
    ground.say("| batch | claims | bare statement | ratio |")
    ground.say("|---|---|---|---|")
    for batch in BATCHES:
        back_in_line(clinic)
        ours = claims_a_second(clinic, batch=batch, count=count)
        back_in_line(clinic)
        bare = by_hand_a_second(clinic, batch=batch, count=count)
        ground.say(f"| {batch} | {ours:.0f}/s | {bare:.0f}/s | **{ours / bare:.2f}** |")


def main() -> None:
    """Fill the table and look; `--short` fills it with a tenth."""
    is_short = "--short" in sys.argv
    future, due = (FUTURE_SHORT, DUE_SHORT) if is_short else (FUTURE, DUE)
    with ground.ground(physicians=1, patients=1) as clinic:
        fill(clinic, count=future, due_in=timedelta(days=1))
        back_in_line(clinic)
        with clinic.engine.connect() as connection:
            best = min(database_milliseconds(connection) for _ in range(LOOKS))
        ground.say(f"Empty look at {len(LANES)} queues, {future} texts planned; {ground.load()}")
        ground.say(f"**{best:.3f} ms** of database time, {empty_look(clinic):.2f} ms in the worker")
        fill(clinic, count=due, due_in=-timedelta(days=1), lanes=1, first=2)
        ground.say(f"Claims of {due} texts that are due, among those")
        report_claims(clinic, count=due)


if __name__ == "__main__":
    sys.exit(main())
