"""Runs a stand-in as a process: `python -m clinic.gateways.payments.stand_in --port 9000 ...`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from clinic.gateways.payments.stand_in.running import serve
from clinic.gateways.payments.stand_in.setup import Setup


def main(arguments: list[str]) -> None:
    """Read the arguments and serve; key and secret come from the environment, where `ps` does not show them."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    setup = Setup(
        api_key=os.environ[options.api_key_env],
        webhook_secret=os.environ[options.webhook_secret_env],
        webhook_url=options.webhook_url,
        faults=options.faults,
        journal=options.state,
    )
    serve(setup, options.port, is_quiet=options.quiet)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="payment-stand-in", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key-env", required=True, help="name of the environment variable")
    parser.add_argument("--webhook-secret-env", required=True, help="name of the environment variable")
    parser.add_argument("--webhook-url", default="", help="blank reports nothing")
    parser.add_argument("--faults", default="", help="rate=0.33,seed=1,kinds=429,lost=0.2,doubled=0.2,reordered=0.5")
    parser.add_argument("--state", type=Path, help="JSON-lines file that outlives a killed process")
    parser.add_argument("--quiet", action="store_true", help="do not say the address")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
