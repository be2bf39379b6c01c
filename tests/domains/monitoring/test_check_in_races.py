"""Two sweeps, or a sweep and the calendar, at the same patient: one check-in, one text, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.jobs import work_on_check_ins
from clinic.monitoring.models import Assessment, CheckIn
from clinic.treatment.jobs import PARTS, keep_calendars_when_due
from clinic.treatment.queries import monitoring_facts
from tests.domains.monitoring.calendar_makers import SWEEP, TUESDAY, Patient
from tests.domains.monitoring.check_in_makers import survey
from tests.domains.scheduling.calendar_makers import NOW, RING, Clinic
from tests.domains.treatment.plan_makers import book, on


def add_patient(database) -> None:
    with database.begin(by=SWEEP) as session:
        made = Patient(session)
        book(session, made.plan, at=TUESDAY)
        made.keep(NOW)


def counted(database, *what) -> int:
    with database.begin(by=SWEEP) as session:
        return session.scalar(select(func.count()).where(*what)) or 0


def test_two_sweeps_at_once_open_one_check_in_and_send_one_text(database):
    add_patient(database)
    now = on("2026-11-25", 12)

    def sweep(_: int) -> int:
        return work_on_check_ins(database.begin, clock=lambda: now, ring=RING, by=SWEEP, seconds=20)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(sweep, range(4)))
    assert counted(database, CheckIn.state == "open", CheckIn.part == "day") == 1
    assert counted(database, Message.template_key.in_(("POST_24H", "SURVEY_LINK"))) == 1


def test_one_check_in_that_cannot_be_closed_keeps_no_other_waiting(database):
    add_patient(database)
    with database.begin(by=SWEEP) as session:
        bea = Clinic(session).patient(phone="+13055550166", legal_first_name="Bea")
        broken = survey(session, bea, "craving")
        broken.save("craving", {"now": "3"})
        broken.check_in.closes_at = NOW + timedelta(hours=1)
        session.flush()
        broken.part("craving").instrument_key = "nobody_knows"
    for now in (on("2026-11-25", 12), on("2026-12-20", 12)):
        work_on_check_ins(database.begin, clock=lambda now=now: now, ring=RING, by=SWEEP, seconds=20)
    over = (CheckIn.state == "missed", CheckIn.part == "day")
    assert counted(database, CheckIn.id == broken.id, CheckIn.state == "open") == 1
    assert counted(database, *over) >= 1


def test_calendars_kept_twice_at_once_plan_nothing_twice(database):
    with database.begin(by=SWEEP) as session:
        made = Patient(session)
        patient_id, _ = made.id, book(session, made.plan, at=TUESDAY)

    def keep(_: int) -> None:
        with database.begin(by=SWEEP) as session:
            facts = monitoring_facts(session, [patient_id], now=NOW)[patient_id]
            keep_calendar(session, facts, by=SWEEP, now=NOW)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(keep, range(8)))
    with database.begin(by=SWEEP) as session:
        assert causes(session) == sorted(set(causes(session)))
        days = list(session.execute(select(CheckIn.due_on, CheckIn.part)))
    assert len(days) == len(set(days))


def test_the_daily_round_reaches_every_patient_once_a_day(database):
    add_patient(database)
    reached = [keep_calendars_when_due(database.begin, clock=lambda: NOW, by=SWEEP, most=48) for _ in range(3)]
    assert sum(reached) == 1
    assert PARTS == 96


def causes(session: Session) -> list[str]:
    return sorted(session.scalars(select(Assessment.cause_key)))
