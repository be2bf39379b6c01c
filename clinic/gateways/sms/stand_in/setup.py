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


class Sender(StrEnum):
    """What kind of number ours is, which decides the words that the provider listens for."""

    LONG_CODE = "long_code"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"


@dataclass(frozen=True, slots=True)
class Setup:
    """Account, our number, where texts from phones are reported, and how fast time passes for a text.

    A blank `service_sid` takes any messaging service; `speed` 10 makes deliveries ten times as quick; `journal` is a
    JSON-lines file that outlives a killed process. `segments_per_second` 0 lets every text leave at once;
    `clock_off_by` is how many seconds the provider's clock is wrong.
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
    sender: Sender = Sender.LONG_CODE
    segments_per_second: float = 0.0
    clock_off_by: float = 0.0
