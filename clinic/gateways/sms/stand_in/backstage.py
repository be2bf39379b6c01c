"""What the real provider does not have: the phones' side, everything at once, and new faults at run time."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.sms.stand_in.faults import parse_plan
from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.texts import Text, as_bubble, new_sid


def backstage(provider: Provider) -> Blueprint:
    """Return the routes below `/_sim`."""
    sim = Blueprint("sim", __name__, url_prefix="/_sim")

    @sim.get("/phones")
    def phones() -> Response:
        return jsonify([_summary(provider, phone) for phone in provider.store.phones()])

    @sim.get("/phones/<phone>")
    def thread(phone: str) -> Response:
        return jsonify(_thread(provider, phone))

    @sim.post("/inbound")
    def inbound() -> tuple[Response, int]:
        asked = request.get_json()
        return jsonify(as_bubble(provider.listener.receive(str(asked["from"]), str(asked["body"])))), 201

    @sim.post("/remember")
    def remember() -> tuple[str, int]:
        for row in request.get_json()["texts"]:
            provider.listener.remember(_of_the_past(row))
        return "", 204

    @sim.get("/dump")
    def dump() -> Response:
        texts = [text for text in provider.store.all() if text.direction == "outbound-api"]
        return jsonify([as_bubble(text) for text in texts])

    @sim.post("/faults")
    def faults() -> tuple[str, int]:
        provider.plan = parse_plan(str(request.get_json()["spec"]))
        return "", 204

    @sim.post("/reset")
    def reset() -> tuple[str, int]:
        provider.store.reset()
        return "", 204

    return sim


def _of_the_past(row: dict[str, Any]) -> Text:
    """Read a text that has come to its end already; without `sid` it gets one."""
    at = datetime.fromisoformat(row["at"])
    return Text(
        sid=str(row.get("sid") or new_sid()),
        to=str(row["to"]),
        from_=str(row["from"]),
        body=str(row["body"]),
        direction=str(row["direction"]),
        status=str(row["status"]),
        created_at=at,
        error_code=row.get("error_code"),
        changed_at=at,
        history=[str(row["status"])],
        moments=[at.isoformat()],
    )


def _thread(provider: Provider, phone: str) -> dict[str, Any]:
    return {
        "phone": phone,
        "opted_out": provider.store.is_opted_out(phone),
        "conduct": provider.store.conduct_of(phone).as_record(),
        "texts": [as_bubble(text) for text in provider.store.of_phone(phone)],
    }


def _summary(provider: Provider, phone: str) -> dict[str, Any]:
    texts = provider.store.of_phone(phone)
    return {
        "phone": phone,
        "texts": len(texts),
        "opted_out": provider.store.is_opted_out(phone),
        "last_at": texts[-1].created_at.isoformat(),
        "last_body": texts[-1].body,
        "last_from_clinic": texts[-1].direction != "inbound",
        "is_off": provider.store.conduct_of(phone).is_off,
    }
