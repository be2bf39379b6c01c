"""Our own sending against the pretend provider over HTTP: every number that misbehaves, what becomes of its text, and
what a person reads about it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clinic.gateways.sms.simulator import Bubble, Simulator
from clinic.gateways.sms.stand_in.running import running
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.gateways.sms.twilio_webhooks import parse_inbound, parse_status
from clinic.messaging import actions
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.people.queries.consent import consent_of
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.gateways.conftest import ACCOUNT, SERVICE, TOKEN, Hooks, gateway_at, hooks

__all__ = ["hooks"]

HALF_AN_HOUR = timedelta(minutes=31)
ROUNDS = 8


@dataclass
class Line:
    """A desk whose texts go to a stand-in with a stopped clock; reports arrive when the test lets them."""

    desk: Desk
    clock: TestClock
    hooks: Hooks
    simulator: Simulator

    def send_to(self, last_two: str) -> tuple[Patient, UUID]:
        patient = self.desk.patient(phone=f"+130555501{last_two}")
        message_id = self.desk.plan(patient)
        assert message_id is not None
        self.desk.send()
        self.pass_time(60)
        return patient, message_id

    def pass_time(self, seconds: float) -> None:
        """Let the provider's time pass, and take in what it reports meanwhile."""
        self.simulator.advance(seconds)
        forms, self.hooks.forms[:] = list(self.hooks.forms), []
        for path, form, _ in forms:
            if "/status/" in path:
                told = parse_status(form)
                self.desk.report(UUID(path.rpartition("/")[2]), told.provider_sid, told.status, told.error_code)
            else:
                self._take_in(parse_inbound(form))

    def _take_in(self, text: object) -> None:
        runtime = self.desk.runtime
        with runtime.begin(by=TESTER) as session:
            has_own = runtime.texting.has_own_opt_out_replies
            actions.receive(session, text=text, has_own_replies=has_own, by=TESTER, now=self.clock())  # type: ignore[arg-type]

    def go_on(self, message_id: UUID) -> Message:
        """Let half hours pass, as the worker would see them, until the text has come to an end."""
        for _ in range(ROUNDS):
            if self.desk.message(message_id).state in {"delivered", "undelivered", "failed", "unknown", "suppressed"}:
                break
            self.clock.advance(minutes=HALF_AN_HOUR.seconds // 60)
            self.desk.sweep()
            self.desk.send()
            self.pass_time(60)
        return self.desk.message(message_id)

    def taken(self) -> tuple[Bubble, ...]:
        return self.simulator.dump()

    def words(self) -> str:
        return " ".join(str(task.reason) for task in self.desk.tasks())


Start = Callable[..., Line]


@pytest.fixture
def start(desk: Desk, clock: TestClock, hooks: Hooks) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(**changes: object) -> Line:
            inbound = f"{hooks.url}/inbound"
            setup = replace(Setup(ACCOUNT, TOKEN, SERVICE, inbound_url=inbound, faults="stall=1"), **changes)  # type: ignore[arg-type]
            url = stack.enter_context(running(setup))
            gateway = gateway_at(url, read_seconds=0.5, clock=clock)
            clinic = replace(desk.runtime.clinic, public_base_url=hooks.url)
            texting = replace(desk.runtime.texting, gateway=gateway)
            desk.runtime = replace(desk.runtime, clinic=clinic, texting=texting)
            simulator = Simulator(url, ACCOUNT, TOKEN)
            simulator.freeze()
            return Line(desk, clock, hooks, simulator)

        yield begin


@pytest.fixture
def line(start: Start) -> Line:
    return start()


@pytest.mark.parametrize(
    ("last_two", "state", "texts", "words"),
    [
        ("11", "delivered", 1, ""),
        ("80", "delivered", 2, ""),
        ("81", "undelivered", 1, "This number does not exist any more. Call or e-mail the patient for a new one."),
        ("82", "undelivered", 1, "This number cannot get texts; it may be a landline."),
        ("83", "undelivered", 1, "The phone company filtered this text out."),
        ("84", "undelivered", 2, "The phone company did not deliver this text."),
        ("87", "delivered", 1, ""),
        ("88", "delivered", 1, ""),
        ("89", "delivered", 1, ""),
        ("90", "delivered", 1, ""),
        ("91", "delivered", 1, ""),
        ("92", "delivered", 1, ""),
        ("94", "undelivered", 2, "The phone was off or out of reach."),
        ("95", "suppressed", 0, "Call or e-mail"),
        ("97", "undelivered", 1, "This phone does not take our texts."),
        ("98", "delivered", 1, ""),
        ("99", "failed", 0, "This number cannot get texts"),
    ],
)
def test_each_number_ends_as_it_should_and_a_person_reads_why(
    line: Line, *, last_two: str, state: str, texts: int, words: str
) -> None:
    _, message_id = line.send_to(last_two)
    assert (line.go_on(message_id).state, len(line.taken())) == (state, texts)
    assert words in line.words()
    assert bool(words) == bool(line.words())


@pytest.mark.parametrize("last_two", ["88", "89", "92", "98"])
def test_an_answer_that_was_lost_is_found_in_the_list_when_the_reports_are_lost_too(
    start: Start, last_two: str
) -> None:
    line = start(faults="stall=1,lost=1")
    _, message_id = line.send_to(last_two)
    assert line.desk.message(message_id).state == "ambiguous"
    assert (line.go_on(message_id).state, len(line.taken())) == ("delivered", 1)
    assert line.words() == ""


@pytest.mark.parametrize("hours", [1, -1])
def test_a_provider_whose_clock_is_wrong_by_an_hour_changes_nothing(start: Start, hours: int) -> None:
    line = start(faults="stall=1,lost=1", clock_off_by=hours * 3600)
    _, message_id = line.send_to("88")
    assert (line.go_on(message_id).state, len(line.taken())) == ("delivered", 1)


@pytest.mark.parametrize("hours", [1, -1])
def test_reports_of_a_provider_whose_clock_is_wrong_are_taken_as_they_come(start: Start, hours: int) -> None:
    line = start(clock_off_by=hours * 3600)
    patient, message_id = line.send_to("80")
    assert line.desk.message(message_id).state == "pending"
    assert line.go_on(message_id).state == "delivered"
    with line.desk.runtime.begin(by=TESTER) as session:
        number = line.desk.number(session, patient)
    line.simulator.reply(number, "STOP")
    line.pass_time(1)
    with line.desk.runtime.begin(by=TESTER) as session:
        assert consent_of(session, patient.phone_id).opted_out_at is not None


def test_a_sender_that_is_not_registered_stops_the_lane(line: Line) -> None:
    _, message_id = line.send_to("85")
    assert line.desk.message(message_id).state != "delivered"
    (task,) = line.desk.tasks("lane_paused")
    assert "Texting is stopped until the text account is put right." in task.reason
    line.desk.plan(line.desk.patient())
    line.desk.send()
    assert len(line.taken()) == 1


def test_an_overflow_is_tried_again_while_there_is_time(line: Line) -> None:
    _, message_id = line.send_to("96")
    waiting = line.desk.message(message_id)
    assert (waiting.state, waiting.error_code) == ("pending", 30001)
    assert waiting.due_at > line.clock()


def test_without_a_receipt_a_text_is_unconfirmed_and_one_after_four_days_is_believed(line: Line) -> None:
    _, never = line.send_to("86")
    _, late = line.send_to("93")
    line.clock.advance(days=3, minutes=1)
    line.pass_time(3 * 86_400)
    line.desk.sweep()
    assert [line.desk.message(one).state for one in (never, late)] == ["unconfirmed", "unconfirmed"]
    line.clock.advance(days=1)
    line.pass_time(1.1 * 86_400)
    assert [line.desk.message(one).state for one in (never, late)] == ["unconfirmed", "delivered"]


def test_a_phone_that_is_off_gets_the_text_when_it_is_on_again(line: Line) -> None:
    patient = line.desk.patient()
    with line.desk.runtime.begin(by=TESTER) as session:
        number = line.desk.number(session, patient)
    line.simulator.conduct(number, off=True)
    message_id = line.desk.plan(patient)
    line.desk.send()
    line.pass_time(60)
    line.simulator.conduct(number, off=False)
    assert message_id is not None
    assert line.go_on(message_id).state == "delivered"


def test_a_text_that_the_provider_keeps_until_night_never_lands_then(line: Line) -> None:
    patient = line.desk.patient()
    with line.desk.runtime.begin(by=TESTER) as session:
        number = line.desk.number(session, patient)
    line.simulator.conduct(number, lands_at=line.simulator.clock().now + timedelta(hours=11))
    message_id = line.desk.plan(patient)
    line.desk.send()
    line.pass_time(12 * 3600)
    (text,) = line.taken()
    assert (text.status, text.error_code) == ("failed", 30036)
    assert line.desk.message(message_id).state != "delivered"


def test_the_window_that_the_provider_is_given_ends_at_eight_in_the_evening(line: Line) -> None:
    line.clock.instant = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # 19:30 in New York
    _, message_id = line.send_to("11")
    assert line.desk.message(message_id).state == "delivered"
    patient = line.desk.patient(phone="+13055550112")
    line.simulator.conduct("+13055550112", lands_at=line.simulator.clock().now + timedelta(minutes=31))
    line.desk.plan(patient)
    line.desk.send()
    line.pass_time(3600)
    assert [(one.status, one.error_code) for one in line.taken()] == [("delivered", None), ("failed", 30036)]


@pytest.mark.parametrize(
    ("faults", "state"),
    [
        ("reordered=1", "delivered"),
        ("doubled=1", "delivered"),
        ("delay=600", "accepted"),
        ("early=1", "delivered"),
    ],
)
def test_reports_may_come_in_any_way(start: Start, faults: str, state: str) -> None:
    line = start(faults=faults)
    _, message_id = line.send_to("11")
    assert line.desk.message(message_id).state == state
    line.pass_time(3600)
    assert line.desk.message(message_id).state == "delivered"


def test_a_list_that_is_slow_makes_no_second_text_while_reports_come(start: Start) -> None:
    line = start(faults="stall=1,list_lag=86400")
    _, message_id = line.send_to("88")
    assert (line.go_on(message_id).state, len(line.taken())) == ("delivered", 1)


def test_a_phone_that_stops_at_the_fourth_text_gets_no_fifth(line: Line) -> None:
    patient = line.desk.patient(phone="+13055550113")
    line.simulator.conduct("+13055550113", persona="stops_at_4")
    for day in range(1, 6):
        line.desk.plan(patient, starts_in=timedelta(days=20 + day))
        line.desk.send()
        line.pass_time(120)
        line.clock.advance(days=1)
    assert len(line.taken()) == 4
    found = line.simulator.findings({"+13055550113": "Etc/UTC"})
    assert (found.after_stop, dict(found.doubled)) == ((), {})
