"""What a stand-in is told when it starts."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

EXAMPLE_NUMBER = "+15005550006"


class OptOut(StrEnum):
    """How the provider treats STOP: with a type in the webhook, without it, or not at all."""

    ADVANCED = "advanced"
    DEFAULT = "default"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Setup:
    """Account, our number, where texts from phones are reported, and how fast time passes for a text.

    A blank `service_sid` takes any messaging service; `speed` 10 makes deliveries ten times as quick; `journal` is a
    JSON-lines file that outlives a killed process.
    """

    account_sid: str
    auth_token: str
    service_sid: str
    inbound_url: str = ""
    number: str = EXAMPLE_NUMBER
    opt_out: OptOut = OptOut.ADVANCED
    speed: float = 1.0
    faults: str = ""
    journal: Path | None = None
