"""Runs a stand-in as a process: `python -m clinic.gateways.sms.stand_in --port 9000 ...`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from clinic.gateways.sms.stand_in.running import serve
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER, OptOut, Sender, Setup


def main(arguments: list[str]) -> None:
    """Read the arguments and serve; the token comes from the environment, where `ps` does not show it."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    setup = Setup(
        account_sid=options.account_sid,
        auth_token=os.environ[options.auth_token_env],
        service_sid=options.service_sid,
        inbound_url=options.inbound_url,
        number=options.number,
        opt_out=OptOut(options.opt_out),
        speed=options.speed,
        faults=options.faults,
        journal=options.state,
        sender=Sender(options.sender),
        segments_per_second=options.segments_per_second,
        clock_off_by=options.clock_off_by,
    )
    serve(setup, options.port, is_quiet=options.quiet)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stand-in", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token-env", required=True, help="name of the environment variable")
    parser.add_argument("--service-sid", default="", help="blank takes any messaging service")
    parser.add_argument("--inbound-url", default="")
    parser.add_argument("--number", default=EXAMPLE_NUMBER)
    parser.add_argument("--opt-out", choices=[way.value for way in OptOut], default=OptOut.ADVANCED.value)
    parser.add_argument("--state", type=Path, help="JSON-lines file that outlives a killed process")
    parser.add_argument("--faults", default="", help="rate=0.33,seed=1,kinds=429,accept-500,lost=0.2,doubled=0.2")
    parser.add_argument("--quiet", action="store_true", help="do not say the address")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--sender", choices=[kind.value for kind in Sender], default=Sender.LONG_CODE.value)
    parser.add_argument("--segments-per-second", type=float, default=0.0, help="0 lets every text leave at once")
    parser.add_argument("--clock-off-by", type=float, default=0.0, help="seconds that the provider's clock is wrong")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
