"""What the real service does not have: its clock, cards that change their mind, what was posted, and a past."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.payments.bank.vault import BankRefusal
from clinic.gateways.payments.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.control import move_clock, shown_clock
from clinic.gateways.sms.stand_in.faults import parse_plan


def backstage(provider: Provider) -> Blueprint:
    """Return the routes below `/_sim`; what cannot be understood is a 400 that changes nothing."""
    sim = Blueprint("sim", __name__, url_prefix="/_sim")
    sim.register_error_handler(ValueError, lambda error: (str(error), 400))
    sim.register_error_handler(KeyError, lambda error: (f"unknown or missing: {error}", 400))
    sim.register_error_handler(BankRefusal, lambda refused: (refused.error["message"], int(refused.status)))

    @sim.get("/clock")
    def clock() -> Response:
        return shown_clock(provider.now)

    @sim.post("/clock")
    def set_clock() -> Response:
        move_clock(provider.timetable, request.get_json())
        return shown_clock(provider.now)

    @sim.post("/cards/<method_id>")
    def tell(method_id: str) -> Response:
        return jsonify(provider.bank.tell(method_id, **request.get_json()))

    @sim.post("/past")
    def remember() -> tuple[str, int]:
        provider.bank.vault.remember(request.get_json())
        return "", 204

    @sim.get("/webhooks")
    def webhooks() -> Response:
        return jsonify([asdict(posted) for posted in provider.postman.log])

    @sim.post("/faults")
    def faults() -> tuple[str, int]:
        provider.plan = parse_plan(str(request.get_json()["spec"]))
        return "", 204

    return sim
