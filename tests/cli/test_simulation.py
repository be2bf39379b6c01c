"""The simulated clinic: its rules hold, each of them can fail, and the report says what was found."""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from random import Random

import pytest
from click.testing import CliRunner
from lxml import html
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from clinic.cli import simulate as command
from clinic.embedded import postgres
from clinic.kernel.localtime import first_instant_of
from clinic.medication.rules.registering import is_dea_number
from clinic.simulation import crowd, report, scratch
from clinic.simulation.behavior import Behavior, assumptions
from clinic.simulation.figures import Figures, PhysicianWeek
from clinic.simulation.invariants import DAILY, WHOLE, Checker, sentence_of
from clinic.simulation.running import Simulation
from clinic.simulation.scratch import NotEmpty, require_empty, simulated_settings
from clinic.simulation.summary import FULL, LONG_WAIT_DAYS, answer_of, breaking_of
from clinic.simulation.summary import sentence_of as said
from clinic.simulation.truths.asking import Span
from clinic.simulation.truths.texts import none_is_doubled
from clinic.treatment.errors import CourseProblem, CourseRefused
from tests.cli.demo_clinic import empty_clinic
from tests.cli.simulated_clinic import FIRST, NOW, SIZE, opened, played


@pytest.fixture(scope="module")
def first_run(server):
    with played(server, looks=repeat(150)) as found:
        yield found


def test_every_rule_holds_in_a_clinic_where_much_happens(first_run):
    _, simulation, outcome = first_run
    assert {name: tally.faults for name, tally in outcome.rules.items() if tally.faults} == {}
    assert set(outcome.rules) == {rule.__name__ for rule in WHOLE} | {"no_job_fails", "what_is_proposed_can_be_booked"}
    sums = {name: sum(int(day[name]) for day in outcome.figures.days) for name in report.SERIES}
    busy = ("patients_registered", "first_visits", "sessions", "texts_service", "texts_received", "check_ins_done")
    assert all(sums[name] > 0 for name in (*busy, "revenue_cents", "units_sent", "units_taken", "tasks_opened"))
    assert simulation.world.counts["sessions not ready"] < sums["sessions"]
    assert outcome.rules["none_leaves_at_night"].looks == 21
    assert outcome.rules["no_unit_comes_from_nowhere"].rows > 0
    assert outcome.rules["no_session_without_a_go"].rows > 0
    assert outcome.rules["what_is_proposed_can_be_booked"].rows > 0


SAME_TIME = """
    update appointment set state = 'completed', overbook_reason = null, overbook_by = null, starts_at = b.starts_at,
      ends_at = b.ends_at, patient_period = b.patient_period, physician_busy = b.physician_busy,
      patient_id = b.patient_id, physician_id = b.physician_id
    from (select * from appointment where state in ('booked', 'confirmed', 'completed') order by id limit 1) b
    where appointment.id = (select id from appointment where id <> b.id order by id desc limit 1)
       or appointment.id = b.id
"""
SESSIONS = """
    update appointment a set state = 'completed', starts_at = t.starts_at + n * interval '26 hours',
      ends_at = t.starts_at + n * interval '26 hours' + interval '1 hour'
    from (select s.appointment_id, s.plan_id, row_number() over (partition by s.plan_id order by s.id) as n,
            timestamptz '2027-01-11 15:00Z' as starts_at
          from treatment_session s where s.phase = 'induction') t
    where a.id = t.appointment_id
"""
A_TEXT = "id = (select id from message where channel = 'sms' and category = 'service' and sent_at is not null limit 1)"
A_FLAG = """
    insert into flag (id, patient_id, rule_id, policy_number, level, domain, evidence_class, facts_key, inputs,
      threshold, sentence, escalates, state, raised_at, version, created_at, updated_at, updated_by)
    select gen_random_uuid(), id, 'D01', 1, 5, 'D', 'x', 'x', '[]', '{}', 'x', '[]', 'open', created_at, 1,
      created_at, created_at, '' from patient limit 1
"""
A_STOP = """
    insert into sms_consent_event (phone_id, change, source, actor_name, at)
    select address_id, 'opted_out', 'reply', '', sent_at from message where A_TEXT
"""
A_FULL_DAY = """
    update message set category = 'service', template_key = 'POST_7D', sent_at = date '2027-01-12' + time '15:00',
      recipient_kind = 'patient', recipient_id = (select id from patient limit 1) where channel = 'sms'
"""
A_MONTH = """
    insert into invoice select (jsonb_populate_record(null::invoice, to_jsonb(i) || jsonb_build_object(
      'id', gen_random_uuid(), 'number', 90 + n, 'kind', 'renewal', 'period_start_on', period_end_on + :gap * n,
      'period_end_on', period_end_on + :gap * n + 30))).*
    from (select * from invoice where number is not null limit 1) i cross join generate_series(1, 2) n
"""
BREAKS = {
    "no_physician_is_booked_twice": SAME_TIME,
    "no_patient_is_booked_twice": SAME_TIME,
    "no_session_is_too_early": SESSIONS,
    "no_week_has_too_many_sessions": SESSIONS,
    "no_session_without_a_go": "delete from readiness_check where verdict = 'go'",
    "no_visit_is_forgotten": "update appointment set state = 'booked' where state = 'completed'",
    "every_urgent_flag_is_answered": A_FLAG,
    "none_leaves_at_night": "update message set sent_at = date_trunc('day', sent_at) + interval '7 hours' where A_TEXT",
    "none_leaves_after_stop": A_STOP,
    "none_is_doubled": "update message set duplicate_count = 1 where A_TEXT",
    "none_beyond_the_days_cap": A_FULL_DAY,
    "none_is_lost": "update message set state = 'sending', updated_at = sent_at - interval '3 days' where A_TEXT",
    "nothing_is_stuck": "update outbox set state = 'parked' where id = (select id from outbox limit 1)",
    "no_balance_is_wrong": "update unit_balance set units = units + 1",
    "no_unit_comes_from_nowhere": "update unit_entry set units = units + 1 where kind = 'dispensed'",
    "no_fill_is_beyond_its_order": "update fill set released_on = expires_on + 1",
    "no_day_is_billed_twice": A_MONTH.replace(":gap", "7"),
    "no_day_is_left_out": A_MONTH.replace(":gap", "40"),
    "the_books_agree": "update posting set amount_cents = amount_cents + 1",
    "the_history_is_whole": "delete from audit_event where seq = 7",
}
"""What each rule must see; triggers and keys of the database are off meanwhile, since they would not let it happen."""


@pytest.fixture(scope="module")
def broken_open(server: postgres.Postgres, first_run):
    """A way to the run's database in which nothing is checked and everything is taken back."""
    url, simulation, _ = first_run
    engine = create_engine(server.url(postgres.SUPERUSER, url.rpartition("/")[2]))
    checks = "select conrelid::regclass, quote_ident(conname) from pg_constraint"
    checks += " where contype in ('c', 'x') and connamespace = 'public'::regnamespace"
    span = Span(simulation.checker.since, simulation.days.clock.instant)

    @contextmanager
    def opened() -> Iterator[tuple[Session, Span]]:
        with engine.connect() as connection, connection.begin() as everything:
            connection.execute(text("set local session_replication_role = replica"))
            for table, name in connection.execute(text(checks)).all():
                connection.execute(text(f"alter table {table} drop constraint {name}"))
            with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
                yield session, span
            everything.rollback()

    yield opened
    engine.dispose()


@pytest.mark.parametrize("rule", WHOLE, ids=[rule.__name__ for rule in WHOLE])
def test_each_rule_names_what_breaks_it(rule, broken_open):
    with broken_open() as (session, span):
        assert rule(session, span).faults == ()
        session.execute(text(BREAKS[rule.__name__].replace("A_TEXT", A_TEXT)))
        assert rule(session, span).faults


RESUMES = """
    update message m set template_key = 'PAY_RESUMES', subject_kind = 'subscription', subject_version = null,
      category = 'service', recipient_kind = 'patient', subject_id = (select id from subscription limit 1),
      recipient_id = (select id from patient limit 1), address_id = (select id from phone limit 1),
      sent_at = one.sent_at + n * interval '30 days'
    from (select id, min(sent_at) over () as sent_at, row_number() over (order by id) as n from message
          where channel = 'sms' and sent_at is not null limit 2) one
    where m.id = one.id
"""
A_PAUSE = """
    insert into subscription_event (id, subscription_id, version, event, from_state, to_state, at, actor_name)
    select gen_random_uuid(), subject_id, 900 + row_number() over (order by sent_at), 'pause_began', 'active',
      'paused', sent_at - interval '1 day', '' from message where template_key = 'PAY_RESUMES'
"""


def test_that_a_membership_goes_on_is_told_once_a_pause_and_no_more(broken_open):
    with broken_open() as (session, span):
        session.execute(text(RESUMES))
        assert "PAY_RESUMES about subscription" in none_is_doubled(session, span).faults[0]
        session.execute(text(A_PAUSE))
        assert none_is_doubled(session, span).faults == ()


def test_every_rule_is_a_sentence_and_is_looked_up_at_the_end():
    assert set(DAILY) < set(WHOLE)
    assert set(BREAKS) == {rule.__name__ for rule in WHOLE}
    for rule in WHOLE:
        assert re.fullmatch(r"[A-Z].*\.", sentence_of(rule))


def test_a_fault_is_kept_once_however_often_it_is_seen(broken_open):
    with broken_open() as (session, span):
        session.execute(text(BREAKS["nothing_is_stuck"]))
        checker = Checker(since=span.since)
        for _ in range(2):
            checker.check(session, now=span.now, is_whole=True)
    assert [len(tally.faults) for tally in checker.broken.values()] == [1]
    assert checker.tallies["nothing_is_stuck"].looks == 2


def test_the_page_needs_nothing_else_and_says_its_answer_first(first_run, tmp_path):
    _, _, outcome = first_run
    report.write(outcome, tmp_path)
    page = (tmp_path / report.PAGE).read_text()
    root = html.document_fromstring(page)
    assert (root.get("lang"), len(root.findall(".//h1")), len(root.findall(".//main"))) == ("en", 1, 1)
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert page.index(said(outcome.answer, SIZE)) < page.index("<svg")
    assert page.count("<svg") == 2 * page.count("<details><summary>") - 2 * (len(outcome.figures.tallies) + 1)
    assert all(sentence_of(rule) in page for rule in WHOLE)
    assert "prefers-color-scheme: dark" in page
    with (tmp_path / report.DAYS).open() as file:
        rows = list(csv.DictReader(file))
    assert [row["day"] for row in rows][::19] == ["2027-01-04", "2027-01-23"]
    assert json.loads((tmp_path / report.ALL).read_text())["answer"]["utilization"] > 0


def test_a_broken_rule_is_named_on_the_page(first_run):
    _, _, outcome = first_run
    worse = replace(outcome, rules={"one": replace_faults(outcome.rules["nothing_is_stuck"], ["<fact> 7"])})
    page = report.page_of(worse)
    assert worse.broken == ["one"]
    assert "1 of 1 rules were broken" in page
    assert "&lt;fact&gt; 7" in page


def replace_faults(tally, faults):
    return replace(tally, faults=faults)


def test_the_command_stops_at_ctrl_c_with_what_was_played(server, copies, settings, tmp_path, monkeypatch):
    def stop(_simulation: Simulation, _told: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulation, "run", stop)
    with empty_clinic(server, copies, settings, now=NOW) as (url, runtime, _):

        @contextmanager
        def scratched(database_url: str | None) -> Iterator[object]:
            assert database_url is None
            require_empty(url)
            yield runtime

        monkeypatch.setattr(command, "scratch_clinic", scratched)
        asked = ["--patients", "3", "--months", "1", "--from", "2027-01-04", "--report", str(tmp_path / "found")]
        result = CliRunner().invoke(command.simulate, asked)
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout.splitlines()[-1])
        assert told["broken"] == []
        assert told["played_until"] == "2027-01-04"
        assert "Stopped" in result.stderr
        assert "It was stopped before 2027-02-03." in (tmp_path / "found" / report.PAGE).read_text()
        again = CliRunner().invoke(command.simulate, asked)
        assert isinstance(again.exception, NotEmpty)


def test_a_database_with_people_in_it_is_refused_before_it_is_touched(first_run, monkeypatch):
    url, _, _ = first_run
    monkeypatch.setattr(scratch, "upgrade", lambda *_, **__: pytest.fail("it was migrated"))
    with pytest.raises(NotEmpty, match="Name an empty database"), scratch.scratch_clinic(url):
        pytest.fail("it was opened")


def test_the_command_fails_where_a_rule_is_broken(server, copies, settings, monkeypatch):
    def park(simulation: Simulation, _told: object) -> None:
        with simulation.days.read() as session, session.begin():
            session.execute(text("update outbox set state = 'parked' where id = (select id from outbox limit 1)"))
        simulation.faults.found["clinic.x: y (KeyError)"] += 2
        problem = CourseProblem(0, "This time is taken.")
        simulation.world.proposals.note(CourseRefused("Nothing.", problems=[problem] * 2))

    monkeypatch.setattr(Simulation, "run", park)
    with empty_clinic(server, copies, settings, now=NOW) as (_, runtime, _):
        monkeypatch.setattr(command, "scratch_clinic", contextmanager(lambda _: iter([runtime])))
        result = CliRunner().invoke(command.simulate, ["--patients", "2", "--months", "1", "--from", "2027-01-04"])
    assert result.exit_code == 1
    broken = json.loads(result.stdout.splitlines()[-1])["broken"]
    assert {"no_job_fails", "what_is_proposed_can_be_booked"} <= set(broken)
    assert "No job of a worker fails. clinic.x: y (KeyError) (x2)" in result.stderr
    assert "What the planner proposes can be booked. This time is taken. (x1)" in result.stderr


def week(number: int, *, busy: float, opened: float = 32.0) -> PhysicianWeek:
    return PhysicianWeek(monday=FIRST + timedelta(weeks=number), physician="A", open=opened, busy=busy)


def figures(*, busy: float, waits: list[float], late: int = 0) -> Figures:
    days = [{"day": "2027-01-04", "first_visits": 10, "sessions": 70, "reviews": 16, "no_shows": 4}]
    return Figures(
        days=days,
        weeks=[week(number, busy=busy if number < 12 else 0) for number in range(13)],
        waits={"first visit": waits, "first session": [3.0], "task": []},
        tallies={},
        gaps=100,
        late_gaps=late,
    )


@pytest.mark.parametrize(
    ("busy", "wait", "late", "elsewhere", "holds"),
    [
        (16.0, 2.0, 4, 0, True),
        (32 * FULL, LONG_WAIT_DAYS, 10, 0, True),
        (32 * FULL + 0.1, 2.0, 4, 0, False),
        (16.0, LONG_WAIT_DAYS + 0.1, 4, 0, False),
        (16.0, 2.0, 11, 0, False),
        (16.0, 2.0, 4, 1, False),
    ],
)
def test_a_clinic_holds_while_hours_waits_and_windows_do(busy, wait, late, elsewhere, holds):
    found = answer_of(figures(busy=busy, waits=[wait], late=late), went_elsewhere=elsewhere, settling_weeks=4)
    assert found.holds is holds
    assert found.utilization == pytest.approx(busy / 32)
    assert found.no_shows == pytest.approx(0.04)


def test_weeks_in_which_the_clinic_fills_do_not_count():
    filling = replace(figures(busy=16.0, waits=[]), weeks=[week(number, busy=2.0 * number) for number in range(12)])
    assert answer_of(filling, went_elsewhere=0, settling_weeks=5).utilization == pytest.approx(15 / 32)
    assert answer_of(filling, went_elsewhere=0, settling_weeks=9).utilization == pytest.approx(16 / 32)


def test_the_answer_is_told_in_words_with_what_would_break_it():
    size = replace(SIZE, patients=300, physicians=2)
    good = answer_of(figures(busy=16.0, waits=[1.0, 2.0, 3.0], late=4), went_elsewhere=0, settling_weeks=4)
    assert said(good, size).startswith("2 physicians hold 300 patients: 50% of the open hours were engaged")
    assert "4% of sessions came later than their window" in said(good, size)
    assert "about 510 patients would fill them" in breaking_of(good, size)
    bad = answer_of(figures(busy=31.0, waits=[]), went_elsewhere=3, settling_weeks=4)
    assert said(bad, replace(size, physicians=1)).startswith("1 physician would not hold 300 patients")
    assert "wait for a first visit was not measured" in said(bad, size)


def test_rota_and_holidays_of_many_months_are_filled_as_the_days_come_near(server):
    empty = replace(SIZE, patients=0, last_day=FIRST + timedelta(days=500))
    last = text("select (select max(starts_at) from on_call_shift), (select max(first_day) from clinic_closure)")
    with opened(server, empty) as (simulation, _):
        found = []
        for day in (FIRST, empty.last_day):
            simulation.days.play_to(first_instant_of(day, simulation.runtime.clinic.zone))
            with simulation.days.read() as session:
                shift, closure = session.execute(last).one()
            found.append(((shift.date() - FIRST).days, str(closure)))
    assert found == [(294, "2029-12-25"), (504, "2030-12-25")]


def test_people_are_invented_and_all_different():
    people = crowd.patients(Random(1), crowd.MOST_PATIENTS)  # noqa: S311 - invented people
    phones = {one.phone for one in people}
    assert len(phones) == crowd.MOST_PATIENTS
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone) for phone in phones)
    doctors = crowd.physicians(crowd.MOST_PHYSICIANS)
    assert len({doctor.person.name for doctor in doctors}) == crowd.MOST_PHYSICIANS
    addresses = {"FL": "1 Bay Walk", "NJ": "2 Depot Square"}
    held = [
        one.number
        for place in range(crowd.MOST_PHYSICIANS)
        for one in crowd.registrations(place, addresses=addresses, since=FIRST, until=FIRST)
        if one.kind == "dea"
    ]
    assert len(set(held)) == 2 * crowd.MOST_PHYSICIANS
    assert all(is_dea_number(number) for number in held)


def test_every_assumption_says_what_it_means_and_where_it_comes_from():
    known = assumptions(Behavior())
    assert all(meaning and source for _, _, meaning, source in known)
    assert all(
        0 <= value <= 1 for _, value, meaning, _ in known if isinstance(value, float) and "a year" not in meaning
    )


def test_a_simulated_clinic_reaches_nobody():
    settings = simulated_settings()
    assert (settings.twilio_account_sid, settings.smtp_url, settings.stripe_api_key) == (None, None, None)
