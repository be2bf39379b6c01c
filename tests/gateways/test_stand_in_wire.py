"""The stand-in cannot drift from the provider: forms, answers and signatures against published names and the SDK."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from clinic.gateways.sms import OutgoingText, SmsGateway
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.forms import CREATE_PARAMETERS
from clinic.gateways.sms.stand_in.postman import policy_in
from tests.gateways.conftest import ACCOUNT, SERVICE, TOKEN, Hooks, eventually
from tests.gateways.published import CREATE_MESSAGE, MESSAGE_RESOURCE, MESSAGE_STATUSES

Text = Callable[..., OutgoingText]
PATIENT = "+13055550111"


@pytest.fixture
def official(base_url: str) -> Iterator[Client]:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = base_url
    yield client
    client.http_client.session.close()


def create(official: Client, **changes: object) -> MessageInstance:
    asked = {"to": PATIENT, "messaging_service_sid": SERVICE, "body": "Demo: hello"} | changes
    return official.messages.create(**asked)


def test_the_stand_in_takes_exactly_the_published_fields() -> None:
    assert CREATE_PARAMETERS == CREATE_MESSAGE


def test_an_answer_has_exactly_the_published_fields(base_url: str, gateway: SmsGateway, text: Text) -> None:
    sid = gateway.send(text()).provider_sid
    with requests.Session() as session:
        path = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
        answer = session.get(path, auth=(ACCOUNT, TOKEN), timeout=5).json()
    assert set(answer) == MESSAGE_RESOURCE
    assert answer["status"] in MESSAGE_STATUSES


def test_the_official_client_reads_every_operation(official: Client) -> None:
    made = create(official)
    assert (made.status, made.num_segments, made.direction) == ("accepted", "0", "outbound-api")
    found = made.fetch()
    assert (found.sid, found.to, found.messaging_service_sid) == (made.sid, PATIENT, SERVICE)
    assert found.date_created.tzinfo is not None
    assert made.update(body="").body == ""
    assert made.delete()
    with pytest.raises(TwilioRestException) as caught:
        made.fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_scheduled_text_waits_and_can_be_called_back(official: Client, simulator: Simulator, hooks: Hooks) -> None:
    at = simulator.freeze().now + timedelta(hours=1)
    first, second = (
        create(official, schedule_type="fixed", send_at=at, status_callback=f"{hooks.url}/status/{name}")
        for name in "ab"
    )
    assert first.status == second.status == "scheduled"
    assert first.update(status="canceled").status == "canceled"
    simulator.advance(7200)
    assert [made.fetch().status for made in (first, second)] == ["canceled", "delivered"]
    assert second.fetch().date_sent >= at.replace(microsecond=0)
    assert [form["MessageStatus"] for path, form, _ in hooks.forms if path == "/status/a"] == ["canceled"]
    with pytest.raises(TwilioRestException) as caught:
        second.update(status="canceled")
    assert caught.value.code == 30409


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"send_at": None}, 35111),
        ({"send_at": datetime(2020, 1, 1, tzinfo=UTC)}, 35115),
        ({"send_at": "soon"}, 35115),
        ({"messaging_service_sid": None, "from_": "+15005550006"}, 35118),
    ],
)
def test_a_text_is_scheduled_as_published_or_not_at_all(
    official: Client, simulator: Simulator, changes: dict[str, object], code: int
) -> None:
    at = simulator.clock().now + timedelta(hours=1)
    with pytest.raises(TwilioRestException) as caught:
        create(official, **{"schedule_type": "fixed", "send_at": at} | changes)
    assert caught.value.code == code


def test_a_page_goes_on_behind_its_last_text_although_new_texts_come(official: Client) -> None:
    sids = [create(official).sid for _ in range(4)]
    page = official.messages.page(to=PATIENT, page_size=2)
    assert [one.sid for one in page] == [sids[3], sids[2]]
    create(official)
    assert [one.sid for one in page.next_page()] == [sids[1], sids[0]]


def test_the_list_is_filtered_as_asked(official: Client, simulator: Simulator) -> None:
    sid = create(official).sid
    simulator.reply(PATIENT, "1")
    eventually(lambda: official.messages(sid).fetch().status == "delivered")
    today = simulator.clock().now
    assert [one.sid for one in official.messages.list(to=PATIENT)] == [sid]
    assert [one.direction for one in official.messages.list(from_=PATIENT)] == ["inbound"]
    assert [one.sid for one in official.messages.list(to=PATIENT, date_sent=today)] == [sid]
    assert official.messages.list(to=PATIENT, date_sent_before=today - timedelta(days=1)) == []
    assert len(official.messages.list(date_sent_after=today - timedelta(days=1))) == 2


def test_every_form_that_comes_from_the_stand_in_is_signed_as_the_official_validator_wants_it(
    gateway: SmsGateway, simulator: Simulator, text: Text, hooks: Hooks
) -> None:
    outgoing = text(to="+13055550181")
    gateway.send(outgoing)
    simulator.reply("+13055550181", "\N{THUMBS UP SIGN} sí, “mañana” & más=1")
    eventually(lambda: "undelivered" in hooks.statuses(outgoing.attempt_id) and hooks.inbound())
    validator = RequestValidator(TOKEN)
    for path, form, signature in hooks.forms:
        assert validator.validate(hooks.url + path, form, signature)
        assert not validator.validate(hooks.url + path, form | {"New": ""}, signature)


@pytest.mark.parametrize(
    ("fragment", "times"),
    [
        ("", (5.0, 15.0, 15.0)),
        ("ct=2000&rt=3000&tt=4000", (2.0, 3.0, 4.0)),
        ("ct=99&rt=15001&tt=x", (5.0, 15.0, 15.0)),
    ],
)
def test_the_fragment_says_how_long_a_try_may_take(fragment: str, times: tuple[float, float, float]) -> None:
    policy = policy_in(fragment)
    assert (policy.connect, policy.read, policy.total) == times
