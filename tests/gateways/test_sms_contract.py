"""The one contract of the text port: every method of the adapter against the stand-in over HTTP."""

import inspect
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from flask import Flask
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageList

from clinic.gateways.sms import OutgoingText, ProviderMessage, Rejected, Scope, SmsGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.forms import CREATE_PARAMETERS
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.sms.twilio import TwilioGateway
from clinic.gateways.sms.twilio_webhooks import parse_inbound, parse_status, signature_ok
from clinic.kernel.clock import utc_now
from tests.gateways.conftest import ACCOUNT, SERVICE, TOKEN, Canned, Hooks, eventually, gateway_at

Text = Callable[..., OutgoingText]
US, PATIENT = "+15005550006", "+13055550111"


def test_the_adapter_fits_the_port(gateway: TwilioGateway) -> None:
    port: SmsGateway = gateway
    assert isinstance(port, TwilioGateway)


def test_a_text_that_is_handed_over_has_an_id_and_arrives(
    gateway: SmsGateway, text: Text, simulator: Simulator
) -> None:
    outgoing = text()
    accepted = gateway.send(outgoing)
    assert accepted.status == "accepted"
    assert accepted.segments == 0
    eventually(lambda: gateway.fetch(accepted.provider_sid).status == "delivered")
    (bubble,) = simulator.dump()
    assert bubble.attempt_id == str(outgoing.attempt_id)
    assert bubble.body == outgoing.body


def test_a_record_shows_what_was_sent(gateway: SmsGateway, text: Text) -> None:
    before = utc_now().replace(microsecond=0)
    sid = gateway.send(text(body="Demo “tomorrow”")).provider_sid
    eventually(lambda: gateway.fetch(sid).status == "delivered")
    record = gateway.fetch(sid)
    expected = ProviderMessage(
        sid, PATIENT, US, "Demo “tomorrow”", "outbound-api", "delivered", None, record.created_at, 1
    )
    assert record == expected
    assert before <= record.created_at <= utc_now()
    assert record.created_at.utcoffset() == timedelta(0)


def test_what_was_sent_to_a_number_is_listed_newest_first_over_several_pages(gateway: SmsGateway, text: Text) -> None:
    sids = [gateway.send(text(body=f"number {n}")).provider_sid for n in range(5)]
    gateway.send(text(to="+13055550112"))
    assert [found.provider_sid for found in gateway.sent_to(PATIENT)] == sids[::-1]
    assert [found.provider_sid for found in gateway.sent_to(PATIENT, limit=2)] == [sids[4], sids[3]]
    assert not gateway.sent_to("+13055550119")


def test_paging_goes_on_where_the_last_page_ended(gateway: SmsGateway, text: Text, base_url: str) -> None:
    sids = [gateway.send(text(body=f"number {n}")).provider_sid for n in range(5)]
    official = Client(ACCOUNT, TOKEN)
    official.api.base_url = base_url
    found = official.messages.list(to=PATIENT, page_size=2)
    official.http_client.session.close()
    assert [message.sid for message in found] == sids[::-1]


def test_a_text_still_waiting_at_the_provider_is_listed_too(start: Callable[..., str], text: Text) -> None:
    gateway = gateway_at(start(speed=0.001))
    sid = gateway.send(text()).provider_sid
    (found,) = gateway.sent_to(PATIENT)
    assert (found.provider_sid, found.status) == (sid, "accepted")


def test_what_phones_sent_to_us_is_listed_since_an_instant(
    gateway: SmsGateway, text: Text, simulator: Simulator
) -> None:
    gateway.send(text())
    replied = simulator.reply(PATIENT, "1")
    since = utc_now() - timedelta(minutes=1)
    (found,) = gateway.received(US, since=since)
    assert (found.provider_sid, found.body, found.from_, found.to) == (replied.sid, "1", PATIENT, US)
    assert not gateway.received(US, since=utc_now() + timedelta(minutes=1))
    assert not gateway.received(PATIENT, since=since)


@pytest.mark.parametrize(
    ("to", "code", "scope"),
    [
        ("+15005550001", 21211, Scope.NUMBER),
        ("3055550111", 21211, Scope.NUMBER),
        ("+15005550002", 21612, Scope.MESSAGE),
        ("+15005550003", 21408, Scope.MESSAGE),
        ("+15005550004", 21610, Scope.OPTED_OUT),
        ("+15005550009", 21614, Scope.NUMBER),
        ("+13055550195", 21610, Scope.OPTED_OUT),
        ("+18135550199", 21614, Scope.NUMBER),
    ],
)
def test_a_number_that_cannot_get_texts_is_refused(
    gateway: SmsGateway, text: Text, *, to: str, code: int, scope: Scope
) -> None:
    with pytest.raises(Rejected) as caught:
        gateway.send(text(to=to))
    assert (caught.value.code, caught.value.scope) == (code, scope)


def test_a_wrong_token_or_account_is_the_accounts_matter(base_url: str, text: Text) -> None:
    for account, token in (("AC" + "0" * 32, "wrong"), ("AC" + "1" * 32, TOKEN)):
        stranger = TwilioGateway(
            account_sid=account, auth_token=token, messaging_service_sid=SERVICE, base_url=base_url
        )
        with pytest.raises(Rejected) as caught:
            stranger.send(text())
        assert (caught.value.http_status, caught.value.code) == (401, 20003)
        assert caught.value.scope is Scope.ACCOUNT


def test_a_text_that_nobody_knows_is_a_404(gateway: SmsGateway) -> None:
    with pytest.raises(Rejected) as caught:
        gateway.fetch("SM" + "9" * 32)
    assert caught.value.http_status == 404


def test_reports_come_back_signed_to_the_attempts_own_address(gateway: SmsGateway, text: Text, hooks: Hooks) -> None:
    outgoing = text()
    sid = gateway.send(outgoing).provider_sid
    # Reports overtake each other, so the last status is not always the last to come.
    eventually(lambda: sorted(hooks.statuses(outgoing.attempt_id)) == ["delivered", "queued", "sending", "sent"])
    for path, form, signature in hooks.forms:
        assert signature_ok(hooks.url + path, form, signature=signature, tokens=[TOKEN])
        assert parse_status(form).provider_sid == sid


def test_a_reply_comes_back_signed(simulator: Simulator, hooks: Hooks) -> None:
    replied = simulator.reply(PATIENT, "mañana \U0001f44d & más")
    eventually(hooks.inbound)
    ((path, form, signature),) = hooks.forms
    assert signature_ok(hooks.url + path, form, signature=signature, tokens=["other", TOKEN])
    inbound = parse_inbound(form)
    assert (inbound.provider_sid, inbound.body, inbound.from_e164) == (replied.sid, replied.body, PATIENT)


def test_the_form_that_leaves_holds_published_fields_only_and_all_of_ours(
    canned: Callable[..., Canned], text: Text
) -> None:
    sent = b'{"sid": "SM' + b"1" * 32 + b'", "status": "accepted", "num_segments": "0"}'
    server = canned(b"HTTP/1.1 201 CREATED\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent)
    outgoing = text()
    gateway_at(server.url).send(outgoing)
    form = parse_qs(server.requests[0].partition(b"\r\n\r\n")[2].decode(), strict_parsing=True)
    assert set(form) <= CREATE_PARAMETERS
    assert form == {
        "To": [PATIENT],
        "MessagingServiceSid": [SERVICE],
        "Body": [outgoing.body],
        "StatusCallback": [f"{outgoing.status_callback}#rc=5&rp=all"],
        "ValidityPeriod": ["3600"],
        "SmartEncoded": ["true"],
    }


def test_published_fields_are_those_of_the_official_client() -> None:
    named = set(inspect.signature(MessageList.create).parameters) - {"self"}
    spelled = {"".join(part.title() for part in name.strip("_").split("_")) for name in named}
    assert spelled == CREATE_PARAMETERS


class _CountingServer(Server):
    connections = 0

    def verify_request(self, *args: object) -> bool:
        self.connections += 1
        return super().verify_request(*args)  # type: ignore[arg-type]


def test_each_thread_keeps_one_connection_of_its_own(text: Text) -> None:
    app = Flask(__name__)
    app.post("/<path:path>")(lambda path: ({"sid": "SM" + "1" * 32, "status": "accepted"}, 201))  # noqa: ARG005
    server = _CountingServer(app)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    gateway = gateway_at(server.url)
    threads = [threading.Thread(target=lambda: [gateway.send(text()) for _ in range(3)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.shutdown()
    server.server_close()
    serving.join()
    assert server.connections == 2


def test_an_environment_meant_for_something_else_changes_nothing(
    base_url: str, text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert gateway_at(base_url).send(text()).provider_sid


def test_a_text_longer_than_the_provider_takes_is_the_texts_matter(gateway: SmsGateway, text: Text) -> None:
    with pytest.raises(Rejected) as caught:
        gateway.send(text(body="x" * 1601))
    assert (caught.value.code, caught.value.scope) == (21617, Scope.MESSAGE)


_FORKS = f"""
import os, sys, uuid
from clinic.gateways.sms import OutgoingText
from clinic.gateways.sms.twilio import TwilioGateway
gateway = TwilioGateway(
    account_sid={ACCOUNT!r}, auth_token={TOKEN!r}, messaging_service_sid={SERVICE!r}, base_url=sys.argv[1]
)
def send():
    return gateway.send(OutgoingText({PATIENT!r}, "hello", uuid.uuid4(), "http://127.0.0.1:1/s", 600)).provider_sid
send()
child = os.fork()
send()
if child:
    assert os.waitpid(child, 0)[1] == 0
    send()
"""


def test_a_forked_child_opens_a_connection_of_its_own(base_url: str, simulator: Simulator) -> None:
    subprocess.run([sys.executable, "-c", _FORKS, base_url], check=True, timeout=60)
    assert len(simulator.dump()) == 4
