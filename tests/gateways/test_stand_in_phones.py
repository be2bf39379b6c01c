"""The phones' side of the stand-in: who answers by themselves, which words count at which number, what a run shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from clinic.gateways.sms import OutgoingText, Rejected
from clinic.gateways.sms.simulator import PastText, Persona, Simulator
from clinic.gateways.sms.stand_in.findings import findings_in
from clinic.gateways.sms.stand_in.keywords import keyword_in
from clinic.gateways.sms.stand_in.personas import answers_to
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER, OptOut, Sender
from clinic.gateways.sms.stand_in.texts import Text as ProviderText
from clinic.gateways.sms.twilio import TwilioGateway
from clinic.kernel.ids import new_id
from tests.gateways.conftest import ACCOUNT, TOKEN, Hooks, gateway_at

Text = Callable[..., OutgoingText]
Start = Callable[..., str]
PATIENT, OTHER = "+13055550111", "+13055550112"
QUESTION = "Demo: your visit is tomorrow. Reply 1 to confirm, 2 to move it."
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("persona", "bodies", "answers"),
    [
        (Persona.CONFIRMS, [QUESTION], [(1, 180, "1")]),
        (Persona.CONFIRMS, ["Demo: dates have changed."], []),
        (Persona.CONFIRMS, ["Demo: Responda 1 para confirmar"], [(1, 180, "1")]),
        (Persona.GOES_SILENT, [QUESTION, QUESTION], [(1, 60, "1")]),
        (Persona.STOPS_AT_4, ["a", "b", "c", QUESTION, "e"], [(4, 20, "STOP")]),
        (Persona.NINE, [QUESTION], [(1, 20, "9")]),
        (Persona.NINE_WORD, [QUESTION], [(1, 20, "nine")]),
        (Persona.EMOJI, [QUESTION], [(1, 20, "\U0001f44d")]),
        (Persona.TWO_AT_ONCE, [QUESTION], [(1, 20, "1"), (1, 20, "2")]),
        (Persona.REPLAYS, [QUESTION], [(1, 20, "1")]),
    ],
)
def test_each_persona_answers_in_its_own_way(
    persona: Persona, bodies: list[str], answers: list[tuple[int, float, str]]
) -> None:
    given = [
        (number, answer.after, answer.body)
        for number, body in enumerate(bodies, start=1)
        for answer in answers_to(body, persona, number=number)
    ]
    assert given == answers


@pytest.fixture
def stopped(start: Start) -> tuple[TwilioGateway, Simulator]:
    url = start(speed=1.0)
    simulator = Simulator(url, ACCOUNT, TOKEN)
    simulator.freeze()
    return gateway_at(url), simulator


def test_an_owner_confirms_after_three_minutes(
    stopped: tuple[TwilioGateway, Simulator], text: Text, hooks: Hooks
) -> None:
    gateway, simulator = stopped
    simulator.conduct(PATIENT, persona="confirms")
    gateway.send(text(body=QUESTION))
    simulator.advance(170)
    assert hooks.inbound() == []
    simulator.advance(20)
    assert [form["Body"] for form in hooks.inbound()] == ["1"]


def test_an_owner_stops_at_the_fourth_text_and_the_fifth_is_refused(
    stopped: tuple[TwilioGateway, Simulator], text: Text, hooks: Hooks
) -> None:
    gateway, simulator = stopped
    gateway.send(text())
    simulator.advance(5)
    simulator.conduct(PATIENT, persona="stops_at_4")
    for _ in range(4):
        gateway.send(text())
        simulator.advance(30)
    assert [form["OptOutType"] for form in hooks.inbound()] == ["STOP"]
    with pytest.raises(Rejected) as caught:
        gateway.send(text())
    assert caught.value.code == 21610


def test_two_answers_come_at_once_as_two_texts(
    stopped: tuple[TwilioGateway, Simulator], text: Text, hooks: Hooks
) -> None:
    gateway, simulator = stopped
    simulator.conduct(PATIENT, persona="two_at_once")
    gateway.send(text(body=QUESTION))
    simulator.advance(30)
    assert [form["Body"] for form in hooks.inbound()] == ["1", "2"]
    assert len({form["MessageSid"] for form in hooks.inbound()}) == 2


def test_a_replayed_webhook_is_the_same_form_again(
    stopped: tuple[TwilioGateway, Simulator], text: Text, hooks: Hooks
) -> None:
    gateway, simulator = stopped
    simulator.conduct(PATIENT, persona="replays")
    gateway.send(text(body=QUESTION))
    simulator.advance(60)
    first, second = hooks.inbound()
    assert first == second
    assert [bubble.body for bubble in simulator.thread(PATIENT).texts if not bubble.from_clinic] == ["1"]


def test_a_phone_that_is_off_answers_nothing(
    stopped: tuple[TwilioGateway, Simulator], text: Text, hooks: Hooks
) -> None:
    gateway, simulator = stopped
    simulator.conduct(PATIENT, persona="confirms", off=True)
    gateway.send(text(body=QUESTION))
    simulator.advance(600)
    assert hooks.inbound() == []


@pytest.mark.parametrize(
    ("sender", "word", "meaning"),
    [
        (Sender.LONG_CODE, "CANCEL", "STOP"),
        (Sender.SHORT_CODE, "CANCEL", "STOP"),
        (Sender.TOLL_FREE, "CANCEL", None),
        (Sender.TOLL_FREE, "stop", "STOP"),
        (Sender.TOLL_FREE, "UNSTOP", "START"),
        (Sender.TOLL_FREE, "YES", None),
        (Sender.LONG_CODE, "YES", "START"),
        (Sender.TOLL_FREE, "STOP PLEASE", None),
    ],
)
def test_the_kind_of_number_decides_which_words_count(sender: Sender, word: str, meaning: str | None) -> None:
    assert keyword_in(word, sender, opted_out=True) == meaning


def test_at_a_toll_free_number_the_network_itself_answers(start: Start) -> None:
    simulator = Simulator(start(sender=Sender.TOLL_FREE), ACCOUNT, TOKEN)
    simulator.reply(PATIENT, "Stop")
    assert "NETWORK MSG" in simulator.thread(PATIENT).texts[1].body


def test_yes_opts_in_again_at_the_provider(gateway: TwilioGateway, simulator: Simulator, text: Text) -> None:
    simulator.reply(PATIENT, "STOP")
    simulator.reply(PATIENT, "YES")
    assert not simulator.thread(PATIENT).opted_out
    assert gateway.send(text()).provider_sid


def test_a_phone_opts_out_of_one_service_only(start: Start, text: Text) -> None:
    url = start(service_sid="")
    simulator = Simulator(url, ACCOUNT, TOKEN)
    first, second = (
        TwilioGateway(account_sid=ACCOUNT, auth_token=TOKEN, messaging_service_sid=f"MG{one:032}", base_url=url)
        for one in (1, 2)
    )
    second.send(text())
    first.send(text())
    simulator.reply(PATIENT, "STOP")
    assert second.send(text()).provider_sid
    with pytest.raises(Rejected):
        first.send(text())


def test_a_number_may_be_named_instead_of_a_service_but_only_ours(base_url: str) -> None:
    taken = post(base_url, From=EXAMPLE_NUMBER)
    assert (taken["status"], taken["from"], taken["num_segments"]) == ("queued", EXAMPLE_NUMBER, "1")
    codes = {number: post(base_url, From=number)["code"] for number in SENDERS}
    assert codes == SENDERS


SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611, "+13055550100": 21606}


def post(base_url: str, **form: str) -> dict[str, object]:
    url = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    with requests.Session() as session:
        found = session.post(url, data={"To": PATIENT, "Body": "hello"} | form, auth=(ACCOUNT, TOKEN), timeout=5)
    answer: dict[str, object] = found.json()
    return answer


def test_findings_name_what_should_not_have_left(stopped: tuple[TwilioGateway, Simulator], text: Text) -> None:
    gateway, simulator = stopped
    outgoing = text()
    first, second = gateway.send(outgoing).provider_sid, gateway.send(outgoing).provider_sid
    gateway.send(text(to=OTHER))
    simulator.advance(5)
    found = simulator.findings(zone="Etc/GMT+12")
    assert found.counts == {PATIENT: 2, OTHER: 1}
    assert found.doubled == {str(outgoing.attempt_id): [first, second]}
    assert found.after_stop == ()


def past(body: str, *, minutes: float, is_inbound: bool = False) -> ProviderText:
    at = NOON + timedelta(minutes=minutes)
    ends = (EXAMPLE_NUMBER, PATIENT, "inbound") if is_inbound else (PATIENT, EXAMPLE_NUMBER, "outbound-api")
    status = "received" if is_inbound else "sent"
    return ProviderText(
        sid=body,
        to=ends[0],
        from_=ends[1],
        body=body,
        direction=ends[2],
        status=status,
        created_at=at,
        history=[status],
        moments=[at.isoformat()],
    )


@pytest.mark.parametrize(
    ("minutes", "zone", "is_outside"),
    [
        (0, "America/New_York", False),
        (-4 * 60, "America/New_York", False),
        (-4 * 60 - 1, "America/New_York", True),
        (8 * 60 - 1, "America/New_York", False),
        (8 * 60, "America/New_York", True),
        (-4 * 60, "America/Los_Angeles", True),
    ],
)
def test_the_window_is_that_of_the_phone_and_ends_at_eight(minutes: float, zone: str, *, is_outside: bool) -> None:
    found = findings_in([past("x", minutes=minutes)], zones={PATIENT: zone}, zone="America/Chicago")
    assert found["outside_window"] == (["x"] if is_outside else [])


def test_after_stop_one_prompt_confirmation_is_fine_and_nothing_else_is() -> None:
    texts = [
        past("before", minutes=0),
        past("STOP", minutes=1, is_inbound=True),
        past("confirmation", minutes=1.5),
        past("leak", minutes=2),
        past("START", minutes=3, is_inbound=True),
        past("fine", minutes=4),
        past("quit", minutes=5, is_inbound=True),
        past("too late for a confirmation", minutes=20),
    ]
    assert findings_in(texts, zones={}, zone="America/New_York")["after_stop"] == [
        "leak",
        "too late for a confirmation",
    ]


def test_texts_of_the_past_are_in_the_findings_too(start: Start) -> None:
    simulator = Simulator(start(opt_out=OptOut.OFF), ACCOUNT, TOKEN)
    night = NOON + timedelta(hours=9)
    sid = f"SM{new_id().hex}"
    sent = PastText(
        sid=sid, to=PATIENT, from_=EXAMPLE_NUMBER, body="x", direction="outbound-api", status="sent", at=night
    )
    simulator.remember([sent])
    assert simulator.findings({PATIENT: "America/New_York"}).outside_window == (sid,)


def test_a_report_may_be_delayed(start: Start, text: Text, hooks: Hooks) -> None:
    url = start(faults="delay=30", speed=1.0)
    simulator, outgoing = Simulator(url, ACCOUNT, TOKEN), text()
    simulator.freeze()
    gateway_at(url).send(outgoing)
    simulator.advance(20)
    assert simulator.dump()[0].status == "delivered"
    assert hooks.forms == []
    simulator.advance(20)
    assert hooks.statuses(outgoing.attempt_id)[-1] == "delivered"


def test_after_a_total_time_nobody_posts_a_report_again(start: Start, text: Text, hooks: Hooks) -> None:
    url = start(speed=1.0)
    simulator, outgoing = Simulator(url, ACCOUNT, TOKEN), text()
    simulator.freeze()
    hooks.answers += [500] * 40
    callback = f"{outgoing.status_callback}#rc=5&rp=5xx&tt=1500"
    gateway_at(url).send(text(attempt_id=outgoing.attempt_id, status_callback=callback))
    simulator.advance(60)
    assert hooks.statuses(outgoing.attempt_id).count("delivered") == 3
