"""The JSON-lines files in which pretend providers remember what they were told, so that a kill loses nothing."""

import json
import os
from pathlib import Path
from typing import Any


def reopened(journal: Path) -> tuple[int, list[dict[str, Any]]]:
    """Open the journal for more and return what it holds; a last line that a kill cut short is cut off."""
    written = journal.read_bytes() if journal.exists() else b""
    whole = written[: written.rfind(b"\n") + 1]
    handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.ftruncate(handle, len(whole))
    return handle, [json.loads(line) for line in whole.splitlines()]
