"""Prints how long a slot search takes from question to answer, against loading the rows that it needs as integers."""

from datetime import date, timedelta

import ground
import psycopg

from clinic.scheduling import queries

FIRST = date(2026, 11, 24)
LAST = FIRST + timedelta(days=ground.DAYS - 1)

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


def compare(place: ground.Ground, *, physicians: int) -> None:
    ids, patient = place.physicians[:physicians], place.patients[-1]
    given = {"ids": ids, "patient": patient, "begin": FIRST - timedelta(days=1), "end": LAST + timedelta(days=2)}
    url = place.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as plain, place.session() as session:

        def search() -> queries.FoundSlots:
            session.expunge_all()
            return queries.find_slots(
                session,
                visit_type_code="follow_up",
                patient_id=patient,
                physician_ids=ids,
                first_day=FIRST,
                last_day=LAST,
                now=ground.NOW,
            )

        def load(*statements: str) -> list[list[tuple[object, ...]]]:
            return [plain.execute(statement, given).fetchall() for statement in statements]

        found, rows = search(), load(BUSY)[0]
        spent = ground.best(search)
        everything, busy = ground.best(lambda: load(BUSY, *REST)), ground.best(lambda: load(BUSY))
        ground.say(
            f"| {physicians} | {len(rows)} | {len(found.slots)} | {spent:.1f} ms | {everything:.1f} ms "
            f"| {busy:.1f} ms | **{spent / everything:.2f}** | {spent / busy:.2f} |"
        )


if __name__ == "__main__":
    with ground.ground(physicians=20, patients=20 * ground.VISITS_A_DAY + 1) as here:
        booked = ground.fill_calendar(here.begin, here.physicians, here.patients)
        with here.server.superuser("bench") as owner:
            owner.execute("vacuum analyze")
        ground.say(
            f"Slot search over {ground.DAYS} days, {ground.VISITS_A_DAY} visits a day, "
            f"{booked} visits in the table; {ground.load()}"
        )
        ground.say(
            "| physicians | busy | slots | search | its rows by plain SQL | busy rows alone | to its rows | to busy |"
        )
        ground.say("|---|---|---|---|---|---|---|---|")
        for count in (1, 20):
            compare(here, physicians=count)
