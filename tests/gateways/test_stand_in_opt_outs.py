"""Opt-outs at the pretend provider: which words count, what they block, and who answers."""

from collections.abc import Callable

import pytest

from clinic.gateways.sms import OutgoingText, Rejected, SmsGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.keywords import keyword_in
from clinic.gateways.sms.stand_in.setup import OptOut, Sender
from tests.gateways.conftest import Hooks, eventually, gateway_at, simulator_at

Text = Callable[..., OutgoingText]
Start = Callable[..., str]
PATIENT = "+13055550111"


@pytest.mark.parametrize(
    ("body", "opted_out", "word"),
    [
        ("STOP", False, "STOP"),
        (" stop ", False, "STOP"),
        ("Cancel", False, "STOP"),
        ("OPTOUT", False, "STOP"),
        ("STOP PLEASE", False, None),
        ("stop.", False, None),
        ("YES", False, None),
        ("yes", True, "START"),
        ("UNSTOP", False, "START"),
        ("info", False, "HELP"),
        ("1", False, None),
    ],
)
def test_only_a_single_word_counts(*, body: str, opted_out: bool, word: str | None) -> None:
    assert keyword_in(body, Sender.LONG_CODE, opted_out=opted_out) == word


def test_a_phone_that_said_stop_gets_nothing_until_it_says_start(
    *, gateway: SmsGateway, simulator: Simulator, text: Text, hooks: Hooks
) -> None:
    simulator.reply(PATIENT, "STOP")
    with pytest.raises(Rejected) as caught:
        gateway.send(text())
    assert caught.value.code == 21610
    assert simulator.thread(PATIENT).opted_out
    simulator.reply(PATIENT, "START")
    assert gateway.send(text()).provider_sid
    eventually(lambda: len(hooks.inbound()) == 2)
    assert sorted(form["OptOutType"] for form in hooks.inbound()) == ["START", "STOP"]
    answers = [bubble.body for bubble in simulator.thread(PATIENT).texts if bubble.from_clinic][:2]
    assert "unsubscribed" in answers[0]
    assert "re-subscribed" in answers[1]


def test_without_advanced_opt_out_the_type_is_missing_but_the_phone_is_blocked(
    start: Start, text: Text, hooks: Hooks
) -> None:
    url = start(opt_out=OptOut.DEFAULT)
    simulator_at(url).reply(PATIENT, "QUIT")
    eventually(hooks.inbound)
    assert "OptOutType" not in hooks.inbound()[0]
    with pytest.raises(Rejected):
        gateway_at(url).send(text())


def test_told_off_the_provider_neither_answers_nor_blocks(start: Start, text: Text) -> None:
    url = start(opt_out=OptOut.OFF)
    simulator = simulator_at(url)
    simulator.reply(PATIENT, "STOP")
    assert [bubble.from_clinic for bubble in simulator.thread(PATIENT).texts] == [False]
    assert gateway_at(url).send(text()).provider_sid
