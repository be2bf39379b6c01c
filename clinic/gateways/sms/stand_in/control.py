"""What only a test or a demo does to a provider: move its clock, tell a phone what to do, ask what went wrong."""

import threading
from typing import Any

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.gateways.sms.stand_in.findings import findings_in
from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.timetable import Timetable

_LONGEST_STEP = 400 * 86_400


def control(provider: Provider) -> Blueprint:
    """Return more routes below `/_sim`; what cannot be understood is a 400 that changes nothing."""
    sim = Blueprint("control", __name__, url_prefix="/_sim")
    sim.register_error_handler(ValueError, lambda error: (str(error), 400))
    sim.register_error_handler(KeyError, lambda error: (f"unknown or missing: {error}", 400))

    @sim.get("/clock")
    def clock() -> Response:
        return shown_clock(provider.now)

    @sim.post("/clock")
    def set_clock() -> Response:
        move_clock(provider.timetable, request.get_json())
        return shown_clock(provider.now)

    @sim.post("/phones/<phone>/conduct")
    def tell(phone: str) -> Response:
        provider.tell(phone, request.get_json())
        return jsonify(provider.store.conduct_of(phone).as_record())

    @sim.post("/findings")
    def findings() -> Response:
        asked = request.get_json()
        zones, zone = dict(asked.get("zones", {})), str(asked["zone"])
        return jsonify(findings_in(provider.store.all(), zones=zones, zone=zone))

    return sim


def shown_clock(clock: VirtualClock) -> Response:
    """Answer with what a stand-in's clock shows."""
    return jsonify({"now": clock().isoformat(), "is_frozen": clock.is_stopped, "is_real": clock.is_real})


def move_clock(timetable: Timetable, asked: dict[str, Any]) -> None:
    """Freeze, run, advance or put right a stand-in's clock; raises ValueError or KeyError."""
    match asked["do"]:
        case "freeze":
            timetable.stop_clock()
        case "run":
            timetable.run_clock()
        case "real":
            timetable.go_home()
        case "advance":
            seconds = float(asked["seconds"])
            if not 0 <= seconds <= _LONGEST_STEP:
                raise ValueError("a clock moves forward, by at most 400 days")
            _advance(timetable, seconds, waits=bool(asked.get("wait", True)))
        case other:
            raise ValueError(f"unknown: {other}")


def _advance(timetable: Timetable, seconds: float, *, waits: bool) -> None:
    """Move the clock on, at once or, for a clinic that asks while it answers a page, behind its back."""
    if waits:
        timetable.advance(seconds)
    else:
        threading.Thread(target=timetable.advance, args=(seconds,), daemon=True).start()
