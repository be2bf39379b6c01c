"""The signatures that the provider's own client is tested with, through our own gate in a Flask application."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from clinic.runtime import Runtime
from clinic.webhooks.twilio import require_signature
from tests.webhooks.test_webhooks_twilio import SID

TOKEN = "12345"
PATH = "/myapp.php?foo=1&bar=2"
BODY = '{"property": "value", "boolean": true}'
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
TWICE = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]

Open = Callable[[str], FlaskClient]


@pytest.fixture
def open_gate(runtime: Runtime) -> Open:
    """Return a client of an application that believes itself to be at an address and has only the gate."""

    def at(base: str) -> FlaskClient:
        behind = Blueprint("behind", __name__)
        behind.before_request(require_signature)
        behind.post("/myapp.php")(lambda: ("", 204))
        app = Flask(__name__)
        app.register_blueprint(behind)
        clinic, texting = runtime.clinic, runtime.texting
        app.extensions["clinic"] = replace(
            runtime,
            clinic=replace(clinic, public_base_url=base),
            texting=replace(texting, webhook_tokens=(TOKEN,)),
        )
        return app.test_client()

    return at


@pytest.mark.parametrize(
    ("base", "form", "signature"),
    [
        ("https://mycompany.com", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234", FORM, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com", FORM, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", FORM, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://mycompany.com", TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
    ids=["plain", "https, its port not signed", "http, its port signed", "443 signed", "80 signed", "a key twice"],
)
def test_a_published_signature_opens_the_gate(
    open_gate: Open, base: str, form: list[tuple[str, str]], signature: str
) -> None:
    client = open_gate(base)
    headers = {"X-Twilio-Signature": signature}
    assert client.post(PATH, data=MultiDict(form), headers=headers).status_code == 204
    assert client.post(PATH, data=MultiDict([*form, ("New", "")]), headers=headers).status_code == 403
    assert client.post(f"{PATH}3", data=MultiDict(form), headers=headers).status_code == 403
    assert client.post(PATH, data=MultiDict(form)).status_code == 403


def test_the_published_signature_of_a_body_opens_the_gate(open_gate: Open) -> None:
    client = open_gate("https://mycompany.com")
    headers = {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4=", "Content-Type": "application/json"}
    assert client.post(f"{PATH}&bodySHA256={BODY_HASH}", data=BODY, headers=headers).status_code == 204
    assert client.post(PATH, data=BODY, headers=headers).status_code == 403


def test_a_body_that_is_no_form_is_a_bad_request_however_well_it_is_signed(app: Flask) -> None:
    from tests.webhooks.test_webhooks_twilio import BASE, INBOUND, signature

    address = f"{INBOUND}?bodySHA256={BODY_HASH}"
    headers = {"X-Twilio-Signature": signature(BASE + address, []), "Content-Type": "application/json"}
    body = json.dumps({"MessageSid": SID, "Body": "STOP"})
    assert app.test_client().post(address, data=body, headers=headers).status_code == 400
