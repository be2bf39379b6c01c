"""What the real service does not have: its clock, all parcels at once, things that happen at will, and new faults."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.carriers.resources import as_tracker
from clinic.gateways.carriers.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.control import move_clock, shown_clock
from clinic.gateways.sms.stand_in.faults import parse_plan


def backstage(provider: Provider) -> Blueprint:
    """Return the routes below `/_sim`; what cannot be understood is a 400 that changes nothing."""
    sim = Blueprint("sim", __name__, url_prefix="/_sim")
    sim.register_error_handler(ValueError, lambda error: (str(error), 400))
    sim.register_error_handler(KeyError, lambda error: (f"unknown or missing: {error}", 400))

    @sim.get("/clock")
    def clock() -> Response:
        return shown_clock(provider.now)

    @sim.post("/clock")
    def set_clock() -> Response:
        move_clock(provider.timetable, request.get_json())
        return shown_clock(provider.now)

    @sim.get("/parcels")
    def parcels() -> Response:
        return jsonify([as_tracker(parcel, provider.now()) for parcel in provider.store.all()])

    @sim.post("/parcels/<tracker_id>")
    def tell(tracker_id: str) -> Response:
        return jsonify(_told(provider, tracker_id, request.get_json()))

    @sim.get("/reports")
    def reports() -> Response:
        return jsonify([asdict(posted) for posted in provider.postman.log])

    @sim.post("/faults")
    def faults() -> tuple[str, int]:
        provider.plan = parse_plan(str(request.get_json()["spec"]))
        return "", 204

    return sim


def _told(provider: Provider, tracker_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    parcel = provider.store.get(tracker_id)
    if parcel is None:
        raise KeyError(tracker_id)
    return as_tracker(provider.tell(parcel, asked), provider.now())
