"""What a stand-in is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setup:
    """Key, where webhooks go and with which secret they are signed, what goes wrong with requests and webhooks.

    `journal` is a JSON-lines file that outlives a killed process.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_url: str = ""
    faults: str = ""
    journal: Path | None = None
