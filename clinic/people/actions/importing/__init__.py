"""Taking the rows of a file in as patients, and what an import of the pages goes through."""

from clinic.people.actions.importing.checking import FileMemory, look_at
from clinic.people.actions.importing.deciding import Outcome, Taken
from clinic.people.actions.importing.stages import (
    LARGEST_FILE,
    LARGEST_PART,
    check_import,
    receive_part,
    start_import,
    stop_import,
    take_import_in,
)
from clinic.people.actions.importing.taking import BATCH, take

__all__ = [
    "BATCH",
    "LARGEST_FILE",
    "LARGEST_PART",
    "FileMemory",
    "Outcome",
    "Taken",
    "check_import",
    "look_at",
    "receive_part",
    "start_import",
    "stop_import",
    "take",
    "take_import_in",
]
