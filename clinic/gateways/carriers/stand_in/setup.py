"""What a stand-in is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setup:
    """Key, where reports go and with which secret they are signed, and how fast parcels travel.

    `speed` 60 makes an hour of a journey last a minute; `journal` is a JSON-lines file that outlives a killed process.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_url: str = ""
    speed: float = 1.0
    faults: str = ""
    journal: Path | None = None
