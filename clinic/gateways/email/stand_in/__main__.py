"""Runs a stand-in mail server as a process: `python -m clinic.gateways.email.stand_in --port 2525 ...`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from clinic.gateways.email.stand_in.running import Setup, serve


def main(arguments: list[str]) -> None:
    """Read the arguments and serve; the password comes from the environment, where `ps` does not show it."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    setup = Setup(
        user=options.user,
        password=os.environ[options.password_env],
        port=options.port,
        backstage_port=options.backstage_port,
        journal=options.state,
    )
    serve(setup, is_quiet=options.quiet)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mail-stand-in", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--backstage-port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-env", required=True, help="name of the environment variable")
    parser.add_argument("--state", type=Path, help="JSON-lines file that outlives a killed process")
    parser.add_argument("--quiet", action="store_true", help="do not say the address")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
