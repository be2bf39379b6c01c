"""The demo clinic: what is in it, and that it is never loaded where it does not belong."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.actions import Entered
from clinic.access.rules import hasher_of
from clinic.audit import queries as audit
from clinic.cli.demo.loading import load
from clinic.cli.seed import DEMO_SIGN_INS, hand_to_bank, show_on_phones
from clinic.consents.queries.standing import standing_of
from clinic.embedded import postgres
from clinic.gateways.payments.backstage import Backstage
from clinic.gateways.payments.stand_in.running import running as payment_gateway
from clinic.gateways.payments.stand_in.setup import Setup as PaymentSetup
from clinic.gateways.payments.stripe import StripeGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.running import running
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.gateways.sms.twilio import TwilioGateway
from clinic.kernel.actor import ANONYMOUS, Role
from clinic.medication.queries.deliveries import delivery_board
from clinic.medication.queries.ledger import untraceable
from clinic.medication.queries.verdicts import verdicts
from clinic.messaging.jobs.nightly import NIGHTS, audit_night
from clinic.monitoring.rules.catalogue import RULES
from clinic.oncall import queries as on_call
from clinic.people.models import Patient
from clinic.scheduling import queries as calendar
from clinic.settings import Settings
from clinic.treatment.queries.caring import patients_of_pain
from clinic.treatment.queries.drift import drift_board
from clinic.treatment.rules.drift import DriftStatus
from clinic.treatment.rules.phases import Phase
from clinic.worklist import queries as tasks
from tests.cli.demo_clinic import Demo, empty_clinic, seed
from tests.conftest import MONDAY_MORNING, Copies

NEW_YORK = "America/New_York"


@pytest.fixture(scope="module")
def demo(server: postgres.Postgres, copies: Copies, settings: Settings) -> Iterator[Demo]:
    """The whole demo clinic on a Monday morning; tests only look at it."""
    with empty_clinic(server, copies, settings, now=MONDAY_MORNING) as (url, runtime, sessions):
        yield Demo(url, runtime, sessions, load(runtime, seed=1))


def test_everybody_who_should_work_and_be_treated_there_is_there(demo: Demo) -> None:
    roles = Counter(role for (found,) in demo.ask("select roles from staff_account") for role in found)
    assert roles == {"admin": 1, "coordinator": 2, "physician": 3}
    assert (demo.loaded.staff, demo.loaded.patients) == (6, 60)
    assert demo.one("select count(*) from patient") == 60
    assert set(demo.ask("select distinct state, zone from patient")) == {
        ("FL", "America/New_York"),
        ("FL", "America/Chicago"),
        ("NJ", "America/New_York"),
    }
    assert demo.one("select count(distinct zone) from patient where county_fips = '12045'") == 2
    assert demo.one("select count(distinct county_fips) from patient") >= 19


def test_three_physicians_have_their_own_licenses_hours_and_zones(demo: Demo) -> None:
    licences = demo.ask(
        "select full_name, string_agg(state, '+' order by state) from licence join physician"
        " on physician.id = physician_id group by 1 order by 1"
    )
    assert licences == [("Amara Okafor", "FL+NJ"), ("Luis Herrera", "FL"), ("Priya Raman", "NJ")]
    ends = demo.ask("select min(valid_until) from licence")[0][0]
    assert ends == date(2026, 11, 23) + timedelta(days=24)
    assert demo.one("select count(distinct zone) from physician") == 2


def test_the_past_has_every_kind_of_ending_and_mostly_good_ones(demo: Demo) -> None:
    past = dict(demo.ask("select state, count(*) from appointment where starts_at < :now - interval '1 h' group by 1"))
    assert set(past) >= {"completed", "no_show", "canceled", "late_canceled"}
    assert past["completed"] > sum(past.values()) / 2
    assert demo.one("select count(*) from appointment_history where change = 'moved'") >= 2
    assert demo.one("select count(distinct visit_type_code) from appointment where state = 'completed'") == 4


def test_somebody_is_in_every_phase_and_the_board_of_courses_has_something_to_do(demo: Demo) -> None:
    phases = dict(demo.ask("select phase, count(*) from treatment_plan group by 1"))
    assert set(phases) == {str(phase) for phase in Phase}
    with demo.sessions() as session:
        rows = drift_board(session, now=demo.runtime.clock())
    assert {row.status for row in rows} >= {
        DriftStatus.OVERDUE,
        DriftStatus.IN_WINDOW,
        DriftStatus.RESTART_NEEDS_VISIT,
        DriftStatus.COURSE_BROKEN,
        DriftStatus.EVALUATION_WAITING,
        DriftStatus.BOOKED,
    }
    assert demo.one("select count(*) from course_offer where state = 'open'") == 1
    assert demo.one("select count(*) from treatment_session") >= 15
    assert demo.one("select min(starts_at) from appointment") >= MONDAY_MORNING - timedelta(days=29)


def test_the_future_has_confirmed_and_unconfirmed_visits(demo: Demo) -> None:
    to_come = dict(demo.ask("select state, count(*) from appointment where starts_at > :now group by 1"))
    assert to_come["booked"] >= 15
    assert to_come["confirmed"] >= 8
    assert demo.one("select max(starts_at) from appointment") > MONDAY_MORNING + timedelta(days=14)
    assert {via for (via,) in demo.ask("select distinct confirmed_via from appointment")} >= {"sms", "page", "staff"}


def test_today_has_visits_a_held_time_and_a_few_tasks(demo: Demo) -> None:
    with demo.sessions() as session:
        visits = calendar.day_list(session, day=date(2026, 11, 23), zone=NEW_YORK, now=MONDAY_MORNING)
        held = calendar.holds(session, now=MONDAY_MORNING)
        unconfirmed = calendar.unconfirmed(session, now=MONDAY_MORNING, before=MONDAY_MORNING + timedelta(days=2))
        open_tasks = tasks.open_items(session, roles={Role.COORDINATOR, Role.ADMIN})
        [put_off] = tasks.put_off_items(session, roles={Role.COORDINATOR}, now=MONDAY_MORNING)
    assert put_off.kind == "opted_out_patient"
    assert 6 <= len(visits) <= 16
    assert sum(row.physician_name == "Amara Okafor" for row in visits) >= 3
    assert len(held) == 2  # one for somebody on the telephone, one by an offer to a patient who waits
    assert demo.ask("select count(*), (select count(*) from slot_offer) from waitlist_entry") == [(4, 1)]
    assert unconfirmed
    kinds = Counter(str(task.kind) for task in open_tasks)
    assert 1 <= kinds.pop("stranded_visit") <= 4
    assert kinds.pop("waitlist_call", 0) <= 1
    assert kinds.pop("readiness_open") >= 1
    assert kinds == {
        "transfer_waiting": 1,
        "number_to_check": 1,
        "link_locked": 1,
        "move_requested": 1,
        "opted_out_patient": 2,
        "reply_unclear": 3,
        "emergency_access": 1,
        "parcel_exception": 2,
        "parcel_unconfirmed": 1,
        "delivery_disputed": 1,
        "recall_call": 1,
        "payment_failed": 1,
        "hardship_request": 1,
        "form_withdrawn": 1,
        "intake_call": 1,
    }


def test_an_intake_stands_in_every_state_and_a_form_misses_its_signature_in_each_way(demo: Demo) -> None:
    states = dict(demo.ask("select state, count(*) from intake group by 1"))
    assert states == {"open": 2, "waiting": 3, "needs_more": 1, "accepted": 1, "declined": 1}
    with demo.sessions() as session:
        patients = list(session.scalars(select(Patient.id)))
        of_pain = patients_of_pain(session, patients)
        standings = standing_of(session, patients, MONDAY_MORNING, of_pain=of_pain)
    statuses = Counter(form.status.value for one in standings.values() for form in one.missing)
    assert statuses == {"missing": 1, "outdated": 1, "withdrawn": 1}
    assert demo.one("select count(*) from consent_version where kind = 'privacy'") == 2
    assert demo.one("select count(*) from work_item where kind = 'consent_withdrawn' and state = 'open'") == 1
    assert demo.one("select count(*) from signature_request where settled_at is null") == 2


def test_somebody_stands_at_each_place_of_a_membership_and_the_books_agree(demo: Demo) -> None:
    states = dict(demo.ask("select state, count(*) from subscription group by 1"))
    assert states == {"active": 6, "past_due": 1, "paused": 1, "medical_hold": 1, "incomplete": 1, "pending": 2}
    payments = dict(demo.ask("select state, count(*) from payment group by 1"))
    assert set(payments) == {"succeeded", "failed", "requires_action"}
    assert demo.one("select count(*) from refund where state = 'succeeded'") == 1
    assert demo.one("select count(*) from discount where hardship_reason is not null") == 1
    assert demo.one("select count(*) from invoice where kind = 'change' and state = 'paid'") == 1
    assert demo.one("select sum(amount_cents) from posting") == 0
    known = {entry["thing"]["id"] for entry in demo.loaded.money if "thing" in entry}
    assert {found for (found,) in demo.ask("select gateway_payment_id from payment")} <= known


def test_the_clinic_has_a_life_besides_visits(demo: Demo) -> None:
    closures = {name for (name,) in demo.ask("select name from clinic_closure")}
    assert {"Team training", "Thanksgiving Day", "New Year's Day"} <= closures
    assert demo.one("select count(*) from visit_cap") == 1
    assert demo.one("select count(*) from physician_transfer where state = 'proposed'") == 1
    assert demo.one("select count(*) from relocation where status = 'planned'") == 1
    assert demo.one("select count(*) from physician_cover where starts_at > :now") == 1
    assert demo.one("select count(*) from availability_override where note = 'Time off'") == 1
    assert demo.one("select count(*) from appointment where overbook_reason is not null and starts_at > :now") == 1
    assert demo.one("select count(distinct kind) from contact_entry") == 2
    ahead = "select count(*) from appointment where visit_type_code = 'touch_up_session' and starts_at > :now"
    assert demo.one(ahead) >= 3


def test_somebody_is_on_call_and_the_call_of_last_week_was_dealt_with(demo: Demo) -> None:
    with demo.sessions() as session:
        now = demo.runtime.clock()
        standing = on_call.who_is_on_call(session, now=now)
        (call,) = on_call.recent_pages(session, limit=5)
        done = on_call.what_was_done(session, call.id)
        assert on_call.open_pages(session) == []
        assert on_call.gaps(session, since=now, until=now + timedelta(days=7)) == []
        assert {one.e164 for one in on_call.contacts(session) if one.e164}.isdisjoint(
            number for (number,) in demo.ask("select e164 from patient join phone on phone.id = phone_id")
        )
    assert standing.first is not None
    assert standing.first.can_text
    assert standing.backup is not None
    assert call.waited == timedelta(minutes=4)
    assert done is not None
    assert done.note.startswith("Spoke with the patient.")
    kinds = "danger_suspected", "call_outcome_missing", "on_call_gap"
    assert (
        demo.one("select count(*) from work_item where state = 'open' and kind = any(:kinds)", kinds=list(kinds)) == 0
    )


def test_somebody_shows_each_sign_that_can_be_seen_and_physicians_have_begun_to_decide(demo: Demo) -> None:
    seen = {str(rule) for (rule,) in demo.ask("select distinct rule_id from flag")}
    assert set(RULES) == seen
    assert demo.one("select count(*) from flag where level = 5") == 0
    assert demo.one("select count(*) from flag where state = 'settled'") == 1
    assert demo.ask("select state, count(*) from taper_plan group by 1") == [("running", 1)]
    assert demo.ask("select count(*), count(signed_at) from visit_note") == [(2, 1)]
    waiting = "select count(*) from emergency_access where ended_at is not null and reviewed_at is null"
    assert demo.one(waiting) == 1
    states = dict(demo.ask("select state, count(*) from check_in group by 1"))
    assert states["done"] >= 30
    assert min(states["open"], states["missed"]) >= 1


def test_parcels_stand_everywhere_and_every_unit_that_was_taken_has_a_known_way(demo: Demo) -> None:
    with demo.sessions() as session:
        board = delivery_board(session)
        asked = [patient_id for (patient_id,) in demo.ask("select patient_id from refill_request where state = 'open'")]
        found = verdicts(session, asked, now=demo.runtime.clock())
        assert untraceable(session) == []
    assert all(board.values())
    assert sorted(min(len(reasons), 3) for reasons in found.values()) == [0, 3, 3]
    taken = "select count(distinct appointment_id), count(distinct lot_id) from unit_entry where kind = 'taken'"
    assert demo.ask(taken) == [(12, 2)]
    notices = "select count(*), count(heard_at), min(units_on_hand) > 0 from recall_notice"
    assert demo.ask(notices) == [(2, 1, True)]
    assert demo.one("select count(*) from shipment where state = 'confirmed'") >= 5
    assert demo.one("select count(*) from supply_claim where settled_at is null") == 2
    assert demo.one("select count(*) from work_item where kind = 'count_refused'") == 0


def test_one_patient_of_the_demo_responds_and_one_is_asked_about_thoughts_of_death(demo: Demo) -> None:
    better = (
        "select count(*) from (select patient_id from score where name = 'total' and instrument_key = 'phq9'"
        " group by 1 having max(value) >= 10 and min(value) < 5) responded"
    )
    assert demo.one(better) >= 1
    asked = (
        "select risk.value from answer join assessment a on a.id = assessment_id and instrument_key = 'phq9'"
        " join score risk on risk.patient_id = a.patient_id and risk.name = 'risk' and risk.at >= answer.at"
        " where item = 'q9' and answer.value > 0"
    )
    assert demo.ask(asked) == [(1,)]


def test_patients_and_staff_talk_in_texts_and_in_secure_messages(demo: Demo) -> None:
    unread = "select count(*) from conversation where read_up_to is null or read_up_to < last_inbound_at"
    assert demo.one(unread) >= 3
    by_author = dict(demo.ask("select author_kind, count(*) from secure_message group by 1"))
    assert by_author == {"staff": 2, "patient": 1}
    assert demo.one("select count(*) from secure_message where author_kind = 'staff' and read_at is null") == 1
    shared = "select count(*) from (select phone_id from patient group by 1 having count(*) > 1) shared"
    assert demo.one(shared) == 1
    assert demo.one("select count(*) from message where template_key = 'STAFF_TEXT' and state = 'delivered'") == 1
    assert demo.one("select count(*) from message where template_key = 'STAFF_TEXT' and state = 'pending'") == 1


def test_nothing_of_the_past_is_left_waiting(demo: Demo) -> None:
    assert demo.one("select count(*) from message where state = 'pending' and due_at <= :now") == 0
    ended = ["pending", "delivered", "undelivered", "suppressed", "canceled"]
    texts = "select count(*) from message where channel = 'sms' and state <> all(:ended)"
    assert demo.one(texts, ended=ended) == 0
    mails = "select count(*) from message where channel = 'email'"
    assert demo.one(f"{mails} and state not in ('sent', 'canceled', 'pending')") == 0
    assert demo.one(f"{mails} and state = 'sent'") > 50
    assert demo.one("select count(*) from message where state = 'pending' and due_at > :now") >= 15
    assert demo.one("select count(*) from outbox where state <> 'done'") == 0
    assert demo.one("select count(*) from inbound_text where handled_at is null") == 0
    assert (
        demo.one("select count(*) from appointment where state = 'in_progress' and ends_at < :now - interval '1 h'")
        == 0
    )


def test_consent_and_language_decide_about_texts(demo: Demo) -> None:
    texts = demo.ask(
        "select p.language, m.language, m.state, s.consented_at is not null from message m"
        " join patient p on p.id = m.recipient_id join sms_consent s on s.phone_id = m.address_id"
    )
    delivered = Counter(text[:2] for text in texts if text[2] == "delivered")
    assert delivered["es", "es"] >= 5
    assert set(delivered) == {("es", "es"), ("en", "en")}
    assert {state for _, _, state, has_consented in texts if not has_consented} == {"suppressed"}
    assert demo.one("select count(*) from sms_consent where opted_out_at is not null") == 1


def test_the_history_is_whole(demo: Demo) -> None:
    with demo.sessions() as session:
        assert audit.verify(session).is_whole


@pytest.mark.parametrize("sign_in", DEMO_SIGN_INS, ids=lambda sign_in: sign_in[0])
def test_the_sign_ins_that_are_shown_work(demo: Demo, sign_in: tuple[str, str, str]) -> None:
    _, email, password = sign_in
    with demo.sessions() as session:
        result = access.sign_in(
            session,
            email=email,
            password=password,
            ip="127.0.0.1",
            now=MONDAY_MORNING,
            hasher=hasher_of(demo.runtime.signing_in),
            by=ANONYMOUS,
        )
    assert isinstance(result, Entered)


def test_the_phones_of_the_simulator_show_the_past(demo: Demo, settings: Settings) -> None:
    account, token = settings.twilio_account_sid or "", settings.twilio_auth_token or ""
    with running(Setup(account, token, "")) as url:
        stand_in = Simulator(url, account, token)
        show_on_phones(replace(demo.runtime, simulator=stand_in), demo.loaded.texts)
        phones = stand_in.phones()
    assert len(phones) >= 55
    assert sum(phone.opted_out for phone in phones) == 1
    latest = [phone.last_at for phone in phones]
    assert latest == sorted(latest, reverse=True)
    assert latest[0] <= MONDAY_MORNING


def test_the_nights_of_the_past_come_out_even_with_the_phones(demo: Demo, settings: Settings) -> None:
    account, token = settings.twilio_account_sid or "", settings.twilio_auth_token or ""
    with running(Setup(account, token, "")) as url:
        stand_in = Simulator(url, account, token)
        show_on_phones(replace(demo.runtime, simulator=stand_in), demo.loaded.texts)
        gateway = TwilioGateway(account_sid=account, auth_token=token, messaging_service_sid="", base_url=url)
        texting = replace(demo.runtime.texting, gateway=gateway)
        compared = [audit_night(replace(demo.runtime, texting=texting)) for _ in range(NIGHTS)]
    assert len(set(compared)) == NIGHTS
    rows = demo.ask("select accepted_count > 0, unknown_sids, missing_ids from provider_audit")
    assert {tuple(map(str, row[1:])) for row in rows} == {("[]", "[]")}
    assert any(row[0] for row in rows)


def test_without_the_stand_in_only_the_phones_are_empty(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    show_on_phones(demo.runtime, demo.loaded.texts)
    assert "show no older texts" in capsys.readouterr().out


def test_the_stand_in_for_the_payment_gateway_knows_the_payments_of_the_past(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    with payment_gateway(PaymentSetup("sk_test_for_tests", "secret")) as url:
        charging = replace(demo.runtime.charging, backstage=Backstage(url, "sk_test_for_tests"))
        hand_to_bank(replace(demo.runtime, charging=charging), demo.loaded.money)
        gateway = StripeGateway(api_key="sk_test_for_tests", base_url=url)
        kept = demo.ask("select gateway_payment_id, state, amount_cents from payment")
        assert {(one, str(gateway.payment(str(one)).state), cents) for one, _, cents in kept} == set(kept)
    hand_to_bank(replace(demo.runtime, charging=charging), demo.loaded.money)
    assert "cards are not known there" in capsys.readouterr().out


def test_a_second_seed_changes_nothing(demo: Demo) -> None:
    before = demo.one("select count(*) from audit_event")
    quiet = seed("--demo", "--if-empty", DATABASE_URL=demo.url)
    assert (quiet.exit_code, quiet.output) == (0, "")
    loud = seed("--demo", DATABASE_URL=demo.url)
    assert loud.exit_code == 1
    assert "not empty" in loud.output
    assert demo.one("select count(*) from audit_event") == before
