"""Reports about parcels through the application: signed over the bytes or refused, and then one effect."""

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from clinic.gateways.carriers.easypost_webhooks import SIGNATURE_HEADER, signature_of
from clinic.kernel.tables import Inbox
from clinic.medication.models import Shipment, TrackingEvent
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_parcel, an_order
from tests.domains.scheduling.calendar_makers import NOW

SECRET = "test-secret-of-parcels"
PATH = "/webhooks/easypost/parcels"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def parcel(session: Session) -> Shipment:
    clinic = OrderClinic(session)
    return a_parcel(clinic, an_order(clinic))


def report(number: str, *, event: str = "evt_1", status: str = "in_transit", at: datetime = NOW) -> bytes:
    scan = {"status": status, "status_detail": None, "datetime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "message": "Scan"}
    tracker = {"id": "trk_1", "object": "Tracker", "tracking_code": number, "carrier": "UPS", "status": status}
    tracker |= {"updated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "tracking_details": [scan]}
    return json.dumps({"id": event, "description": "tracker.updated", "result": tracker}).encode()


def post(client: FlaskClient, body: bytes, *, signed: str | None = None) -> TestResponse:
    signature = signature_of(body, SECRET) if signed is None else signed
    return client.post(PATH, data=body, headers={SIGNATURE_HEADER: signature}, content_type="application/json")


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_signed_report_moves_its_parcel_once_however_often_it_comes(client, session, parcel):
    body = report(parcel.tracking_number, at=NOW + timedelta(minutes=1))
    assert [post(client, body).status_code for _ in range(3)] == [204, 204, 204]
    session.expire_all()
    assert (parcel.state, count(session, TrackingEvent), count(session, Inbox)) == ("in_transit", 1, 1)


@pytest.mark.parametrize("signed", ["", "hmac-sha256-hex=00", signature_of(b"another body", SECRET)])
def test_a_forged_report_is_refused_before_it_is_read(client, session, parcel, signed):
    body = report(parcel.tracking_number)
    assert post(client, body, signed=signed).status_code == 403
    assert post(client, body, signed=signature_of(body, "another secret of parcels")).status_code == 403
    assert (count(session, TrackingEvent), count(session, Inbox)) == (0, 0)


def test_a_report_of_nobodys_parcel_or_of_no_sense_changes_nothing(client, session, parcel):
    assert post(client, report("1Z0000000000000000")).status_code == 204
    assert post(client, b"{}").status_code == 400
    assert post(client, b"not json").status_code == 400
    session.expire_all()
    assert (parcel.state, count(session, TrackingEvent)) == ("label_created", 0)
